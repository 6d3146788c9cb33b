package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/glebarez/go-sqlite"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/pgtest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/store"
)

func TestTheFileIsForOneAccount(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "state")
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Now: newClock().Now})
	ok(t, err)
	defer func() { ok(t, s.Close()) }()
	must[store.Identity](t)(s.PutIdentity(t.Context(), john()))
	if want := filepath.Join(dir, store.FileName); s.Place() != want {
		t.Errorf("it is at %s, want %s", s.Place(), want)
	}
	info, err := os.Stat(dir)
	ok(t, err)
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v", info.Mode())
	}
	entries, err := os.ReadDir(dir)
	ok(t, err)
	for _, e := range entries {
		info, err := e.Info()
		ok(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
	if len(entries) != 3 { // the file, its write-ahead log and their index
		t.Errorf("the folder holds %v", entries)
	}
}

func TestAFileOthersMayReadIsTakenFromThem(t *testing.T) {
	d := &database{url: "sqlite:" + filepath.Join(t.TempDir(), "store.db"), clock: newClock()}
	ok(t, d.open(t).Close())
	path := strings.TrimPrefix(d.url, "sqlite:")
	ok(t, os.Chmod(path, 0o644))
	d.open(t)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestAFileOfAnotherProgramKeepsItsMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	other := must[*sql.DB](t)(sql.Open("sqlite", path))
	must[sql.Result](t)(other.ExecContext(t.Context(), "CREATE TABLE members (id INTEGER)"))
	ok(t, other.Close())
	ok(t, os.Chmod(path, 0o640))
	fault := openFault(t, store.Options{URL: secret.New("sqlite:" + path)})
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%s; the mode is %v, %v", fault.Fault.Problem, info.Mode(), err)
	}
}

// openFault opens what must not open, and returns the fault.
func openFault(t *testing.T, o store.Options) *store.OpenError {
	t.Helper()
	o.Now = newClock().Now
	s, err := store.Open(t.Context(), o)
	if err == nil {
		_ = s.Close()
		t.Fatal("it opened")
	}
	var fault *store.OpenError
	if !errors.As(err, &fault) || fault.Fault.Var == "" || fault.Fault.Problem == "" || fault.Fault.Remedy == "" {
		t.Fatalf("the error names no setting or no remedy: %v", err)
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("the error holds a password: %v", err)
	}
	return fault
}

