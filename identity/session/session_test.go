package session_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/userinfo"
)

// said names an outcome; a user beside an error is a fault of the resolver.
func said(tb testing.TB, user string, err error) string {
	tb.Helper()
	if err != nil && user != "" {
		tb.Fatalf("user %s and %v", user, err)
	}
	switch {
	case err == nil && user != "":
		return user
	case errors.Is(err, identity.ErrNoCredential):
		return "none"
	case errors.Is(err, identity.ErrConflict):
		return "conflict"
	case errors.Is(err, identity.ErrUnavailable):
		return "unavailable"
	case errors.Is(err, identity.ErrRejected):
		return "rejected"
	}
	tb.Fatalf("user %q and %v", user, err)
	return ""
}

// sessions is a table of sessions: of Ada (1), of Bob (2), of nobody (0), and one that has ended.
func sessions() *database {
	return &database{tables: map[string]*table{
		"t_sessions": rows("sid text, uid uint, until uint, kind text",
			[]any{"ada", "1", "4102444800", "web"}, []any{"bob", "2", "4102444801", "web"}, []any{"nobody", "0", "4102444800", "web"},
			[]any{"old", "1", "1700000000", "web"}, []any{"twice", "1", "4102444800", "web"}, []any{"twice", "2", "4102444800", "web"},
			[]any{"null", nil, "4102444800", "web"}),
	}}
}

func plain() session.Recipe {
	return session.Recipe{
		Name: "plain", Cookie: "sid",
		Steps: []session.Step{
			{Row: &session.RowSpec{Tables: []string{"{p}sessions"}, By: [2]string{"sid", "$value"}, Take: [][2]string{{"uid", "uid"}, {"until", "until"}}}},
			{Guest: "$uid = 0"},
		},
		User: "$uid", Expires: "$until",
	}
}

