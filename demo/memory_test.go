package demo_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/demo"
)

func asClose(err error, end *websocket.CloseError) bool { return errors.As(err, end) }

func TestADialogKeepsItsLastMessages(t *testing.T) {
	hub := demo.NewHub()
	for i := range demo.MaxMessages + 5 {
		hub.Say("1", "2", strconv.Itoa(i))
	}
	texts := hub.Texts("2", "1")
	if len(texts) != demo.MaxMessages || texts[0] != "5" || texts[len(texts)-1] != strconv.Itoa(demo.MaxMessages+4) {
		t.Errorf("%d messages are kept, from %s to %s, want the last %d", len(texts), texts[0], texts[len(texts)-1], demo.MaxMessages)
	}
}

func TestTheDialogSilentForLongestIsForgotten(t *testing.T) {
	hub := demo.NewHub()
	for i := range demo.MaxDialogs {
		hub.Say("me", fmt.Sprint("other", i), "hello")
	}
	hub.Say("other0", "me", "still there")
	hub.Say("me", "new", "hello")
	if hub.Dialogs() != demo.MaxDialogs {
		t.Errorf("%d dialogs are kept, want %d", hub.Dialogs(), demo.MaxDialogs)
	}
	got := [][]string{hub.Texts("me", "other0"), hub.Texts("me", "other1"), hub.Texts("me", "new")}
	if diff := cmp.Diff([][]string{{"hello", "still there"}, nil, {"hello"}}, got); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff)
	}
	if partners := hub.Partners("me"); len(partners) != 100 || partners[0] != "new" || partners[1] != "other0" {
		t.Errorf("%d contacts beginning with %v, want 100 beginning with the latest", len(partners), partners[:2])
	}
}

func TestDialogsAreSeenByTheirTwoUsersOnly(t *testing.T) {
	hub := demo.NewHub()
	hub.Say("1", "2", "between us")
	if got := hub.Partners("3"); got != nil {
		t.Errorf("a third user has the contacts %v", got)
	}
	if got := hub.Texts("3", "2"); got != nil {
		t.Errorf("a third user reads %v", got)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	hub := demo.NewHub()
	var leave func()
	for i := range demo.MaxPerUser {
		var err error
		if leave, err = hub.Join("1"); err != nil {
			t.Fatalf("tab %d of one user: %v", i+1, err)
		}
	}
	if _, err := hub.Join("1"); err == nil {
		t.Error("a user got one tab too many")
	}
	leave()
	leave() // a second time must not count
	if _, err := hub.Join("1"); err != nil {
		t.Errorf("a tab was closed, but the next one got %v", err)
	}
	for i := range demo.MaxConnections - demo.MaxPerUser {
		if _, err := hub.Join(fmt.Sprint("other", i)); err != nil {
			t.Fatalf("connection %d: %v", demo.MaxPerUser+i+1, err)
		}
	}
	if _, err := hub.Join("last"); err == nil {
		t.Error("there was one connection too many")
	}
}

func TestParseUsersInfo(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want map[string]demo.Profile
	}{
		"ids as numbers": {`[{"user_id":1,"name":"Ada"}]`, map[string]demo.Profile{"1": {ID: "1", Name: "Ada"}}},
		"ids as text":    {`[{"user_id":"1","name":"Ada"}]`, map[string]demo.Profile{"1": {ID: "1", Name: "Ada"}}},
		"ids beyond 2^53 are not rounded": {
			`[{"user_id":9007199254740993,"name":"Ada"}]`, map[string]demo.Profile{"9007199254740993": {ID: "9007199254740993", Name: "Ada"}},
		},
		"no picture as false": {`[{"user_id":1,"name":"Ada","avatar_url":false}]`, map[string]demo.Profile{"1": {ID: "1", Name: "Ada"}}},
		"all that is shown": {
			`[{"user_id":1,"name":"Ada","avatar_url":"https://x/a.svg","profile_url":"http://x/1","badge":"Gold","lastlogin":1}]`,
			map[string]demo.Profile{"1": {ID: "1", Name: "Ada", Avatar: "https://x/a.svg", URL: "http://x/1", Badge: "Gold"}},
		},
		"addresses that run code": {
			`[{"user_id":1,"name":"Ada","avatar_url":"javascript:alert(1)","profile_url":"data:text/html,x"}]`,
			map[string]demo.Profile{"1": {ID: "1", Name: "Ada"}},
		},
		"null rows of old plugins": {`[{"user_id":null,"name":null},{"user_id":1,"name":null}]`, map[string]demo.Profile{}},
		"users nobody asked for":   {`[{"user_id":7,"name":"Eve"}]`, map[string]demo.Profile{}},
		"nobody":                   {`[]`, map[string]demo.Profile{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := demo.ParseUsersInfo([]byte(test.body), []string{"1", "2", "9007199254740993"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("differs (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseUsersInfo(f *testing.F) {
	for _, seed := range []string{`[{"user_id":1,"name":"a","avatar_url":"http://x/"}]`, `[{"user_id":"1","name":"a","avatar_url":false}]`, `[null]`, `{`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		users, err := demo.ParseUsersInfo(body, []string{"1"})
		if err != nil && users != nil {
			t.Error("users together with an error")
		}
		for id, user := range users {
			if id != "1" || user.ID != "1" || user.Name == "" {
				t.Errorf("%q gave %+v under %q, but only 1 was asked for", body, user, id)
			}
		}
	})
}

func TestCleanText(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "",
		" \t\n ":           "",
		"a\nb\tc":          "a\nb\tc",
		" a\x00b\x1b[31m ": "ab[31m",
		"\xff broken":      "broken",
		"<b>&amp;</b>":     "<b>&amp;</b>",
		"שלום 😊":           "שלום 😊",
	} {
		if got := demo.CleanText(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
