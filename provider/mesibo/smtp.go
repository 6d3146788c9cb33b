package mesibo

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// Ports of mail servers that take messages to be sent (RFC 6409, RFC 8314).
const (
	portSubmission = 587
	portImplicit   = 465
)

// mailer sends messages by mail, to the address that the site has of the user.
type mailer struct {
	host     string
	from     *mail.Address
	implicit bool // TLS from the first byte on
	tls      *tls.Config
	options  []gomail.Option
}

// mailAddress reads smtp://user:password@host:587?from=chat@example.com; &tls=implicit has TLS from the first byte on, as on port 465.
func mailAddress(text string) (u *url.URL, from *mail.Address, port int, err error) {
	u, err = url.Parse(text)
	if err != nil || u.Scheme != bySMTP || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return nil, nil, 0, errors.New("is no address of the form smtp://user:password@host:587?from=address")
	}
	q := u.Query()
	for key := range q {
		if !slices.Contains([]string{"from", "tls"}, key) {
			return nil, nil, 0, errors.New("has a parameter behind ? that is neither from nor tls")
		}
	}
	if from, err = mail.ParseAddress(q.Get("from")); err != nil {
		return nil, nil, 0, errors.New("names no sender: ?from= and a mail address")
	}
	port = portSubmission
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return nil, nil, 0, errors.New("has no port that there is")
		}
	} else if q.Get("tls") == "implicit" {
		port = portImplicit
	}
	switch q.Get("tls") {
	case "", "implicit", "starttls":
	default:
		return nil, nil, 0, errors.New("has a tls that is neither starttls nor implicit")
	}
	return u, from, port, nil
}

// mailProblem tells what is wrong with the address of a mail server.
func mailProblem(text string) string {
	if _, _, _, err := mailAddress(text); err != nil {
		return err.Error()
	}
	return ""
}

// newMailer returns a courier by a mail server. TLS is required but on this machine, and its certificate is verified.
func newMailer(text string) (*mailer, error) {
	u, from, port, err := mailAddress(text)
	if err != nil {
		return nil, errDelivery
	}
	m := &mailer{
		host: u.Hostname(), from: from, implicit: u.Query().Get("tls") == "implicit" || port == portImplicit && u.Query().Get("tls") == "",
		tls: &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()},
	}
	m.options = []gomail.Option{gomail.WithPort(port), gomail.WithTimeout(sendTime), gomail.WithTLSConfig(m.tls)}
	here := onLoopback(u.Hostname())
	if here || m.implicit { // within TLS nobody starts it again
		m.options = append(m.options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	} else {
		m.options = append(m.options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if u.User == nil {
		return m, nil
	}
	password, _ := u.User.Password()
	m.options = append(m.options, gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	if here { // where a password in clear text goes no further than this machine
		m.options = append(m.options, gomail.WithOpportunisticSMTPAuth(
			gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc))
	} else {
		m.options = append(m.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover))
	}
	return m, nil
}

// line is the connection of one mail. The library leaves it open after a failure, and does not end with a context.
type line struct{ conn net.Conn }

// dial connects to the mail server.
func (c *mailer) dial(l *line) gomail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		l.conn = conn
		if !c.implicit {
			return conn, nil
		}
		encrypted := tls.Client(conn, c.tls)
		return encrypted, encrypted.HandshakeContext(ctx)
	}
}

// hang ends a connection.
func (l *line) hang() {
	if l.conn != nil {
		_ = l.conn.Close() // a second time, after all went well
	}
}

// send sends a mail. What the server wrote is in no error: it may quote the address.
func (c *mailer) send(ctx context.Context, m message) error {
	to, err := mail.ParseAddress(m.mail) // of the site: anything may stand there
	if err != nil {
		return errNoMail
	}
	letter := gomail.NewMsg()
	letter.FromMailAddress(c.from)
	letter.ToMailAddress(&mail.Address{Address: to.Address})
	letter.Subject("Your code for the chat of " + m.site)
	letter.SetDate()
	letter.SetMessageID()
	letter.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday answer
	letter.SetBodyString(gomail.TypeTextPlain, m.text()+"\n")
	return c.post(ctx, letter)
}

// post hands a mail to the server.
func (c *mailer) post(ctx context.Context, letter *gomail.Msg) error {
	l := &line{}
	defer l.hang()
	client, err := gomail.NewClient(c.host, append(slices.Clip(c.options), gomail.WithDialContextFunc(c.dial(l)))...)
	if err != nil {
		return &outage{errors.New("the mail server's address cannot be used")}
	}
	server, err := client.DialToSMTPClientWithContext(ctx)
	if err == nil {
		stop := context.AfterFunc(ctx, l.hang)
		defer stop()
		err = client.SendWithSMTPClient(server, letter)
		_ = client.CloseWithSMTPClient(server) // the mail is on its way, or is not
	}
	var refused *gomail.SendError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && refused.ErrorCode() >= 500:
		return fmt.Errorf("the mail server refused the message with %d", refused.ErrorCode())
	case errors.As(err, &refused) && refused.ErrorCode() != 0:
		return &outage{fmt.Errorf("the mail server put the message off with %d", refused.ErrorCode())}
	default:
		return &outage{errors.New("the mail server could not be reached, has no TLS, or refused the user name and password")}
	}
}