func TestASessionNamesItsUser(t *testing.T) {
	r := open(t, options(sessions(), nil), plain())
	id, err := r.Resolve(t.Context(), visit(t, "a=b; sid=ada"))
	want := identity.Identity{UserID: "1", Method: "session", ExpiresAt: time.Unix(4102444800, 0).UTC()}
	if diff := cmp.Diff(want, id); diff != "" || err != nil {
		t.Errorf("error %v; - want, + got:\n%s", err, diff)
	}
	for _, tt := range []struct{ name, cookie, want string }{
		{"no cookie at all", "", "none"},
		{"cookies of others", "a=b; sidx=ada; Sid=ada", "none"},
		{"an unknown session", "sid=eve", "rejected"},
		{"an empty cookie", "sid=", "rejected"},
		{"a session that has ended", "sid=old", "rejected"},
		{"a session of nobody", "sid=nobody", "none"},
		{"a session without user", "sid=null", "rejected"},
		{"letter case the database ignores", "sid=ADA", "rejected"},
		{"a blank the database ignores", `sid="ada "`, "rejected"},
		{"two rows of one key", "sid=twice", "rejected"},
		{"the same cookie twice", "sid=ada; sid=ada", "1"},
		{"two cookies of two users", "sid=ada; sid=bob", "conflict"},
		{"two cookies of which one does not hold", "sid=ada; sid=eve", "rejected"},
		{"the same in the other order", "sid=eve; sid=ada", "rejected"},
		{"two cookies of which one is nobody's", "sid=nobody; sid=ada", "rejected"},
		{"more cookies than anybody has", "sid=1;sid=2;sid=3;sid=4;sid=5;sid=6;sid=7;sid=8;sid=9", "rejected"},
		{"8 KiB", "sid=" + strings.Repeat("x", 8<<10), "rejected"},
		{"a header of more than 64 KiB", "sid=ada; x=" + strings.Repeat("x", 64<<10), "rejected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := ask(t, r, tt.cookie); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestSeveralLinesOfCookiesCountTogether(t *testing.T) {
	r := open(t, options(sessions(), nil), plain())
	req := visit(t, "sid=ada")
	req.Header.Add("Cookie", "sid=bob")
	id, err := r.Resolve(t.Context(), req)
	if got := said(t, string(id.UserID), err); got != "conflict" {
		t.Errorf("%s, want a conflict", got)
	}
}

func TestRecipesAreWeighedAgainstEachOther(t *testing.T) {
	other := plain()
	other.Name, other.Cookie = "other", "key"
	r := open(t, options(sessions(), nil), plain(), other)
	for cookie, want := range map[string]string{
		"sid=ada":          "1",
		"key=bob":          "2",
		"sid=ada; key=ada": "1",
		"sid=ada; key=bob": "conflict",
		"sid=eve; key=bob": "2",
		"sid=bob; key=eve": "2",
		"sid=nobody":       "none",
		"sid=eve; key=eve": "rejected",
	} {
		if got := ask(t, r, cookie); got != want {
			t.Errorf("%s gives %s, want %s", cookie, got, want)
		}
	}
}

func TestOfTwoSessionsOfOneUserTheEarlierEndCounts(t *testing.T) {
	other := plain()
	other.Name, other.Cookie, other.Expires = "other", "key", "now() + 60"
	r := open(t, options(sessions(), nil), plain(), other)
	id, err := r.Resolve(t.Context(), visit(t, "sid=ada; key=ada"))
	if err != nil || !id.ExpiresAt.Equal(now.Add(time.Minute)) {
		t.Errorf("ends at %v (%v), want a minute from now", id.ExpiresAt, err)
	}
}

func TestADatabaseThatFailsIsNoGuest(t *testing.T) {
	for _, cause := range []error{userinfo.ErrUnavailable, userinfo.ErrMapping, context.DeadlineExceeded} {
		d := sessions()
		r := open(t, options(d, nil), plain())
		d.fail = fmt.Errorf("row of a secret: %w", cause)
		if got := ask(t, r, "sid=ada"); got != "unavailable" {
			t.Errorf("%v gives %s", cause, got)
		}
		d.fail = nil
		if got := ask(t, r, "sid=ada"); got != "1" {
			t.Errorf("after %v the answer is %s", cause, got)
		}
	}
	d := sessions()
	sick := plain()
	sick.Name, sick.Cookie = "sick", "key"
	sick.Steps[0].Row.Tables = []string{"elsewhere"}
	if got := ask(t, open(t, options(d, nil), plain(), sick), "sid=ada; key=ada"); got != "unavailable" {
		t.Errorf("one recipe of two that cannot tell gives %s", got)
	}
}

func TestATableThatIsMissingIsNotLookedForByEveryVisitor(t *testing.T) {
	d := sessions()
	delete(d.tables, "t_sessions")
	clock := now
	o := options(d, nil)
	o.Now = func() time.Time { return clock }
	r := open(t, o, plain())
	for range 5 {
		if got := ask(t, r, "sid=ada"); got != "unavailable" {
			t.Fatalf("%s", got)
		}
	}
	if d.looks != 1 {
		t.Errorf("looked %d times, want once", d.looks)
	}
	d.tables = sessions().tables
	clock = clock.Add(10 * time.Second)
	if got := ask(t, r, "sid=ada"); got != "1" {
		t.Errorf("%s after the table came", got)
	}
}

func TestAnUnreadUsersTableIsNoGuest(t *testing.T) {
	o := options(sessions(), nil)
	o.KeyKind = func() userinfo.KeyKind { return userinfo.KeyUnknown }
	if got := ask(t, open(t, o, plain()), "sid=ada"); got != "unavailable" {
		t.Error(got)
	}
}

func TestWhatTheUsersTableCannotHoldIsNoUser(t *testing.T) {
	d := sessions()
	d.tables["t_sessions"].rows = [][]any{{"ada", "1", "0", "web"}, {"odd", "01", "0", "web"}, {"less", "-1", "0", "web"}, {"big", "18446744073709551616", "0", "web"}}
	r := open(t, options(d, nil), plain())
	for cookie, want := range map[string]string{"sid=ada": "1", "sid=odd": "rejected", "sid=less": "rejected", "sid=big": "rejected"} {
		if got := ask(t, r, cookie); got != want {
			t.Errorf("%s gives %s, want %s", cookie, got, want)
		}
	}
}

func TestAKeyOfNumbersIsNeverFoundByAText(t *testing.T) {
	d := &database{tables: map[string]*table{"t_users": rows("id uint, key text", []any{"7", "k"})}}
	c := session.Recipe{
		Name: "user", Cookie: "u",
		Steps: []session.Step{{Row: &session.RowSpec{Tables: []string{"t_users"}, By: [2]string{"id", "$value"}, Take: [][2]string{{"id", "id"}}}}},
		User:  "$id",
	}
	r := open(t, options(d, nil), c)
	for cookie, want := range map[string]string{"u=7": "7", "u=7abc": "rejected", "u=07": "rejected", "u=7.0": "rejected", "u= 7 ": "7", "u=+7": "rejected"} {
		if got := ask(t, r, cookie); got != want {
			t.Errorf("%s gives %s, want %s", cookie, got, want)
		}
	}
}

func TestAWeakerRecipeNeverStandsInForOneThatFailed(t *testing.T) {
	strong := plain()
	strong.Name, strong.Needs = "strong", []string{"pepper"}
	strong.Steps = append(strong.Steps, session.Step{Check: "equal(secret('pepper'), 'right')"})
	middle := plain()
	middle.Name, middle.Instead = "middle", "strong"
	middle.Steps = append([]session.Step{{Skip: "$value != 'bob'"}}, middle.Steps...)
	middle.Steps = append(middle.Steps, session.Step{Check: "1 = 2"})
	weak := plain()
	weak.Name, weak.Instead, weak.Weaker = "weak", "middle", true
	for _, tt := range []struct{ name, pepper, cookie, want string }{
		{"the strong one holds", "right", "sid=ada", "1"},
		{"the strong one fails", "wrong", "sid=ada", "rejected"},
		{"the strong one lacks its secret and the middle one does not apply", "", "sid=ada", "1"},
		{"the strong one lacks its secret and the middle one fails", "", "sid=bob", "rejected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := open(t, options(sessions(), map[string]string{"pepper": tt.pepper}), strong, middle, weak)
			if got := ask(t, r, tt.cookie); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
	want := []session.Report{
		{Recipe: "strong", Missing: []string{"pepper"}, Unused: true}, {Recipe: "middle", Instead: "strong"}, {Recipe: "weak", Instead: "middle", Weaker: true},
	}
	if diff := cmp.Diff(want, open(t, options(sessions(), nil), strong, middle, weak).Reports()); diff != "" {
		t.Errorf("without secret: - want, + got:\n%s", diff)
	}
	if r := open(t, options(sessions(), nil), strong); r.Active() || ask(t, r, "sid=ada") != "none" {
		t.Error("a resolver whose only recipe lacks its secret does something")
	}
}

func TestReportsTellWhichRecipesMayBeFollowed(t *testing.T) {
	step := []session.Step{{Set: [][2]string{{"uid", "$value"}}}}
	recipes := []session.Recipe{
		{Name: "strong", Cookie: "c", Needs: []string{"key"}, Steps: step, User: "$uid"},
		{Name: "other", Cookie: "c", Instead: "strong", Steps: []session.Step{{Skip: "$value = 'x'"}, step[0]}, User: "$uid"},
		{Name: "weak", Cookie: "c", Instead: "other", Weaker: true, Steps: step, User: "$uid"},
	}
	for name, c := range map[string]struct {
		keys map[string]string
		want string
	}{
		"with the secret":    {map[string]string{"key": "k"}, "strong"},
		"without the secret": {nil, "other weak"},
	} {
		t.Run(name, func(t *testing.T) {
			var used []string
			for _, r := range open(t, options(&database{}, c.keys), recipes...).Reports() {
				if !r.Unused {
					used = append(used, r.Recipe)
				}
			}
			if got := strings.Join(used, " "); got != c.want {
				t.Errorf("%s may be followed, want %s", got, c.want)
			}
		})
	}
}
