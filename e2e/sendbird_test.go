package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/templates"
)

// sdkFolder is Sendbird's SDK as .ci/setup fetches it.
const sdkFolder = "testdata/sendbird/node_modules/@sendbird/chat"

// sendbirdSite is a pretended site with members, a real sidecar and a pretended Sendbird behind it. Its pages have the snippet, as it is
// printed, and the SDK, as it comes from npm.
type sendbirdSite struct {
	*httptest.Server
	peer *sendbirdPeer
}

const sendbirdPage = `<!doctype html><html lang=en><head><title>Members</title>
<script type=importmap>{"imports":{"@sendbird/chat":"/sdk/index.js","@sendbird/chat/groupChannel":"/sdk/groupChannel.js"}}</script></head>
<body><p id=content>The page</p>{loader}<script type=module>
import { sendbird } from '/chatpass-sendbird.js';
window.calls = [];
window.chat = sendbird({
  begin(sb) { window.sb = sb; calls.push('begin ' + sb.currentUser.userId + ' ' + sb.currentUser.nickname + ' ' + sb.connectionState); },
  end() { calls.push('end'); },
  trouble(error) { calls.push('trouble ' + error.message); },
  settings: { customApiHost: location.origin, customWebSocketHost: location.origin.replace('http', 'ws') },
});
</script></body></html>`

// newSendbirdSite makes one whose members are Ann, 1, and Bob, 2. The cookie "member" says who is signed in.
func newSendbirdSite(t *testing.T, loader bool) *sendbirdSite {
	t.Helper()
	if _, err := os.Stat(filepath.Join(sdkFolder, "index.js")); err != nil {
		missing(t, "no SDK of Sendbird (.ci/setup)", err)
	}
	module, err := templates.Snippet("sendbird-js", templates.SnippetData{BasePath: "/chat"})
	if err != nil {
		t.Fatal(err)
	}
	s := &sendbirdSite{peer: newSendbirdPeer()}
	api := httptest.NewServer(s.peer)
	t.Cleanup(func() {
		s.peer.Close()
		api.Close()
	})
	mux := http.NewServeMux()
	s.Server = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	sidecar := serve(t, s.URL, s.URL, []string{"Ann", "Bob"},
		"CHATPASS_IMBACHAT_WIDGET_ID=", "CHATPASS_IMBACHAT_API_LOGIN=", "CHATPASS_IMBACHAT_API_PASSWORD=", "CHATPASS_IMBACHAT_SECRET_KEY=",
		"CHATPASS_IMBACHAT_SCRIPT_BASE=", "CHATPASS_IMBACHAT_GUESTS=",
		"CHATPASS_SENDBIRD_APP_ID="+sendbirdApp, "CHATPASS_SENDBIRD_API_TOKEN="+sendbirdToken, "CHATPASS_SENDBIRD_BASE_URL="+api.URL,
		"CHATPASS_SENDBIRD_USER_ID=member-{id}", "CHATPASS_STATE_DIR="+t.TempDir(),
		"CHATPASS_IDENTITY=header", "CHATPASS_TRUSTED_PROXIES=127.0.0.1",
	)
	target, err := url.Parse(sidecar)
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/chat/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		r.Out.Header.Del("X-Chatpass-User")
		if member, err := r.In.Cookie("member"); err == nil {
			r.Out.Header.Set("X-Chatpass-User", member.Value)
		}
	}})
	mux.Handle("/sdk/", http.StripPrefix("/sdk/", http.FileServer(http.Dir(sdkFolder))))
	mux.HandleFunc("GET /chatpass-sendbird.js", func(w http.ResponseWriter, _ *http.Request) { javascript(w, module) })
	mux.HandleFunc("GET /members", func(w http.ResponseWriter, _ *http.Request) {
		tag := ""
		if loader {
			tag = loaderTag
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, strings.Replace(sendbirdPage, "{loader}", tag, 1))
	})
	mux.Handle("/", s.peer) // the SDK's own calls, and the socket
	return s
}

// as opens the members' page as a member; "" is a guest.
func (s *sendbirdSite) as(t *testing.T, member string) *tab {
	t.Helper()
	b := newTab(t)
	b.goTo(s.URL + "/sdk/package.json")
	b.signIn(member)
	b.goTo(s.URL + "/members")
	return b
}

// signIn changes who is signed in at the site, as another tab does.
func (b *tab) signIn(member string) {
	b.t.Helper()
	b.eval(fmt.Sprintf("document.cookie = 'member=%s; path=/' + (%q ? '' : '; max-age=0')", member, member))
}

// calls waits for the n-th call of the page's own code, and wants all calls to be these.
func (b *tab) calls(want ...string) {
	b.t.Helper()
	b.eval(fmt.Sprintf("Promise.race([until(() => window.calls && calls.length >= %d), new Promise(done => setTimeout(done, 15000))]).then(() => 0)", len(want)))
	b.want("calls", toJSON(b.t, want))
}

// list is a call of the SDK with its session key.
const list = "sb.createApplicationUserListQuery().next().then(users => users.length, error => error.code)"

