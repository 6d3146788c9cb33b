package demo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/demo"
)

func TestWidgetScript(t *testing.T) {
	d := start(t, newFakeSidecar())
	b := d.browser()
	b.running = &running{t: t, site: d.provider}
	got := b.get("/imbachat/v1/1/widget")
	if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Fatalf("status %d, type %q, want a script", got.StatusCode, got.Header.Get("Content-Type"))
	}
	if strings.Contains(got.body, "WIDGET_STYLE") || strings.Contains(got.body, "innerHTML") {
		t.Error("the script lacks its style, or writes HTML")
	}
	if again := b.get("/imbachat/v1/1/widget", "If-None-Match", got.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("the same script again: status %d, want 304", again.StatusCode)
	}
	if other := b.get("/imbachat/v1/2/widget"); other.StatusCode != http.StatusNotFound {
		t.Errorf("a widget that does not exist: status %d, want 404", other.StatusCode)
	}
	if rebound := b.get("/imbachat/v1/1/widget", "Host", "rebound.example"); rebound.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("the script under another host: status %d, want 421", rebound.StatusCode)
	}
}

// chat is one connected widget.
type chat struct {
	*running
	conn *websocket.Conn
}

// dial connects as the widget on a page of the site does, without hello.
func (d *running) dial(t *testing.T, origin string) (*chat, *http.Response, error) {
	t.Helper()
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	conn, response, err := websocket.Dial(t.Context(), d.provider+"/imbachat/v1/1/socket", &websocket.DialOptions{
		HTTPHeader: header, HTTPClient: &http.Client{Transport: transport},
	})
	if err != nil {
		return nil, response, err
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	own := *d
	own.t = t
	return &chat{&own, conn}, response, nil
}

// connect dials and says hello with a token.
func (d *running) connect(t *testing.T, token string) *chat {
	t.Helper()
	c, _, err := d.dial(t, d.site)
	if err != nil {
		t.Fatal(err)
	}
	c.tell(demo.Request{Type: "hello", Token: token})
	return c
}

// as connects as a user and returns the welcome, too.
func (d *running) as(t *testing.T, user string) (*chat, demo.Event) {
	t.Helper()
	c := d.connect(t, d.token(user, time.Hour))
	return c, c.next("welcome")
}

func (c *chat) tell(r demo.Request) {
	c.t.Helper()
	frame, err := json.Marshal(r)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.conn.Write(c.t.Context(), websocket.MessageText, frame); err != nil {
		c.t.Fatalf("sending %s: %v", r.Type, err)
	}
}

// next waits for the next event, which must be of a type.
func (c *chat) next(kind string) demo.Event {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 15*time.Second)
	defer cancel()
	_, frame, err := c.conn.Read(ctx)
	if err != nil {
		c.t.Fatalf("waiting for %s: %v", kind, err)
	}
	var e demo.Event
	if err := json.Unmarshal(frame, &e); err != nil {
		c.t.Fatalf("waiting for %s: %v in %s", kind, err, frame)
	}
	if e.Type != kind {
		c.t.Fatalf("received %s, want %s", frame, kind)
	}
	return e
}

// closed waits until the provider closes and says with what status and why.
func (c *chat) closed() string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 15*time.Second)
	defer cancel()
	for {
		if _, _, err := c.conn.Read(ctx); err != nil {
			if ctx.Err() != nil {
				c.t.Fatal("the provider did not close the connection within 15 s")
			}
			var end websocket.CloseError
			if status := websocket.CloseStatus(err); status == -1 {
				return err.Error()
			}
			_ = asClose(err, &end)
			return fmt.Sprintf("%d %s", end.Code, end.Reason)
		}
	}
}

