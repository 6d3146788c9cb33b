package mesibo

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// town is a site with users and their phones, on real databases, and what was logged about it.
type town struct {
	t         testing.TB
	exec      func(statements ...string)
	directory *userinfo.Directory
	store     *store.Store
	people    *sitePeople

	mu    sync.Mutex
	clock time.Time
	pages int   // that were read
	reads int   // look-ups of users
	down  error // what a page or a look-up gives
	after int   // pages that go well before down counts; below 0: look-ups fail too
	log   bytes.Buffer

	failures int        // that are left; 0: no end
	wrote    *sync.Cond // something was logged
}

// Write keeps what was logged.
func (s *town) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wrote.Broadcast()
	return s.log.Write(text)
}

// waitLogged waits until a text is logged, and empties the log.
func (s *town) waitLogged(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.log.String(), text) {
		s.wrote.Wait()
	}
	s.log.Reset()
}

func (s *town) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

func (s *town) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.clock
}

func (s *town) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock = s.clock.Add(d)
}

// fail has pages fail after some, look-ups too if after is below 0; nil ends it.
func (s *town) fail(err error, after int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down, s.after = err, after
}

func (s *town) counted() (pages, reads int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pages, s.reads
}

// deps is what the program gives the provider.
func (s *town) deps() provider.Deps {
	chatting := func(users []userinfo.User) []userinfo.User {
		return slices.DeleteFunc(users, func(u userinfo.User) bool { return !u.MayChat([]string{"member"}) })
	}
	return provider.Deps{
		Now: s.now, KeyKind: s.directory.KeyKind, Logger: slog.New(slog.NewJSONHandler(s, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Users: func(ctx context.Context, ids ...userinfo.ID) ([]userinfo.User, error) {
			s.mu.Lock()
			s.reads++
			err := s.down
			if s.after >= 0 {
				err = nil
			}
			s.mu.Unlock()
			if err != nil {
				return nil, err
			}
			users, err := s.directory.Whole(ctx, ids...)
			return chatting(users), err
		},
		Scan: func(ctx context.Context, after userinfo.Cursor) (userinfo.Page, error) {
			s.mu.Lock()
			s.pages++
			err := s.down
			if s.after > 0 {
				s.after--
				err = nil
			} else if s.failures > 0 {
				if s.failures--; s.failures == 0 {
					s.down = nil
				}
			}
			s.mu.Unlock()
			if err != nil {
				return userinfo.Page{}, err
			}
			page, err := s.directory.Scan(ctx, after)
			page.Users = chatting(page.Users)
			return page, err
		},
	}
}

func (s *town) open(context.Context) (state, error) { return s.store, nil }

// instance is one more process of the same settings.
func (s *town) instance(change ...func(c *Config)) *sitePeople {
	c := &Config{DefaultCountry: "91"}
	for _, f := range change {
		f(c)
	}
	p := newPeople(c, s.deps(), s.open)
	p.again = time.Millisecond
	return p
}

const patientQuery = 20 * time.Second // no test is about slow machines

// newTown makes a table of users and an empty store in databases of a kind.
func newTown(t testing.TB, kind, key string, rows ...string) *town {
	t.Helper()
	s := &town{t: t, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	s.wrote = sync.NewCond(&s.mu)
	var site, own string
	if kind == "mariadb" {
		server := mysqltest.Start(t)
		database := server.Database(t)
		site, own = database.RootURL(t), server.Database(t).User(t, "ALL ON *")
		s.exec = func(statements ...string) { t.Helper(); database.Exec(t, statements...) }
	} else {
		path := filepath.Join(t.TempDir(), "site.db")
		site, own = "sqlite:"+path, "sqlite:"+filepath.Join(t.TempDir(), "store.db")
		writer, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		writer.SetMaxOpenConns(1)
		t.Cleanup(func() { _ = writer.Close() })
		s.exec = func(statements ...string) {
			t.Helper()
			for _, text := range statements {
				if _, err := writer.Exec(text); err != nil {
					t.Fatalf("%v in %s", err, text)
				}
			}
		}
	}
	s.exec("CREATE TABLE users (id " + key + " PRIMARY KEY, nick VARCHAR(40), phone VARCHAR(40), active INT, role VARCHAR(20))")
	s.add(rows...)
	mapping, faults := userinfo.ParseMapping(userinfo.Settings{
		Table: "users", ID: "id", Name: "nick", Role: "role", Where: "active = 1",
		Private: []userinfo.PrivateField{{Name: phoneField, Var: "MESIBO_USERS_PHONE", Expr: "phone", Required: true}},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	db, err := sitedb.Open(sitedb.Options{URL: secret.New(site), QueryTimeout: patientQuery})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if s.directory, err = userinfo.NewDirectory(mapping, db, userinfo.Options{QueryTimeout: patientQuery, Scan: []string{"chat_role"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.directory.Bind(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.store, err = store.Open(t.Context(), store.Options{URL: secret.New(own), Now: s.now, Keys: store.Keys{Key: secret.New("store-key-of-the-tests-0123456789-abcdef")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	t.Cleanup(func() {
		for _, canary := range []string{"98765", "8001234"} { // all phones of these tests have one of them
			if text := s.logged(); strings.Contains(text, canary) {
				t.Errorf("the log holds a phone: %s", text)
			}
		}
	})
	s.people = s.instance()
	return s
}

// add adds users: rows of values for id, nick, phone, active and role.
func (s *town) add(rows ...string) {
	s.t.Helper()
	if len(rows) > 0 {
		s.exec("INSERT INTO users (id, nick, phone, active, role) VALUES " + strings.Join(rows, ", "))
	}
}

// swept makes a scan.
func (s *town) swept() {
	s.t.Helper()
	if err := s.people.sweep(s.t.Context(), s.store); err != nil {
		s.t.Fatal(err)
	}
}

// holder is the id of the user with a phone, or the error in a word.
func (s *town) holder(phone string) string {
	s.t.Helper()
	u, err := s.people.byPhone(s.t.Context(), phone)
	switch {
	case errors.Is(err, errBarred):
		return "barred"
	case errors.Is(err, errNobody):
		return "nobody"
	case errors.Is(err, errSeveral):
		return "several"
	case errors.Is(err, errNotYet):
		return "not yet"
	case errors.Is(err, userinfo.ErrUnavailable):
		return "unavailable"
	case err != nil:
		s.t.Fatalf("by phone: %v", err)
	}
	return string(u.ID)
}

// want checks who has phones.
func (s *town) want(when string, holders map[string]string) {
	s.t.Helper()
	got := map[string]string{}
	for phone := range holders {
		got[phone] = s.holder(phone)
	}
	if diff := cmp.Diff(holders, got); diff != "" {
		s.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// inTowns runs a test on every kind of database that the people's own code meets.
func inTowns(t *testing.T, key string, rows []string, test func(t *testing.T, s *town)) {
	t.Helper()
	for _, kind := range []string{"sqlite", "mariadb"} {
		t.Run(kind, func(t *testing.T) { test(t, newTown(t, kind, key, rows...)) })
	}
}

const (
	annPhone = "919876543210"
	bobPhone = "18001234567"
)

func TestUsersAreFoundByPhonesHoweverTheSiteSpellsThem(t *testing.T) {
	spellings := []struct{ stored, phone string }{
		{"'+91 98765 43210'", "919876543210"},
		{"'00919876543211'", "919876543211"},
		{"'0 9876543212'", "919876543212"},
		{"'(91) 98765-43213'", "919876543213"},
		{"'+91.98765.43214'", "919876543214"},
		{"'９１９８７６５４３２１５'", "919876543215"},
		{"' 919876543216 '", "919876543216"},
		{"NULL", ""},
		{"''", ""},
		{"'0'", ""},
		{"'-'", ""},
		{"'n/a'", ""},
		{"'98765'", ""},
		{"'+91 98765 43210 / +91 98765 43211'", ""},
		{"'null9876543217'", "919876543217"},
		{"'98765432109876543'", ""},
	}
	var rows []string
	for i, one := range spellings {
		rows = append(rows, fmt.Sprintf("(%d, 'n', %s, 1, 'member')", i+1, one.stored))
	}
	inTowns(t, "BIGINT", rows, func(t *testing.T, s *town) {
		t.Helper()
		s.swept()
		for i, one := range spellings {
			if one.phone == "" {
				continue
			}
			if got := s.holder(one.phone); got != fmt.Sprint(i+1) {
				t.Errorf("%s: %s", one.stored, got)
			}
		}
		for _, none := range []string{"0", "98765", "918876543210"} {
			if got := s.holder(none); got != "nobody" {
				t.Errorf("%s: %s", none, got)
			}
		}
	})
}

func TestAPhoneOfTwoUsersIsNobodysAndTheOperatorIsToldOnceADay(t *testing.T) {
	rows := []string{"(1, 'ann', '+919876543210', 1, 'member')", "(2, 'eve', '0919876543210', 1, 'member')", "(3, 'bob', '18001234567', 1, 'member')", "(4, 'eva', '09876543210', 1, 'member')"}
	inTowns(t, "BIGINT", rows, func(t *testing.T, s *town) {
		t.Helper()
		s.swept()
		s.want("two users", map[string]string{annPhone: "several", bobPhone: "3"})
		s.want("again", map[string]string{annPhone: "several"})
		if n := strings.Count(s.logged(), "several users"); n != 1 {
			t.Errorf("told %d times: %s", n, s.logged())
		}
		if !strings.Contains(s.logged(), `"users":"1,4"`) {
			t.Errorf("the log does not name them: %s", s.logged())
		}
		s.pass(25 * time.Hour)
		s.want("a day later", map[string]string{annPhone: "several"})
		if n := strings.Count(s.logged(), "several users"); n != 2 {
			t.Errorf("told %d times after a day", n)
		}
		s.exec("UPDATE users SET active = 0 WHERE id = 4")
		s.want("when one of them is gone", map[string]string{annPhone: "1"})
	})
}

func TestOfMoreUsersThanTheIndexTellsNobodyIsTaken(t *testing.T) {
	var rows []string
	for i := range 5 {
		rows = append(rows, fmt.Sprintf("(%d, 'n', '%s', 1, 'member')", i+1, annPhone))
	}
	inTowns(t, "BIGINT", rows, func(t *testing.T, s *town) {
		t.Helper()
		s.swept()
		s.exec("UPDATE users SET phone = NULL WHERE id IN (1, 2)")
		s.want("of the three that the index tells only one has it still, but there are two more", map[string]string{annPhone: "several"})
		s.exec("UPDATE users SET phone = NULL WHERE id IN (3, 4)")
		s.pass(time.Minute)
		s.swept()
		s.want("after a scan", map[string]string{annPhone: "5"})
	})
}

func TestOnlyThoseWhoMayChatNowAreFound(t *testing.T) {
	rows := []string{"(1, 'ann', '919876543210', 1, 'member')", "(2, 'bob', '18001234567', 1, 'member')", "(3, 'cid', '919876543211', 0, 'member')", "(4, 'dan', '919876543212', 1, 'guest')"}
	inTowns(t, "BIGINT", rows, func(t *testing.T, s *town) {
		t.Helper()
		s.swept()
		s.want("hidden and without the role", map[string]string{annPhone: "1", "919876543211": "nobody", "919876543212": "nobody"})
		s.exec("UPDATE users SET active = 0 WHERE id = 1", "DELETE FROM users WHERE id = 2")
		s.want("before the next scan", map[string]string{annPhone: "nobody", bobPhone: "nobody"})
		if _, err := s.people.byID(t.Context(), "1"); !errors.Is(err, errNobody) {
			t.Errorf("by id: %v", err)
		}
		s.pass(time.Minute)
		s.swept()
		s.want("after a scan that writes only what changed", map[string]string{annPhone: "nobody", bobPhone: "nobody"})
		s.pass(scanAll)
		s.swept()
		for _, phone := range []string{annPhone, bobPhone} {
			if ids, err := s.store.MesiboSiteUsers(t.Context(), phone); err != nil || len(ids) > 0 {
				t.Errorf("the index has %v, %v", ids, err)
			}
		}
	})
}

// known puts a user into the store who signed in with a phone once.
func (s *town) known(siteUser, phone string) {
	s.t.Helper()
	if _, err := s.store.KeepMesiboUser(s.t.Context(), store.MesiboUser{SiteUser: siteUser, Address: phone, Phone: phone, SiteName: "A name"}); err != nil {
		s.t.Fatal(err)
	}
}

func TestAPhoneOfSomebodyWhoMayNotChatIsNoStrangers(t *testing.T) {
	rows := []string{"(6, 'Ann', '+919876543210', 1, 'member')", "(7, 'Bob', '18001234567', 1, 'member')", "(8, 'Cid', '18001234568', 1, 'member')"}
	inTowns(t, "INTEGER", rows, func(t *testing.T, s *town) {
		t.Helper()
		open := func(c *Config) { c.Signup = wordOpen }
		s.people = s.instance(open)
		s.swept()
		s.known("7", bobPhone)
		s.known(strangerPrefix+"18001234569", "18001234569")
		s.want("at first", map[string]string{annPhone: "6", bobPhone: "7", "18001234569": "nobody", "18001234560": "nobody"})
		s.exec("UPDATE users SET active = 0 WHERE id IN (6, 7)")
		s.want("just banned", map[string]string{annPhone: "barred", bobPhone: "barred"})
		s.pass(scanEvery)
		s.swept()
		s.want("banned for a while", map[string]string{bobPhone: "barred"}) // Ann never signed in: nothing is known of her
		s.exec("UPDATE users SET active = 1, phone = '18001234560' WHERE id = 7")
		s.want("back with another phone", map[string]string{bobPhone: "nobody"})
		s.exec("UPDATE users SET phone = '18001234567' WHERE id = 7")
		s.want("back with the phone, which the index has kept", map[string]string{bobPhone: "7"})
		s.exec("DELETE FROM users WHERE id = 7", "UPDATE users SET phone = '18001234567' WHERE id = 8")
		s.want("deleted", map[string]string{bobPhone: "barred"})
		s.pass(scanEvery)
		s.swept()
		s.want("another user of the site has it", map[string]string{bobPhone: "8"})
		s.people = s.instance()
		s.swept()
		s.exec("UPDATE users SET active = 0")
		s.want("where no stranger gets in", map[string]string{bobPhone: "nobody"})
	})
}

func TestAPhoneThatMoreHadThanCanBeLookedAtIsNoStrangers(t *testing.T) {
	inTowns(t, "INTEGER", nil, func(t *testing.T, s *town) {
		t.Helper()
		s.people = s.instance(func(c *Config) { c.Signup = wordOpen })
		var rows []string
		for n := range maxFormer + 1 {
			u := store.MesiboUser{SiteUser: fmt.Sprint(1000 + n), Address: fmt.Sprint("address of ", n), Phone: bobPhone}
			if n == maxFormer {
				u.Phone = annPhone
			}
			if _, err := s.store.KeepMesiboUser(t.Context(), u); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, fmt.Sprintf("(%s, 'X', '1800123%04d', 1, 'member')", u.SiteUser, n))
		}
		s.add(rows...)
		s.swept()
		s.want("all have others now", map[string]string{bobPhone: "nobody", annPhone: "nobody"})
		last := store.MesiboUser{SiteUser: "999", Address: "address of one more", Phone: bobPhone}
		if _, err := s.store.KeepMesiboUser(t.Context(), last); err != nil {
			t.Fatal(err)
		}
		s.add("(999, 'X', '18001239999', 1, 'member')")
		s.want("one more", map[string]string{bobPhone: "barred"})
	})
}

func TestAChangedPhoneCountsAtOnceAndTheNewOneSoon(t *testing.T) {
	inTowns(t, "BIGINT", []string{"(1, 'ann', '919876543210', 1, 'member')", "(2, 'bob', '18001234567', 1, 'member')"}, func(t *testing.T, s *town) {
		t.Helper()
		s.swept()
		s.exec("UPDATE users SET phone = '919876543219' WHERE id = 1", "UPDATE users SET phone = '919876543210' WHERE id = 2")
		s.want("before a scan", map[string]string{annPhone: "nobody", bobPhone: "nobody"})
		s.pass(time.Minute)
		s.swept()
		s.want("after a scan", map[string]string{annPhone: "2", bobPhone: "nobody", "919876543219": "1"})
		s.exec("UPDATE users SET phone = '919876543218' WHERE id = 1")
		if u, err := s.people.byID(t.Context(), "1"); err != nil || s.people.phoneOf(u) != "919876543218" {
			t.Fatalf("by id: %+v, %v", u, err)
		}
		s.want("after they were met", map[string]string{"919876543219": "nobody", "919876543218": "1"})
	})
}

func TestNewUsersAreFoundBetweenScans(t *testing.T) {
	inTowns(t, "BIGINT", []string{"(10, 'ann', '919876543210', 1, 'member')"}, func(t *testing.T, s *town) {
		t.Helper()
		s.swept()
		s.want("before", map[string]string{bobPhone: "nobody"})
		s.add("(11, 'bob', '18001234567', 0, 'member')", "(12, 'cid', '919876543212', 1, 'member')")
		s.pass(newcomersGap)
		s.want("behind the last key", map[string]string{bobPhone: "nobody", "919876543212": "12"})
		s.exec("UPDATE users SET active = 1 WHERE id = 11")
		s.want("within the gap nobody looks again", map[string]string{bobPhone: "nobody"})
		s.pass(newcomersGap)
		s.want("activated later", map[string]string{bobPhone: "11"})
	})
}

func TestAScanThatFailsRemovesNobody(t *testing.T) {
	inTowns(t, "BIGINT", nil, func(t *testing.T, s *town) {
		t.Helper()
		for start := 1; start <= 2500; start += 500 {
			var rows []string
			for id := start; id < start+500; id++ {
				rows = append(rows, fmt.Sprintf("(%d, 'n', '91987650%04d', 1, 'member')", id, id))
			}
			s.add(rows...)
		}
		s.swept()
		s.want("at first", map[string]string{"919876500001": "1", "919876502500": "2500"})
		s.pass(time.Minute)
		s.fail(fmt.Errorf("%w: pulled the plug", userinfo.ErrUnavailable), 1)
		if err := s.people.sweep(t.Context(), s.store); !errors.Is(err, userinfo.ErrUnavailable) {
			t.Fatalf("sweep: %v", err)
		}
		s.fail(userinfo.ErrUnavailable, -1)
		s.want("while the database is down", map[string]string{"919876500001": "unavailable", "919876509999": "unavailable"})
		s.fail(nil, 0)
		s.want("after it", map[string]string{"919876500001": "1", "919876502500": "2500"})
		s.pass(time.Minute)
		s.fail(userinfo.ErrUnavailable, 1)
		s.failures = pageTries - 1
		s.swept()
		s.want("after a hiccup", map[string]string{"919876500001": "1", "919876502500": "2500"})
		s.exec("ALTER TABLE users RENAME TO elsewhere")
		if err := s.people.sweep(t.Context(), s.store); err == nil {
			t.Error("a table that is gone was scanned")
		}
		if u, err := s.people.byPhone(t.Context(), "919876500001"); err == nil || errors.Is(err, errNobody) {
			t.Errorf("a table that is gone: %v, %v", u, err)
		}
	})
}

func TestWhoIsAskedForInVainCostsAsMuchAsAnybody(t *testing.T) {
	inTowns(t, "BIGINT", []string{"(1, 'ann', '919876543210', 1, 'member')", "(2, 'bob', '18001234567', 1, 'member')"}, func(t *testing.T, s *town) {
		t.Helper()
		s.swept()
		cost := func(phone, want string) [2]int {
			s.pass(newcomersGap)
			pages, reads := s.counted()
			s.want("cost", map[string]string{phone: want})
			p, r := s.counted()
			return [2]int{p - pages, r - reads}
		}
		known, unknown := cost(annPhone, "1"), cost("919876500000", "nobody")
		if known != unknown || known != [2]int{1, 1} {
			t.Errorf("known: %d pages and look-ups, unknown: %d", known, unknown)
		}
		s.people = s.instance(func(c *Config) { c.Signup = wordOpen })
		s.swept()
		s.exec("UPDATE users SET active = 0 WHERE id = 2")
		for phone, want := range map[string]string{annPhone: "1", bobPhone: "barred", "919876500000": "nobody"} {
			if got := cost(phone, want); got != known {
				t.Errorf("where strangers get in, who is %s costs %d pages and look-ups", want, got)
			}
		}
	})
}

func TestIdsThatTheStoreCannotTellFromOthersAreNobodys(t *testing.T) {
	rows := []string{
		"('ann', 'ann', '919876543210', 1, 'member')", "('tel:18001234567', 'eve', '18001234567', 1, 'member')",
		"('" + strings.Repeat("x", 300) + "', 'long', '919876543211', 1, 'member')", "('scan 9 f', 'eve', '919876543212', 1, 'member')",
	}
	inTowns(t, "VARCHAR(400)", rows, func(t *testing.T, s *town) {
		t.Helper()
		s.swept()
		s.want("texts as keys", map[string]string{annPhone: "ann", bobPhone: "nobody", "919876543211": "nobody", "919876543212": "scan 9 f", endPhone: "nobody"})
	})
}
