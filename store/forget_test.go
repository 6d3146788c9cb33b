package store_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/store"
)

// known puts a user into every table that is not a Mesibo chat's, two of which nothing fills.
func known(t *testing.T, d *database, s *store.Store, provider, user, address string) store.Identity {
	t.Helper()
	i := must[store.Identity](t)(s.PutIdentity(t.Context(), store.Identity{Provider: provider, App: "APP-1", SiteUser: user, Address: address}))
	for range 2 {
		ok(t, s.TokenIssued(t.Context(), store.TokenEvent{
			Provider: provider, IdentityID: i.ID, ExpiresAt: d.clock.Now().Add(time.Hour), Address: "192.0.2.7", Token: secret.New("canary-token"),
		}))
	}
	ok(t, s.Enqueue(t.Context(), store.NewJob{Provider: provider, App: "APP-1", Kind: "update", SiteUser: user, Address: address}))
	write(t, s, fmt.Sprintf("INSERT INTO chat_sealed (provider, name, identity_id, value, sealed_at) VALUES ('%s', 'token/%d', %d, '', 1)", provider, i.ID, i.ID))
	write(t, s, fmt.Sprintf("INSERT INTO chat_audit_log (at, actor, action, identity_id, numbers) VALUES (%d, 'admin', 'revoke', %d, '')", d.clock.Now().UnixMilli(), i.ID))
	return i
}

func write(t *testing.T, s *store.Store, statement string) {
	t.Helper()
	_, err := s.SQLDB().Exec(statement)
	ok(t, err)
}

// rows counts the rows of all tables.
func rows(t *testing.T, s *store.Store) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, table := range []string{"identities", "token_events", "provider_jobs", "sealed", "audit_log"} {
		var n int
		ok(t, s.SQLDB().QueryRow("SELECT COUNT(*) FROM chat_"+table).Scan(&n))
		counts[table] = n
	}
	return counts
}

func TestForgettingAUserLeavesNothingOfThem(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		known(t, d, s, "sendbird", "6", "u-6")
		known(t, d, s, "mesibo", "6", "m-6")
		other := known(t, d, s, "sendbird", "66", "u-66")
		done := claimed(t, s, "w", 1)[0]
		want := []store.Erased{
			{Table: "audit_log", Rows: 2},
			{Table: "identities", Provider: "mesibo", Rows: 1},
			{Table: "identities", Provider: "sendbird", Rows: 1},
			{Table: "provider_jobs", Provider: "mesibo", Rows: 1},
			{Table: "provider_jobs", Provider: "sendbird", Rows: 1},
			{Table: "sealed", Provider: "mesibo", Rows: 1},
			{Table: "sealed", Provider: "sendbird", Rows: 1},
			{Table: "token_events", Provider: "mesibo", Rows: 2},
			{Table: "token_events", Provider: "sendbird", Rows: 2},
		}
		before := rows(t, s)
		if diff := cmp.Diff(want, must[[]store.Erased](t)(s.Forget(t.Context(), "6", "cli", true))); diff != "" {
			t.Errorf("dry run (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, rows(t, s)); diff != "" {
			t.Errorf("a dry run changed the tables (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(want, must[[]store.Erased](t)(s.Forget(t.Context(), "6", "cli", false))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]int{"identities": 1, "token_events": 2, "provider_jobs": 1, "sealed": 1, "audit_log": 4}, rows(t, s)); diff != "" {
			t.Errorf("what is left (-want +got):\n%s", diff)
		}
		if err := s.Done(t.Context(), done); err == nil {
			t.Error("a job of the user can still be done")
		}
		var actor, numbers string
		var identities int
		ok(t, s.SQLDB().QueryRow("SELECT actor, numbers FROM chat_audit_log WHERE action = 'forget'").Scan(&actor, &numbers))
		ok(t, s.SQLDB().QueryRow("SELECT COUNT(*) FROM chat_audit_log WHERE identity_id <> 0").Scan(&identities))
		if identities != 1 {
			t.Errorf("%d lines of the audit log name a user, want that of the other alone", identities)
		}
		var got map[string]int64
		ok(t, json.Unmarshal([]byte(numbers), &got))
		if diff := cmp.Diff(map[string]int64{"audit_log": 2, "identities": 2, "provider_jobs": 2, "sealed": 2, "token_events": 4}, got); diff != "" || actor != "cli" {
			t.Errorf("audit by %s (-want +got):\n%s", actor, diff)
		}
		for _, dry := range []bool{true, false} {
			if again := must[[]store.Erased](t)(s.Forget(t.Context(), "6", "cli", dry)); len(again) != 0 {
				t.Errorf("again: %+v", again)
			}
		}
		if n := rows(t, s)["audit_log"]; n != 4 {
			t.Errorf("forgetting nobody is a line of the audit log: %d", n)
		}
		if fresh := known(t, d, s, "sendbird", "6", "u-6-new"); fresh.ID <= other.ID {
			t.Errorf("the number %d of an identity was used before", fresh.ID)
		}
	})
}

