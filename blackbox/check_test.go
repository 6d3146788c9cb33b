package blackbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// finding is one line of check.
type finding struct{ Level, Subject, Text, Remedy string }

// String is the line without its spaces to fill up.
func (f finding) String() string {
	line := f.Level + " " + f.Subject + ": " + f.Text
	if f.Remedy != "" {
		line += " → " + f.Remedy
	}
	return line
}

// check runs check --json and returns its findings, a line each.
func check(t testing.TB, e env, code int, args ...string) string {
	t.Helper()
	r := run(t, e, append([]string{"check", "--json"}, args...)...)
	if r.code != code {
		t.Errorf("check ended with %d, want %d:\n%s%s", r.code, code, r.stdout, r.stderr)
	}
	var doc struct {
		OK       *bool
		Findings []finding
	}
	if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil || doc.OK == nil || *doc.OK != (r.code == 0) {
		t.Fatalf("check --json printed (%v)\n%s%s", err, r.stdout, r.stderr)
	}
	var lines strings.Builder
	for _, f := range doc.Findings {
		if (f.Level == "fail" || f.Level == "warn") && f.Remedy == "" {
			t.Errorf("no remedy: %s", f)
		}
		lines.WriteString(f.String() + "\n")
	}
	return lines.String()
}

// expectLine checks that one line has all the parts.
func expectLine(t testing.TB, lines string, parts ...string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		found := true
		for _, part := range parts {
			found = found && strings.Contains(line, part)
		}
		if found {
			return
		}
	}
	t.Errorf("no line has all of %q:\n%s", parts, lines)
}

// fault is a site with something wrong and the line that tells it.
type fault struct {
	statements []string
	settings   []string
	code       int
	line       []string
}

// checkFaults changes the table of users of a site and looks what check says.
var checkFaults = map[string]fault{
	"nothing is wrong":                         {nil, nil, 0, []string{"ok users-info: answers imbachat's call with 1 of 1 user"}},
	"the database is away":                     {nil, []string{"DATABASE_URL", "mysql://u:p@127.0.0.1:1/site"}, 1, []string{"fail database: ", "→ start the database, or correct host, port"}},
	"the password is wrong":                    {nil, []string{"DATABASE_URL", "wrong password"}, 1, []string{"fail database: ", "→ correct user name and password in CHATPASS_DATABASE_URL"}},
	"a table that does not exist":              {nil, []string{"USERS_TABLE", "peoples"}, 1, []string{"fail CHATPASS_USERS_TABLE: names table peoples", "→ did you mean people?"}},
	"a column that does not exist":             {nil, []string{"USERS_BADGE", "titel"}, 1, []string{"fail CHATPASS_USERS_BADGE: names column titel", "→ did you mean title?"}},
	"a column of a type that cannot be shown":  {[]string{"ALTER TABLE people ADD place POINT"}, []string{"USERS_BADGE", "place"}, 1, []string{"fail CHATPASS_USERS_BADGE: names column place, whose type point cannot be shown", "→ use another column"}},
	"a key of a type that cannot be one":       {nil, []string{"USERS_ID", "height"}, 1, []string{"fail CHATPASS_USERS_ID: is column height of type", "cannot be a user id", "→ use an integer"}},
	"a key without an index":                   {[]string{"ALTER TABLE people DROP PRIMARY KEY"}, nil, 0, []string{"warn CHATPASS_USERS_ID: names a column that no index begins with", "→ map the primary key, or add one: CREATE INDEX"}},
	"a table of friends without an index":      {[]string{"CREATE TABLE friends (a INT UNSIGNED, b INT UNSIGNED, KEY (a))"}, []string{"USERS_FRIENDS", "friends(a, b)"}, 0, []string{"warn index: table friends is asked by its column b", "→ add one: CREATE INDEX chatpass_b ON friends (b)"}},
	"UTF-8 in a column of latin1":              {[]string{"ALTER TABLE people MODIFY name VARCHAR(100) CHARACTER SET latin1", "UPDATE people SET name = CONVERT(X'4A6F73C3A9' USING latin1) WHERE id = 2"}, nil, 0, []string{"warn charset: column name of people (latin1) holds UTF-8", "1 of 1 texts", "→ convert the column"}},
	"UTF-8 that was encoded twice":             {[]string{"UPDATE people SET name = 'JosÃ©' WHERE id = 2"}, nil, 0, []string{"warn charset: column name of people (utf8mb4)", "→ UPDATE people SET name = CONVERT("}},
	"an account that reads the whole database": {nil, nil, 0, []string{"warn rights: the database account may do more than SELECT", "SELECT on test_", "→ give Chatpass an account of its own: `chatpass grants`"}},
	"no visible user":                          {[]string{"DELETE FROM people"}, nil, 0, []string{"warn users: the table has no visible user", "→ loosen CHATPASS_USERS_WHERE"}},
	"a name that is empty":                     {[]string{"UPDATE people SET name = '' WHERE id = 1"}, nil, 0, []string{"warn CHATPASS_USERS_NAME: is empty for user", "→ add an alternative"}},
	"ids that no token can name":               {[]string{"ALTER TABLE people MODIFY id BIGINT UNSIGNED", "UPDATE people SET id = id + 9007199254740993 ORDER BY id DESC"}, nil, 1, []string{"fail token: imbachat: the id 90***", "→ set CHATPASS_IMBACHAT_USER_ID_AS=string"}},
	"no provider":                              {nil, []string{"IMBACHAT_WIDGET_ID", "", "IMBACHAT_API_LOGIN", "", "IMBACHAT_API_PASSWORD", "", "IMBACHAT_SECRET_KEY", ""}, 0, []string{"warn provider: no chat provider is set up: serve will refuse to start", "→ set the variables CHATPASS_IMBACHAT_*"}},
	"no address of the site":                   {nil, []string{"SITE_URL", ""}, 0, []string{"warn CHATPASS_SITE_URL: is not set", "→ set it to the site's public address"}},
	"no sidecar that runs":                     {nil, []string{"ADMIN_LISTEN", "127.0.0.1:1"}, 0, []string{"warn running: no sidecar answers", "→ start chatpass serve"}},
	"the address for the provider's form":      {nil, nil, 0, []string{"ok provider: Users info URL for the provider's form: https://www.example.com/chat/users?user_ids="}},
	"the form of ids":                          {nil, nil, 0, []string{"ok ids: the id is a number in users-info and in the token"}},
	"the token":                                {nil, nil, 0, []string{"ok token: imbachat: signed for 1h0m0s and verified"}},
	"users, masked":                            {nil, nil, 0, []string{"ok user: id ***, name U***"}},
}

