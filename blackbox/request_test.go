package blackbox_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// unauthorized is the body of every 401 on the provider's routes, byte for byte.
const unauthorized = `{"code":401,"version":1,"error":"Authenticate required!","debug":""}`

// answer is one answer, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
	took   time.Duration
}

// requestLimit is above the sidecar's own limit for one answer, so that a hang is seen as what it is.
const requestLimit = 12 * time.Second

// newClient sends from a local address (nil: any), over a unix socket if given, follows no redirects and keeps connections.
func newClient(t testing.TB, from net.IP, socket string) *http.Client {
	t.Helper()
	dialer := &net.Dialer{}
	if from != nil {
		dialer.LocalAddr = &net.TCPAddr{IP: from}
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if socket != "" {
			return dialer.DialContext(ctx, "unix", socket)
		}
		return dialer.DialContext(ctx, network, address)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport: transport, Timeout: requestLimit,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// client is what all tests share that do not care where they come from.
var client = &http.Client{
	Transport: &http.Transport{MaxIdleConnsPerHost: 4, DisableCompression: true, IdleConnTimeout: time.Second}, Timeout: requestLimit,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// option changes a request before it is sent.
type option func(*http.Request)

func header(name, value string) option {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

// provider is the credentials of the provider.
func provider(r *http.Request) { basic(apiLogin, apiPassword)(r) }

func basic(login, password string) option {
	return header("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(login+":"+password)))
}

func bearer(key string) option { return header("Authorization", "Bearer "+key) }

// theSite is the credentials of the site's own server.
func theSite(r *http.Request) { bearer(siteKey)(r) }

func body(contentType, text string) option {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		r.Header.Set("Content-Type", contentType)
	}
}

func form(text string) option { return body("application/x-www-form-urlencoded", text) }

// ask sends one request to an address and reads the answer.
func ask(t testing.TB, c *http.Client, method, address string, options ...option) answer {
	t.Helper()
	a, err := try(t.Context(), c, method, address, options...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	leaks(t, method+" "+address, a.body)
	for name, values := range a.header {
		leaks(t, method+" "+address+" header "+name, strings.Join(values, "\n"))
	}
	return a
}

func try(ctx context.Context, c *http.Client, method, address string, options ...option) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return answer{}, err
	}
	for _, o := range options {
		o(r)
	}
	began := time.Now()
	resp, err := c.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(text), time.Since(began)}, err
}

// do sends a request to the public listener.
func (s *sidecar) do(t testing.TB, method, target string, options ...option) answer {
	t.Helper()
	return ask(t, client, method, s.public+target, options...)
}

// get is a plain GET of the public listener.
func (s *sidecar) get(t testing.TB, target string, options ...option) answer {
	t.Helper()
	return s.do(t, http.MethodGet, target, options...)
}

// users asks for users as the provider does.
func (s *sidecar) users(t testing.TB, ids string) answer {
	t.Helper()
	return s.get(t, "/chat/users?user_ids="+ids, provider)
}

// wire sends a request exactly as it is written, for what no HTTP client would send.
func (s *sidecar) wire(t testing.TB, request string) answer {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.public, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(requestLimit)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%.60q: %v", request, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	leaks(t, "an answer", string(text))
	return answer{resp.StatusCode, resp.Header, string(text), time.Since(began)}
}

// statusLine sends a request exactly as it is written and reads the first line of the answer, for a server that need not read it all.
func (s *sidecar) statusLine(t testing.TB, request string) string {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.public, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(requestLimit)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// authorization is the header of the provider as it stands on the wire.
func authorization() string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(apiLogin+":"+apiPassword)) + "\r\n"
}

func (a answer) expect(t testing.TB, status int, body string) {
	t.Helper()
	if a.status != status || a.body != body {
		t.Errorf("answered %d %q,\n    want %d %q", a.status, a.body, status, body)
	}
}

func (a answer) expectStatus(t testing.TB, status int) {
	t.Helper()
	if a.status != status {
		t.Errorf("answered %d, want %d; body %.300q", a.status, status, a.body)
	}
}

func (a answer) expectHeader(t testing.TB, name, want string) {
	t.Helper()
	if got := a.header.Get(name); got != want {
		t.Errorf("header %s is %q, want %q", name, got, want)
	}
}

// names reads a users-info array: id and name of each user, in order.
func (a answer) names(t testing.TB) (ids []string, names map[string]string) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("answered %d %.300q", a.status, a.body)
	}
	var users []struct {
		ID   json.RawMessage `json:"user_id"`
		Name string          `json:"name"`
	}
	if err := json.Unmarshal([]byte(a.body), &users); err != nil {
		t.Fatalf("the answer is no array of users: %v in %.300q", err, a.body)
	}
	names = make(map[string]string, len(users))
	for _, u := range users {
		id := string(u.ID)
		if strings.HasPrefix(id, `"`) {
			if err := json.Unmarshal(u.ID, &id); err != nil {
				t.Fatal(err)
			}
		}
		ids = append(ids, id)
		names[id] = u.Name
	}
	return ids, names
}

// only fails unless exactly these users were answered, in this order.
func (a answer) only(t testing.TB, want ...string) {
	t.Helper()
	ids, _ := a.names(t)
	if strings.Join(ids, ",") != strings.Join(want, ",") {
		t.Errorf("answered the users %q, want %q", ids, want)
	}
}
