package e2e_test

import (
	"bufio"
	"crypto/sha1" // of the handshake (RFC 6455), where nothing depends on its strength
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatpass/chatpass/provider/providertest"
)

const (
	sendbirdApp   = "E2E00000-0000-0000-0000-000000000000"
	sendbirdToken = "e2e-sendbird-api-token-1b7f0d9c3a5e"
)

// sendbirdPeer is the pretended Sendbird as the JavaScript SDK 4.22 knows it: the log-in has another path there than in the documentation
// of the API, and there is a WebSocket. What decides about tokens and session keys is providertest's.
type sendbirdPeer struct {
	*providertest.Peer
	ahead atomic.Int64 // by how much the peer's clock is ahead, in nanoseconds

	mu      sync.Mutex
	owners  map[string]string // session key: whose
	logins  []string          // "user token", of HTTP log-ins and sockets
	renewed int               // session keys given for a token
}

func newSendbirdPeer() *sendbirdPeer {
	p := &sendbirdPeer{Peer: providertest.NewPeer(sendbirdApp, sendbirdToken), owners: map[string]string{}}
	p.Now = func() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }
	return p
}

// pass lets time go by at the peer.
func (p *sendbirdPeer) pass(d time.Duration) { p.ahead.Add(int64(d)) }

// count tells how often a session key was renewed, and how many log-ins there were.
func (p *sendbirdPeer) count() (renewed, logins int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.renewed, len(p.logins)
}

// ServeHTTP answers an SDK; all else is the API's.
func (p *sendbirdPeer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, ofSDK := strings.CutPrefix(r.URL.EscapedPath(), "/v3/sdk/users/")
	id, login := strings.CutSuffix(id, "/authentication")
	key := r.Header.Get("Session-Key")
	switch {
	case r.Header.Get("Upgrade") == "websocket":
		p.socket(w, r)
	case ofSDK && login:
		answer := p.asked(http.MethodPost, "/v3/users/"+id+"/login", r.Header)
		p.logIn(id, r.Header.Get("Access-Token"), answer)
		give(w, answer)
	case strings.HasSuffix(r.URL.Path, "/session_key"):
		answer := httptest.NewRecorder()
		p.Peer.ServeHTTP(answer, r)
		if answer.Code == http.StatusOK {
			p.keep(strings.Split(r.URL.Path, "/")[3], answer)
			p.mu.Lock()
			p.renewed++
			p.mu.Unlock()
		}
		give(w, answer)
	case key != "":
		p.mu.Lock()
		owner := p.owners[key]
		p.mu.Unlock()
		answer := p.asked(http.MethodGet, "/v3/users/"+owner, r.Header)
		if answer.Code == http.StatusOK { // any list will do, and it is empty
			answer.Body.Reset()
			answer.Body.WriteString(`{"users":[],"next":""}`)
		}
		give(w, answer)
	default:
		p.Peer.ServeHTTP(w, r)
	}
}

// asked is what the API answers.
func (p *sendbirdPeer) asked(method, path string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header = header.Clone()
	answer := httptest.NewRecorder()
	p.Peer.ServeHTTP(answer, r)
	return answer
}

func give(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// logIn notes a log-in, with the session key that it gave.
func (p *sendbirdPeer) logIn(id, token string, answer *httptest.ResponseRecorder) {
	if answer.Code == http.StatusOK {
		p.keep(id, answer)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.logins = append(p.logins, id+" "+token)
}

func (p *sendbirdPeer) keep(id string, answer *httptest.ResponseRecorder) {
	var got struct {
		Key string `json:"key"`
	}
	if json.Unmarshal(answer.Body.Bytes(), &got) == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.owners[got.Key] = id
	}
}

// socket answers connect(): the token comes as the subprotocol, and the first message tells who is there. How Sendbird refuses a token there
// is not public; the SDK takes what this answers for a failure of the network.
func (p *sendbirdPeer) socket(w http.ResponseWriter, r *http.Request) {
	offered := r.Header.Get("Sec-Websocket-Protocol")
	text, _ := url.QueryUnescape(offered)
	var proof struct {
		Token string `json:"token"`
	}
	_ = json.Unmarshal([]byte(text), &proof) // without one it is a log-in without a token
	id := r.URL.Query().Get("user_id")
	answer := p.asked(http.MethodPost, "/v3/users/"+url.PathEscape(id)+"/login", http.Header{"Access-Token": {proof.Token}})
	p.logIn(id, proof.Token, answer)
	connection, stream, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = connection.Close() }()
	sum := sha1.Sum([]byte(r.Header.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, _ = fmt.Fprintf(stream, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: %s\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]), offered)
	message := "LOGI" + answer.Body.String()
	_, _ = stream.Write(binary.BigEndian.AppendUint16([]byte{0x81, 126}, uint16(len(message))))
	_, _ = stream.WriteString(message)
	if stream.Flush() != nil {
		return
	}
	for kind := byte(1); kind != 8; { // until the client closes
		if kind, err = skipFrame(stream.Reader); err != nil {
			return
		}
	}
	_, _ = connection.Write([]byte{0x88, 0})
}

// skipFrame reads a frame of a client past and returns its kind.
func skipFrame(r *bufio.Reader) (kind byte, err error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, err
	}
	size := int64(head[1] & 0x7f)
	if size == 126 {
		long := make([]byte, 2)
		if _, err := io.ReadFull(r, long); err != nil {
			return 0, err
		}
		size = int64(binary.BigEndian.Uint16(long))
	}
	if size == 127 {
		return 0, fmt.Errorf("a frame longer than 64 KiB")
	}
	_, err = io.CopyN(io.Discard, r, size+4) // with the mask
	return head[0] & 0x0f, err
}

// issued tells how many tokens Chatpass asked for since the last time.
func (p *sendbirdPeer) issued() (n int) {
	for _, r := range p.Requests() {
		if r.Method == http.MethodPost && strings.HasSuffix(r.Target, "/token") {
			n++
		}
	}
	return n
}

// api tells how many calls with the API token came since the last time.
func (p *sendbirdPeer) api() (n int) {
	for _, r := range p.Requests() {
		if r.Header.Get("Api-Token") != "" {
			n++
		}
	}
	return n
}