// S20, with the SDK itself: what is printed by "chatpass snippet sendbird-js" signs a member in and keeps them signed in.
func TestTheSnippetKeepsAMemberSignedInWithTheRealSDK(t *testing.T) {
	t.Parallel()
	s := newSendbirdSite(t, false)
	b := s.as(t, "1")
	b.calls("begin member-1 Ann OPEN")
	if n := s.peer.issued(); n != 2 { // 400201, the user is made, and again
		t.Errorf("%d requests for a token at the first log-in", n)
	}
	b.want(list, "0")

	s.peer.pass(2 * time.Hour) // the session key ends, the token does not
	b.want(list, "0")
	if renewed, _ := s.peer.count(); renewed != 1 || s.peer.issued() != 0 {
		t.Errorf("the session key was renewed %d times, with a token that was still good", renewed)
	}

	s.peer.Expire("member-1") // and now the token does
	s.peer.pass(2 * time.Hour)
	b.want(list, "0")
	if renewed, _ := s.peer.count(); renewed != 2 {
		t.Errorf("the session key was renewed %d times", renewed)
	}
	if n := s.peer.issued(); n != 1 {
		t.Errorf("%d requests for a token after it had ended", n)
	}
	b.want("calls.length", "1") // the chat goes on
	b.clean()
}

func TestTheSnippetSignsInOverHTTPWithTheRealSDK(t *testing.T) {
	t.Parallel()
	s := newSendbirdSite(t, false)
	b := s.as(t, "2")
	b.calls("begin member-2 Bob OPEN")
	// The vendor's own names: POST without a body, access_token, authenticate().
	const signIn = `sb.disconnect().then(() => fetch('/chat/sendbird/token', {method: 'POST'})).then(r => r.json())
		.then(pass => sb.authenticate(pass.user_id, pass.access_token)).then(user => [user.userId, user.nickname, sb.connectionState])`
	b.want(signIn, `["member-2","Bob","CLOSED"]`)
	b.want(list, "0")
	b.want("sb.disconnect().then(() => sb.authenticate('member-2', 'made-up')).then(() => 'in', error => error.code)", "400302")
	b.want("sb.disconnect().then(() => sb.connect('member-2', 'made-up')).then(() => 'in', () => 'refused')", `"refused"`)
}

func TestTheSnippetEndsTheChatOfWhoIsGone(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string]func(s *sendbirdSite, b *tab){
		"signed out": func(_ *sendbirdSite, b *tab) { b.signIn("") },
		// A token of Bob's must never reach the SDK that is connected as Ann.
		"somebody else": func(_ *sendbirdSite, b *tab) { b.signIn("2") },
		"shut out":      func(s *sendbirdSite, _ *tab) { s.peer.SetActive("member-1", false) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSendbirdSite(t, false)
			b := s.as(t, "1")
			b.calls("begin member-1 Ann OPEN")
			gone(s, b)
			s.peer.Expire("member-1")
			s.peer.pass(2 * time.Hour)
			b.eval(list)
			b.calls("begin member-1 Ann OPEN", "end")
			b.want("sb.connectionState", `"CLOSED"`)
			b.clean()
		})
	}
}

func TestTheSnippetEndsTheChatOnAllDevicesWhenTokensAreRevoked(t *testing.T) {
	t.Parallel()
	s := newSendbirdSite(t, false)
	b, other := s.as(t, "1"), s.as(t, "1")
	b.calls("begin member-1 Ann OPEN")
	other.calls("begin member-1 Ann OPEN")
	b.want("chat.revoke().then(answer => answer.status)", "204")
	for _, device := range []*tab{b, other} {
		device.eval(list)
		device.calls("begin member-1 Ann OPEN", "end")
	}
	// Still signed in at the site, who comes back gets a token that is good.
	b.eval("chat.look()")
	b.calls("begin member-1 Ann OPEN", "end", "begin member-1 Ann OPEN")
	b.want(list, "0")
}

func TestTheSnippetLeavesGuestsAlone(t *testing.T) {
	t.Parallel()
	s := newSendbirdSite(t, false)
	b := s.as(t, "")
	b.want("until(() => window.chat).then(() => chat.look()).then(() => [calls, typeof sb])", `[[],"undefined"]`)
	if _, logins := s.peer.count(); logins != 0 || s.peer.api() != 0 {
		t.Error("a guest cost a call to the provider")
	}
	b.clean()
}

func TestTheSnippetTriesAgainAfterAnOutage(t *testing.T) {
	t.Parallel()
	s := newSendbirdSite(t, false)
	b := s.as(t, "1")
	b.calls("begin member-1 Ann OPEN")
	s.peer.Expire("member-1")
	s.peer.pass(2 * time.Hour)
	// Sendbird serves clients, but no API.
	s.peer.Always(func(w http.ResponseWriter, r *http.Request) bool {
		return r.Header.Get("Api-Token") != "" && providertest.Status(http.StatusServiceUnavailable)(w, r)
	})
	b.eval(list)
	b.eval("until(() => calls.length > 2).then(() => 0)")
	b.want("[calls[1], calls[2].split(' ')[0], calls.length, sb.connectionState]", `["end","trouble",3,"CLOSED"]`)
	s.peer.Always(nil)
	b.eval("chat.look()") // what the snippet's own timer does half a minute later
	b.eval("until(() => calls.at(-1).startsWith('begin')).then(() => 0)")
	b.want(list, "0")
	b.clean()
}

func TestTheSnippetFollowsTheLoader(t *testing.T) {
	t.Parallel()
	s := newSendbirdSite(t, true)
	b := s.as(t, "1")
	b.wait("identified", 0)
	b.calls("begin member-1 Ann OPEN")
	b.signIn("2")
	b.eval("chatpass.check()")
	b.wait("identified", 1)
	b.calls("begin member-1 Ann OPEN", "end", "begin member-2 Bob OPEN")
	b.signIn("")
	b.eval("chatpass.check()")
	b.wait("identified", 2)
	b.calls("begin member-1 Ann OPEN", "end", "begin member-2 Bob OPEN", "end")
	b.secretive("fake-session-token")
	b.clean()
}
