package blackbox_test

import (
	"database/sql"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// statements are what an account has sent to the server since the general log was switched on.
func statements(t testing.TB, server *mysqltest.Server, account string) []string {
	t.Helper()
	rows, err := server.SQL().Query("SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log WHERE command_type IN ('Query','Prepare','Execute') AND user_host LIKE ? ORDER BY event_time", account+"[%")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// logging is a server of its own that writes down every statement.
func logging(t testing.TB) *mysqltest.Server {
	t.Helper()
	server := ownServer(t)
	if _, err := server.SQL().Exec("SET GLOBAL log_output='TABLE', GLOBAL general_log=1"); err != nil {
		t.Fatal(err)
	}
	return server
}

// fromUs are the statements of the sidecar that look at no user: its session and the database's own catalogue.
func fromUs(statement string) bool {
	for _, start := range []string{"SET SESSION TRANSACTION READ ONLY", "SET NAMES utf8mb4", "SELECT VERSION()", "SELECT 1", "SHOW GRANTS", "SELECT UTC_TIMESTAMP"} {
		if strings.HasPrefix(statement, start) {
			return true
		}
	}
	return strings.Contains(statement, "FROM information_schema.")
}

func TestSEC50BadIdentifiersAreRefused(t *testing.T) {
	t.Parallel()
	server := logging(t)
	db, e := kvsSiteOn(t, server)
	nul := filepath.Join(t.TempDir(), "nul")
	if err := os.WriteFile(nul, []byte("user\x00_id"), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := map[string]string{
		"a quote and a backtick":   "u`x",
		"a statement":              "u;drop table ktvs_users",
		"a condition":              "ktvs_users WHERE 1=1 -- ",
		"a subquery":               "(select 1)x",
		"an alias":                 "ktvs_users AS a",
		"65 characters":            strings.Repeat("u", 65),
		"the catalogue":            "information_schema.tables",
		"the accounts":             "mysql.user",
		"a letter of another kind": "ktvs_u\u0455ers",
		"a name nobody has":        "no_such_name_here",
		"a column of secrets":      "user_pass",
		"the password":             "pass",
		"a bracket":                "user_id)",
		"a comment":                "user_id/**/",
	}
	run78 := func(t *testing.T, e env, variable string) {
		t.Helper()
		r := run(t, e)
		expectRefusal(t, r, "CHATPASS_"+variable)
	}
	for name, value := range bad {
		for _, variable := range []string{"USERS_TABLE", "USERS_ID", "USERS_NAME", "USERS_LASTLOGIN"} {
			if variable != "USERS_TABLE" && value == "mysql.user" {
				continue // no identifier either, and refused as the catalogue's is
			}
			t.Run(name+" as "+variable, func(t *testing.T) {
				t.Parallel()
				run78(t, e.with(variable, value), variable)
			})
		}
	}
	for variable, values := range map[string][]string{
		"USERS_AVATAR":   {"https://x/{a`b}", "https://x/{pass}", "https://x/{(select 1)}", "{no_such_name_here}"},
		"USERS_FIELDS":   {"x=pass", "x={username} {pass}", "x=no_such_name_here", "x`y=city", "user_id=city", "x={city|eval}"},
		"USERS_WHERE":    {"status_id = 2 or 1=1", "status_id in (select 1)", "status_id = sleep(5)", "no_such_name_here = 1", "status_id = 2 -- ", "`status_id` = 2", "status_id = 'abc'"},
		"USERS_SEARCH":   {"pass", "no_such_name_here", "display_name;x", "(select 1)"},
		"USERS_FRIENDS":  {"friends", "no_such_table(a, b)", "friends(a b)", "a`b(c,d)"},
		"USERS_BADGE":    {"login_token", "password_hash", "salt"},
		"USERS_TIMEZONE": {"Mars/Olympus", "+02:00", "Local"},
	} {
		for _, value := range values {
			t.Run(variable+" "+value, func(t *testing.T) {
				t.Parallel()
				run78(t, e.with(variable, value), variable)
			})
		}
	}
	t.Run("a NUL byte from a file", func(t *testing.T) {
		t.Parallel()
		run78(t, e.with("USERS_ID", "", "USERS_ID_FILE", nul), "USERS_ID")
	})
	t.Cleanup(func() { // when all subtests are done
		user, _ := db.Credentials(t, e["DATABASE_URL"])
		list := statements(t, server, user)
		if len(list) == 0 {
			t.Error("the log of the server is empty; it proves nothing")
		}
		for _, s := range list {
			if !fromUs(s) {
				t.Errorf("a refused setting sent SQL: %s", s)
			}
		}
	})
}

func TestSEC52TextKeysAreComparedByteForByte(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	db.Exec(t, "CREATE TABLE logins (login varchar(60) COLLATE utf8mb4_general_ci PRIMARY KEY, name varchar(60))",
		"INSERT INTO logins VALUES ('abc','n:abc'),('0','n:0'),('007','n:007'),('admin','n:admin'),('Zoé','n:Zoé'),('1abc','n:1abc'),('a b','n:a b'),('x''y','n:x''y'),('back\\\\slash','n:back\\\\slash')")
	e := settings(db).with("USERS_TABLE", "logins", "USERS_ID", "login", "USERS_NAME", "name")
	for _, ttl := range []string{"0", "10s"} {
		s := serve(t, e.with("CACHE_TTL", ttl))
		for name, c := range map[string]struct {
			ids  []string
			want []string
		}{
			"the same bytes":             {[]string{"abc", "0", "007"}, []string{"abc", "0", "007"}},
			"other case":                 {[]string{"ABC", "Abc", "ADMIN"}, nil},
			"accents":                    {[]string{"ábc", "ádmin", "Zoe", "Zoe\u0301"}, nil},
			"trailing space":             {[]string{"abc\u00a0", "abc\u2003"}, nil},
			"numbers that read as equal": {[]string{"00", "7", "0.0", "0e5", "1", "+0"}, nil},
			"a text that has it all":     {[]string{"Zoé", "zoé", "x'y", `back\slash`, "1abc"}, []string{"Zoé", "x'y", `back\slash`, "1abc"}},
			"wildcards and quotes":       {[]string{"%", "a%", "_bc", "abc'", "' or ''='", `abc\`, `x\'y`}, nil},
			"control characters":         {[]string{"abc\x00", "abc\x1f", "\x7f"}, nil},
			"longer than any key":        {[]string{strings.Repeat("a", 800), "abc"}, []string{"abc"}},
			"invalid UTF-8":              {[]string{"abc\xff", "\xc0\xaf"}, nil},
			"a full-width zero":          {[]string{"０"}, nil},
		} {
			t.Run(name+" with the cache at "+ttl, func(t *testing.T) {
				t.Parallel()
				escaped := make([]string, len(c.ids))
				for i, id := range c.ids {
					escaped[i] = url.QueryEscape(id)
				}
				a := s.users(t, strings.Join(escaped, ","))
				a.only(t, c.want...)
				_, names := a.names(t)
				for id, n := range names {
					if n != "n:"+id {
						t.Errorf("user %q got the row of %q", id, n)
					}
				}
			})
		}
		t.Run("a token names nobody else either, cache at "+ttl, func(t *testing.T) {
			t.Parallel()
			for _, id := range []string{"ABC", "%C3%A1bc", "abc%20", "00"} {
				s.get(t, "/chat/identity?user_id="+id, theSite).expectStatus(t, http.StatusNotFound)
			}
		})
	}
}

func TestSEC55ColumnGrantsAreEnough(t *testing.T) {
	t.Parallel()
	db, e := kvsSite(t)
	db.Exec(t, "CREATE TABLE friends (a int unsigned, b int unsigned, secret int)", "INSERT INTO friends VALUES (1,2,0)")
	least := db.User(t, "SELECT (user_id, display_name, avatar, last_login_date, custom10, status_id) ON ktvs_users", "SELECT (a, b) ON friends")
	e = e.with("DATABASE_URL", least, "USERS_WHERE", "status_id in (2,3)", "USERS_FRIENDS", "friends(a, b)")
	s := serve(t, e)
	s.users(t, "3,1,2,2,99,abc").expect(t, http.StatusOK, goldenUsers)
	s.get(t, "/chat/search?q=Ada", provider).only(t, "1")
	s.get(t, "/chat/friends/1", provider).only(t, "2")
	s.get(t, "/chat/identity?user_id=1", theSite).expectStatus(t, http.StatusOK)
	t.Run("check is content with it", func(t *testing.T) {
		t.Parallel()
		r := run(t, e, "check")
		if r.code != 0 || !strings.Contains(r.stdout, "may only read") {
			t.Errorf("ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
	t.Run("check warns of an account that may do everything", func(t *testing.T) {
		t.Parallel()
		r := run(t, e.with("DATABASE_URL", db.RootURL(t)), "check")
		if r.code != 0 || !strings.Contains(r.stdout, "may do more than SELECT") {
			t.Errorf("ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
	t.Run("a column without the right is told", func(t *testing.T) {
		t.Parallel()
		r := run(t, e.with("USERS_BADGE", "city"), "check")
		if r.code == 0 || !strings.Contains(r.stdout+r.stderr, "CHATPASS_USERS_BADGE") {
			t.Errorf("ended with %d:\n%s%s", r.code, r.stdout, r.stderr)
		}
	})
}

func TestSEC56TheSessionIsPinned(t *testing.T) {
	t.Parallel()
	server := logging(t)
	db, e := kvsSiteOn(t, server)
	db.Exec(t, "SET GLOBAL sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES', GLOBAL time_zone='+05:00', GLOBAL character_set_server='latin1'")
	root := db.RootURL(t)
	s := serve(t, e.with("DATABASE_URL", root))
	s.users(t, "3,1,2,2,99,abc").expect(t, http.StatusOK, goldenUsers)
	s.get(t, "/chat/search?q=o%5C%20", provider).expectStatus(t, http.StatusOK)
	var prepared int
	var name string
	if err := server.SQL().QueryRowContext(t.Context(), "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'").Scan(&name, &prepared); err != nil || prepared != 0 {
		t.Errorf("%d statements stay prepared on the site's server (%v)", prepared, err)
	}
	user, _ := db.Credentials(t, root)
	all := statements(t, server, user)
	text := strings.Join(all, "\n")
	for _, want := range []string{"SET SESSION TRANSACTION READ ONLY", "SET NAMES utf8mb4", "sql_mode=''", "time_zone='+00:00'", "max_statement_time="} {
		if !strings.Contains(text, want) {
			t.Errorf("the session was not told %q; the statements are\n%s", want, text)
		}
	}
	for _, statement := range all {
		verb, _, _ := strings.Cut(statement, " ")
		if verb != "SELECT" && verb != "SET" && verb != "SHOW" {
			t.Errorf("a statement that is none of a reader: %s", statement)
		}
		if strings.Contains(statement, "*") && !strings.Contains(statement, "information_schema") || strings.Contains(statement, "pass") || strings.Contains(statement, "email") {
			t.Errorf("reads more than the mapped columns: %s", statement)
		}
	}
	expectFewTablesOpened(t, db.SQL(), all)
	for _, flag := range []string{"multiStatements=true", "allowAllFiles=1", "allowCleartextPasswords=true", "allowFallbackToPlaintext=TRUE", "charset=gbk", "tls=skip-verify"} {
		t.Run(flag+" in the address is refused", func(t *testing.T) {
			t.Parallel()
			_, password := db.Credentials(t, e["DATABASE_URL"])
			expectRefusal(t, run(t, e.with("DATABASE_URL", e["DATABASE_URL"]+"?"+flag)), "CHATPASS_DATABASE_URL", password)
		})
	}
}

// expectFewTablesOpened checks that no look into the catalogue makes the server open the tables of all databases: that takes
// seconds on a server with many, and MariaDB 10.11.19 was seen to crash while it did so.
func expectFewTablesOpened(t testing.TB, db *sql.DB, statements []string) {
	t.Helper()
	looked := 0
	for _, statement := range statements {
		if !strings.Contains(statement, "FROM information_schema.COLUMNS") {
			continue
		}
		looked++
		var plan string
		if err := db.QueryRowContext(t.Context(), "EXPLAIN FORMAT=JSON "+statement).Scan(&plan); err != nil {
			t.Fatalf("%v in %s", err, statement)
		}
		if !strings.Contains(plan, `"scanned_databases": 0`) || strings.Contains(plan, `"scanned_databases": "all"`) {
			t.Errorf("the server opens the tables of all databases for\n%s\n%s", statement, plan)
		}
	}
	if looked == 0 {
		t.Error("no look into the catalogue was seen")
	}
}