func TestAFileThatCannotBeTheStoreIsRefused(t *testing.T) {
	dir := t.TempDir()
	put := func(name, content string) string {
		path := filepath.Join(dir, name)
		ok(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	open := filepath.Join(dir, "open")
	ok(t, os.Mkdir(open, 0o700))
	ok(t, os.Chmod(open, 0o777))
	foreign := filepath.Join(dir, "site.db")
	db, err := sql.Open("sqlite", foreign)
	ok(t, err)
	_, err = db.Exec("CREATE TABLE users (id INTEGER PRIMARY KEY); INSERT INTO users VALUES (6)")
	ok(t, err)
	ok(t, db.Close())
	before, err := os.ReadFile(foreign)
	ok(t, err)
	note := put("note.txt", "1")
	for name, test := range map[string]struct {
		options        store.Options
		variable, want string
	}{
		"no folder is known":            {store.Options{}, "STATE_DIR", "is not set"},
		"the folder is a file":          {store.Options{Dir: note}, "STATE_DIR", "cannot be made"},
		"everybody may write":           {store.Options{Dir: open}, "STATE_DIR", "everybody may write"},
		"a folder that is not there":    {store.Options{URL: secret.New("sqlite:" + dir + "/none/store.db")}, "STORE_URL", "cannot be used"},
		"the address is a folder":       {store.Options{URL: secret.New("sqlite:" + open)}, "STORE_URL", "cannot be used"},
		"a text of one byte":            {store.Options{URL: secret.New("sqlite:" + note)}, "STORE_URL", "no SQLite database"},
		"a long text":                   {store.Options{URL: secret.New("sqlite:" + put("long", strings.Repeat("x", 9000)))}, "STORE_URL", "no SQLite database"},
		"a damaged database":            {store.Options{URL: secret.New("sqlite:" + put("bad", "SQLite format 3\x00"+strings.Repeat("x", 9000)))}, "STORE_URL", "damaged"},
		"the database of a site":        {store.Options{URL: secret.New("sqlite:" + foreign)}, "STORE_URL", "another program"},
		"an address that cannot be":     {store.Options{URL: secret.New("mysql://chat:canary@db")}, "STORE_URL", "names no database"},
		"an option":                     {store.Options{URL: secret.New("sqlite:" + dir + "/x?mode=ro")}, "STORE_URL", "has an option"},
		"a weakening option of a MySQL": {store.Options{URL: secret.New("mysql://chat:canary@db/x?allowAllFiles=true")}, "STORE_URL", "switches on"},
	} {
		t.Run(name, func(t *testing.T) {
			if f := openFault(t, test.options); f.Fault.Var != test.variable || !strings.Contains(f.Fault.Problem, test.want) || f.Temporary {
				t.Errorf("got %+v", f)
			}
		})
	}
	if text, err := os.ReadFile(note); err != nil || string(text) != "1" {
		t.Errorf("the text was changed: %q, %v", text, err)
	}
	if after, err := os.ReadFile(foreign); err != nil || string(after) != string(before) {
		t.Errorf("the site's database was changed, %v", err)
	}
}

func TestAServerThatCannotBeTheStoreIsToldApart(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	nobody := listener.Addr().String()
	ok(t, listener.Close())
	for kind, other := range map[string]string{"mysql": "mysql://chat:canary@" + nobody + "/x", "postgres": "postgres://chat:canary@" + nobody + "/x"} {
		if f := openFault(t, store.Options{URL: secret.New(other)}); !f.Temporary || f.Fault.Var != "STORE_URL" {
			t.Errorf("%s: a server that is down: %+v", kind, f)
		}
	}
	my := mysqltest.Start(t).Database(t)
	user, _ := my.Credentials(t, my.URL())
	for name, test := range map[string]struct{ url, want string }{
		"an account that may only read": {my.URL(), "may not make tables"},
		"a wrong password":              {strings.Replace(my.URL(), "pw-"+user, "canary", 1), "does not let in"},
	} {
		if f := openFault(t, store.Options{URL: secret.New(test.url)}); f.Temporary || !strings.Contains(f.Fault.Problem, test.want) {
			t.Errorf("MariaDB, %s: %+v", name, f)
		}
	}
	pg := pgtest.Start(t).Database(t)
	pg.Exec(t, "CREATE ROLE "+pg.Name+"_r LOGIN PASSWORD 'canary-1'", "REVOKE ALL ON SCHEMA public FROM PUBLIC")
	t.Cleanup(func() { pg.Exec(t, "DROP ROLE "+pg.Name+"_r") })
	_, host, _ := strings.Cut(pg.URL(), "@")
	pg.Exec(t, "CREATE ROLE "+pg.Name+"_u LOGIN PASSWORD 'canary-1'", "CREATE SCHEMA other", "GRANT USAGE ON SCHEMA other TO "+pg.Name+"_u")
	t.Cleanup(func() { pg.Exec(t, "DROP SCHEMA other", "DROP ROLE "+pg.Name+"_u") })
	for name, test := range map[string]struct{ url, want string }{
		"an account that may only read": {"postgres://" + pg.Name + "_u:canary-1@" + host + "?search_path=other", "may not make tables"},
		"an account without a schema":   {"postgres://" + pg.Name + "_r:canary-1@" + host, "no schema"},
		"a wrong password":              {"postgres://" + pg.Name + "_r:canary-2@" + host, "does not let in"},
		"no such database":              {strings.Replace(pg.URL(), pg.Name, "none_"+pg.Name, 1), "does not exist"},
	} {
		if f := openFault(t, store.Options{URL: secret.New(test.url)}); f.Temporary || !strings.Contains(f.Fault.Problem, test.want) {
			t.Errorf("PostgreSQL, %s: %+v", name, f)
		}
	}
}

func TestInstancesThatStartTogetherMakeTheTablesOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		const instances = 6
		stores, errs := make([]*store.Store, instances), make([]error, instances)
		var all sync.WaitGroup
		for n := range instances {
			all.Go(func() { stores[n], errs[n] = store.Open(t.Context(), d.options()) })
		}
		all.Wait()
		for n, s := range stores {
			if errs[n] != nil {
				t.Errorf("instance %d: %v", n, errs[n])
				continue
			}
			i := john()
			i.SiteUser, i.Address = fmt.Sprint(n), fmt.Sprint(n)
			must[store.Identity](t)(s.PutIdentity(t.Context(), i))
			t.Cleanup(func() { _ = s.Close() })
		}
		var versions int
		ok(t, d.open(t).SQLDB().QueryRow("SELECT COUNT(*) FROM chat_schema").Scan(&versions))
		if files := must[[]string](t)(filepath.Glob("migrations/*.sqlite.sql")); versions != len(files) || len(files) < 2 {
			t.Errorf("%d versions were noted, want each of %v", versions, files)
		}
	})
}

func TestAStoreOfANewerVersionIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		_, err := s.SQLDB().Exec("INSERT INTO chat_schema (id) VALUES ('9999_future')")
		ok(t, err)
		if f := openFault(t, d.options()); f.Temporary || !strings.Contains(f.Fault.Problem, "newer") {
			t.Errorf("got %+v", f)
		}
	})
}

func TestAStoreThatMustBeThereIsNotMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	for _, o := range []store.Options{{Dir: dir}, {URL: secret.New("sqlite:" + dir + "/x.db")}, {Dir: filepath.Dir(dir)}} {
		o.Existing, o.Now = true, newClock().Now
		if _, err := store.Open(t.Context(), o); !errors.Is(err, store.ErrNoStore) {
			t.Errorf("got %v", err)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(entries) != 0 {
		t.Errorf("made %v, %v", entries, err)
	}
}

func TestTheSitesDatabaseIsNoStore(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	ok(t, os.WriteFile(filepath.Join(dir, "site.db"), nil, 0o600))
	ok(t, os.Symlink(filepath.Join(dir, "site.db"), link))
	for name, test := range map[string]struct {
		store, site string
		same        bool
	}{
		"the same MySQL":                {"mysql://chat:a@db/site", "mysql://site:b@db:3306/site", true},
		"the same by another name":      {"mysql://chat:a@localhost/site", "site:b@tcp(127.0.0.1:3306)/site", true},
		"the same as MariaDB":           {"mariadb://chat:a@db/site", "mysql://site:b@db/site", true},
		"another database of the MySQL": {"mysql://chat:a@db/chatpass", "mysql://site:b@db/site", false},
		"another MySQL":                 {"mysql://chat:a@db2/site", "mysql://site:b@db/site", false},
		"a host that begins alike":      {"mysql://chat:a@localhost.example/site", "mysql://site:b@127.0.0.1/site", false},
		"the same PostgreSQL":           {"postgres://chat:a@db/site", "postgres://site:b@db:5432/site", true},
		"another schema of it":          {"postgres://chat:a@db/site?search_path=chatpass", "postgres://site:b@db/site", false},
		"another kind":                  {"postgres://chat:a@db/site", "mysql://site:b@db/site", false},
		"the same file":                 {"sqlite:" + dir + "/site.db", "sqlite://" + dir + "/../" + filepath.Base(dir) + "/site.db", true},
		"a link to it":                  {"sqlite:" + link, "sqlite:" + dir + "/site.db", true},
		"another file":                  {"sqlite:" + dir + "/chatpass.db", "sqlite:" + dir + "/site.db", false},
		"a site that is not known":      {"mysql://chat:a@db/site", "", false},
		"a site that cannot be read":    {"mysql://chat:a@db/site", "nonsense", false},
	} {
		faults := store.CheckURL(secret.New(test.store), secret.New(test.site))
		if (len(faults) > 0) != test.same {
			t.Errorf("%s: %v", name, faults)
		}
		for _, f := range faults {
			if f.Var != store.Var || f.Remedy == "" {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
	if faults := store.CheckURL(secret.New("mysql://chat:canary@db"), secret.New("")); len(faults) != 1 || strings.Contains(faults[0].String(), "canary") {
		t.Errorf("got %v", faults)
	}
}
