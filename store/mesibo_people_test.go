package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/store"
)

func TestPhonesOfTheSiteAreThoseOfTheLastScans(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		users := func(phone string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(append([]string{}, want...), must[[]string](t)(s.MesiboSiteUsers(t.Context(), phone))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", phone, diff)
			}
		}
		users("4930")
		ok(t, s.PutMesiboPhones(t.Context(), 5, []store.MesiboPhone{{"6", "4930"}, {"7", "4931"}, {"A", "4930"}, {"a", "4930"}, {"b", "4930"}, {"8", "1"}, {"8", "4932"}}))
		users("4930", "6", "A", "a")
		users("1")
		users("4932", "8")
		ok(t, s.PutMesiboPhones(t.Context(), 9, []store.MesiboPhone{{"6", "4939"}, {"7", "4931"}}))
		ok(t, s.PutMesiboPhones(t.Context(), 7, []store.MesiboPhone{{"7", "4931"}, {"8", "4932"}})) // a scan that began earlier is late
		ok(t, s.EndMesiboScan(t.Context(), 7))
		users("4930")
		users("4932", "8")
		users("4939", "6")
		ok(t, s.EndMesiboScan(t.Context(), 9))
		users("4932")
		users("4931", "7")
	})
}

func TestWhatAScanHasPutThereAlreadyIsNotWrittenAgain(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, other := d.open(t), d.open(t)
		phones := []store.MesiboPhone{{"6", "4930"}, {"7", "4931"}, {"8", "4932"}}
		ok(t, s.PutMesiboPhones(t.Context(), 5, phones))
		tx := must[*sql.Tx](t)(other.SQLDB().BeginTx(t.Context(), nil)) // as long as it goes on nobody else writes these rows
		defer func() { _ = tx.Rollback() }()
		_, err := tx.ExecContext(t.Context(), "UPDATE chat_mesibo_phones SET scan = 6")
		ok(t, err)
		soon, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		ok(t, s.PutMesiboPhones(soon, 5, phones))
		ok(t, s.PutMesiboPhones(soon, 4, phones[:2]))
		ok(t, s.DropMesiboPhones(soon, []string{"1", "9"}))
		if err := s.PutMesiboPhones(soon, 5, []store.MesiboPhone{{"7", "4939"}}); err == nil {
			t.Error("the test would not notice a write")
		}
		ok(t, tx.Rollback())
		ok(t, s.PutMesiboPhones(t.Context(), 5, []store.MesiboPhone{{"6", "4930"}, {"7", "4939"}}))
		ok(t, s.PutMesiboPhones(t.Context(), 9, phones[:1]))
		ok(t, s.DropMesiboPhones(t.Context(), []string{"8", "1"}))
		ok(t, s.EndMesiboScan(t.Context(), 5))
		for phone, want := range map[string][]string{"4930": {"6"}, "4939": {"7"}, "4931": {}, "4932": {}} {
			if got := must[[]string](t)(s.MesiboSiteUsers(t.Context(), phone)); !slices.Equal(got, want) {
				t.Errorf("%s: %v", phone, got)
			}
		}
		ok(t, s.EndMesiboScan(t.Context(), 9))
		if got := must[[]string](t)(s.MesiboSiteUsers(t.Context(), "4930")); !slices.Equal(got, []string{"6"}) {
			t.Errorf("a row that a later scan found unchanged is of the earlier scan: %v", got)
		}
	})
}

func TestAScanOfManyUsersEndsInParts(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		const users = 25_000 // two parts and a half
		phones := make([]store.MesiboPhone, users)
		for n := range phones {
			phones[n] = store.MesiboPhone{SiteUser: fmt.Sprint(n), Phone: fmt.Sprint(4930000000 + n)}
		}
		ok(t, s.PutMesiboPhones(t.Context(), 1, phones))
		stays := phones[:0:0]
		for n := 0; n < users; n += 1000 {
			stays = append(stays, phones[n])
		}
		ok(t, s.PutMesiboPhones(t.Context(), 2, stays))
		ok(t, s.EndMesiboScan(t.Context(), 2))
		var left int
		ok(t, s.SQLDB().QueryRow("SELECT COUNT(*) FROM chat_mesibo_phones WHERE scan = 2").Scan(&left))
		if left != len(stays) {
			t.Errorf("%d are left of %d", left, len(stays))
		}
		ok(t, s.SQLDB().QueryRow("SELECT COUNT(*) FROM chat_mesibo_phones").Scan(&left))
		if left != len(stays) {
			t.Errorf("%d are left, some of the scan before", left)
		}
	})
}

