package e2e_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// TestWordPressSignsItsMembersIn is the whole way of a member of a real WordPress: its own login form, the plugin that `chatpass snippet
// wordpress` prints, the block for nginx that `chatpass snippet nginx` prints, and the widget of the right user.
func TestWordPressSignsItsMembersIn(t *testing.T) {
	t.Parallel()
	s := &site{}
	s.provider = httptest.NewServer(s.note(func(rw http.ResponseWriter, _ *http.Request) { javascript(rw, widgetScript) }))
	t.Cleanup(s.provider.Close)
	w := newWordPress(t, s.provider.URL)
	b := newTab(t)

	b.goTo(w.url + "/")
	if who := b.wait("identified", 0); !strings.Contains(who, `"user_id":null`) {
		t.Fatalf("a guest is %s", who)
	}
	if n := len(s.asked("/widget")); n > 0 {
		t.Errorf("a guest's browser asked the provider %d times", n)
	}

	w.signIn(t, b, "alice")
	if got := w.widgetOf(t, b); got != w.ids["alice"] {
		t.Fatalf("the widget of user %s started, want that of alice, %s", got, w.ids["alice"])
	}
	b.clean()
	alice := b.cookies(w.url)
	if got := w.identity(t, alice); got != w.ids["alice"] {
		t.Fatalf("with alice's cookies identity says %s", got)
	}
	for name, cookies := range map[string]string{
		"one more byte":  strings.Replace(alice, "%7C", "x%7C", 1),
		"bob's name":     strings.Replace(alice, "=alice%7C", "=bob%7C", 1),
		"no signature":   alice[:strings.LastIndex(alice, "%7C")],
		"another's site": strings.ReplaceAll(alice, "wordpress_logged_in_", "wordpress_logged_in_0"),
	} {
		if got := w.identity(t, cookies); got == w.ids["bob"] || got == w.ids["alice"] && name != "another's site" {
			t.Errorf("%s: identity says %s", name, got)
		}
	}

	// Signed out, in the same tab: a guest again, and the old cookie is worth nothing.
	b.eval(`void document.querySelector('a[href*="action=logout"]').click()`)
	b.arrive(`location.search.includes('loggedout=true')`)
	b.goTo(w.url + "/")
	if who := b.wait("identified", 0); !strings.Contains(who, `"user_id":null`) {
		t.Errorf("after signing out the visitor is %s", who)
	}
	if got := w.identity(t, alice); got != "null" {
		t.Errorf("the cookie of a session that was ended names %s", got)
	}

	w.signIn(t, b, "bob")
	if got := w.widgetOf(t, b); got != w.ids["bob"] {
		t.Errorf("the widget of user %s started after alice, want that of bob, %s", got, w.ids["bob"])
	}
}

// TestAChangedPasswordEndsWordPressSessions changes the password in another browser, with WordPress' own profile page.
func TestAChangedPasswordEndsWordPressSessions(t *testing.T) {
	t.Parallel()
	s := &site{}
	s.provider = httptest.NewServer(s.note(func(rw http.ResponseWriter, _ *http.Request) { javascript(rw, widgetScript) }))
	t.Cleanup(s.provider.Close)
	w := newWordPress(t, s.provider.URL)
	first, second := newTab(t), newTab(t)
	w.signIn(t, first, "alice")
	old := first.cookies(w.url)
	if got := w.identity(t, old); got != w.ids["alice"] {
		t.Fatalf("with alice's cookies identity says %s", got)
	}
	w.signIn(t, second, "alice")
	second.goTo(w.url + "/wp-admin/profile.php")
	second.arrive(`document.readyState === 'complete' && document.querySelector('.wp-generate-pw')`)
	second.eval(`void document.querySelector('.wp-generate-pw').click()`)
	second.arrive(`document.getElementById('pass1').value.length > 8`)
	second.eval(`void document.getElementById('submit').click()`)
	second.arrive(`location.search.includes('updated') || document.getElementById('message')`)
	if got := w.identity(t, old); got != "null" {
		t.Errorf("the cookie from before the new password names %s", got)
	}
	first.goTo(w.url + "/")
	if who := first.wait("identified", 0); !strings.Contains(who, `"user_id":null`) {
		t.Errorf("the browser with the old password is %s", who)
	}
	if got := w.identity(t, second.cookies(w.url)); got != w.ids["alice"] {
		t.Errorf("with the cookies from after the new password identity says %s", got)
	}
}

