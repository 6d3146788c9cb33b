package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/store"
)

// chats puts a user of the site into every table of a Mesibo chat.
func chats(t *testing.T, d *database, s *store.Store, n int64) store.MesiboUser {
	t.Helper()
	u := member(t, s, n)
	tok := issued(d, u.ID, "app", "d")
	tok.Address = u.Address
	ok(t, s.PutMesiboToken(t.Context(), tok, secret.New(fmt.Sprint("token of ", n))))
	ok(t, s.PutMesiboPhones(t.Context(), 1, []store.MesiboPhone{{SiteUser: u.SiteUser, Phone: u.Phone}}))
	for _, kind := range []string{store.ChallengeLink, store.ChallengeOTP} {
		c := asked(d, kind, u.SiteUser, "1")
		c.SiteUser = u.SiteUser
		ok(t, s.PutMesiboChallenge(t.Context(), c))
	}
	ok(t, s.AddMesiboContacts(t.Context(), u.ID, []string{"4930000001", "4930000002", "4930000003"}))
	ok(t, s.PutMesiboFile(t.Context(), store.MesiboFile{Name: fmt.Sprint(n, ".jpg"), User: u.ID, MIME: "image/jpeg", Size: 7, SHA256: "0a"}))
	ok(t, s.PutMesiboPush(t.Context(), store.MesiboPush{User: u.ID, Device: "d", Token: "push"}))
	return u
}

// mesiboRows counts the rows of all tables of a Mesibo chat.
func mesiboRows(t *testing.T, s *store.Store) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, table := range []string{"users", "tokens", "phones", "challenges", "contacts", "groups", "members", "files", "push", "imports"} {
		var n int
		ok(t, s.SQLDB().QueryRow("SELECT COUNT(*) FROM chat_mesibo_"+table).Scan(&n))
		counts[table] = n
	}
	return counts
}

func TestForgettingAUserOfAMesiboChatLeavesTheirPhoneToOthersOnly(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		u, other := chats(t, d, s, 1), chats(t, d, s, 2)
		ok(t, s.PutMesiboGroup(t.Context(), store.MesiboGroup{GID: 5, Changed: 100}, []store.MesiboMember{{User: u.ID, Role: 2}, {User: other.ID}}))
		ok(t, s.PutMesiboGroup(t.Context(), store.MesiboGroup{GID: 6, Changed: 100}, []store.MesiboMember{{User: other.ID, Role: 2}}))
		_, err := s.SQLDB().Exec(fmt.Sprintf("INSERT INTO chat_mesibo_imports (kind, ref, user_id, hash) VALUES ('user', 1, %d, 'a'), ('user', 2, %d, 'a')", u.ID, other.ID))
		ok(t, err)
		var want []store.Erased
		for _, table := range []struct {
			name string
			rows int64
		}{{"challenges", 2}, {"contacts", 3}, {"files", 1}, {"imports", 1}, {"members", 1}, {"phones", 1}, {"push", 1}, {"tokens", 1}, {"users", 1}} {
			want = append(want, store.Erased{Table: "mesibo_" + table.name, Provider: "mesibo", Rows: table.rows})
		}
		before := mesiboRows(t, s)
		if diff := cmp.Diff(want, must[[]store.Erased](t)(s.Forget(t.Context(), "1", "cli", true))); diff != "" {
			t.Errorf("dry run (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, mesiboRows(t, s)); diff != "" {
			t.Errorf("a dry run changed the tables (-before +after):\n%s", diff)
		}
		d.clock.Add(time.Second)
		if diff := cmp.Diff(want, must[[]store.Erased](t)(s.Forget(t.Context(), "1", "cli", false))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		left := map[string]int{"users": 1, "tokens": 1, "phones": 1, "challenges": 2, "contacts": 3, "groups": 2, "members": 2, "files": 2, "push": 1, "imports": 1}
		if diff := cmp.Diff(left, mesiboRows(t, s)); diff != "" {
			t.Errorf("what is left (-want +got):\n%s", diff)
		}
		var owner, size int
		var hash string
		ok(t, s.SQLDB().QueryRow("SELECT user_id, size, sha256 FROM chat_mesibo_files WHERE name = '1.jpg'").Scan(&owner, &size, &hash))
		if owner != 0 || size != 0 || hash != "" {
			t.Errorf("of the file more is left than its name: %d, %d, %q", owner, size, hash)
		}
		if names := must[[]string](t)(s.MesiboErasedFiles(t.Context(), 10)); !slices.Equal(names, []string{"1.jpg"}) {
			t.Errorf("files to be removed: %v", names)
		}
		if _, err := s.MesiboFile(t.Context(), "1.jpg"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("its file: %v", err)
		}
		ok(t, s.PutMesiboFile(t.Context(), store.MesiboFile{Name: "1.jpg", User: other.ID, MIME: "image/jpeg", Size: 5})) // an import of the same picture
		if names := must[[]string](t)(s.MesiboErasedFiles(t.Context(), 10)); len(names) > 0 {
			t.Errorf("a file that is somebody's again is removed: %v", names)
		}
		if n := must[int64](t)(s.MesiboFileBytes(t.Context(), other.ID)); n != 12 {
			t.Errorf("%d bytes of files, want 12", n)
		}
		if known := must[map[int64]bool](t)(s.MesiboKnownBy(t.Context(), u.Phone, []int64{other.ID})); !known[other.ID] {
			t.Error("the contacts of the other were changed")
		}
		var told []int64
		for _, g := range must[[]store.MesiboGroup](t)(s.MesiboGroupsOf(t.Context(), other.ID, 100, d.clock.Now().Unix(), 10)) {
			told = append(told, g.GID)
		}
		if !slices.Equal(told, []int64{5}) {
			t.Errorf("the other members are told of the groups %v, want the one the user was in", told)
		}
		for name, err := range map[string]error{
			"a token":    s.PutMesiboToken(t.Context(), issued(d, u.ID, "app", "d"), secret.New("late")),
			"contacts":   s.AddMesiboContacts(t.Context(), u.ID, []string{"1"}),
			"a file":     s.PutMesiboFile(t.Context(), store.MesiboFile{Name: "late.jpg", User: u.ID, MIME: "image/jpeg"}),
			"push token": s.PutMesiboPush(t.Context(), store.MesiboPush{User: u.ID, Token: "late"}),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s of the forgotten: %v", name, err)
			}
		}
		if again := must[[]store.Erased](t)(s.Forget(t.Context(), "1", "cli", false)); len(again) != 0 {
			t.Errorf("again: %+v", again)
		}
		if fresh := member(t, s, 1); fresh.ID <= other.ID {
			t.Errorf("the number %d of a user was used before", fresh.ID)
		}
	})
}