func TestScansOfTwoInstancesDoNotStopEachOther(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		stores := []*store.Store{d.open(t), d.open(t)}
		errs := [8]error{}
		var all sync.WaitGroup
		for n := range errs {
			all.Go(func() {
				phones := make([]store.MesiboPhone, 500)
				for i := range phones {
					phones[i] = store.MesiboPhone{SiteUser: fmt.Sprint((i*7 + n) % 700), Phone: fmt.Sprint(4930000000 + i)}
				}
				errs[n] = errors.Join(stores[n%2].PutMesiboPhones(t.Context(), 3, phones), stores[n%2].EndMesiboScan(t.Context(), 3))
			})
		}
		all.Wait()
		ok(t, errors.Join(errs[:]...))
	})
}

// ids lists the ids of users.
func ids(users []store.MesiboUser) []int64 {
	list := make([]int64, len(users))
	for i, u := range users {
		list[i] = u.ID
	}
	return list
}

func TestContactsAreUsersTheOwnerSaved(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		owner, b, c, out, stranger := member(t, s, 1), member(t, s, 2), member(t, s, 3), member(t, s, 4), member(t, s, 5)
		shut := out
		shut.DisabledAt = d.clock.Now()
		ok(t, s.SetMesiboUser(t.Context(), out, shut))
		phones := []string{c.Phone, b.Phone, out.Phone, "999", b.Phone}
		ok(t, s.AddMesiboContacts(t.Context(), owner.ID, phones))
		ok(t, s.AddMesiboContacts(t.Context(), owner.ID, phones[:2]))
		ok(t, s.AddMesiboContacts(t.Context(), owner.ID, nil))
		ok(t, s.AddMesiboContacts(t.Context(), stranger.ID, []string{b.Phone}))
		list := func(owner, since, until int64) []int64 {
			return ids(must[[]store.MesiboUser](t)(s.MesiboContacts(t.Context(), owner, since, until, 100)))
		}
		newer := b
		newer.Changed, newer.Name = 150, "B"
		ok(t, s.SetMesiboUser(t.Context(), b, newer))
		for name, test := range map[string]struct{ got, want []int64 }{
			"all, by their change": {list(owner.ID, 0, 1000), []int64{c.ID, b.ID}},
			"behind the first":     {list(owner.ID, 100, 1000), []int64{b.ID}},
			"behind the last":      {list(owner.ID, 150, 1000), []int64{}},
			"up to a second":       {list(owner.ID, 99, 149), []int64{c.ID}},
			"of another":           {list(stranger.ID, 0, 1000), []int64{b.ID}},
			"of one without":       {list(b.ID, 0, 1000), []int64{}},
		} {
			if diff := cmp.Diff(test.want, test.got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		known := must[map[int64]bool](t)(s.MesiboKnownBy(t.Context(), b.Phone, []int64{owner.ID, stranger.ID, c.ID}))
		if diff := cmp.Diff(map[int64]bool{owner.ID: true, stranger.ID: true}, known); diff != "" {
			t.Errorf("known by (-want +got):\n%s", diff)
		}
		ok(t, s.ClearMesiboContacts(t.Context(), owner.ID, []string{c.Phone, "12"}))
		if got := list(owner.ID, 0, 1000); !slices.Equal(got, []int64{b.ID}) {
			t.Errorf("after one was removed: %v", got)
		}
		ok(t, s.ClearMesiboContacts(t.Context(), owner.ID, nil))
		if got, others := list(owner.ID, 0, 1000), list(stranger.ID, 0, 1000); len(got) != 0 || len(others) != 1 {
			t.Errorf("after all were removed: %v, of another %v", got, others)
		}
		if err := s.AddMesiboContacts(t.Context(), 9999, phones); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("contacts of nobody: %v", err)
		}
	})
}

func TestAPageOfContactsEndsWithASecond(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		owner := member(t, s, 0)
		var phones []string
		changed := map[int64]int64{}
		for n := int64(1); n <= 23; n++ {
			u := member(t, s, n)
			after := u
			after.Changed = 100 + n/5 // seconds of four and of five
			ok(t, s.SetMesiboUser(t.Context(), u, after))
			phones, changed[u.ID] = append(phones, u.Phone), after.Changed
		}
		ok(t, s.AddMesiboContacts(t.Context(), owner.ID, phones))
		for n := 1; n <= 24; n++ {
			seen := map[int64]bool{}
			for since := int64(0); ; {
				page := must[[]store.MesiboUser](t)(s.MesiboContacts(t.Context(), owner.ID, since, 1000, n))
				if len(page) == 0 {
					break
				}
				if len(page) < n && len(seen)+len(page) != len(phones) {
					t.Errorf("a page of %d has %d", n, len(page))
				}
				for _, u := range page {
					if seen[u.ID] || u.Changed != changed[u.ID] {
						t.Errorf("pages of %d: user %d comes twice, or changed at %d", n, u.ID, u.Changed)
					}
					seen[u.ID], since = true, u.Changed
				}
			}
			if len(seen) != len(phones) {
				t.Errorf("pages of %d: %d of %d users", n, len(seen), len(phones))
			}
		}
	})
}
