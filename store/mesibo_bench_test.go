package store_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/chatpass/chatpass/store"
)

// crowd puts users 1 … n with the phones 4930000001 and up into a store, of whom the first has 1,000 others among the contacts. No statistics are
// made of the tables.
func crowd(tb testing.TB, s *store.Store, n int) (phones []string) {
	tb.Helper()
	for _, fill := range []string{
		`INSERT INTO chat_mesibo_users (site_user, address, live_address, phone, remote_uid, name, site_name, status, photo, cc, changed, created_at)
		WITH RECURSIVE d(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i < 999), n(i) AS (SELECT a.i * 1000 + b.i + 1 FROM d a, d b WHERE a.i < ` + fmt.Sprint(n/1000) + `)
		SELECT CAST(i AS CHAR(9)), CAST(4930000000 + i AS CHAR(10)), CAST(4930000000 + i AS CHAR(10)), CAST(4930000000 + i AS CHAR(10)),
			'', '', 'User', '', '', '', 100 + i % 1000, 1 FROM n`,
		`INSERT INTO chat_mesibo_contacts (owner, phone) SELECT 1, phone FROM chat_mesibo_users WHERE id % ` + fmt.Sprint(n/1000) + ` = 2`,
	} {
		if _, err := s.SQLDB().ExecContext(tb.Context(), fill); err != nil {
			tb.Fatal(err)
		}
	}
	for i := range 1000 {
		phones = append(phones, fmt.Sprint(4930000000+1+i*(n/1000)))
	}
	return phones
}

func TestAThousandPhonesAndContactsAreFoundAmongMany(t *testing.T) {
	users := 20_000
	if os.Getenv("CHATPASS_NIGHTLY") == "1" {
		users = 200_000 // comparing all rows with all takes longer than the 5 s a call has, on two cores
	}
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		phones := crowd(t, s, users)
		if got := must[[]store.MesiboUser](t)(s.MesiboUsersByPhone(t.Context(), phones)); len(got) != len(phones) {
			t.Errorf("%d users of %d phones", len(got), len(phones))
		}
		got := must[[]store.MesiboUser](t)(s.MesiboContacts(t.Context(), 1, 0, 9999, 1000))
		if len(got) != 1000 {
			t.Errorf("%d contacts", len(got))
		}
		members := make([]store.MesiboMember, len(got))
		for i := range got {
			members[i].User = got[i].ID
		}
		for gid := range int64(30) {
			ok(t, s.PutMesiboGroup(t.Context(), store.MesiboGroup{GID: gid + 1, Changed: 100}, members))
		}
		if groups := must[[]store.MesiboGroup](t)(s.MesiboGroupsOf(t.Context(), got[500].ID, 0, 9999, 500)); len(groups) != 30 {
			t.Errorf("%d groups", len(groups))
		}
	})
}

func BenchmarkAThousandPhonesOfAMillion(b *testing.B) {
	s, err := store.Open(b.Context(), (&database{url: "sqlite:" + b.TempDir() + "/store.db", clock: newClock()}).options())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	phones := crowd(b, s, 1_000_000)
	b.Run("users by phone", func(b *testing.B) {
		for b.Loop() {
			if got, err := s.MesiboUsersByPhone(b.Context(), phones); err != nil || len(got) != len(phones) {
				b.Fatal(len(got), err)
			}
		}
	})
	b.Run("contacts", func(b *testing.B) {
		for b.Loop() {
			if got, err := s.MesiboContacts(b.Context(), 1, 0, 9999, 1000); err != nil || len(got) != 1000 {
				b.Fatal(len(got), err)
			}
		}
	})
	b.Run("one phone", func(b *testing.B) {
		for b.Loop() {
			if got, err := s.MesiboUsersByPhone(b.Context(), phones[:1]); err != nil || len(got) != 1 {
				b.Fatal(len(got), err)
			}
		}
	})
}
