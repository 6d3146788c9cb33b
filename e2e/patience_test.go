package e2e_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// busy answers the first n requests with a status, then as next does.
func busy(n int32, code int, retryAfter string, next http.HandlerFunc) http.HandlerFunc {
	var asked atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) > n {
			next(w, r)
			return
		}
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(code)
	}
}

// hangUp breaks the connection without an answer.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestLoaderAsksAgainWhenTheSidecarIsBusy(t *testing.T) {
	t.Parallel()
	user := answer(func() string { return `{"user_id":6,"providers":{}}` })
	tests := []struct {
		name     string
		identity http.HandlerFunc
		least    time.Duration // between the first and the last request
		asked    int
	}{
		{"503 with seconds to wait", busy(1, 503, "3", user), 3 * time.Second, 2},
		{"503 with a date to wait for", busy(1, 503, time.Now().Add(4*time.Second).UTC().Format(http.TimeFormat), user), time.Second, 2},
		{"503 with a date that is over", busy(1, 503, "Thu, 01 Jan 1970 00:00:00 GMT", user), time.Second, 2},
		{"429 without a time", busy(2, 429, "", user), 3 * time.Second, 3},
		{"429 with nonsense as time", busy(1, 429, "soon", user), time.Second, 2},
		{"503 that says at once", busy(3, 503, "0", user), 3 * time.Second, 4},
		{"502 of the web server in front", busy(1, 502, "", user), time.Second, 2},
		{"a broken connection", func() http.HandlerFunc {
			var asked atomic.Int32
			return func(w http.ResponseWriter, r *http.Request) {
				// The browser itself asks once more on a connection that breaks.
				if asked.Add(1) <= 3 {
					hangUp(w, r)
				}
				user(w, r)
			}
		}(), time.Second, 4},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var times []time.Time
			s := newSite(t, siteOptions{page: loaderTag, policy: strict, identity: func(w http.ResponseWriter, r *http.Request) {
				times = append(times, time.Now()) // one request at a time
				test.identity(w, r)
			}})
			b := openTab(t, s.URL)
			b.wait("identified", 0)
			s.wantAsked(t, "/identity", test.asked)
			if took := times[len(times)-1].Sub(times[0]); took < test.least {
				t.Errorf("asked again after %v, want at least %v", took, test.least)
			}
			b.clean()
		})
	}
}

func TestLoaderGivesUpAfterFiveTries(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: loaderTag, policy: strict, identity: busy(100, 503, "1", nil)})
	b := openTab(t, s.URL)
	if got := b.wait("error", 0); got != `{"stage":"identity","message":"HTTP 503"}` {
		t.Errorf("error %s", got)
	}
	s.wantAsked(t, "/identity", 5)
	b.clean()
}

func TestLoaderEndsARequestThatHangs(t *testing.T) {
	t.Parallel()
	ended := make(chan time.Duration, 10)
	s := newSite(t, siteOptions{page: loaderTag, policy: strict, identity: func(w http.ResponseWriter, r *http.Request) {
		// The body hangs, too: the head alone must not stop the clock.
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		begin := time.Now()
		<-r.Context().Done()
		ended <- time.Since(begin)
	}})
	b := openTab(t, s.URL)
	select {
	case took := <-ended:
		if took < 9*time.Second || took > 15*time.Second {
			t.Errorf("the request was ended after %v, want 10 s", took)
		}
	case <-time.After(patience):
		t.Error("the request was not ended")
	}
	b.want("seen.events", `[]`)
}

func TestLoaderTellsOfAScriptThatDoesNotLoad(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		policy string
		widget http.HandlerFunc
		clean  bool
	}{
		{"because it is not there", strict, status(http.StatusNotFound), true},
		{"because the connection breaks", strict, hangUp, true},
		{"because the page's policy forbids it", "script-src 'self'", nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			page := loaderTag + `<a id="link" href="/elsewhere#mail" data-chatpass-to="2">Write</a>`
			s := newSite(t, siteOptions{page: page, policy: test.policy, widget: test.widget})
			b := openTab(t, s.URL)
			if got := b.wait("error", 0); got != `{"stage":"script","message":"not loaded"}` {
				t.Errorf("error %s", got)
			}
			b.want("document.getElementById('content').textContent", `"The page itself"`)
			if test.clean {
				b.clean()
			}
			b.secretive(token)
			// A click tells that the chat is not there, and a link still leads where it says.
			b.want("[document.getElementById('link').dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))]", `[true]`)
		})
	}
}

func TestLoaderDoesNotWaitForeverForAScriptThatKeepsSilent(t *testing.T) {
	t.Parallel()
	s := newSite(t, siteOptions{page: loaderTag, policy: strict, widget: func(w http.ResponseWriter, _ *http.Request) { javascript(w, "0") }})
	b := openTab(t, s.URL)
	if got := b.wait("error", 0); got != `{"stage":"script","message":"silent"}` {
		t.Errorf("error %s", got)
	}
	b.clean()
}

func TestLoaderStillStartsAScriptThatComesLate(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	comeLate := sync.OnceFunc(func() { close(release) })
	t.Cleanup(comeLate)
	s := newSite(t, siteOptions{
		page: loaderTag + `<button type="button" data-chatpass-to="2" data-chatpass-token="t">Write</button>`, policy: strict,
		widget: func(w http.ResponseWriter, _ *http.Request) {
			<-release
			javascript(w, widgetScript)
		},
	})
	b := newTab(t)
	b.goTo(s.URL) // the load event waits for the script
	b.wait("error", 0)
	comeLate()
	b.wait("ready", 0)
	b.want("event('loaded')", wantLoaded)
	b.eval("document.querySelector('button').click()")
	b.want("event('dialog')", `[2,0,"t"]`)
	b.clean()
}

func TestLoaderReportsAChatThatRefusesToStart(t *testing.T) {
	t.Parallel()
	for name, load := range map[string]string{
		"by a rejection":   `load(o) { return Promise.reject(new Error('bad token ' + o.token)); }`,
		"by an exception":  `load(o) { throw new Error('bad token ' + o.token); }`,
		"by a bare string": `load(o) { return Promise.reject(o.token); }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			widget := func(w http.ResponseWriter, _ *http.Request) { javascript(w, "window.ImbaChat = {"+load+"}") }
			s := newSite(t, siteOptions{page: loaderTag, policy: strict, widget: widget})
			b := openTab(t, s.URL)
			if got := b.wait("error", 0); got != `{"stage":"start","message":"refused"}` {
				t.Errorf("error %s", got)
			}
			b.clean()
			b.secretive(token)
		})
	}
}

func TestLoaderTakesAStartThatNeverEndsForDone(t *testing.T) {
	t.Parallel()
	widget := func(w http.ResponseWriter, _ *http.Request) {
		javascript(w, "window.imbaApi = {load() { return new Promise(() => {}); }}")
	}
	s := newSite(t, siteOptions{page: loaderTag, policy: strict, widget: widget})
	b := openTab(t, s.URL)
	b.wait("ready", 0)
	b.clean()
}