func TestAJobOfAUserWithoutIdentityIsForgottenToo(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		ok(t, s.Enqueue(t.Context(), update("a")))
		want := []store.Erased{{Table: "provider_jobs", Provider: "sendbird", Rows: 1}}
		if diff := cmp.Diff(want, must[[]store.Erased](t)(s.Forget(t.Context(), "6", "cli", false))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		nothing(t, s, "after it was forgotten")
	})
}

func TestTheFileHoldsNothingOfAForgottenUser(t *testing.T) {
	dir := t.TempDir()
	d := &database{url: "sqlite:" + filepath.Join(dir, "store.db"), clock: newClock(), keys: store.Keys{Key: testKey}}
	s := d.open(t)
	for n := range 50 {
		known(t, d, s, "sendbird", fmt.Sprint(n), fmt.Sprintf("canary-of-%d", n))
	}
	holds := func(text string) bool {
		found := false
		for _, name := range []string{"store.db", "store.db-wal"} {
			content, err := os.ReadFile(filepath.Join(dir, name))
			ok(t, err)
			found = found || bytes.Contains(content, []byte(text))
		}
		return found
	}
	if !holds("canary-of-17") {
		t.Fatal("the file does not hold the user in the first place")
	}
	must[[]store.Erased](t)(s.Forget(t.Context(), "17", "cli", false))
	if holds("canary-of-17") || !holds("canary-of-18") {
		t.Error("the file holds the user still, or the others no more")
	}
}

func TestATokenAndAnAddressAreKeptAsHashesOnly(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		known(t, d, s, "sendbird", "6", "u-6")
		var visitor, token string
		var issued, expires int64
		ok(t, s.SQLDB().QueryRow("SELECT visitor, token, issued_at, expires_at FROM chat_token_events LIMIT 1").Scan(&visitor, &token, &issued, &expires))
		if want := store.TokenFingerprint(secret.New("canary-token")); token != want || len(token) != 16 {
			t.Errorf("token %q, want %q", token, want)
		}
		if len(visitor) != 32 || strings.Contains(visitor, "192.0.2.7") {
			t.Errorf("visitor %q", visitor)
		}
		if now := d.clock.Now(); issued != now.UnixMilli() || expires != now.Add(time.Hour).UnixMilli() {
			t.Errorf("issued %d, ends %d", issued, expires)
		}
		d.keys = store.Keys{}
		unkeyed := d.open(t)
		ok(t, unkeyed.TokenIssued(t.Context(), store.TokenEvent{Provider: "sendbird", IdentityID: 1, ExpiresAt: d.clock.Now(), Address: "192.0.2.7"}))
		var n int
		ok(t, s.SQLDB().QueryRow("SELECT COUNT(*) FROM chat_token_events WHERE visitor = '' AND token = ''").Scan(&n))
		if n != 1 {
			t.Error("without a key the address is kept all the same")
		}
	})
}