func TestOnlyPagesOfTheSiteConnect(t *testing.T) {
	d := start(t, newFakeSidecar())
	for name, test := range map[string]struct {
		origin string
		want   int
	}{
		"a page of the site":            {d.site, http.StatusSwitchingProtocols},
		"a page of another site":        {"http://evil.example", http.StatusForbidden},
		"a page of the provider itself": {d.provider, http.StatusForbidden},
		"the site's host over https":    {strings.Replace(d.site, "http:", "https:", 1), http.StatusForbidden},
		"a host that begins like it":    {d.site + ".evil.example", http.StatusForbidden},
		"a sandboxed frame":             {"null", http.StatusForbidden},
		"a program that does not say":   {"", http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			_, response, err := d.dial(t, test.origin)
			if response == nil {
				t.Fatalf("no answer: %v", err)
			}
			if response.StatusCode != test.want {
				t.Errorf("status %d, want %d", response.StatusCode, test.want)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	f := newFakeSidecar()
	d := start(t, f)
	good := d.token("1", time.Hour)
	const refused = "4401 token refused"
	for name, test := range map[string]struct{ token, want string }{
		"none":                       {"", refused},
		"not a token":                {"abc", refused},
		"of an hour ago":             {d.token("1", -time.Hour), refused},
		"with another last letter":   {good[:len(good)-2] + "AA", refused},
		"with the claims of another": {tampered(good, d.token("2", time.Hour)), refused},
		"signed with another key":    {other(t), refused},
		"that opens a dialog":        {d.dialogToken("2", "1", 0), refused},
		"of a user the site does not know (any more)": {d.token("99", time.Hour), "4401 not a member of the site"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.connect(t, test.token).closed(); got != test.want {
				t.Errorf("closed with %q, want %q", got, test.want)
			}
		})
	}
	t.Run("a good one is accepted and tells who it is", func(t *testing.T) {
		_, welcome := d.as(t, "2")
		want := &demo.Profile{ID: "2", Name: "Mia 😊", Avatar: d.site + "/avatars/ada.svg"}
		if diff := cmp.Diff(want, welcome.Me); diff != "" {
			t.Errorf("differs (-want +got):\n%s", diff)
		}
	})
	t.Run("one that ends closes the connection", func(t *testing.T) {
		c := d.connect(t, d.token("1", 2*time.Second))
		c.next("welcome")
		if got := c.closed(); got != "4401 token expired" {
			t.Errorf("closed with %q, want 4401 token expired", got)
		}
	})
	t.Run("something else than hello is refused", func(t *testing.T) {
		c, _, err := d.dial(t, d.site)
		if err != nil {
			t.Fatal(err)
		}
		c.tell(demo.Request{Type: "send", With: "2", Text: "hi"})
		if got := c.closed(); got != "4401 hello expected" {
			t.Errorf("closed with %q, want 4401 hello expected", got)
		}
	})
}

// tampered is the header and signature of one token around the claims of another.
func tampered(token, claims string) string {
	a, b := strings.Split(token, "."), strings.Split(claims, ".")
	return a[0] + "." + b[1] + "." + a[2]
}

// other is a token of somebody who does not have the key.
func other(t *testing.T) string {
	t.Helper()
	token, _, err := signer(t, strings.Repeat("another key ", 4), time.Hour).Widget("1", 0)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTwoPeopleChat(t *testing.T) {
	d := start(t, newFakeSidecar())
	ada, _ := d.as(t, "1")
	mia, _ := d.as(t, "2")
	adaElsewhere, _ := d.as(t, "1")

	ada.tell(demo.Request{Type: "open", Ref: "a", With: "2", Token: d.dialogToken("2", "1", 0)})
	opened := ada.next("dialog")
	if opened.Ref != "a" || opened.With.Name != "Mia 😊" || len(opened.Messages) != 0 {
		t.Fatalf("opened %+v, want an empty dialog with Mia", opened)
	}
	const text = "Hello </script><b>, 100% 😊\nnext line"
	ada.tell(demo.Request{Type: "send", Ref: "b", With: "2", Text: "  " + text + "\x00 "})

	sent, arrived, mirrored := ada.next("message"), mia.next("message"), adaElsewhere.next("message")
	if sent.Ref != "b" || sent.With.ID != "2" || mirrored.With.ID != "2" || mirrored.Unread != 0 {
		t.Errorf("the sender's tabs received %+v and %+v", sent, mirrored)
	}
	if arrived.With.Name != "Ada" || arrived.Unread != 1 || arrived.Message.From != "1" || arrived.Message.Text != text {
		t.Errorf("the other side received %+v, message %+v", arrived, arrived.Message)
	}

	late, welcome := d.as(t, "2")
	if len(welcome.Contacts) != 1 || welcome.Contacts[0].Unread != 1 || welcome.Contacts[0].With.Name != "Ada" || welcome.Contacts[0].Last.Text != text {
		t.Errorf("a later tab sees the contacts %+v, want Ada with one unread message", welcome.Contacts)
	}
	late.tell(demo.Request{Type: "read", With: "1"})
	if read := mia.next("read"); read.With.ID != "1" {
		t.Errorf("the other tab learns that %+v is read, want the dialog with 1", read.With)
	}
	_, welcome = d.as(t, "2")
	if welcome.Contacts[0].Unread != 0 {
		t.Errorf("%d unread after reading, want 0", welcome.Contacts[0].Unread)
	}
	late.next("read")
	late.tell(demo.Request{Type: "open", Ref: "c", With: "1"})
	if dialog := late.next("dialog"); len(dialog.Messages) != 1 || dialog.Messages[0].Text != text {
		t.Errorf("history is %+v, want the one message", dialog.Messages)
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	f := newFakeSidecar()
	d := start(t, f)
	for name, test := range map[string]struct {
		request demo.Request
		want    string
	}{
		"a dialog token for another conversation": {demo.Request{Type: "open", With: "3", Token: d.dialogToken("2", "1", 0)}, "belongs to somebody else"},
		"a dialog token of another user":          {demo.Request{Type: "open", With: "3", Token: d.dialogToken("3", "2", 0)}, "belongs to somebody else"},
		"a dialog token that is broken":           {demo.Request{Type: "open", With: "2", Token: "abc"}, "out of date"},
		"a widget token as a dialog token":        {demo.Request{Type: "open", With: "2", Token: d.token("2", time.Hour)}, "out of date"},
		"a dialog that needs access":              {demo.Request{Type: "open", With: "2", Token: d.dialogToken("2", "1", 1)}, "may not write"},
		"a dialog with nobody":                    {demo.Request{Type: "open"}, "not a member"},
		"a dialog with an unknown user":           {demo.Request{Type: "open", With: "99"}, "not a member"},
		"a dialog with an absurd user":            {demo.Request{Type: "open", With: strings.Repeat("9", 1000)}, "not a member"},
		"a dialog with two users at once":         {demo.Request{Type: "open", With: "2,3"}, "not a member"},
		"a dialog with oneself":                   {demo.Request{Type: "open", With: "1"}, "This is you"},
		"a message to an unknown user":            {demo.Request{Type: "send", With: "99", Text: "hi"}, "not a member"},
		"a message of spaces":                     {demo.Request{Type: "send", With: "2", Text: " \n\x07 "}, "nothing to send"},
		"a message of 4,001 characters":           {demo.Request{Type: "send", With: "2", Text: strings.Repeat("😊", demo.MaxText+1)}, "too long"},
		"a request of no known kind":              {demo.Request{Type: "delete", With: "2"}, "could not be read"},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := d.as(t, "1")
			test.request.Ref = "r"
			c.tell(test.request)
			if got := c.next("error"); got.Ref != "r" || !strings.Contains(got.Error, test.want) {
				t.Errorf("refused with %+v, want %q", got, test.want)
			}
		})
	}
	if strings.Contains(d.log.String(), d.token("2", time.Hour)[:40]+".") {
		t.Error("the log holds a token")
	}
}

func TestBoundsOfAConnection(t *testing.T) {
	d := start(t, newFakeSidecar())
	t.Run("4,000 characters pass, however they are encoded", func(t *testing.T) {
		c, _ := d.as(t, "1")
		c.frame(`{"type":"send","with":"2","text":"` + strings.Repeat(`\ud83d\ude0a`, demo.MaxText) + `"}`)
		if got := c.next("message"); got.Message.Text != strings.Repeat("😊", demo.MaxText) {
			t.Errorf("%d bytes arrived", len(got.Message.Text))
		}
	})
	t.Run("a frame past 64 KiB ends the connection", func(t *testing.T) {
		c, _ := d.as(t, "1")
		c.frame(`{"type":"` + strings.Repeat("a", 65<<10) + `"}`)
		if got := c.closed(); !strings.HasPrefix(got, "1009 ") {
			t.Errorf("closed with %q, want 1009, too big", got)
		}
	})
	t.Run("what is not JSON is answered", func(t *testing.T) {
		c, _ := d.as(t, "1")
		c.frame(`{"type":`)
		c.next("error")
	})
	t.Run("a flood is slowed down", func(t *testing.T) {
		c, _ := d.as(t, "3")
		for range 60 {
			c.tell(demo.Request{Type: "open", With: "3"})
		}
		slowed := 0
		for range 60 {
			if strings.Contains(c.next("error").Error, "Too many") {
				slowed++
			}
		}
		if slowed == 0 {
			t.Error("60 requests at once were all taken")
		}
	})
}

// frame sends text as it is.
func (c *chat) frame(text string) {
	c.t.Helper()
	if err := c.conn.Write(c.t.Context(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func TestUsersInfoFails(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		log    string
	}{
		"the database is down":         {http.StatusServiceUnavailable, "", "503"},
		"the password is wrong":        {http.StatusUnauthorized, "", "401"},
		"a redirect is not followed":   {http.StatusFound, "", "302"},
		"a page instead of JSON":       {http.StatusOK, "<html>", "not a JSON array"},
		"an object instead of a list":  {http.StatusOK, `{"code":200}`, "not a JSON array"},
		"an answer of more than 1 MiB": {http.StatusOK, "[" + strings.Repeat(" ", 1<<20) + "]", "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeSidecar()
			d := start(t, f)
			f.set(func(f *fakeSidecar) { f.usersStatus, f.usersBody = test.status, test.body })
			c, welcome := d.as(t, "1")
			if welcome.Me.Name != "Member 1" || welcome.Notice == "" {
				t.Errorf("welcomed as %+v with the notice %q, want a neutral name and a notice", welcome.Me, welcome.Notice)
			}
			c.tell(demo.Request{Type: "send", With: "2", Text: "still here"})
			if got := c.next("message"); got.With.Name != "Member 2" {
				t.Errorf("the other side is %+v, want a neutral name", got.With)
			}
			if !strings.Contains(d.log.String(), "users-info failed") || !strings.Contains(d.log.String(), test.log) {
				t.Errorf("the log does not tell why: %s", d.log)
			}
		})
	}
}

func TestUsersInfoIsAskedOnceInAWhile(t *testing.T) {
	f := newFakeSidecar()
	d := start(t, f)
	for range 5 {
		d.as(t, "1")
	}
	if calls := len(f.requests("/chat/users")); calls != 1 {
		t.Errorf("%d calls for the same user within moments, want 1", calls)
	}
}