func TestCheckTellsEveryKindOfFaultAndItsRemedy(t *testing.T) {
	t.Parallel()
	for name, f := range checkFaults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := mysqltest.Start(t).Database(t)
			e := people(t, db, 3)
			db.Exec(t, "ALTER TABLE people ADD title VARCHAR(20), ADD height DOUBLE, ADD password VARCHAR(20)")
			db.Exec(t, f.statements...)
			e = e.with(f.settings...)
			if _, password := db.Credentials(t, db.URL()); e["DATABASE_URL"] == "wrong password" {
				e["DATABASE_URL"] = strings.Replace(db.URL(), ":"+password+"@", ":wrong@", 1)
			}
			expectLine(t, check(t, e, f.code), f.line...)
		})
	}
}

func TestCheckTellsAClockThatIsWrong(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	db := server.Database(t)
	e := people(t, db, 1)
	if _, err := server.SQL().ExecContext(t.Context(), "SET GLOBAL init_connect = 'SET timestamp = 1000000000'"); err != nil {
		t.Fatal(err)
	}
	expectLine(t, check(t, e, 0), "warn clock: differs from the database's by", "→ set both clocks by NTP")
}

func TestCheckTellsThatADatabaseHangs(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	e := people(t, server.Database(t), 1).with("QUERY_TIMEOUT", "1s")
	server.Freeze(t)
	defer server.Thaw(t)
	began := time.Now()
	expectLine(t, check(t, e, 1), "fail database: ", "→ see the load of the database")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestCheckOfAWordPressSiteByItsFolder(t *testing.T) {
	t.Parallel()
	address, root := evidenceDatabase(t, "wordpress"), t.TempDir()
	wpConfig(t, root, address)
	if err := os.Mkdir(filepath.Join(root, "wp-includes"), 0o755); err != nil {
		t.Fatal(err)
	}
	db := mysqltest.Start(t).Database(t)
	lines := check(t, settings(db).with("DATABASE_URL", "", "SITE_ROOT", root), 0)
	expectLine(t, lines, "ok platform: WordPress (preset wordpress), tables begin with wp_, settings read from "+filepath.Join(root, "wp-config.php"))
	expectLine(t, lines, "ok mapping: table wp_users, key ID (unsigned integer), with ", "wp_usermeta", "4 queries however many users")
	expectLine(t, lines, "ok index: ")
	expectLine(t, lines, "ok charset: ")
	expectLine(t, lines, "ok ids: ", "as the provider's old plugin had it")
}

func TestCheckTellsHowAnOldPluginWroteIDs(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	db.Exec(t, "CREATE TABLE oc_customer (customer_id INT PRIMARY KEY, firstname VARCHAR(32), lastname VARCHAR(32), email VARCHAR(96), status TINYINT, store_id INT)",
		"INSERT INTO oc_customer VALUES (1, 'Ada', 'L', 'a@example.com', 1, 0)")
	e := settings(db).with("PRESET", "opencart", "IDENTITY", "site") // there are no sessions to be read
	expectLine(t, check(t, e, 0), "warn ids: the id is a number", "old plugin had a text in quotes", "splits the dialogs", "→ set CHATPASS_IMBACHAT_USER_ID_AS")
	for as, form := range map[string]string{"string": "a text in quotes", "number": "a number"} {
		expectLine(t, check(t, e.with("IMBACHAT_USER_ID_AS", as), 0), "ok ids: the id is "+form+" in users-info and in the token, as CHATPASS_IMBACHAT_USER_ID_AS says")
	}
}

// front is a web server before the sidecar; change may answer itself by returning true.
func front(t *testing.T, public string, change func(w http.ResponseWriter, r *http.Request) bool) string {
	t.Helper()
	target, err := url.Parse(public)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !change(w, r) {
			pass.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func says(code int, body string, header ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
		return true
	}
}

func changes(change func(r *http.Request)) func(http.ResponseWriter, *http.Request) bool {
	return func(_ http.ResponseWriter, r *http.Request) bool {
		change(r)
		return false
	}
}

func TestCheckBehindTheSitesWebServer(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 3)
	s := serve(t, e)
	e = e.with("LISTEN", strings.TrimPrefix(s.public, "http://"), "ADMIN_LISTEN", strings.TrimPrefix(s.admin, "http://"))
	for name, tt := range map[string]struct {
		change   func(http.ResponseWriter, *http.Request) bool
		settings []string
		code     int
		line     []string
	}{
		"a web server that passes everything on": {changes(func(*http.Request) {}), nil, 0, []string{"ok base-url: answers the provider's call with 1 user in"}},
		"one that drops the Authorization header": {
			changes(func(r *http.Request) { r.Header.Del("Authorization") }), nil, 1,
			[]string{"fail base-url: the Authorization header does not arrive", "→ nginx: `proxy_set_header Authorization", "CGIPassAuth On", "fastcgi_param HTTP_AUTHORIZATION"},
		},
		"one that drops it before a sidecar that cannot be asked": {
			changes(func(r *http.Request) { r.Header.Del("Authorization") }),
			[]string{"LISTEN", "127.0.0.1:1"},
			1,
			[]string{"fail base-url: the right password is refused: the web server drops the Authorization header, or the running sidecar has other settings", "→ restart it"},
		},
		"a sidecar with another password": {changes(func(*http.Request) {}), []string{"IMBACHAT_API_PASSWORD", apiPrevious}, 1, []string{"fail base-url: the running sidecar refuses the password of these settings", "→ restart it"}},
		"one with a password of its own": {
			says(401, "<h1>401</h1>", "WWW-Authenticate", `Basic realm="Site"`),
			nil, 1,
			[]string{"fail base-url: the web server asks for a password of its own", "→ switch that off for /chat/: nginx `auth_basic off;`"},
		},
		"one that cuts the path": {
			changes(func(r *http.Request) { r.URL.Path = strings.TrimPrefix(r.URL.Path, "/chat") }), nil, 1,
			[]string{"fail base-url: Chatpass answers, but does not know the path", "→ let the web server pass the path on as it is; `chatpass snippet nginx` (or apache, caddy, haproxy) prints it: nginx `location /chat/ { proxy_pass http://127.0.0.1:"},
		},
		"one that does not know the path": {says(404, "<h1>Not found</h1>"), nil, 1, []string{"fail base-url: something else answers, with 404", "→ let the web server pass the path on"}},
		"the front page for every path":   {says(200, "<h1>Welcome</h1>"), nil, 1, []string{"fail base-url: something else answers, with 200", "→ let the web server"}},
		"one without its sidecar":         {says(502, "Bad Gateway"), nil, 1, []string{"fail base-url: the web server answers 502: it does not reach the sidecar", "→ start chatpass serve, and compare"}},
		"one that redirects": {
			says(301, "", "Location", "https://www.example.com/chat/users?secret=1"), nil, 1,
			[]string{"fail base-url: answers 301 and sends the caller to https://www.example.com/chat/users:", "→ give the provider the address behind it"},
		},
		"one that adds a password": {changes(func(r *http.Request) { r.SetBasicAuth(apiLogin, apiPassword) }), nil, 1, []string{"fail base-url: gives users to anybody", "→ remove what sets Authorization"}},
		"one that adds a password to wrong ones": {
			changes(func(r *http.Request) {
				if _, _, ok := r.BasicAuth(); ok {
					r.SetBasicAuth(apiLogin, apiPassword)
				}
			}), nil, 1,
			[]string{"fail base-url: gives users to anybody"},
		},
		"a rule against robots": {says(403, "Forbidden"), nil, 1, []string{"fail base-url: the web server, or what stands before it, answers 403", "→ let the provider's calls of /chat/ through"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := check(t, e.with(tt.settings...), tt.code, "--base-url", front(t, s.public, tt.change))
			expectLine(t, lines, tt.line...)
		})
	}
	t.Run("with the path", func(t *testing.T) {
		t.Parallel()
		lines := check(t, e, 0, "--base-url", s.public+"/chat/")
		expectLine(t, lines, "ok base-url: answers the provider's call with 1 user")
	})
	t.Run("a path of its own before the base path", func(t *testing.T) {
		t.Parallel()
		at := front(t, s.public, changes(func(r *http.Request) { r.URL.Path = strings.TrimPrefix(r.URL.Path, "/site") }))
		expectLine(t, check(t, e, 0, "--base-url", at+"/site/chat"), "ok base-url: answers the provider's call with 1 user")
	})
	t.Run("nobody who answers", func(t *testing.T) {
		t.Parallel()
		expectLine(t, check(t, e, 1, "--base-url", "http://127.0.0.1:1"), "fail base-url: cannot be reached", "→ start the site's web server")
	})
	t.Run("a certificate nobody knows", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewTLSServer(http.NotFoundHandler())
		t.Cleanup(server.Close)
		expectLine(t, check(t, e, 1, "--base-url", server.URL), "fail base-url: cannot be reached", "→ give the site a certificate")
	})
	t.Run("without a provider", func(t *testing.T) {
		t.Parallel()
		none := e.with("IMBACHAT_WIDGET_ID", "", "IMBACHAT_API_LOGIN", "", "IMBACHAT_API_PASSWORD", "", "IMBACHAT_SECRET_KEY", "")
		expectLine(t, check(t, none, 0, "--base-url", s.public), "warn base-url: no provider is set", "→ set CHATPASS_IMBACHAT_WIDGET_ID")
	})
	for _, address := range []string{"www.example.com", "ftp://example.com", "https://u:p@example.com", "https://example.com/chat?x=1", "https://", "https://example.com/#x"} {
		t.Run("the address "+address+" is refused", func(t *testing.T) {
			t.Parallel()
			if r := run(t, e, "check", "--base-url", address); r.code != 2 || r.stdout != "" || !strings.Contains(r.stderr, "--base-url") {
				t.Errorf("ended with %d: %s%s", r.code, r.stdout, r.stderr)
			}
		})
	}
}