func TestAUserWhoNeverSignedInIsForgottenToo(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		ok(t, s.PutMesiboPhones(t.Context(), 1, []store.MesiboPhone{{SiteUser: "6", Phone: "4930"}}))
		ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "1", "1")))
		must[[]store.Erased](t)(s.Forget(t.Context(), "6", "cli", false))
		if got := mesiboRows(t, s); got["phones"] != 0 || got["challenges"] != 0 {
			t.Errorf("left: %v", got)
		}
		if try(t, s, "1", "1") {
			t.Error("the code of a forgotten user is still good")
		}
	})
}

func TestTheFileHoldsNoPhoneOfAForgottenUser(t *testing.T) {
	dir := t.TempDir()
	d := &database{url: "sqlite:" + filepath.Join(dir, "store.db"), clock: newClock(), keys: store.Keys{Key: testKey}}
	s := d.open(t)
	for n := range int64(50) {
		chats(t, d, s, 100+n)
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
	if !holds("4930000117") {
		t.Fatal("the file does not hold the phone in the first place")
	}
	must[[]store.Erased](t)(s.Forget(t.Context(), "117", "cli", false))
	if holds("4930000117") || !holds("4930000118") {
		t.Error("the file holds the phone still, or that of others no more")
	}
}

func TestASweepRemovesCodesTokensAndLimitsThatEnded(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		u := chats(t, d, s, 1)
		try(t, s, "nobody", "1") // leaves a decoy
		spend(t, s, store.Limit{Scope: "a", Window: 3 * time.Hour, Most: 1})
		for _, step := range []struct {
			after time.Duration
			want  map[string]int64
		}{
			{0, map[string]int64{}},
			{5*time.Minute + time.Millisecond, map[string]int64{"mesibo_challenges": 2}},
			{time.Hour, map[string]int64{"mesibo_tokens": 1}},
			{2 * time.Hour, map[string]int64{"limits": 1}},
			{24 * time.Hour, map[string]int64{"mesibo_challenges": 1}},
			{999 * time.Hour, map[string]int64{}},
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
		left := map[string]int{"users": 1, "tokens": 0, "phones": 1, "challenges": 0, "contacts": 3, "groups": 0, "members": 0, "files": 1, "push": 1, "imports": 0}
		if diff := cmp.Diff(left, mesiboRows(t, s)); diff != "" {
			t.Errorf("what is left of %d (-want +got):\n%s", u.ID, diff)
		}
	})
}

