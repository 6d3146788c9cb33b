package mesibo

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// mailServer speaks as much of RFC 5321 as a sender needs.
type mailServer struct {
	address  string
	tls      *tls.Config // after STARTTLS; nil: there is none
	implicit *tls.Config // from the first byte on; nil: there is none
	refuse   string      // the answer to RCPT; empty takes everybody
	lines    chan string
}

func newMailServer(t *testing.T, change func(s *mailServer)) *mailServer {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{address: l.Addr().String(), lines: make(chan string, 1000)}
	if change != nil {
		change(s)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			work.Go(func() { s.talk(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); work.Wait() })
	return s
}

func (s *mailServer) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if s.implicit != nil {
		c = tls.Server(c, s.implicit)
	}
	say := func(line string) { _, _ = c.Write([]byte(line + "\r\n")) }
	say("220 mail.example.com")
	in := bufio.NewReader(c)
	for data := false; ; {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.lines <- line
		switch verb := strings.ToUpper(strings.SplitN(line, " ", 2)[0]); {
		case data && line == ".":
			data = false
			say("250 taken")
		case data:
		case verb == "EHLO" && s.tls != nil:
			say("250-mail.example.com\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN")
		case verb == "EHLO":
			say("250-mail.example.com\r\n250 AUTH PLAIN LOGIN")
		case verb == "STARTTLS":
			say("220 go ahead")
			c = tls.Server(c, s.tls)
			in = bufio.NewReader(c)
		case verb == "AUTH":
			say("235 welcome")
		case verb == "RCPT" && s.refuse != "":
			say(s.refuse)
		case verb == "DATA":
			data = true
			say("354 go on")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// said is all that was said so far.
func (s *mailServer) said() string {
	var all strings.Builder
	for {
		select {
		case line := <-s.lines:
			all.WriteString(line + "\n")
		default:
			return all.String()
		}
	}
}

func selfSigned(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func TestACodeGoesByMail(t *testing.T) {
	for name, implicit := range map[string]bool{"in the clear on this machine": false, "with TLS from the first byte on": true} {
		t.Run(name, func(t *testing.T) { mailOnce(t, implicit) })
	}
}

func mailOnce(t *testing.T, implicit bool) {
	t.Helper()
	certificate := selfSigned(t)
	s := newMailServer(t, func(s *mailServer) {
		if implicit {
			s.implicit = certificate
		}
	})
	m, err := newMailer("smtp://user:secret@" + s.address + "?from=Chat%20%3Cchat@example.com%3E")
	if err != nil {
		t.Fatal(err)
	}
	if implicit {
		m.implicit, m.tls = true, &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} // whose certificate it is, another test looks at
	}
	if err := m.send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	said := s.said()
	for _, part := range []string{"MAIL FROM:<chat@example.com>", "RCPT TO:<alice@example.com>", "AUTH PLAIN", "482913 is your code", "Auto-Submitted: auto-generated"} {
		if !strings.Contains(said, part) {
			t.Errorf("%q was not said:\n%s", part, said)
		}
	}
	for _, address := range []string{"", "nobody", "a@example.com, b@example.com", "a@example.com\r\nBcc: b@example.com", "<>"} {
		one := letter
		one.mail = address
		if err := m.send(t.Context(), one); !errors.Is(err, errNoMail) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if said := s.said(); said != "" {
		t.Errorf("no address, but it was said:\n%s", said)
	}
}

func TestMailThatFails(t *testing.T) {
	refusing := newMailServer(t, func(s *mailServer) { s.refuse = "550 5.1.1 <alice@example.com> is unknown here" })
	busy := newMailServer(t, func(s *mailServer) { s.refuse = "451 4.3.0 come again, alice@example.com" })
	certificate := selfSigned(t)
	forged := newMailServer(t, func(s *mailServer) { s.tls = certificate })
	for name, c := range map[string]struct {
		server *mailServer
		outage bool
	}{
		"an address that is unknown":            {refusing, false},
		"a server that puts it off":             {busy, true},
		"a certificate that nobody vouches for": {forged, true},
		"nobody there":                          {&mailServer{address: "127.0.0.1:1", lines: make(chan string)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := newMailer("smtp://" + c.server.address + "?from=chat@example.com")
			if err != nil {
				t.Fatal(err)
			}
			err = m.send(t.Context(), letter)
			bad := (*outage)(nil)
			if err == nil || errors.As(err, &bad) != c.outage || strings.Contains(err.Error(), "alice") {
				t.Errorf("got %v", err)
			}
			if strings.Contains(c.server.said(), "482913") {
				t.Error("the code was said nevertheless")
			}
		})
	}
}

func TestMailGoesNowhereWithoutTLS(t *testing.T) {
	s := newMailServer(t, nil)
	m, err := newMailer("smtp://" + s.address + "?from=chat@example.com")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := newMailer("smtp://mail.example.com?from=chat@example.com")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere.host = m.host
	elsewhere.options = append(elsewhere.options, m.options[0]) // its port
	if err := elsewhere.send(t.Context(), letter); err == nil || strings.Contains(s.said(), "alice") {
		t.Errorf("sent without TLS: %v", err)
	}
}
