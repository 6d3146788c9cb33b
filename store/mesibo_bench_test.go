package store_test

import (
	"fmt"
	"testing"

	"github.com/chatpass/chatpass/store"
)

// crowd puts users 1 … n with the phones 4930000001 and up into a SQLite file, of whom the first has the next 1,000 among the contacts.
func crowd(tb testing.TB, n int) (s *store.Store, phones []string) {
	tb.Helper()
	s, err := store.Open(tb.Context(), (&database{url: "sqlite:" + tb.TempDir() + "/store.db", clock: newClock()}).options())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	for _, fill := range []string{
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ` + fmt.Sprint(n) + `)
		INSERT INTO chat_mesibo_users (site_user, address, live_address, phone, remote_uid, name, site_name, status, photo, cc, changed, created_at)
		SELECT i, 4930000000 + i, 4930000000 + i, 4930000000 + i, '', '', 'User ' || i, '', '', '', 100 + i % 1000, 1 FROM n`,
		`INSERT INTO chat_mesibo_contacts (owner, phone) SELECT 1, phone FROM chat_mesibo_users WHERE id % (` + fmt.Sprint(n) + ` / 1000) = 2`,
	} {
		if _, err := s.SQLDB().ExecContext(tb.Context(), fill); err != nil {
			tb.Fatal(err)
		}
	}
	for i := range 1000 {
		phones = append(phones, fmt.Sprint(4930000000+1+i*(n/1000)))
	}
	return s, phones
}

func TestAThousandPhonesAreFoundByAnIndex(t *testing.T) {
	s, phones := crowd(t, 20_000)
	if got := must[[]store.MesiboUser](t)(s.MesiboUsersByPhone(t.Context(), phones)); len(got) != len(phones) {
		t.Errorf("%d users of %d phones", len(got), len(phones))
	}
	if got := must[[]store.MesiboUser](t)(s.MesiboContacts(t.Context(), 1, 0, 9999, 1000)); len(got) != 1000 {
		t.Errorf("%d contacts", len(got))
	}
}

func BenchmarkAThousandPhonesOfAMillion(b *testing.B) {
	s, phones := crowd(b, 1_000_000)
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
