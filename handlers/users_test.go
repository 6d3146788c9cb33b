package handlers_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

func TestTheRefusalHasTheBytesOfThePlugins(t *testing.T) {
	f := newFixture(t, nil)
	if len(wrong401) != 68 {
		t.Fatalf("the plugins' refusal has 68 bytes (ImbaChat §1.3), this one %d", len(wrong401))
	}
	for _, path := range []string{
		"/chat/users?user_ids=6", "/chat/users/6", "/chat/search/john", "/chat/version", "/chat/friends/6", "/imbachat/api/v1", "/?user_ids=6",
		"/chat.php?id=6", "/index.php?route=extension/module/imbachat/users&ids=6", "/?rest_route=/imbachat/v1/getusers/6",
		"/?rest_route=/imbachat/v1/user/friends/6", "/wp-json/imbachat/v1/user/friends/6",
	} {
		got := f.ask(http.MethodGet, path)
		if got.status != http.StatusUnauthorized || got.body != wrong401 {
			t.Errorf("%s answers %d %s", path, got.status, got.body)
		}
		for name, want := range map[string]string{
			"Www-Authenticate": `Basic realm="Backend"`, "Content-Type": "application/json", "Cache-Control": "no-store, private",
		} {
			if diff := cmp.Diff([]string{want}, got.header[name]); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", path, name, diff)
			}
		}
		head := f.ask(http.MethodHead, path)
		if head.status != http.StatusUnauthorized || head.body != "" || head.header.Get("Content-Length") != "68" {
			t.Errorf("HEAD %s answers %d, %d bytes, length %q", path, head.status, len(head.body), head.header.Get("Content-Length"))
		}
	}
}

// SEC-10 … SEC-14.
func TestBasicCredentials(t *testing.T) {
	const foreign = "schlüssel: мир 12"
	f := newFixture(t, func(_ *handlers.Options, c *imbachat.Config) { c.APIPasswordPrevious = secret.New(foreign) })
	b64 := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	right := b64(login + ":" + password)
	for _, tt := range []struct {
		name   string
		values []string
		want   int
	}{
		{"the right pair", []string{"Basic " + right}, 200},
		{"the scheme in lower case", []string{"basic " + right}, 200},
		{"the scheme in upper case", []string{"BASIC " + right}, 200},
		{"the previous password, in UTF-8 and with a colon", []string{"Basic " + b64(login+":"+foreign)}, 200},
		{"nothing", nil, 401},
		{"an empty pair", []string{"Basic Og=="}, 401},
		{"no base64", []string{"Basic !!!"}, 401},
		{"no value", []string{"Basic"}, 401},
		{"another scheme", []string{"Bearer x"}, 401},
		{"no colon", []string{"Basic " + b64(login)}, 401},
		{"a wrong login", []string{"Basic " + b64("x"+login+":"+password)}, 401},
		{"a login in upper case", []string{"Basic " + b64(strings.ToUpper(login)+":"+password)}, 401},
		{"a wrong password", []string{"Basic " + b64(login+":"+password+"x")}, 401},
		{"a blank behind", []string{"Basic " + right + " "}, 200},
		{"something behind", []string{"Basic " + right + "x"}, 401},
		{"another letter case", []string{"Basic " + strings.ToUpper(right)}, 401},
		{"an empty password", []string{"Basic " + b64(login+":")}, 401},
		{"bytes that are not UTF-8", []string{"Basic " + b64(login+":"+password+"\xff")}, 401},
		{"a NUL", []string{"Basic " + b64(login+":"+password+"\x00")}, 401},
		{"16 KiB", []string{"Basic " + b64(login+":"+strings.Repeat("x", 12<<10))}, 401},
		{"two headers", []string{"Basic " + right, "Basic " + right}, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f.clock.pass(time.Minute)                                                                // what was wrong before is forgotten
			for i, values := range [][]string{tt.values, tt.values, {"Basic " + right}, tt.values} { // what was accepted is known the next time, and opens nothing else
				want := tt.want
				if i == 2 {
					want = http.StatusOK
				}
				if got := f.ask(http.MethodGet, "/chat/users?user_ids=6", header("Authorization", values...)); got.status != want {
					t.Errorf("time %d: answers %d %s, want %d", i+1, got.status, got.body, want)
				}
			}
		})
	}
}

