package sendbird_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/sendbird"
	"github.com/chatpass/chatpass/userinfo"
)

var plainTarget = regexp.MustCompile(`^/v3/users/(?:[A-Za-z0-9_-]|%[0-9A-F]{2})+/token$`)

// FuzzUserID tries that whatever ids a site has, each leaves as one path segment that means that user alone.
func FuzzUserID(f *testing.F) {
	for _, pair := range [][2]string{{"6", "06"}, {"a/b", "a%2Fb"}, {".", ".."}, {"ü", "u\u0308"}, {"6\x00", "6"}, {"6?x", "6"}, {"\xff", "\xfe"}, {" 6", "6 "}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		s := newSite(t, func(c *sendbird.Config, d *provider.Deps) {
			c.UserID = "dev_{id}-x"
			d.Store = nil
		})
		target := func(id string) string {
			var route provider.Route
			for _, r := range s.provider.Routes() {
				if r.Path == "/login" {
					route = r
				}
			}
			if len(id) > 768 || id == "" { // no key column is longer
				return ""
			}
			s.AddUser("dev_"+id+"-x", "Ann", "")
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/login", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			_ = route.Serve(discard{}, r, &provider.Visitor{User: &userinfo.User{ID: userinfo.ID(id), Name: "Ann"}})
			came := s.Requests()
			if len(came) == 0 {
				return ""
			}
			got := came[0].Target
			if !plainTarget.MatchString(got) {
				t.Fatalf("%q leaves as %s", id, got)
			}
			segment := strings.TrimSuffix(strings.TrimPrefix(got, "/v3/users/"), "/token")
			if back, err := url.PathUnescape(segment); err != nil || back != "dev_"+id+"-x" {
				t.Fatalf("%q is read as %q by the provider: %v", id, back, err)
			}
			return got
		}
		if one, two := target(a), target(b); a != b && one != "" && one == two {
			t.Errorf("%q and %q are both %s", a, b, one)
		}
	})
}

// FuzzBody tries that no body of a request makes the provider look at another user, or crash.
func FuzzBody(f *testing.F) {
	for _, body := range []string{``, `{}`, `{"user_id":"6"}`, `{"user_id":6}`, `{"user_id":"7"}`, `{"user_id":6.0}`, `{"USER_ID":"7"}`, `[1]`, `{"user_id":"6","user_id":"7"}`, `{"fresh":true,"app_id":"x"}`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := newSite(t, func(_ *sendbird.Config, d *provider.Deps) { d.Store = nil })
		s.AddUser("6", "Ann", "")
		s.AddUser("7", "Bob", "")
		got := s.login(t, s.set("6", "Ann", ""), body)
		if got.status == http.StatusOK && (got.UserID != "6" || !s.Good("6", got.Token)) {
			t.Errorf("%q: %+v", body, got)
		}
		for _, r := range s.Requests() {
			if r.Target != "/v3/users/6/token" {
				t.Errorf("%q led to %s", body, r.Target)
			}
		}
	})
}

// discard is a writer nobody reads.
type discard struct{}

func (discard) Header() http.Header            { return http.Header{} }
func (discard) Write(text []byte) (int, error) { return len(text), nil }
func (discard) WriteHeader(int)                {}
