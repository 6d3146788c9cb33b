package identity_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/userinfo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// canary is in every cookie and every odd answer of the tests; no error and no log line may hold it.
const canary = "canary-session-7Qx"

// asked is a whoami resolver and what it left.
type asked struct {
	*identity.Whoami

	log *bytes.Buffer
	now *atomic.Int64 // nanoseconds after noon
}

func newWhoami(t testing.TB, change func(o *identity.WhoamiOptions)) asked {
	t.Helper()
	a := asked{log: &bytes.Buffer{}, now: &atomic.Int64{}}
	o := identity.WhoamiOptions{
		URL: "http://site.example/whoami", Field: "user_id", KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint },
		Client: func(*http.Request) string { return "203.0.113.5" }, Now: func() time.Time { return noon.Add(time.Duration(a.now.Load())) },
		Logger: slog.New(slog.NewTextHandler(a.log, nil)),
	}
	change(&o)
	var err error
	if a.Whoami, err = identity.NewWhoami(o); err != nil {
		t.Fatal(err)
	}
	return a
}

// at sends the questions to a server, over connections that end with the test.
func at(t testing.TB, address string) func(o *identity.WhoamiOptions) {
	t.Helper()
	transport := identity.WhoamiTransport()
	t.Cleanup(transport.CloseIdleConnections)
	return func(o *identity.WhoamiOptions) { o.URL, o.Transport = address, transport }
}