// SEC-17.
func TestGuessing(t *testing.T) {
	wrong := func(r *http.Request) { r.SetBasicAuth(login, "guess") }
	guess := func(f *fixture, n int, options ...option) (last answered) {
		for range n {
			last = f.ask(http.MethodGet, "/chat/users/6", append([]option{wrong}, options...)...)
		}
		return last
	}
	t.Run("the 21st wrong pair of a minute has to wait", func(t *testing.T) {
		f := newFixture(t, nil)
		if got := guess(f, 20); got.status != http.StatusUnauthorized {
			t.Fatalf("the 20th answers %d", got.status)
		}
		f.clock.pass(10 * time.Second)
		got := guess(f, 1)
		if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "50" {
			t.Fatalf("the 21st answers %d, Retry-After %q", got.status, got.header.Get("Retry-After"))
		}
		if got := f.ask(http.MethodGet, "/chat/users/6", basic); got.status != http.StatusTooManyRequests {
			t.Errorf("then the right pair answers %d: guessing could go on unseen", got.status)
		}
		if got := f.ask(http.MethodGet, "/chat/users/6", basic, from("192.0.2.11:1")); got.status != http.StatusOK {
			t.Errorf("the right pair from another address answers %d", got.status)
		}
		f.clock.pass(50 * time.Second)
		if got := f.ask(http.MethodGet, "/chat/users/6", basic); got.status != http.StatusOK {
			t.Errorf("after a minute the right pair answers %d", got.status)
		}
	})
	t.Run("missing credentials are not counted", func(t *testing.T) {
		f := newFixture(t, nil)
		for range 100 {
			if got := f.ask(http.MethodGet, "/chat/users/6"); got.status != http.StatusUnauthorized {
				t.Fatalf("answers %d", got.status)
			}
		}
		if got := guess(f, 20); got.status != http.StatusUnauthorized {
			t.Errorf("20 wrong ones behind them: %d", got.status)
		}
	})
	t.Run("an IPv6 network counts as one address", func(t *testing.T) {
		f := newFixture(t, nil)
		var got answered
		for i := range 21 {
			got = guess(f, 1, from(fmt.Sprintf("[2001:db8:1:2::%x]:1", i+1)))
		}
		if got.status != http.StatusTooManyRequests {
			t.Errorf("the 21st address of the network gets %d", got.status)
		}
		if got := guess(f, 1, from("[2001:db8:1:3::1]:1")); got.status != http.StatusUnauthorized {
			t.Errorf("another network gets %d", got.status)
		}
	})
	t.Run("the site's own proxy is not one visitor", func(t *testing.T) {
		for _, peer := range []string{"127.0.0.1:5", "[::1]:5", "@", ""} {
			f := newFixture(t, nil)
			if got := guess(f, 50, from(peer), header("X-Forwarded-For", "203.0.113.9")); got.status != http.StatusUnauthorized {
				t.Errorf("behind %q the 50th answers %d", peer, got.status)
			}
			if n := strings.Count(f.log.String(), "CHATPASS_TRUSTED_PROXIES"); n != 1 {
				t.Errorf("behind %q there are %d warnings, want 1", peer, n)
			}
		}
	})
	t.Run("a stranger cannot pass for the site's proxy", func(t *testing.T) {
		f := newFixture(t, nil)
		var got answered
		for i := range 21 {
			got = guess(f, 1, header("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i)), header("Via", "1.1 proxy"))
		}
		if got.status != http.StatusTooManyRequests {
			t.Errorf("the 21st answers %d", got.status)
		}
	})
}

func TestUsersInfo(t *testing.T) {
	f := newFixture(t, nil)
	both := "[" + zoe + "," + john + "]"
	multi := func(fields ...string) option {
		return func(r *http.Request) {
			var body bytes.Buffer
			w := multipart.NewWriter(&body)
			for i := 0; i < len(fields); i += 2 {
				_ = w.WriteField(fields[i], fields[i+1])
			}
			file, _ := w.CreateFormFile("user_ids", "ids.txt")
			_, _ = file.Write([]byte("6"))
			_ = w.Close()
			r.Body, r.ContentLength = http.NoBody, 0
			*r = *mustRequest(r, &body, w.FormDataContentType())
		}
	}
	for _, tt := range []struct {
		name, method, target string
		options              []option
		want                 string
	}{
		{"ids in the path", "GET", "/chat/users/7,6", nil, both},
		{"ids in the query, duplicates and strangers among them", "GET", "/chat/users?user_ids=7,6,6,99,abc,", nil, both},
		{"every separator", "GET", "/chat/users?user_ids=7;8|9%206", nil, both},
		{"a plus for a space", "GET", "/chat/users?ids=7+6", nil, both},
		{"escaped commas", "GET", "/chat/users?users=7%2C6", nil, both},
		{"PHP's lists", "GET", "/chat/users?id[]=7&id%5B%5D=6", nil, both},
		{"a form", "POST", "/chat/users", []option{form("user_ids=7,6")}, both},
		{"a form beside a query", "POST", "/chat/users?ids=7", []option{form("ids=6")}, both},
		{"a multipart form, whose files are none of ours", "POST", "/chat/users?x=1;2", []option{multi("users", "7", "users[]", "6;8")}, both},
		{"a body of another type", "POST", "/chat/users/7,6", []option{form("user_ids=1"), header("Content-Type", "text/plain")}, both},
		{"nobody", "GET", "/chat/users", nil, "[]"},
		{"only strangers", "GET", "/chat/users/1abc,-3,06,%20", nil, "[]"},
		{"KVS's sample", "GET", "/chat.php?id=7;6", nil, both},
		{"KVS's sample at the root", "GET", "/?user_ids=7;6", nil, both},
		{"KVS's sample with a form", "POST", "/index.php", []option{form("user_ids[]=7&user_ids[]=6")}, both},
		{"WordPress", "GET", "/wp-json/imbachat/v1/getusers/7,6", nil, both},
		{"WordPress without permalinks", "GET", "/index.php?rest_route=/imbachat/v1/getusers/7;6", nil, both},
		{"October", "GET", "/imbachat/api/v1/users/7,6", nil, both},
		{"October's first release", "GET", "/integrationwidget/apiChat/7,6", nil, both},
		{"LiveStreet", "GET", "/imba_chat/getusers/7,6", nil, both},
		{"LiveStreet's first release", "GET", "/imba_chat_widget/getusers/7,6", nil, both},
		{"OpenCart", "GET", "/index.php?route=extension/module/imbachat/users&ids=7,6", nil, both},
		{"friends", "GET", "/chat/friends/6", nil, "[" + zoe + "]"},
		{"friends of nobody", "GET", "/chat/friends/7", nil, "[]"},
		{"friends in WordPress", "POST", "/?rest_route=/imbachat/v1/user/friends/6", nil, "[" + zoe + "]"},
		{"the version", "GET", "/imbachat/api/v1", nil, `{"version":1,"type":"Chatpass"}`},
		{"search", "GET", "/chat/search?q=joh", nil, "[" + john + "]"},
		{"search in the path", "GET", "/chat/search/JOHN", nil, "[" + john + "]"},
		{"search in WordPress, where _ is a space", "POST", "/wp-json/imbachat/v1/searchusers/Zo%C3%AB_", nil, "[" + zoe + "]"},
		{"search in WordPress without permalinks", "GET", "/?rest_route=/imbachat/v1/searchusers/john", nil, "[" + john + "]"},
		{"search in October", "GET", "/imbachat/api/v1/search/john", nil, `{"code":200,"version":1,"data":[` + john + `]}`},
		{"search in October without a hit", "GET", "/imbachat/api/v1/search/nobody", nil, `{"code":200,"version":1,"data":[]}`},
		{"search in LiveStreet", "GET", "/imba_chat/searchusers/john", nil, "[" + john + "]"},
		{"search in OpenCart", "GET", "/index.php?route=extension/module/imbachat/usersearch&str=john", nil, john},
		{"search in OpenCart whose only hit cannot be told exactly", "GET", "/index.php?route=extension/module/imbachat/usersearch&str=exact", nil, `{"name":null,"user_id":null}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := f.ask(tt.method, tt.target, append(tt.options, basic)...)
			if got.status != http.StatusOK || got.body != tt.want {
				t.Errorf("answers %d %s\nwant %s", got.status, got.body, tt.want)
			}
			if got.header.Get("Content-Type") != "application/json" || got.header.Get("Cache-Control") != "no-store, private" {
				t.Errorf("headers %v", got.header)
			}
		})
	}
}

func mustRequest(r *http.Request, body *bytes.Buffer, contentType string) *http.Request {
	again, err := http.NewRequest(r.Method, r.URL.String(), body)
	if err != nil {
		panic(err)
	}
	again.RemoteAddr, again.Header = r.RemoteAddr, r.Header
	again.Header.Set("Content-Type", contentType)
	return again
}

func TestUsersInfoRefuses(t *testing.T) {
	f := newFixture(t, nil)
	many := func(n int) string { return strings.TrimSuffix(strings.Repeat("6,", n), ",") }
	big := strings.Repeat("x", 64<<10)
	for _, tt := range []struct {
		name, method, target string
		options              []option
		want                 int
	}{
		{"500 ids are answered", "GET", "/chat/users?user_ids=" + many(500), nil, 200},
		{"501 ids", "GET", "/chat/users?user_ids=" + many(501), nil, 400},
		{"501 ids of path, query and form together", "POST", "/chat/users/" + many(200) + "?ids=" + many(200), []option{form("id=" + many(101))}, 400},
		{"a body of 64 KiB and one byte", "POST", "/chat/users", []option{form("u=" + big[1:])}, 413},
		{"a body of 64 KiB is answered", "POST", "/chat/users", []option{form("u=" + big[2:])}, 200},
		{"a large body at the root", "POST", "/", []option{form("user_ids=6&u=" + big)}, 413},
		{"a multipart form without an end", "POST", "/chat/users", []option{form("--x\r\nContent-Disposition: form-data; name=\"ids\"\r\n\r\n6"), header("Content-Type", "multipart/form-data; boundary=x")}, 400},
		{"a multipart form without a boundary", "POST", "/chat/users", []option{form("x"), header("Content-Type", "multipart/form-data")}, 400},
		{"a large multipart form", "POST", "/chat/users", []option{
			form("--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" + big), header("Content-Type", "multipart/form-data; boundary=x"),
		}, 413},
		{"a search for one character", "GET", "/chat/search/j", nil, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := f.ask(tt.method, tt.target, append(tt.options, basic)...)
			if got.status != tt.want {
				t.Errorf("answers %d %.200s, want %d", got.status, got.body, tt.want)
			}
		})
	}
}

func TestAnInboundTokenDecidesAlone(t *testing.T) {
	f := newFixture(t, func(_ *handlers.Options, c *imbachat.Config) { c.InboundToken = "strict" })
	right := inbound(fmt.Sprintf(`{"imba_id":"17","exp":%d}`, f.clock.now().Add(time.Hour).Unix()))
	for _, got := range []answered{
		f.ask(http.MethodGet, "/chat/users?user_ids=6&jwt_token="+right),
		f.ask(http.MethodGet, "/chat/users?user_ids=6;99&jwt_token="+right, func(r *http.Request) { r.SetBasicAuth(login, "wrong") }),
		f.ask(http.MethodPost, "/chat/users", form("jwt_token="+right+"&user_ids=6")),
	} {
		if got.body != "["+john+"]" {
			t.Errorf("the right token answers %d %s", got.status, got.body)
		}
	}
	signer, err := jwt.NewSigner(secret.New(login+":"+password), 1, time.Hour, f.clock.now)
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := signer.Widget("6", jwt.IDNumber)
	if err != nil {
		t.Fatal(err)
	}
	// The widget token lacks what an inbound one must have, so that it is refused even though the key is right.
	for _, target := range []string{"/chat/users?user_ids=6;7&jwt_token=" + token, "/chat/users?jwt_token=rubbish"} {
		if got := f.ask(http.MethodGet, target, basic); got.status != http.StatusUnauthorized || got.body != wrong401 {
			t.Errorf("%s answers %d %s although Basic is right: the token must decide", target, got.status, got.body)
		}
	}
	if got := f.ask(http.MethodPost, "/chat/users", form("user_ids=6&jwt_token=rubbish"), basic); got.status != http.StatusUnauthorized {
		t.Errorf("a token in a form: %d", got.status)
	}
	if got := f.ask(http.MethodGet, "/chat/users?user_ids=6", basic); got.body != "["+john+"]" {
		t.Errorf("without a token Basic decides: %d %s", got.status, got.body)
	}
	// A body that is cut at the limit must not be read on as if it were a shorter list.
	if got := f.ask(http.MethodPost, "/chat/users", form("u="+strings.Repeat("x", 64<<10)+"&ids=6"), basic); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large form: %d %s", got.status, got.body)
	}
}

// inbound signs claims as ImbaChat does: with the API login and password as the key (ImbaChat §3.3).
func inbound(claims string) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, []byte(login+":"+password))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func TestSearchAndFriendsThatAreOffDoNotExist(t *testing.T) {
	f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) { o.Searches, o.Friends = false, false })
	for _, path := range []string{"/chat/search/john", "/chat/friends/6"} {
		if got := f.ask(http.MethodGet, path, basic); got.status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, got.status)
		}
		if got := f.ask(http.MethodGet, path); got.status != http.StatusUnauthorized {
			t.Errorf("%s without credentials answers %d: strangers would learn what is off", path, got.status)
		}
	}
}

func TestASearchWithNothingToSearchInDoesNotExist(t *testing.T) {
	f := newFixture(t, nil)
	f.directory.set(func(d *directory) { d.err = userinfo.ErrNoSearch })
	if got := f.ask(http.MethodGet, "/chat/search/john", basic); got.status != http.StatusNotFound {
		t.Errorf("a search answers %d", got.status)
	}
}

// SEC-54.
func TestSearchesAreFew(t *testing.T) {
	f := newFixture(t, nil)
	f.directory.enter, f.directory.leave = make(chan struct{}), make(chan struct{})
	answers := make(chan answered, 10)
	for range 10 {
		go func() { answers <- f.ask(http.MethodGet, "/chat/search/john", basic) }()
	}
	for range 10 {
		<-f.directory.enter
	}
	got := f.ask(http.MethodGet, "/chat/search/john", basic)
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") != "1" {
		t.Errorf("the 11th answers %d, Retry-After %q", got.status, got.header.Get("Retry-After"))
	}
	if got := f.ask(http.MethodGet, "/chat/users/6", basic); got.status != http.StatusOK {
		t.Errorf("users-info beside them answers %d", got.status)
	}
	close(f.directory.leave)
	for range 10 {
		if got := <-answers; got.body != "["+john+"]" {
			t.Errorf("a search answers %d %s", got.status, got.body)
		}
	}
	f.directory.enter = nil
	if got := f.ask(http.MethodGet, "/chat/search/john", basic); got.status != http.StatusOK {
		t.Errorf("afterwards: %d", got.status)
	}
}

// SEC-82.
func TestTheHourlyBudgetCountsUsers(t *testing.T) {
	f := newFixture(t, func(_ *handlers.Options, c *imbachat.Config) { c.IDsPerHour = 3 })
	status := func(ids string) int { return f.ask(http.MethodGet, "/chat/users/"+ids, basic).status }
	if got := status("6,7,6,7,abc"); got != 200 {
		t.Fatalf("two users: %d", got)
	}
	if got := status("6,7,8,9"); got != 429 {
		t.Errorf("two more: %d", got)
	}
	if got := status("6,7,8"); got != 200 {
		t.Errorf("one more, the last: %d", got)
	}
	over := f.ask(http.MethodGet, "/chat/users/9", basic)
	if over.status != 429 || over.header.Get("Retry-After") != "3600" || strings.Contains(over.body, "attempts") {
		t.Errorf("over the budget: %d %s %q", over.status, over.body, over.header.Get("Retry-After"))
	}
	f.clock.pass(time.Hour)
	if got := status("9,10,11"); got != 200 {
		t.Errorf("an hour later: %d", got)
	}
}

func TestStaleAnswersSayTheirAge(t *testing.T) {
	f := newFixture(t, nil)
	f.answers.age = 90 * time.Second
	if got := f.ask(http.MethodGet, "/chat/users/6", basic); got.header.Get("X-Data-Age") != "90" {
		t.Errorf("X-Data-Age is %q", got.header.Get("X-Data-Age"))
	}
}

// SEC-B4.
func TestAnswersHoldNoCause(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want int
		wait string
	}{
		{"a database that is down", fmt.Errorf("%w: %s", userinfo.ErrUnavailable, planted), 503, "1"},
		{"a mapping that does not fit", fmt.Errorf("%w: %s", userinfo.ErrMapping, planted), 503, "5"},
		{"a fault nobody thought of", fmt.Errorf("dial: %s", planted), 500, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, nil)
			f.directory.set(func(d *directory) { d.err = tt.err })
			for _, path := range []string{"/chat/users/6", "/chat/search/john", "/chat/friends/6", "/?user_ids=6"} {
				got := f.ask(http.MethodGet, path, basic)
				if got.status != tt.want || got.header.Get("Retry-After") != tt.wait {
					t.Errorf("%s answers %d, Retry-After %q", path, got.status, got.header.Get("Retry-After"))
				}
				noneOf(t, path, got)
			}
			for _, path := range []string{"/chat/identity?user_id=6", "/chat/widget?mode=inline&user_id=6", "/chat/button?to=7&user_id=6"} {
				got := f.ask(http.MethodGet, path, bearer(siteKey))
				if got.status != tt.want {
					t.Errorf("%s answers %d", path, got.status)
				}
				noneOf(t, path, got)
			}
			if !strings.Contains(f.log.String(), "hunter2") {
				t.Error("the operator is not told the cause")
			}
		})
	}
}

// noneOf fails if a planted text is anywhere in an answer.
func noneOf(t *testing.T, path string, got answered) {
	t.Helper()
	whole := got.body + fmt.Sprint(got.header)
	for _, piece := range []string{"hunter2", "wp_users", "/etc/secret", "SELECT", "unavailable"} {
		if strings.Contains(whole, piece) {
			t.Errorf("%s answers %q, which holds %q", path, whole, piece)
		}
	}
}
