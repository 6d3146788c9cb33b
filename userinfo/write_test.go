package userinfo_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

// clubbers is the head of a mapping of the club: Ann has level 5, Bob 0 and Cid none.
const clubbers = "users: { table: users, key: id }\nfields: { name: login }\n"

// wall tells who may write to whom as "12:allow 13:deny …".
func wall(t *testing.T, d *userinfo.Directory, ids ...userinfo.ID) string {
	t.Helper()
	users, err := d.ByID(t.Context(), ids...)
	if err != nil || len(users) != len(ids) {
		t.Fatalf("%d of %d users, %v", len(users), len(ids), err)
	}
	var all []string
	for i := range users {
		for j := range users {
			if i != j {
				all = append(all, fmt.Sprintf("%s%s:%s", users[i].ID, users[j].ID, d.MayWrite(&users[i], &users[j])))
			}
		}
	}
	return strings.Join(all, " ")
}

func TestTheFirstRuleOnWritingThatFitsDecides(t *testing.T) {
	const everybody = "12:allow 13:allow 21:allow 23:allow 31:allow 32:allow"
	for name, c := range map[string]struct{ rules, want string }{
		"no rules":                       {"", everybody},
		"an empty list of rules":         {"write: []", everybody},
		"one for everybody":              {"write: [ { answer: ask } ]", "12:ask 13:ask 21:ask 23:ask 31:ask 32:ask"},
		"by who writes":                  {"write: [ { from: login = 'bob', answer: deny } ]", "12:allow 13:allow 21:deny 23:deny 31:allow 32:allow"},
		"by whom they write to":          {"write: [ { to: login = 'bob', answer: ask } ]", "12:ask 13:allow 21:allow 23:allow 31:allow 32:ask"},
		"by both":                        {"write: [ { from: login = 'ann', to: login = 'cid', answer: deny } ]", "12:allow 13:deny 21:allow 23:allow 31:allow 32:allow"},
		"the first of two":               {"write: [ { from: login = 'ann', answer: allow }, { answer: deny } ]", "12:allow 13:allow 21:deny 23:deny 31:deny 32:deny"},
		"a constant":                     {"write: [ { from: true, to: false, answer: deny }, { to: true, answer: ask } ]", "12:ask 13:ask 21:ask 23:ask 31:ask 32:ask"},
		"a one join":                     {"joins: [ { as: p, table: pics, on: { fid: pic }, one: true } ]\nwrite: [ { from: not exists(p), answer: deny } ]", "12:allow 13:allow 21:deny 23:deny 31:deny 32:deny"},
		"a key of a meta table":          {"joins: [ { as: m, table: meta, on: { uid: id }, kv: { key: k, value: v } } ]\nwrite: [ { to: not empty(m.color), answer: ask } ]", "12:ask 13:allow 21:ask 23:allow 31:ask 32:ask"},
		"what an expression gives":       {"write: [ { from: { of: { map: level, to: { 5: high } }, in: [ high ] }, answer: deny } ]", "12:deny 13:deny 21:allow 23:allow 31:allow 32:allow"},
		"a deny that cannot tell":        {"write: [ { to: level = 99, answer: deny } ]", "12:allow 13:deny 21:allow 23:deny 31:allow 32:allow"},
		"a deny whose not cannot tell":   {"write: [ { to: not (level = 99), answer: deny } ]", "12:deny 13:deny 21:deny 23:deny 31:deny 32:deny"},
		"an ask that cannot tell":        {"write: [ { from: level > 3, answer: ask } ]", "12:ask 13:ask 21:allow 23:allow 31:ask 32:ask"},
		"an allow that cannot tell":      {"write: [ { from: level = 0, answer: allow }, { answer: deny } ]", "12:deny 13:deny 21:allow 23:allow 31:deny 32:deny"},
		"an ask that cannot tell, then":  {"write: [ { from: level = 0, answer: ask }, { from: login = 'cid', answer: deny } ]", "12:allow 13:allow 21:ask 23:ask 31:deny 32:deny"},
		"a deny that cannot tell, then":  {"write: [ { from: level = 0, answer: deny }, { answer: ask } ]", "12:ask 13:ask 21:deny 23:deny 31:deny 32:deny"},
		"a deny behind what fits":        {"write: [ { from: level is null, answer: allow }, { from: level = 9, answer: deny } ]", everybody},
		"half cannot tell, half is not":  {"write: [ { from: level = 9, to: login = 'ann', answer: deny } ]", "12:allow 13:allow 21:allow 23:allow 31:deny 32:allow"},
		"the way out for empty values":   {"write: [ { to: level is not null and level = 99, answer: deny } ]", everybody},
		"a column that may be missing":   {"write: [ { to: muted? = 1, answer: deny } ]", "12:deny 13:deny 21:deny 23:deny 31:deny 32:deny"},
		"a table that may be missing":    {"joins: [ { as: x, table: gone, on: { uid: id }, many: true, optional: true } ]\nwrite: [ { to: exists(x), answer: deny } ]", everybody},
		"a bit of what is no number":     {"write: [ { to: prefs & 1, answer: deny } ]", "12:deny 13:deny 21:deny 23:deny 31:deny 32:deny"},
		"a size of what is no number":    {"write: [ { to: login > 5, answer: ask } ]", "12:ask 13:ask 21:ask 23:ask 31:ask 32:ask"},
		"a moment of what is no time":    {"write: [ { from: nick > now(), answer: deny } ]", "12:deny 13:deny 21:deny 23:deny 31:deny 32:deny"},
		"64 rules, of which the last is": {"write:" + strings.Repeat("\n  - { from: login = 'nobody', answer: deny }", 63) + "\n  - { answer: ask }", "12:ask 13:ask 21:ask 23:ask 31:ask 32:ask"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, wall(t, site(t, clubbers+quoted(c.rules), userinfo.Settings{}, club()), "1", "2", "3")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// quoted puts the conditions of rules into quotes, so that tables of tests stay readable.
func quoted(rules string) string {
	for _, side := range []string{"from: ", "to: "} {
		pieces := strings.Split(rules, side)
		for i, p := range pieces[1:] {
			end := strings.Index(p, ", to:")
			if e := strings.Index(p, ", answer:"); end < 0 || e >= 0 && e < end {
				end = e
			}
			if end > 0 && p[0] != '{' {
				pieces[i+1] = `"` + p[:end] + `"` + p[end:]
			}
		}
		rules = strings.Join(pieces, side)
	}
	return rules
}

func TestNobodyWritesWithoutBeingLookedUp(t *testing.T) {
	d := site(t, clubbers+"write: [ { from: false, answer: deny } ]\n", userinfo.Settings{}, club())
	users, err := d.ByID(t.Context(), "1", "2")
	if err != nil || len(users) != 2 {
		t.Fatal(users, err)
	}
	stranger := &userinfo.User{ID: "3"}
	for name, pair := range map[string][2]*userinfo.User{
		"a guest": {nil, &users[0]}, "to nobody": {&users[0], nil}, "a user of another look-up": {stranger, &users[0]}, "to a user of another look-up": {&users[0], stranger},
	} {
		if got := d.MayWrite(pair[0], pair[1]); got != userinfo.WriteDenied {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := d.MayWrite(&users[0], &users[1]); got != userinfo.WriteAllowed {
		t.Errorf("both looked up: %s", got)
	}
	open := site(t, clubbers, userinfo.Settings{}, club())
	if got := open.MayWrite(nil, stranger); got != userinfo.WriteDenied {
		t.Errorf("a guest without rules: %s", got)
	}
	if got := open.MayWrite(stranger, &users[0]); got != userinfo.WriteAllowed {
		t.Errorf("without rules: %s", got)
	}
}

func TestUsersInfoReadsNothingForTheRulesOnWriting(t *testing.T) {
	const rules = `
joins:
  - { as: m, table: meta, on: { uid: id }, kv: { key: k, value: v } }
  - { as: p, table: pics, on: { fid: pic }, one: true }
write: [ { from: "level = 9", to: "empty(m.color) and exists(p)", answer: deny } ]
`
	from := club()
	d := site(t, clubbers+rules, userinfo.Settings{}, from)
	a := answers(t, d, userinfo.AnswersOptions{})
	if _, _, err := a.Append(t.Context(), nil, []string{"1", "2"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"users"}, from.asks); diff != "" {
		t.Errorf("tables asked for users-info (-want +got):\n%s", diff)
	}
	if got := slices.IndexFunc(from.selects, func(s userinfo.Select) bool {
		return s.Table == "users" && len(s.Joins) == 0 && cmp.Equal(s.Columns, []string{"id", "login"})
	}); got < 0 {
		t.Errorf("no SELECT reads key and name alone: %+v", from.selects)
	}
	from.asks = nil
	if got := wall(t, d, "1", "2"); got != "12:allow 21:allow" {
		t.Error(got)
	}
	if diff := cmp.Diff([]string{"users", "meta"}, from.asks); diff != "" {
		t.Errorf("tables asked for a visitor (-want +got):\n%s", diff)
	}
	facts, err := d.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := facts.Reads; !slices.Contains(got["users"], "level") || !slices.Contains(got["meta"], "v") || !slices.Contains(got["pics"], "fid") || facts.Queries != 2 {
		t.Errorf("what an account needs lacks the rules: %v, %d queries", got, facts.Queries)
	}
}

func TestRulesThatDoNotFitTheTablesNameTheirLine(t *testing.T) {
	for name, c := range map[string]struct{ rules, at, problem string }{
		"a column that is missing": {"write:\n  - { answer: ask }\n  - { to: \"lvl = 1\", answer: deny }", "m.yaml:5: write[1].to", "names column lvl"},
		"a value of another type":  {"write: [ { from: \"level = 'high'\", answer: deny } ]", "m.yaml:3: write[0].from", "level"},
		"a table that is missing":  {"joins: [ { as: x, table: gone, on: { uid: id }, many: true } ]\nwrite: [ { to: exists(x), answer: deny } ]", "m.yaml:3: joins[0] (x)", "names table gone"},
	} {
		t.Run(name, func(t *testing.T) {
			got := told(t, clubbers+c.rules, userinfo.Settings{}, club())
			if !strings.Contains(got, c.at) || !strings.Contains(got, c.problem) {
				t.Errorf("told %q, want %q %q", got, c.at, c.problem)
			}
		})
	}
}

func TestRulesOnAViewersSecretsAreRefused(t *testing.T) {
	for _, cond := range []string{"auth_token = 'x'", "password like 'a%'", "not (auth_token > 'm')"} {
		if got := told(t, clubbers+fmt.Sprintf("write: [ { to: %q, answer: deny } ]", cond), userinfo.Settings{}, club()); !strings.Contains(got, "looks like a secret") {
			t.Errorf("%s: %q", cond, got)
		}
	}
	if got := told(t, clubbers+"write: [ { to: empty(auth_token), answer: deny } ]", userinfo.Settings{}, club()); got != "" {
		t.Errorf("whether it is empty: %q", got)
	}
}

func TestWhoCannotBeToldIsListed(t *testing.T) {
	d := site(t, clubbers+"write:\n  - { from: level > 1, to: level < 9, answer: allow }\n  - { to: empty(nick), answer: ask }\n", userinfo.Settings{}, club())
	users, err := d.ByID(t.Context(), "1", "3")
	if err != nil || len(users) != 2 {
		t.Fatal(users, err)
	}
	if got := d.Unsure(&users[0]); got != nil {
		t.Errorf("of Ann: %q", got)
	}
	if diff := cmp.Diff([]string{"m.yaml:4: write[0].from", "m.yaml:4: write[0].to"}, d.Unsure(&users[1])); diff != "" {
		t.Error(diff)
	}
}

// TestVisitorsAreNotLookedUpWithUsersInfo lets a look-up of users-info wait while one of a visitor does: the two read different columns.
func TestVisitorsAreNotLookedUpWithUsersInfo(t *testing.T) {
	from := club()
	d := mustDirectory(t, clubbers+"write: [ { from: \"level = 0\", answer: ask } ]\n", from, userinfo.Options{Readers: 1, Few: 1})
	if _, err := d.ByID(t.Context(), "1"); err != nil { // it meets the tables
		t.Fatal(err)
	}
	a := answers(t, d, userinfo.AnswersOptions{})
	const each = 8 // of visitors and of users-info
	entered, leave := make(chan struct{}, 2*each+1), make(chan struct{})
	from.set(func(s *source) {
		s.during = func(context.Context, []any) error {
			entered <- struct{}{}
			<-leave
			return nil
		}
	})
	results := make(chan error, 2*each)
	ask := func(check func() error) { go func() { results <- check() }() }
	visit := func() error {
		users, err := d.ByID(t.Context(), "2", "1")
		if err != nil || len(users) != 2 {
			return fmt.Errorf("%d users, %w", len(users), err)
		}
		if got := d.MayWrite(&users[0], &users[1]); got != userinfo.WriteAsked {
			return fmt.Errorf("Bob to Ann: %s", got)
		}
		return nil
	}
	ask(visit)
	<-entered
	for i := range 2*each - 1 {
		if i%2 == 0 {
			ask(visit)
			continue
		}
		ask(func() error {
			out, _, err := a.Append(t.Context(), nil, []string{"1", "2"})
			if err == nil && string(out) != `[{"id":"1","name":"ann"},{"id":"2","name":"bob"}]` {
				err = errors.New(string(out))
			}
			return err
		})
	}
	close(leave)
	for range 2 * each {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func mustDirectory(t *testing.T, text string, from userinfo.Source, o userinfo.Options) *userinfo.Directory {
	t.Helper()
	m, faults := written(text, userinfo.Settings{})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	d, err := userinfo.NewDirectory(m, from, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