// site is a server that answers with h.
func site(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func says(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

func status(code int, pairs ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			w.Header().Set(pairs[i], pairs[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"user_id":6,"secret":"`+canary+`"}`)
	}
}

func visitor() *http.Request { return request(stranger, "Cookie", "session="+canary) }

func TestTheSiteTellsWhoTheVisitorIs(t *testing.T) {
	const jsonType = "application/json"
	var nobody identity.Identity
	six := identity.Identity{UserID: "6"}
	withHeader := func(name, value string, h http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(name, value)
			h(w, r)
		}
	}
	user := says(jsonType, `{"user_id":6}`)
	for name, c := range map[string]struct {
		site http.HandlerFunc
		want identity.Identity
		err  error
	}{
		"a user":                                {user, six, nil},
		"a user as text":                        {says("application/json; charset=utf-8", ` {"name":"x","user_id":"6","more":[{"user_id":7}]} `), six, nil},
		"a kind of JSON":                        {says("application/problem+json", `{"user_id":6}`), six, nil},
		"a mark of the encoding before it":      {says(jsonType, "\ufeff"+`{"user_id":6}`), six, nil},
		"a number beyond 2^53":                  {says(jsonType, `{"user_id":9007199254740993}`), identity.Identity{UserID: "9007199254740993"}, nil},
		"the largest number":                    {says(jsonType, `{"user_id":18446744073709551615}`), identity.Identity{UserID: "18446744073709551615"}, nil},
		"cookies the site sets are not ours":    {withHeader("Set-Cookie", "session=new", user), six, nil},
		"an answer nobody may keep":             {withHeader("Cache-Control", "no-store, private", user), six, nil},
		"a fresh answer from a cache":           {withHeader("Age", "0", user), six, nil},
		"null":                                  {says(jsonType, `{"user_id":null}`), nobody, identity.ErrNoCredential},
		"no field":                              {says(jsonType, `{"id":6}`), nobody, identity.ErrNoCredential},
		"an empty answer of PHP":                {says(jsonType, `[]`), nobody, identity.ErrNoCredential},
		"nothing at all in JSON":                {says(jsonType, `null`), nobody, identity.ErrNoCredential},
		"false":                                 {says(jsonType, `{"user_id":false}`), nobody, identity.ErrNoCredential},
		"user 0":                                {says(jsonType, `{"user_id":0}`), nobody, identity.ErrNoCredential},
		"user 0 as text":                        {says(jsonType, `{"user_id":"0"}`), nobody, identity.ErrNoCredential},
		"an empty text":                         {says(jsonType, `{"user_id":""}`), nobody, identity.ErrNoCredential},
		"401":                                   {status(401), nobody, identity.ErrNoCredential},
		"403":                                   {status(403), nobody, identity.ErrNoCredential},
		"a redirect to the page to sign in":     {status(302, "Location", "/login?next=/whoami"), nobody, identity.ErrNoCredential},
		"a redirect after a form":               {status(303, "Location", "https://sso.example/"), nobody, identity.ErrNoCredential},
		"a guest in a shared cache":             {withHeader("Cache-Control", "public, max-age=60", says(jsonType, `{"user_id":null}`)), nobody, identity.ErrNoCredential},
		"a user in a shared cache":              {withHeader("Cache-Control", "max-age=60, Public", user), nobody, identity.ErrUnavailable},
		"a user for a shared cache":             {withHeader("Cache-Control", "s-maxage=60", user), nobody, identity.ErrUnavailable},
		"a user from a cache":                   {withHeader("Age", "12", user), nobody, identity.ErrUnavailable},
		"a user whom nginx kept":                {withHeader("X-Cache-Status", "HIT", user), nobody, identity.ErrUnavailable},
		"a user whom a cache far away kept":     {withHeader("X-Cache", "MISS, HIT", user), nobody, identity.ErrUnavailable},
		"a user whom Cloudflare kept":           {withHeader("Cf-Cache-Status", "STALE", user), nobody, identity.ErrUnavailable},
		"a user whom a cache kept and says so":  {withHeader("Cache-Status", "edge; hit; ttl=30", user), nobody, identity.ErrUnavailable},
		"a user whom Varnish kept":              {withHeader("X-Varnish", "32770 3", user), nobody, identity.ErrUnavailable},
		"a user past Varnish":                   {withHeader("X-Varnish", "32770", user), six, nil},
		"a user past a cache":                   {withHeader("X-Cache", "MISS from hit.white.example", user), six, nil},
		"a user a cache never keeps":            {withHeader("Cf-Cache-Status", "DYNAMIC", user), six, nil},
		"a redirect of the same path":           {status(302, "Location", "https://site.example/whoami"), nobody, identity.ErrUnavailable},
		"a redirect to the path with a slash":   {status(302, "Location", "/whoami/"), nobody, identity.ErrUnavailable},
		"a redirect to nowhere":                 {status(302), nobody, identity.ErrUnavailable},
		"a permanent redirect":                  {status(301, "Location", "/login"), nobody, identity.ErrUnavailable},
		"another permanent redirect":            {status(308, "Location", "/login"), nobody, identity.ErrUnavailable},
		"404":                                   {status(404), nobody, identity.ErrUnavailable},
		"429":                                   {status(429), nobody, identity.ErrUnavailable},
		"500":                                   {status(500), nobody, identity.ErrUnavailable},
		"502":                                   {status(502), nobody, identity.ErrUnavailable},
		"503":                                   {status(503), nobody, identity.ErrUnavailable},
		"no content":                            {status(204), nobody, identity.ErrUnavailable},
		"another success":                       {status(201), nobody, identity.ErrUnavailable},
		"a page":                                {says("text/html", `{"user_id":6}`), nobody, identity.ErrUnavailable},
		"a script":                              {says("application/javascript", `{"user_id":6}`), nobody, identity.ErrUnavailable},
		"no Content-Type":                       {says("", `{"user_id":6}`), nobody, identity.ErrUnavailable},
		"an empty body":                         {says(jsonType, ``), nobody, identity.ErrUnavailable},
		"JSON cut off":                          {says(jsonType, `{"user_id":6,"x":"`+canary), nobody, identity.ErrUnavailable},
		"JSON cut off behind the field":         {says(jsonType, `{"user_id":6`), nobody, identity.ErrUnavailable},
		"two objects":                           {says(jsonType, `{"user_id":6}{"user_id":7}`), nobody, identity.ErrUnavailable},
		"two users":                             {says(jsonType, `{"user_id":6,"user_id":7}`), nobody, identity.ErrUnavailable},
		"two users, one in escapes":             {says(jsonType, `{"user_id":6,"\u0075ser_id":7}`), nobody, identity.ErrUnavailable},
		"a user and nobody":                     {says(jsonType, `{"user_id":null,"user_id":7}`), nobody, identity.ErrUnavailable},
		"true":                                  {says(jsonType, `{"user_id":true}`), nobody, identity.ErrUnavailable},
		"a list of users":                       {says(jsonType, `{"user_id":[6]}`), nobody, identity.ErrUnavailable},
		"an object":                             {says(jsonType, `{"user_id":{"id":6}}`), nobody, identity.ErrUnavailable},
		"a list":                                {says(jsonType, `[{"user_id":6}]`), nobody, identity.ErrUnavailable},
		"a text":                                {says(jsonType, `"6"`), nobody, identity.ErrUnavailable},
		"a fraction":                            {says(jsonType, `{"user_id":6.0}`), nobody, identity.ErrUnavailable},
		"an exponent":                           {says(jsonType, `{"user_id":6e0}`), nobody, identity.ErrUnavailable},
		"another spelling of user 6":            {says(jsonType, `{"user_id":"06"}`), nobody, identity.ErrUnavailable},
		"a name where keys are numbers":         {says(jsonType, `{"user_id":"`+canary+`"}`), nobody, identity.ErrUnavailable},
		"half a surrogate pair":                 {says(jsonType, `{"user_id":"\ud800"}`), nobody, identity.ErrUnavailable},
		"broken UTF-8 elsewhere":                {says(jsonType, "{\"user_id\":6,\"name\":\"\xff\"}"), nobody, identity.ErrUnavailable},
		"64 KiB":                                {says(jsonType, `{"user_id":6,"x":"`+strings.Repeat("x", 64<<10-20)+`"}`), six, nil},
		"64 KiB and a byte":                     {says(jsonType, `{"user_id":6,"x":"`+strings.Repeat("x", 64<<10-19)+`"}`), nobody, identity.ErrUnavailable},
		"10 MiB":                                {says(jsonType, `{"user_id":6,"x":"`+strings.Repeat("x", 10<<20)+`"}`), nobody, identity.ErrUnavailable},
		"brackets 60,000 deep":                  {says(jsonType, `{"x":`+strings.Repeat("[", 60000)+`}`), nobody, identity.ErrUnavailable},
		"a compressed answer":                   {withHeader("Content-Encoding", "gzip", says(jsonType, "\x1f\x8b\x08\x00")), nobody, identity.ErrUnavailable},
		"headers without an end":                {withHeader("X-Long", strings.Repeat(canary, 10000), user), nobody, identity.ErrUnavailable},
		"an answer that is hung up on":          {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nobody, identity.ErrUnavailable},
		"an answer that ends before its length": {withHeader("Content-Length", "100", user), nobody, identity.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newWhoami(t, at(t, site(t, c.site).URL+"/whoami"))
			got, err := a.Resolve(t.Context(), visitor())
			if !errors.Is(err, c.err) || err == nil != (c.err == nil) {
				t.Errorf("got error %v, want %v", err, c.err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if text := fmt.Sprint(err, a.log); strings.Contains(text, canary) {
				t.Errorf("a secret is shown: %s", text)
			}
		})
	}
}

func TestTheSiteIsToldTheVisitorsCookiesAndNothingElse(t *testing.T) {
	var got http.Header
	var method, uri, host string
	s := site(t, func(w http.ResponseWriter, r *http.Request) {
		got, method, uri, host = r.Header.Clone(), r.Method, r.RequestURI, r.Host
		says("application/json", `{"data":{"user":{"id":"6"}}}`)(w, r)
	})
	a := newWhoami(t, func(o *identity.WhoamiOptions) {
		at(t, s.URL+"/index.php?option=who")(o)
		o.Field = "data.user.id"
	})
	r := request(stranger, "Cookie", `a="x y"; b[0]=\`, "Cookie", "c=é+%zz", "User-Agent", "Browser/1", "Authorization", "Bearer "+canary,
		"X-Forwarded-For", "6.6.6.6", "X-Chatpass-User", "7", "Host", "evil.example", "Origin", "https://evil.example", "Accept-Language", "de",
		"X-Original-Url", "/admin", "Content-Type", "text/evil")
	r.Method, r.Host, r.Body = http.MethodPost, "evil.example", io.NopCloser(strings.NewReader(canary))
	if id, err := a.Resolve(t.Context(), r); err != nil || id.UserID != "6" {
		t.Fatalf("got %+v, %v", id, err)
	}
	want := http.Header{
		"Cookie": {`a="x y"; b[0]=\; c=é+%zz`}, "User-Agent": {"Browser/1"}, "X-Forwarded-For": {"203.0.113.5"}, "Accept": {"application/json"},
		"Accept-Encoding": {"identity"}, "Cache-Control": {"no-cache"}, "Pragma": {"no-cache"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the site was sent (-want +got):\n%s", diff)
	}
	if method != http.MethodGet || uri != "/index.php?option=who" || "http://"+host != s.URL {
		t.Errorf("the site was asked %s %s at %s", method, uri, host)
	}
}

func TestAVisitorWithoutCookiesIsNotAskedFor(t *testing.T) {
	a := newWhoami(t, func(o *identity.WhoamiOptions) {
		o.Transport = trip(func(*http.Request) (*http.Response, error) {
			t.Error("the site was asked")
			return nil, errors.New("no")
		})
	})
	for name, r := range map[string]*http.Request{
		"none": request(stranger), "an empty one": request(stranger, "Cookie", ""), "empty ones": request(stranger, "Cookie", "; ", "Cookie", ";"),
		"the site's server": request(stranger, "Authorization", "Bearer x"),
	} {
		if _, err := a.Resolve(t.Context(), r); !errors.Is(err, identity.ErrNoCredential) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// trip is a transport without a network.
type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answers(body string) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}
}

func TestUsersAreRememberedForFiveSecondsGuestsAndFailuresAreNot(t *testing.T) {
	for name, c := range map[string]struct {
		answer func() (*http.Response, error)
		calls  int64 // of three questions within five seconds and one after
	}{
		"a user":  {func() (*http.Response, error) { return answers(`{"user_id":6}`), nil }, 2},
		"a guest": {func() (*http.Response, error) { return answers(`{}`), nil }, 4},
		"a 500": {func() (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusInternalServerError, Body: http.NoBody}, nil
		}, 4},
		"no answer": {func() (*http.Response, error) { return nil, errors.New(canary) }, 4},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int64
			a := newWhoami(t, func(o *identity.WhoamiOptions) {
				o.Transport = trip(func(*http.Request) (*http.Response, error) { calls.Add(1); return c.answer() })
			})
			first, firstErr := a.Resolve(t.Context(), visitor())
			for _, after := range []time.Duration{time.Second, 5*time.Second - 1, 5 * time.Second} {
				a.now.Store(int64(after))
				got, err := a.Resolve(t.Context(), visitor())
				if got != first || fmt.Sprint(err) != fmt.Sprint(firstErr) {
					t.Errorf("%+v, %v then %+v, %v", first, firstErr, got, err)
				}
			}
			if calls.Load() != c.calls {
				t.Errorf("the site was asked %d times, want %d", calls.Load(), c.calls)
			}
		})
	}
}

// SEC-40.
func TestNoTwoVisitorsShareWhatIsRemembered(t *testing.T) {
	seen := map[[32]byte]string{}
	parts := []string{"", "a", "b", "ab", "a; b", "a;b", "a\x00", "\x00a", strings.Repeat("a", 300)}
	for _, cookie := range parts {
		for _, agent := range parts {
			for _, address := range parts {
				key, what := identity.VisitorKey(cookie, agent, address), fmt.Sprintf("%q %q %q", cookie, agent, address)
				if other, twice := seen[key]; twice {
					t.Fatalf("%s and %s have one key", what, other)
				}
				seen[key] = what
			}
		}
	}
	address := "203.0.113.5"
	a := newWhoami(t, func(o *identity.WhoamiOptions) {
		o.Client = func(*http.Request) string { return address }
		o.Transport = trip(func(r *http.Request) (*http.Response, error) {
			id := map[string]string{"s=1Browser203.0.113.5": "1", "s=2Browser203.0.113.5": "2", "s=1Other203.0.113.5": "3", "s=1Browser203.0.113.6": "4"}
			return answers(`{"user_id":"` + id[r.Header.Get("Cookie")+r.UserAgent()+r.Header.Get("X-Forwarded-For")] + `"}`), nil
		})
	})
	for range 2 {
		for _, c := range []struct{ cookie, agent, address, want string }{
			{"s=1", "Browser", "203.0.113.5", "1"},
			{"s=2", "Browser", "203.0.113.5", "2"},
			{"s=1", "Other", "203.0.113.5", "3"},
			{"s=1", "Browser", "203.0.113.6", "4"},
		} {
			address = c.address
			if got, err := a.Resolve(t.Context(), request(stranger, "Cookie", c.cookie, "User-Agent", c.agent)); err != nil || string(got.UserID) != c.want {
				t.Errorf("%+v is %+v, %v", c, got, err)
			}
		}
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	a := newWhoami(t, func(o *identity.WhoamiOptions) {
		o.Transport = trip(func(*http.Request) (*http.Response, error) { return answers(`{"user_id":6}`), nil })
	})
	for i := range identity.WhoamiSize + 2000 {
		if _, err := a.Resolve(t.Context(), request(stranger, "Cookie", fmt.Sprint("s=", i))); err != nil {
			t.Fatal(err)
		}
	}
	if n := a.Remembered(); n == 0 || n > identity.WhoamiSize {
		t.Errorf("%d visitors are remembered", n)
	}
}

func TestRequestsOfOnePageAskTheSiteOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		release := make(chan struct{})
		a := newWhoami(t, func(o *identity.WhoamiOptions) {
			o.Transport = trip(func(*http.Request) (*http.Response, error) {
				calls.Add(1)
				<-release
				return answers(`{"user_id":6}`), nil
			})
		})
		gone, leave := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := a.Resolve(gone, visitor()); !errors.Is(err, context.Canceled) {
				t.Errorf("the one who has gone: %v", err)
			}
		})
		synctest.Wait()
		for range 9 {
			all.Go(func() {
				if got, err := a.Resolve(t.Context(), visitor()); err != nil || got.UserID != "6" {
					t.Errorf("got %+v, %v", got, err)
				}
			})
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		close(release)
		all.Wait()
		if calls.Load() != 1 {
			t.Errorf("the site was asked %d times", calls.Load())
		}
	})
}

func TestASiteThatHangsIsWaitedForTwoSecondsByFewAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		a := newWhoami(t, func(o *identity.WhoamiOptions) {
			o.Transport = trip(func(r *http.Request) (*http.Response, error) {
				if n := now.Add(1); n > most.Load() {
					most.Store(n)
				}
				defer now.Add(-1)
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
		})
		began := time.Now()
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				if _, err := a.Resolve(t.Context(), request(stranger, "Cookie", fmt.Sprint("s=", i))); !errors.Is(err, identity.ErrUnavailable) {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took != 2*time.Second || most.Load() != identity.WhoamiCalls {
			t.Errorf("it took %s, %d at a time", took, most.Load())
		}
	})
}

func TestASiteThatIsDownIsLeftAloneForASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls int
		down := true
		a := newWhoami(t, func(o *identity.WhoamiOptions) {
			o.Transport = trip(func(*http.Request) (*http.Response, error) {
				calls++
				if down {
					return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
				}
				return answers(`{"user_id":6}`), nil
			})
		})
		ask := func(want error) {
			t.Helper()
			if _, err := a.Resolve(t.Context(), visitor()); !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		}
		for range 20 {
			ask(identity.ErrUnavailable)
		}
		if calls != 5 {
			t.Errorf("it was asked %d times, want 5", calls)
		}
		time.Sleep(time.Second + time.Millisecond)
		ask(identity.ErrUnavailable)
		ask(identity.ErrUnavailable)
		if calls != 6 {
			t.Errorf("after a second it was asked %d times, want once", calls-5)
		}
		down = false
		time.Sleep(time.Second + time.Millisecond)
		ask(nil)
		if text := a.log.String(); strings.Count(text, "does not answer") != 1 || strings.Count(text, "answers at CHATPASS_WHOAMI_URL again") != 1 {
			t.Errorf("the log says %s", text)
		}
	})
}

func TestOneVisitorsErrorsDoNotLockOutOthers(t *testing.T) {
	a := newWhoami(t, at(t, site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") == "bad" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		says("application/json", `{"user_id":6}`)(w, r)
	}).URL))
	for range 20 {
		if _, err := a.Resolve(t.Context(), request(stranger, "Cookie", "bad")); !errors.Is(err, identity.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	}
	if got, err := a.Resolve(t.Context(), visitor()); err != nil || got.UserID != "6" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestTheSitesCertificateIsChecked(t *testing.T) {
	s := httptest.NewUnstartedServer(says("application/json", `{"user_id":6}`))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	s.StartTLS()
	t.Cleanup(s.Close)
	a := newWhoami(t, at(t, s.URL))
	if got, err := a.Resolve(t.Context(), visitor()); !errors.Is(err, identity.ErrUnavailable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %+v, %v", got, err)
	}
	a = newWhoami(t, func(o *identity.WhoamiOptions) {
		at(t, s.URL)(o)
		o.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	})
	if got, err := a.Resolve(t.Context(), visitor()); err != nil || got.UserID != "6" {
		t.Errorf("with a certificate that is known: %+v, %v", got, err)
	}
}

func TestWhatIsNoHTTPIsNotShown(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, canary+" "+canary+"\r\n\r\n")
			_ = c.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	address := url.URL{Scheme: "http", Host: l.Addr().String(), RawQuery: "key=" + canary}
	a := newWhoami(t, at(t, address.String()))
	if _, err := a.Resolve(t.Context(), visitor()); !errors.Is(err, identity.ErrUnavailable) || strings.Contains(err.Error(), canary) {
		t.Errorf("got %v", err)
	}
}

func TestNobodyCanTellBeforeTheTableWasRead(t *testing.T) {
	a := newWhoami(t, func(o *identity.WhoamiOptions) {
		o.KeyKind = func() userinfo.KeyKind { return userinfo.KeyUnknown }
		o.Transport = trip(func(*http.Request) (*http.Response, error) { return answers(`{"user_id":6}`), nil })
	})
	if _, err := a.Resolve(t.Context(), visitor()); !errors.Is(err, identity.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestAWrongWhoamiAddressIsRefusedAndNotShown(t *testing.T) {
	for _, address := range []string{"", "/whoami", "file:///etc/passwd?" + canary, "gopher://x/" + canary, "http:///" + canary, "://" + canary} {
		_, err := identity.NewWhoami(identity.WhoamiOptions{
			URL: address, Field: "id", KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		})
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: %v", address, err)
		}
	}
}