func TestFilesAreFoundByTheirNames(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		u := member(t, s, 1)
		var want []store.MesiboFile
		for _, name := range []string{"A.jpg", "a.jpg", "b.jpg"} {
			f := store.MesiboFile{Name: name, User: u.ID, MIME: "image/jpeg", Size: 7, SHA256: strings.Repeat("0a", 32)}
			ok(t, s.PutMesiboFile(t.Context(), f))
			f.CreatedAt = d.clock.Now()
			if diff := cmp.Diff(f, must[store.MesiboFile](t)(s.MesiboFile(t.Context(), name))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			want = append(want, f)
		}
		var got []store.MesiboFile
		for after := ""; ; {
			page := must[[]store.MesiboFile](t)(s.MesiboFiles(t.Context(), after, 2))
			if got = append(got, page...); len(page) < 2 {
				break
			}
			after = page[1].Name
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
		if err := s.PutMesiboFile(t.Context(), store.MesiboFile{Name: "a.jpg", User: u.ID, MIME: "image/png"}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a name that is taken: %v", err)
		}
		for range 2 {
			ok(t, s.DropMesiboFile(t.Context(), "a.jpg"))
		}
		if _, err := s.MesiboFile(t.Context(), "a.jpg"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after it was dropped: %v", err)
		}
	})
}

func TestADeviceHasOnePushToken(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		u := member(t, s, 1)
		for _, p := range []store.MesiboPush{{Device: "a", Token: "canary-1"}, {Device: "a", Token: "canary-2", Production: true}, {Device: "b", Token: "canary-3"}, {Token: "x"}, {}} {
			p.User = u.ID
			ok(t, s.PutMesiboPush(t.Context(), p))
		}
		var got []string
		for _, device := range []string{"a", "b", ""} {
			var value string
			var production int
			err := s.SQLDB().QueryRow("SELECT production, value FROM chat_mesibo_push WHERE device = '"+device+"'").Scan(&production, &value)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			ok(t, err)
			got = append(got, fmt.Sprint(device, production))
			if strings.Contains(value, "canary") {
				t.Error("a push token stands in the table as it is")
			}
		}
		if diff := cmp.Diff([]string{"a1", "b0"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestAStoreOfTheFirstVersionGetsTheNewTablesAndKeepsItsRows(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		i := known(t, d, s, "sendbird", "6", "u-6")
		kind, _, _ := strings.Cut(s.Place(), " ")
		if kind != "mysql" && kind != "postgres" {
			kind = "sqlite"
		}
		// Back to what the first version made: its tables, its rows, and nothing else.
		first := string(must[[]byte](t)(os.ReadFile("migrations/0001_begin." + kind + ".sql")))
		files := must[[]string](t)(filepath.Glob("migrations/*." + kind + ".sql"))
		for _, file := range files[1:] {
			for line := range strings.SplitSeq(string(must[[]byte](t)(os.ReadFile(file))), "\n") {
				if table, column, is := strings.Cut(strings.TrimPrefix(line, "ALTER TABLE "), " ADD COLUMN "); is && strings.Contains(first, table+" ") && kind != "mysql" {
					column, _, _ = strings.Cut(column, " ") // that of MySQL stays, as a change leaves it that was cut short: there is no transaction around it
					must[sql.Result](t)(s.SQLDB().Exec("ALTER TABLE " + table + " DROP COLUMN " + column))
				}
				name, is := strings.CutPrefix(strings.Replace(line, "IF NOT EXISTS ", "", 1), "CREATE TABLE ")
				if name, _, _ = strings.Cut(name, " "); !is {
					continue
				}
				if strings.Contains(first, name+" ") {
					t.Fatalf("%s is a table of the first version", name)
				}
				must[sql.Result](t)(s.SQLDB().Exec("DROP TABLE " + name))
			}
		}
		must[sql.Result](t)(s.SQLDB().Exec("DELETE FROM chat_schema WHERE id <> '0001_begin'"))
		before := rows(t, s)
		ok(t, s.Close())
		s = d.open(t)
		if diff := cmp.Diff(before, rows(t, s)); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(i.Address, must[store.Identity](t)(s.IdentityByID(t.Context(), i.ID)).Address); diff != "" {
			t.Errorf("the identity (-before +after):\n%s", diff)
		}
		chats(t, d, s, 6)
		var versions int
		ok(t, s.SQLDB().QueryRow("SELECT COUNT(*) FROM chat_schema").Scan(&versions))
		if versions != len(files) {
			t.Errorf("%d versions, want %d", versions, len(files))
		}
	})
}