func TestCallsOfCheckAreNotToldAsTheProviders(t *testing.T) {
	t.Parallel()
	e := people(t, mysqltest.Start(t).Database(t), 1)
	s := serve(t, e)
	e = e.with("LISTEN", strings.TrimPrefix(s.public, "http://"), "ADMIN_LISTEN", strings.TrimPrefix(s.admin, "http://"))
	for range 2 {
		expectLine(t, check(t, e, 0, "--base-url", s.public), "warn provider calls: the provider has not called", "→ paste the Users info URL")
	}
	s.users(t, "1").expectStatus(t, http.StatusOK)
	expectLine(t, check(t, e, 0, "--base-url", s.public), "ok provider calls: last ", "answered 200; 1 calls, 0 of them refused")
}

// TestCheckSendsThePasswordToNobodyElse calls what answers as Chatpass does, over plain http: 0.0.0.0 is this machine too, but not a
// name that says so.
func TestCheckSendsThePasswordToNobodyElse(t *testing.T) {
	t.Parallel()
	e := people(t, mysqltest.Start(t).Database(t), 1)
	for name, tt := range map[string]struct {
		host, site string
		calls      int
		line       []string
	}{
		"a name that is not the site's": {"0.0.0.0", "https://www.example.com", 2, []string{"fail base-url: is plain http to a name that is not in CHATPASS_SITE_URL: the API password was not sent there", "→ let the site be reached by https"}},
		"the site's own name":           {"0.0.0.0", "http://0.0.0.0", 3, []string{"warn base-url: is plain http: the provider would send the API password", "→ let the site be reached by https"}},
		"this machine":                  {"127.0.0.1", "https://www.example.com", 3, []string{"fail base-url: the right password is refused"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			calls, sent := 0, false
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, password, _ := r.BasicAuth()
				mu.Lock()
				calls++
				sent = sent || password == apiPassword
				mu.Unlock()
				says(http.StatusUnauthorized, unauthorized)(w, r)
			}))
			t.Cleanup(server.Close)
			at := strings.Replace(server.URL, "127.0.0.1", tt.host, 1)
			expectLine(t, check(t, e.with("SITE_URL", tt.site), 1, "--base-url", at), tt.line...)
			mu.Lock()
			defer mu.Unlock()
			if calls != tt.calls || sent != (tt.calls == 3) {
				t.Errorf("%d calls, the password sent: %v; want %d calls", calls, sent, tt.calls)
			}
		})
	}
}
