package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// quickClock writes down the loader's longer waits, which are none of its limits, and makes them a thousand times shorter. The visitor's
// clock is wrong by {skew} milliseconds.
const quickClock = `(() => {
  const wait = window.setTimeout, now = Date.now;
  window.delays = [];
  window.setTimeout = (work, ms, ...rest) => {
    if (ms < 900 || ms === 10000) return wait(work, ms, ...rest);
    window.delays.push(ms);
    return wait(work, ms / 1000, ...rest);
  };
  Date.now = () => now() + %d;
})()`

func openQuick(t *testing.T, address string, skew time.Duration) *tab {
	t.Helper()
	b := newTab(t)
	params := page.AddScriptToEvaluateOnNewDocumentParams{Source: fmt.Sprintf(quickClock, skew.Milliseconds())}
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, params); err != nil {
		t.Fatal(err)
	}
	b.goTo(address)
	return b
}

// delay waits for the n-th wait of the loader, from 0, and fails the test unless it is between the two.
func (b *tab) delay(n int, least, most time.Duration) {
	b.t.Helper()
	var ms float64
	if err := json.Unmarshal([]byte(b.eval(fmt.Sprintf("until(() => delays[%d])", n))), &ms); err != nil {
		b.t.Fatal(err)
	}
	const slow = 3 * time.Second // a second and the way of an answer on a busy machine
	if got := time.Duration(ms * float64(time.Millisecond)); got < least-slow || got > most {
		b.t.Errorf("wait %d is %v, want %v to %v", n, got, least, most)
	}
}

// lasting is a user whose token lasts this long from now on.
func lasting(s **site, life time.Duration) http.HandlerFunc {
	var asked atomic.Int32
	return answer(func() string {
		return fmt.Sprintf(`{"user_id":6,"name":"John","expires_at":%d,"providers":{"imbachat":{"script":%q,"token":"token-%d","options":{}}}}`,
			time.Now().Add(life).Unix(), (*s).script, asked.Add(1))
	})
}

func TestLoaderAsksAgainBeforeTheTokenEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		life, skew  time.Duration
		least, most time.Duration
	}{
		{"at about 80 % of an hour", time.Hour, 0, 45 * time.Minute, 51 * time.Minute},
		{"by the server's clock where the visitor's is late", time.Hour, -5 * time.Hour, 45 * time.Minute, 51 * time.Minute},
		{"by the server's clock where the visitor's is early", time.Hour, 5 * time.Hour, 45 * time.Minute, 51 * time.Minute},
		{"never twice in half a minute", 10 * time.Second, 0, 30 * time.Second, 30 * time.Second},
		{"half a minute later where the token is over already", -time.Hour, 0, 30 * time.Second, 30 * time.Second},
		{"once a day, however long it lasts", 400 * 24 * time.Hour, 0, 24 * time.Hour, 24 * time.Hour},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var s *site
			s = newSite(t, siteOptions{page: loaderTag, policy: strict, identity: lasting(&s, test.life)})
			b := openQuick(t, s.URL, test.skew)
			b.wait("ready", 0)
			b.delay(0, test.least, test.most)
			if test.most < time.Hour { // the shortened wait is over by now or soon
				b.eval("until(() => delays.length > 1)")
				if got := len(s.asked("/identity")); got < 2 {
					t.Errorf("identity was asked for %d times", got)
				}
			}
			// One's own chat goes on, and a running widget is left alone.
			b.want("seen.events.map(e => e.type)", `["identified","loaded","ready"]`)
			b.clean()
			b.secretive("token-")
		})
	}
}

func TestLoaderHandsANewTokenOnWhereTheSiteSaysSo(t *testing.T) {
	t.Parallel()
	var s *site
	tag := `<script src="/chat/loader.js" data-renew="load" async></script>`
	s = newSite(t, siteOptions{page: tag, policy: strict, identity: lasting(&s, 10*time.Second)})
	b := openQuick(t, s.URL, 0)
	b.wait("ready", 0)
	// Which one it is depends on how soon the chat was ready.
	b.want("Promise.all([event('loaded', 0), event('loaded', 1)]).then(([[first], [next]]) => [/^token-\\d+$/.test(next.token), first.token === next.token])", `[true,false]`)
	b.want("seen.events.filter(e => /identified|ready|reset/.test(e.type)).length", `2`)
	b.clean()
	b.secretive("token-")
}

func TestLoaderNeverGivesARefreshUpAndNeverHammers(t *testing.T) {
	t.Parallel()
	var s *site
	failing := atomic.Int32{}
	user := lasting(&s, 10*time.Second)
	s = newSite(t, siteOptions{page: loaderTag, policy: strict, identity: func(w http.ResponseWriter, r *http.Request) {
		switch n := failing.Add(1); {
		case n == 1 || n > 10:
			user(w, r)
		case n == 9:
			w.Header().Set("Retry-After", "120")
			w.WriteHeader(http.StatusServiceUnavailable)
		case n == 10:
			w.WriteHeader(http.StatusNotFound)
		default:
			w.WriteHeader([]int{http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway}[n%3])
		}
	}})
	b := openQuick(t, s.URL, 0)
	b.wait("ready", 0)
	b.delay(0, 30*time.Second, 30*time.Second)
	for i, seconds := range []int{1, 2, 4, 8, 16, 32, 60, 120, 600} { // the answers 2 to 10
		least := time.Duration(seconds) * time.Second
		b.delay(i+1, least, least*5/4)
	}
	b.delay(10, 30*time.Second, 30*time.Second) // and it works again
	b.want("seen.events.map(e => e.type + (e.detail.message || ''))",
		`["identified","loaded","ready","errorHTTP 429","errorHTTP 404"]`)
	b.clean()
}

func TestLoaderAsksWhenSomebodyComesBackToThePage(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]string{
		"with the focus":            "dispatchEvent(new Event('focus'))",
		"with the network":          "dispatchEvent(new Event('online'))",
		"with the tab, after sleep": "document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, siteOptions{page: loaderTag, policy: strict})
			b := openTab(t, s.URL)
			b.wait("ready", 0)
			const roundTrip = "fetch('/elsewhere').then(r => r.text())"
			for range 3 {
				b.eval("void " + back)
			}
			b.want("new Promise(done => setTimeout(done, 200)).then(() => "+roundTrip+")", `"elsewhere"`)
			s.wantAsked(t, "/identity", 1) // it was asked a moment ago
			b.eval("void (() => { const now = Date.now; Date.now = () => now() + 20000; })()")
			for range 3 {
				b.eval("void " + back)
			}
			b.want("new Promise(done => setTimeout(done, 500)).then(() => "+roundTrip+")", `"elsewhere"`)
			s.wantAsked(t, "/identity", 2)
			b.clean()
		})
	}
}