func TestThoseWithALivingTokenAreListed(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		now := d.clock.Now()
		for n, ends := range map[int]time.Duration{1: time.Minute, 2: time.Hour, 3: 2 * time.Hour, 10: time.Hour, 4: time.Hour} {
			i := must[store.Identity](t)(s.PutIdentity(t.Context(), store.Identity{Provider: "sendbird", App: "APP-1", SiteUser: fmt.Sprint(n), Address: fmt.Sprint(n)}))
			for _, end := range []time.Duration{ends, time.Second} { // the earlier end of a later token changes nothing
				ok(t, s.TokenIssued(t.Context(), store.TokenEvent{Provider: "sendbird", IdentityID: i.ID, ExpiresAt: now.Add(end)}))
			}
			if n == 4 {
				i.DisabledAt = now
				must[store.Identity](t)(s.KeepIdentity(t.Context(), i))
			}
		}
		must[store.Identity](t)(s.PutIdentity(t.Context(), store.Identity{Provider: "sendbird", App: "APP-1", SiteUser: "5", Address: "5"}))
		var got []string
		for after := ""; ; {
			page := must[[]store.Identity](t)(s.Alive(t.Context(), "sendbird", "APP-1", after, now.Add(time.Minute), 2))
			for _, i := range page {
				got, after = append(got, i.SiteUser), i.SiteUser
			}
			if len(page) < 2 {
				break
			}
		}
		if diff := cmp.Diff([]string{"10", "2", "3"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestAnIdentityThatIsKeptAgainGetsWhatIsNew(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		first := must[store.Identity](t)(s.KeepIdentity(t.Context(), john()))
		d.clock.Add(time.Hour)
		change := john()
		change.Address, change.ProfileHash, change.DisabledAt = "other", "hash", d.clock.Now()
		want := first
		want.ProfileHash, want.DisabledAt, want.SyncedAt = "hash", d.clock.Now(), d.clock.Now()
		for range 2 {
			if diff := cmp.Diff(want, must[store.Identity](t)(s.KeepIdentity(t.Context(), change))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		back := must[store.Identity](t)(s.KeepIdentity(t.Context(), john()))
		if !back.DisabledAt.IsZero() || back.ProfileHash != "" || back.Address != "u-6" || !back.SyncedAt.Equal(want.SyncedAt) {
			t.Errorf("back: %+v", back)
		}
	})
}

func TestASweepRemovesWhatIsOldEnoughAndNothingElse(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		const day = 24 * time.Hour
		d.keep = store.Retention{Tokens: 2 * day, Jobs: day, Audit: 3 * day}
		s := d.open(t)
		known(t, d, s, "sendbird", "6", "u-6")
		ok(t, s.Done(t.Context(), one(t, s)))
		ok(t, s.Enqueue(t.Context(), update("open")))
		write(t, s, fmt.Sprintf("INSERT INTO chat_sealed (provider, name, value, sealed_at, expires_at) VALUES ('p', 'ends', '', 1, %d)", d.clock.Now().Add(day).UnixMilli()))
		for _, step := range []struct {
			after time.Duration
			want  map[string]int64
		}{
			{0, map[string]int64{}},
			{day, map[string]int64{}},
			{time.Millisecond, map[string]int64{"provider_jobs": 1, "sealed": 1}},
			{day, map[string]int64{"token_events": 2}},
			{day, map[string]int64{"audit_log": 1}},
			{9999 * day, map[string]int64{}},
		} {
			d.clock.Add(step.after)
			got := must[map[string]int64](t)(s.Sweep(t.Context()))
			for table, n := range got {
				if n == 0 {
					delete(got, table)
				}
			}
			if diff := cmp.Diff(step.want, got); diff != "" {
				t.Errorf("after %s more (-want +got):\n%s", step.after, diff)
			}
		}
		if diff := cmp.Diff(map[string]int{"identities": 1, "token_events": 0, "provider_jobs": 1, "sealed": 1, "audit_log": 0}, rows(t, s)); diff != "" {
			t.Errorf("what is left (-want +got):\n%s", diff)
		}
	})
}

func TestASweepTakesMoreThanOneBatch(t *testing.T) {
	d := &database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock()}
	s := d.open(t)
	_, err := s.SQLDB().Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
		INSERT INTO chat_audit_log (at, actor, action, numbers) SELECT 1, 'a', 'a', x'' FROM n`)
	ok(t, err)
	if got := must[map[string]int64](t)(s.Sweep(t.Context())); got["audit_log"] != 2500 {
		t.Errorf("swept %v", got)
	}
}
