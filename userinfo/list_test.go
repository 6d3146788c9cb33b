package userinfo_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

func TestSearchShowsTheBestFirst(t *testing.T) {
	d := directory(t, plainSettings, members(), userinfo.Options{})
	for term, want := range map[string][]userinfo.ID{
		"ann":     {"1", "3", "10"}, // equal, beginning, containing
		" ANN ":   {"1", "3", "10"},
		"anna":    {"3", "10"},
		"zz":      nil,
		"1' or 1": nil,
	} {
		users, err := d.Search(t.Context(), term)
		if diff := cmp.Diff(want, idsOf(users)); err != nil || diff != "" {
			t.Errorf("%q: %v %s", term, err, diff)
		}
	}
}

func TestSearchTermsThatAreRefused(t *testing.T) {
	from := members()
	d := directory(t, plainSettings, from, userinfo.Options{})
	for name, term := range map[string]string{
		"nothing": "", "one character": "a", "one character and spaces": "  a  ", "spaces": "     ", "65 characters": strings.Repeat("é", 65),
		"10 KiB": strings.Repeat("x", 10<<10), "broken UTF-8": "ab\xff", "a control character": "a\x00b", "a line break": "a\nb",
	} {
		if users, err := d.Search(t.Context(), term); !errors.Is(err, userinfo.ErrSearchTerm) || users != nil {
			t.Errorf("%s: %v, %v", name, users, err)
		}
	}
	for name, term := range map[string]string{"two characters": "éé", "64 characters": strings.Repeat("é", 64)} {
		if _, err := d.Search(t.Context(), term); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSearchCanBeOffOrHaveNothingToLookIn(t *testing.T) {
	for name, change := range map[string]func(*userinfo.Settings){
		"off":                     func(s *userinfo.Settings) { s.Search = "off" },
		"a name without a column": func(s *userinfo.Settings) { s.Name = "'Member'" },
		"a name made of numbers":  func(s *userinfo.Settings) { s.Name = "Member {id}" },
	} {
		s := plainSettings
		change(&s)
		if _, err := directory(t, s, members(), userinfo.Options{}).Search(t.Context(), "ann"); !errors.Is(err, userinfo.ErrNoSearch) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSearchLooksWhereItIsTold(t *testing.T) {
	s := plainSettings
	s.Search = "mail"
	d := directory(t, s, members(), userinfo.Options{})
	if users, err := d.Search(t.Context(), "example"); err != nil || len(users) != 2 {
		t.Errorf("in the mail: %v, %v", idsOf(users), err)
	}
	if users, err := d.Search(t.Context(), "Bob"); err != nil || len(users) != 0 {
		t.Errorf("not in the name: %v, %v", idsOf(users), err)
	}
}

func TestListsThatStallAreUnavailable(t *testing.T) {
	s := plainSettings
	s.Friends = "friends(user_id,friend_id)"
	for name, ask := range map[string]func(context.Context, *userinfo.Directory) error{
		"a search": func(ctx context.Context, d *userinfo.Directory) error { _, err := d.Search(ctx, "ann"); return err },
		"a sample": func(ctx context.Context, d *userinfo.Directory) error { _, err := d.Sample(ctx); return err },
		"friends":  func(ctx context.Context, d *userinfo.Directory) error { _, err := d.Friends(ctx, "1"); return err },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from := members()
				from.during = func(ctx context.Context, _ []any) error { <-ctx.Done(); return ctx.Err() }
				if err := ask(t.Context(), directory(t, s, from, userinfo.Options{})); !errors.Is(err, userinfo.ErrUnavailable) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestFriendsOfBothDirectionsOnce(t *testing.T) {
	s := plainSettings
	s.Friends = "friends(user_id,friend_id)"
	d := directory(t, s, members(), userinfo.Options{})
	for id, want := range map[userinfo.ID][]userinfo.ID{
		"1":   {"2", "3"}, // asked, and was asked; not oneself, not NULL, not who is no member
		"2":   {"1"},
		"10":  nil,
		"99":  {"1"},
		"abc": nil,
		"01":  nil,
		"":    nil,
	} {
		users, err := d.Friends(t.Context(), id)
		if diff := cmp.Diff(want, idsOf(users)); err != nil || diff != "" {
			t.Errorf("friends of %q: %v %s", id, err, diff)
		}
	}
}

func TestNobodyHasFriendsWhereNoneAreMapped(t *testing.T) {
	if users, err := directory(t, plainSettings, members(), userinfo.Options{}).Friends(t.Context(), "1"); err != nil || users != nil {
		t.Errorf("got %v, %v", users, err)
	}
}

func TestFriendsOfAnotherUserAreNeverShown(t *testing.T) {
	s := plainSettings
	s.Friends = "friends(user_id,friend_id)"
	t.Run("whose id differs in letter case", func(t *testing.T) {
		from := members()
		from.loose = true
		for _, c := range []*userinfo.Column{&from.tables["members"].columns[0], &from.tables["friends"].columns[0], &from.tables["friends"].columns[1]} {
			c.Type = userinfo.ColumnText
		}
		from.tables["members"].rows = [][]any{{"admin", "a"}, {"ADMIN", "A"}, {"bob", "b"}, {"eve", "e"}}
		for i, row := range from.tables["members"].rows {
			from.tables["members"].rows[i] = append(row, nil, nil)
		}
		from.tables["friends"].rows = [][]any{{"admin", "bob"}, {"eve", "admin"}}
		d := directory(t, s, from, userinfo.Options{})
		if users, err := d.Friends(t.Context(), "ADMIN"); err != nil || len(users) != 0 {
			t.Errorf("ADMIN got the friends of admin: %v, %v", idsOf(users), err)
		}
		if users, err := d.Friends(t.Context(), "admin"); err != nil || len(users) != 2 {
			t.Errorf("admin: %v, %v", idsOf(users), err)
		}
	})
	t.Run("whose number is what a text becomes", func(t *testing.T) {
		from := members()
		from.tables["members"].columns[0].Type = userinfo.ColumnText
		from.tables["friends"].rows = [][]any{{"0", "2"}}
		d := directory(t, s, from, userinfo.Options{})
		if users, err := d.Friends(t.Context(), "alice"); err != nil || len(users) != 0 {
			t.Errorf("alice got the friends of 0: %v, %v", idsOf(users), err)
		}
	})
}

func TestAnIDThatTheTableOfFriendsCannotHoldHasNoFriends(t *testing.T) {
	s := plainSettings
	s.Friends = "friends(user_id,friend_id)"
	from := members()
	from.tables["members"].columns[0].Type = userinfo.ColumnText
	for i := range from.tables["friends"].columns {
		c := &from.tables["friends"].columns[i]
		c.Type, c.Size = userinfo.ColumnBytes, 16
	}
	users, err := directory(t, s, from, userinfo.Options{}).Friends(t.Context(), "alice")
	if err != nil || users != nil || len(from.asked()) != 0 {
		t.Errorf("got %v, %v after %d queries", users, err, len(from.asked()))
	}
}

func TestAUserHasAtMostFiveHundredFriends(t *testing.T) {
	from := members()
	var rows, friends [][]any
	for i := range 700 {
		id := strconv.Itoa(i + 100)
		rows = append(rows, []any{id, "n", nil, nil})
		friends = append(friends, []any{"1", id}, []any{id, "1"})
	}
	from.tables["members"].rows, from.tables["friends"].rows = rows, friends
	s := plainSettings
	s.Friends = "friends(user_id,friend_id)"
	users, err := directory(t, s, from, userinfo.Options{}).Friends(t.Context(), "1")
	if err != nil || len(users) != userinfo.MaxFriends {
		t.Errorf("got %d, %v", len(users), err)
	}
}

func TestListsFollowATableThatChanged(t *testing.T) {
	from := members()
	from.fail = fmt.Errorf("%w: no such column", userinfo.ErrMapping)
	d := directory(t, plainSettings, from, userinfo.Options{})
	if _, err := d.Search(t.Context(), "ann"); !errors.Is(err, userinfo.ErrMapping) {
		t.Errorf("got %v", err)
	}
}