// TestTheHashOfWordPress68 covers what Debian's WordPress does not write yet: vector wp-68-hash.
func TestTheHashOfWordPress68(t *testing.T) {
	t.Parallel()
	provider := httptest.NewServer(nil)
	t.Cleanup(provider.Close)
	w := newWordPress(t, provider.URL)
	sum := sha256.Sum256([]byte(wp68Token))
	w.db.Exec(t,
		"INSERT INTO "+tablePrefix+"users (ID, user_login, user_pass, user_nicename, user_email, display_name, user_registered) VALUES (77, '"+wp68Login+"', '"+
			wp68Hash+"', 'ada', 'ada@example.com', 'Ada', NOW())",
		"INSERT INTO "+tablePrefix+"usermeta (user_id, meta_key, meta_value) VALUES (77, 'session_tokens', 'a:1:{s:64:\""+hex.EncodeToString(sum[:])+
			"\";a:2:{s:10:\"expiration\";i:4102444800;s:5:\"login\";i:1767225600;}}')")
	name := w.cookieName()
	if got := w.identity(t, name+"="+url.PathEscape(wp68Cookie)); got != "77" {
		t.Errorf("identity says %s", got)
	}
	w.db.Exec(t, "UPDATE "+tablePrefix+"users SET user_pass = CONCAT(LEFT(user_pass, LENGTH(user_pass) - 1), 'x') WHERE ID = 77")
	if got := w.identity(t, name+"="+url.PathEscape(wp68Cookie)); got != "null" {
		t.Errorf("with another password identity says %s", got)
	}
}

// signIn fills in WordPress' own form and waits for the front page.
func (w *wordpress) signIn(t *testing.T, b *tab, login string) {
	t.Helper()
	b.goTo(w.url + "/wp-login.php?redirect_to=" + url.QueryEscape(w.url+"/"))
	b.eval(`void (document.getElementById('user_login').value = '` + login + `', document.getElementById('user_pass').value = '` + login +
		`-password-1', document.getElementById('wp-submit').click())`)
	b.arrive(`document.getElementById('who') && document.getElementById('who').textContent === '` + login + `'`)
}

// widgetOf waits for the widget and returns whom its token names; the signature is checked.
func (w *wordpress) widgetOf(t *testing.T, b *tab) string {
	t.Helper()
	var args []struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal([]byte(b.wait("loaded", 0)), &args); err != nil || len(args) != 1 {
		t.Fatalf("the widget was started with %v, %v", args, err)
	}
	signed, signature, _ := cutLast(args[0].Token, ".")
	mac := hmac.New(sha256.New, []byte(signingKey))
	mac.Write([]byte(signed))
	if base64.RawURLEncoding.EncodeToString(mac.Sum(nil)) != signature {
		t.Fatal("the token is not signed with the signing key")
	}
	_, payload, _ := strings.Cut(signed, ".")
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		UserID json.Number `json:"user_id"`
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.UserID.String()
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// arrive waits until an expression holds; the page may change meanwhile.
func (b *tab) arrive(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		there, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if err == nil && there {
			return
		}
		select {
		case <-ctx.Done():
			where, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("location.href + ' ' + document.body.innerText.slice(0, 1000)"))
			b.t.Fatalf("%s never held (%v) at %s", expression, err, where)
		case <-again.C:
		}
	}
}

// cookies returns the Cookie header that the browser sends to an address.
func (b *tab) cookies(address string) string {
	b.t.Helper()
	found, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{address + "/"}})
	if err != nil {
		b.t.Fatal(err)
	}
	var header []string
	for _, c := range found.Cookies {
		header = append(header, c.Name+"="+c.Value)
	}
	return strings.Join(header, "; ")
}
