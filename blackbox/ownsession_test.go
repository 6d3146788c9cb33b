package blackbox_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// ownCookie is the secret of a session in the tests of home-made sites.
const ownCookie = "canary-session-of-a-visitor-9Rt4"

// asVisitor asks who a cookie header makes of the visitor: "6", or "null" for a guest, or the status of an error.
func (s *sidecar) asVisitor(t testing.TB, cookie string, more ...option) string {
	t.Helper()
	a := s.get(t, "/chat/identity", append([]option{header("Sec-Fetch-Site", "same-origin"), header("Cookie", cookie)}, more...)...)
	if a.status != http.StatusOK {
		return fmt.Sprint(a.status)
	}
	return userOf(t, a)
}

func userOf(t testing.TB, a answer) string {
	t.Helper()
	var who struct {
		UserID *int `json:"user_id"`
	}
	decode(t, a.body, &who)
	if who.UserID == nil {
		return "null"
	}
	return fmt.Sprint(*who.UserID)
}

// ownSessions is a site with sessions(token, user_id, expires_at).
func ownSessions(t testing.TB) (*mysqltest.DB, env) {
	t.Helper()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 9)
	db.Exec(t, "CREATE TABLE sessions (token varchar(64) PRIMARY KEY, user_id int unsigned, expires_at datetime, last_seen int unsigned, revoked tinyint NOT NULL DEFAULT 0, agent varchar(200))",
		"INSERT INTO sessions VALUES ('"+ownCookie+"', 6, UTC_TIMESTAMP() + INTERVAL 1 HOUR, UNIX_TIMESTAMP(), 0, 'tester/1'), ('over', 6, UTC_TIMESTAMP() - INTERVAL 1 SECOND, UNIX_TIMESTAMP(), 0, ''), "+
			"('guest', NULL, UTC_TIMESTAMP() + INTERVAL 1 HOUR, UNIX_TIMESTAMP(), 0, ''), ('revoked', 7, UTC_TIMESTAMP() + INTERVAL 1 HOUR, UNIX_TIMESTAMP(), 1, ''), "+
			"('idle', 7, UTC_TIMESTAMP() + INTERVAL 1 HOUR, UNIX_TIMESTAMP() - 3600, 0, ''), (SHA2('plain', 256), 8, UTC_TIMESTAMP() + INTERVAL 1 HOUR, UNIX_TIMESTAMP(), 0, '')")
	return db, e.with("SESSION_COOKIE", "sid", "SESSION_TABLE", "sessions", "SESSION_KEY", "token", "SESSION_USER", "user_id", "SESSION_EXPIRES", "expires_at")
}

// TestAHomeMadeSiteNeedsFiveLines: cookie, table, key, user and end make its visitors known.
func TestAHomeMadeSiteNeedsFiveLines(t *testing.T) {
	t.Parallel()
	db, e := ownSessions(t)
	s := serve(t, e)
	for cookie, want := range map[string]string{
		"sid=" + ownCookie: "6", "sid=over": "null", "sid=guest": "null", "sid=unknown": "null", "sid=": "null", "other=" + ownCookie: "null", "sid=revoked": "7",
		"sid=" + strings.ToUpper(ownCookie): "null", "sid=" + ownCookie + "%20": "null", "sid=" + ownCookie + "; sid=over": "null", "sid=x' OR '1'='1": "null", "sid=" + strings.Repeat("x", 8192): "null",
	} {
		if got := s.asVisitor(t, cookie); got != want {
			t.Errorf("%.60s is %s, want %s", cookie, got, want)
		}
	}
	whole := "sid=" + ownCookie
	for i := len("sid="); i < len(whole); i++ {
		changed := []byte(whole)
		changed[i] ^= 1
		if got := s.asVisitor(t, string(changed), header("Authorization", "")); got != "null" && got != "429" {
			t.Errorf("byte %d changed is %s", i, got)
		}
	}
	if got := s.asVisitor(t, whole); got != "6" {
		t.Errorf("after all that the session is %s", got)
	}
	db.Exec(t, "DELETE FROM sessions WHERE user_id = 6")
	if got := s.asVisitor(t, whole); got != "null" {
		t.Errorf("signed out, the visitor is %s", got)
	}
}

func TestAHomeMadeSiteSaysMoreOfItsSessions(t *testing.T) {
	t.Parallel()
	_, e := ownSessions(t)
	s := serve(t, e.with("SESSION_WHERE", "revoked = 0", "SESSION_SINCE", "last_seen|unix", "SESSION_LIFETIME", "24m"))
	for cookie, want := range map[string]string{"sid=" + ownCookie: "6", "sid=revoked": "null", "sid=idle": "null"} {
		if got := s.asVisitor(t, cookie); got != want {
			t.Errorf("%s is %s, want %s", cookie, got, want)
		}
	}
	hashed := serve(t, e.with("SESSION_TRANSFORM", "before:.|sha256"))
	for cookie, want := range map[string]string{"sid=plain.signature": "8", "sid=plain": "null", "sid=" + ownCookie + ".x": "null"} {
		if got := hashed.asVisitor(t, cookie); got != want {
			t.Errorf("%s is %s, want %s", cookie, got, want)
		}
	}
	bound := serve(t, e.with("SESSION_BOUND", "agent=agent"))
	for agent, want := range map[string]string{"tester/1": "6", "tester/2": "null"} {
		if got := bound.asVisitor(t, "sid="+ownCookie, header("User-Agent", agent)); got != want {
			t.Errorf("the browser %s is %s, want %s", agent, got, want)
		}
	}
}

func TestGrantsAndCheckKnowAHomeMadeSitesSessions(t *testing.T) {
	t.Parallel()
	_, e := ownSessions(t)
	e = e.with("SESSION_WHERE", "revoked = 0")
	r := run(t, e, "grants")
	for _, column := range []string{"`token`", "`user_id`", "`expires_at`", "`revoked`"} {
		if r.code != 0 || !strings.Contains(r.stdout, column) {
			t.Errorf("grants ended with %d and lacks %s: %s%s", r.code, column, r.stdout, r.stderr)
		}
	}
	expectLine(t, check(t, e, 0), "ok sessions: visitors are known by the site's own sessions: own")
}

// TestCheckFailsForSessionsThatCannotBeRead: at run time everybody with a cookie gets 503, or is a guest, so that there is no ok beside it.
func TestCheckFailsForSessionsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	_, e := ownSessions(t)
	for name, c := range map[string]struct {
		e    env
		want []string
	}{
		"a key of numbers":            {e.with("SESSION_KEY", "user_id", "SESSION_USER", "last_seen"), []string{"fail CHATPASS_SESSION_KEY: ", "anybody can guess"}},
		"a key that is not there":     {e.with("SESSION_KEY", "tokn"), []string{"fail CHATPASS_SESSION_KEY: ", "tokn", "did you mean token?"}},
		"a table that is not there":   {e.with("SESSION_TABLE", "session"), []string{"fail CHATPASS_SESSION_TABLE: ", "did you mean sessions?"}},
		"an end that is not there":    {e.with("SESSION_EXPIRES", "expire_at"), []string{"fail CHATPASS_SESSION_EXPIRES: ", "did you mean expires_at?"}},
		"a condition on nothing":      {e.with("SESSION_WHERE", "nowhere = 1"), []string{"fail CHATPASS_SESSION_WHERE: ", "nowhere"}},
		"an end of another form":      {e.with("SESSION_EXPIRES", "expires_at|unix"), []string{"fail CHATPASS_SESSION_EXPIRES: ", "holds dates"}},
		"a number of another form":    {e.with("SESSION_EXPIRES", "last_seen|sql"), []string{"fail CHATPASS_SESSION_EXPIRES: ", "holds numbers"}},
		"an id in a number":           {e.with("SESSION_USER", "user_id|json:x"), []string{"fail CHATPASS_SESSION_USER: ", "holds nothing in which an id could be"}},
		"a folder that is not there":  {e.with("SESSION_TABLE", "", "SESSION_KEY", "", "SESSION_EXPIRES", "", "SESSION_FILES", "/nope"), []string{"fail CHATPASS_SESSION_FILES: ", "no such file"}},
		"a transform without its key": {e.with("SESSION_TRANSFORM", "hmac-sha256"), []string{"fail sessions: recipe own is not used: session_key", "CHATPASS_SESSION_SECRETS=session_key="}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := check(t, c.e, 1)
			for _, want := range c.want {
				if !strings.Contains(out, want) {
					t.Errorf("check lacks %q:\n%s", want, out)
				}
			}
			if strings.Contains(out, "ok    sessions") || strings.Contains(out, "ok sessions") {
				t.Errorf("check has an ok beside it:\n%s", out)
			}
			s := serve(t, c.e)
			if log := s.log.String(); !strings.Contains(log, "cannot be read") && !strings.Contains(log, "is not used") {
				t.Errorf("the start does not tell:\n%s", log)
			}
		})
	}
	r := run(t, e.with("SESSION_COOKIE", "si d"), "check")
	if r.code != 78 || !strings.Contains(r.stdout+r.stderr, "CHATPASS_SESSION_COOKIE") {
		t.Errorf("a cookie that no browser can have is taken, exit %d: %s%s", r.code, r.stdout, r.stderr)
	}
}

// TestGrantsNamesTheTableOfSessionsThatTheAccountCannotSee: what `check` sends to it must help.
func TestGrantsNamesTheTableOfSessionsThatTheAccountCannotSee(t *testing.T) {
	t.Parallel()
	db, e := ownSessions(t)
	narrow := e.with("DATABASE_URL", db.User(t, "SELECT (id, name, banned) ON people"))
	expectLine(t, check(t, narrow, 1), "fail CHATPASS_SESSION_TABLE: ")
	r := run(t, narrow, "grants")
	for _, want := range []string{"`sessions`", "`token`", "`user_id`", "`expires_at`"} {
		if r.code != 0 || !strings.Contains(r.stdout, want) {
			t.Errorf("grants ends with %d and lacks %s:\n%s%s", r.code, want, r.stdout, r.stderr)
		}
	}
	if !strings.Contains(r.stderr, "administrator's address") {
		t.Errorf("grants does not say whom to ask: %s", r.stderr)
	}
}

func TestWhatIsWrongWithAHomeMadeSitesSessionsIsRefused(t *testing.T) {
	t.Parallel()
	_, e := ownSessions(t)
	r := run(t, e.with("SESSION_KEY", "", "SESSION_USER", "token", "SESSION_EXPIRES", "e|moon", "SESSION_LIFETIME", "1s", "SESSION_BOUND", "mood=x"), "serve")
	for _, variable := range []string{"SESSION_KEY", "SESSION_USER", "SESSION_EXPIRES", "SESSION_LIFETIME", "SESSION_BOUND"} {
		if r.code != 78 || !strings.Contains(r.stderr, "CHATPASS_"+variable+" ") {
			t.Errorf("ended with %d and does not tell of %s: %s", r.code, variable, r.stderr)
		}
	}
}

// TestAMappingOfOnesOwnSaysHowSessionsAreRead: with a secret that is compared and not looked up, as no variable could say it.
func TestAMappingOfOnesOwnSaysHowSessionsAreRead(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 9)
	db.Exec(t, "CREATE TABLE logins (selector char(8) PRIMARY KEY, verifier_hash char(64) NOT NULL, member int unsigned NOT NULL, ends int unsigned NOT NULL)",
		"INSERT INTO logins VALUES ('abcdefgh', SHA2('"+ownCookie+"', 256), 4, UNIX_TIMESTAMP() + 3600)")
	path := filepath.Join(t.TempDir(), "mapping.yaml")
	replace(t, path, `users: { table: people, key: id, where: ["banned = 0"] }
fields: { name: name }
session:
  - name: login
    cookie: { name: login, decode: php }
    steps:
      - set: { parts: "split($value, ':', 2)" }
      - row: { table: logins, by: { selector: "item($parts, 0)" }, take: { uid: member, hash: verifier_hash, until: ends } }
      - check: "equal(sha256hex(item($parts, 1)), $hash)"
    user: $uid
    expires: $until
`)
	s := serve(t, e.with("MAPPING", path, "USERS_TABLE", "", "USERS_ID", "", "USERS_NAME", "", "USERS_WHERE", ""))
	for cookie, want := range map[string]string{"login=abcdefgh:" + ownCookie: "4", "login=abcdefgh:x": "null", "login=abcdefgh": "null", "login=abcdefgx:" + ownCookie: "null"} {
		if got := s.asVisitor(t, cookie); got != want {
			t.Errorf("%s is %s, want %s", cookie, got, want)
		}
	}
}

// phpSession has a real PHP write a session and returns its id.
func phpSession(t testing.TB, folder, handler, code string) string {
	t.Helper()
	if _, err := exec.LookPath("php"); err != nil {
		if os.Getenv("REQUIRE_SERVICES") == "1" {
			t.Fatal("php is not installed; .ci/setup installs it")
		}
		t.Skip("php is not installed; .ci/setup installs it")
	}
	cmd := exec.Command("php", "-n", "-d", "session.save_handler=files", "-d", `session.save_path="`+folder+`"`, "-d", "session.serialize_handler="+handler, "-d", "session.use_cookies=0",
		"-d", "session.cache_limiter=", "-r", "session_start(); "+code+" echo session_id(); session_write_close();")
	out, err := cmd.Output()
	if err != nil || len(out) == 0 || strings.ContainsAny(string(out), " \n") {
		t.Fatalf("php: %v %s", err, out)
	}
	return string(out)
}

// TestSessionsThatPHPWroteAreRead: files of a real PHP, in each of its formats, flat and in folders within each other.
func TestSessionsThatPHPWroteAreRead(t *testing.T) {
	t.Parallel()
	folder, deep := t.TempDir(), t.TempDir()
	const six = "$_SESSION['lang'] = 'en'; $_SESSION['user'] = ['id' => 6, 'name' => \"a|b;c\"]; $_SESSION['at'] = 1.5; $_SESSION['o'] = new ArrayObject([1]);"
	ids := map[string]string{
		"php": phpSession(t, folder, "php", six), "php_serialize": phpSession(t, folder, "php_serialize", six), "php_binary": phpSession(t, folder, "php_binary", six),
		"guest": phpSession(t, folder, "php", "$_SESSION['lang'] = 'en';"), "nothing": phpSession(t, folder, "php", ""),
	}
	for _, a := range "0123456789abcdefghijklmnopqrstuvwxyz" {
		if err := os.Mkdir(filepath.Join(deep, string(a)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 9).with("SESSION_FILES", folder, "SESSION_COOKIE", "PHPSESSID", "SESSION_USER", "user.id")
	s := serve(t, e)
	for name, want := range map[string]string{"php": "6", "php_serialize": "6", "php_binary": "null", "guest": "null", "nothing": "null"} {
		if got := s.asVisitor(t, "PHPSESSID="+ids[name]); got != want {
			t.Errorf("the session %s is %s, want %s", name, got, want)
		}
	}
	if got := serve(t, e.with("SESSION_USER", "php_binary:user.id")).asVisitor(t, "PHPSESSID="+ids["php_binary"]); got != "6" {
		t.Errorf("php_binary is %s, want 6", got)
	}
	within := phpSession(t, "1;"+deep, "php", six)
	if got := serve(t, e.with("SESSION_FILES", "1;"+deep)).asVisitor(t, "PHPSESSID="+within); got != "6" {
		t.Errorf("a session in a folder within the folder is %s, want 6", got)
	}
	expectLine(t, check(t, e, 0), "ok sessions: visitors are known by the site's own sessions: own")

	id := ids["php"]
	for i := range id {
		changed := []byte(id)
		changed[i] ^= 1
		if got := s.asVisitor(t, "PHPSESSID="+string(changed)); got != "null" && got != "429" {
			t.Errorf("byte %d changed is %s", i, got)
		}
	}
	for _, way := range []string{"..%2F" + filepath.Base(folder) + "%2Fsess_" + id, "/../sess_" + id, id + "%00", "sess_" + id} {
		if got := s.asVisitor(t, "PHPSESSID="+way); got != "null" && got != "429" {
			t.Errorf("%s is %s", way, got)
		}
	}
	old := time.Now().Add(-25 * time.Minute)
	if err := os.Chtimes(filepath.Join(folder, "sess_"+id), old, old); err != nil {
		t.Fatal(err)
	}
	if got := s.asVisitor(t, "PHPSESSID="+id); got != "null" {
		t.Errorf("a session nobody used for 25 minutes is %s", got)
	}
	if got := serve(t, e.with("SESSION_LIFETIME", "1h")).asVisitor(t, "PHPSESSID="+id); got != "6" {
		t.Errorf("where sessions live an hour it is %s, want 6", got)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if got := s.asVisitor(t, "PHPSESSID="+id); got != "503" {
		t.Errorf("without the folder the visitor is %s, want 503", got)
	}
}

// TestKVSReadsSessionsWhereTheirFolderIsNamed: with the preset, one line more.
func TestKVSReadsSessionsWhereTheirFolderIsNamed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	id := phpSession(t, folder, "php", "$_SESSION['user_id'] = '2'; $_SESSION['status_id'] = 2;")
	_, e := kvsSite(t)
	e = e.with("USERS_TABLE", "", "USERS_ID", "", "USERS_NAME", "", "USERS_WHERE", "", "USERS_AVATAR", "", "USERS_PROFILE_URL", "", "USERS_LASTLOGIN", "", "USERS_BADGE", "", "USERS_EMAIL", "", "PRESET", "kvs")
	s := serve(t, e.with("SESSION_FILES", folder))
	if got := s.asVisitor(t, "PHPSESSID="+id); got != "2" {
		t.Errorf("the member is %s, want 2", got)
	}
	if got := serve(t, e).asVisitor(t, "PHPSESSID="+id); got != "null" {
		t.Errorf("without the folder the member is %s, want null", got)
	}
}

// The genuine cookie of reference vector laravel-session: an id that only APP_KEY opens.
const (
	laravelKey    = "base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	laravelCookie = "laravel_session=eyJpdiI6IkFBRUNBd1FGQmdjSUNRb0xEQTBPRHc9PSIsInZhbHVlIjoid082OXBKcjFRZU92Sm5YcE85K3hJZFlHOFpQMmdZRjdqdUluZVhBOWpZUktyU3l6dEhOY0o4alJMbk8xTVZaZm01MnFrWUFkMXRHRTlCVHlMWjZpaTBKSENKdDgyZkE0dG9uUGFxYlVVbXV2eDY1cUErdFVxUHA0cjZUMFFLalkiLCJtYWMiOiIyOTJkMTViZDg1NTA0ZjgwOWEwMzU4ZDI3M2NhYmMzOWEwY2E2NDY3NDBmNzNkNDA1NWE3ZjdkZWJjNDM3NWNmIiwidGFnIjoiIn0%3D"
	laravelID     = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcd"
)

// TestLaravelsDotEnvSaysWhereSessionsAreAndHowLong: with SITE_ROOT alone files are read, as long as the site itself counts them.
func TestLaravelsDotEnvSaysWhereSessionsAreAndHowLong(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	db.Exec(t, "CREATE TABLE users (id int unsigned PRIMARY KEY, name varchar(50), email varchar(50), email_verified_at datetime, password varchar(80), remember_token varchar(80))",
		"INSERT INTO users VALUES (42, 'Forty-two', 'u@example.com', NULL, 'x', NULL)")
	root := t.TempDir()
	sessions := filepath.Join(root, "storage", "framework", "sessions")
	if err := os.MkdirAll(sessions, 0o700); err != nil {
		t.Fatal(err)
	}
	dotenv := func(lines string) {
		replace(t, filepath.Join(root, ".env"), "APP_KEY="+laravelKey+"\nDB_CONNECTION=mysql\nDB_DATABASE=x\nDB_USERNAME=x\nDB_PASSWORD=not-used\n"+lines)
	}
	replace(t, filepath.Join(root, "artisan"), "x")
	file := filepath.Join(sessions, laravelID)
	replace(t, file, `a:2:{s:6:"_token";s:3:"abc";s:50:"login_web_59ba36addc2b2f9401580f014c7f58ea4e30989d";i:42;}`)
	half := time.Now().Add(-30 * time.Minute)
	if err := os.Chtimes(file, half, half); err != nil {
		t.Fatal(err)
	}
	e := settings(db).with("SITE_ROOT", root, "PRESET", "laravel")
	for lines, want := range map[string]string{
		"SESSION_DRIVER=file\n": "42", "SESSION_DRIVER=file\nSESSION_LIFETIME=20\n": "null", "SESSION_DRIVER=file\nSESSION_LIFETIME=40\n": "42", "SESSION_DRIVER=redis\n": "null", "": "42",
	} {
		dotenv(lines)
		s := serve(t, e.with("SESSION_LIFETIME", "5h"))
		if got := s.asVisitor(t, laravelCookie); got != want {
			t.Errorf("with %q the visitor is %s, want %s", lines, got, want)
		}
		if warns := strings.Contains(s.log.String(), "finds only remembered visitors"); warns != strings.Contains(lines, "redis") {
			t.Errorf("with %q a warning of the place of sessions: %t", lines, warns)
		}
		if got := s.asVisitor(t, strings.Replace(laravelCookie, "Jd6", "Jd7", 1)+"x"); got != "null" {
			t.Errorf("with %q a changed cookie is %s", lines, got)
		}
	}
}

// TestCheckTellsHowTheEndsOfSessionsAreRead: PHP's date() writes in a zone of its own, and hours too many or too few are told nowhere else.
func TestCheckTellsHowTheEndsOfSessionsAreRead(t *testing.T) {
	t.Parallel()
	const token = "0123456789abcdef0123456789abcdef"
	for name, c := range map[string]struct {
		ends, seen string // SQL
		more       []string
		want       string
	}{
		"ends in the future":             {"UTC_TIMESTAMP() + INTERVAL 89 MINUTE", "0", nil, "ok sessions: newest end: in 89 min, read as UTC; if sessions of the site do not live that long, set CHATPASS_USERS_TIMEZONE"},
		"ends in a zone":                 {"UTC_TIMESTAMP() + INTERVAL 89 MINUTE", "0", []string{"USERS_TIMEZONE", "Etc/GMT-1"}, "ok sessions: newest end: in 29 min, read as Etc/GMT-1"},
		"ends that are over":             {"UTC_TIMESTAMP() - INTERVAL 61 MINUTE", "0", nil, "warn CHATPASS_USERS_TIMEZONE: every session has ended: newest end: 61 min ago, read as UTC"},
		"ends in ten years":              {"UTC_TIMESTAMP() + INTERVAL 3650 DAY", "0", nil, "warn CHATPASS_SESSION_EXPIRES: newest end: in 36"},
		"an activity that has yet to be": {"UTC_TIMESTAMP() + INTERVAL 2 HOUR", "0", []string{"SESSION_SINCE", "touched", "SESSION_LIFETIME", "24m"}, "warn CHATPASS_USERS_TIMEZONE: the last activity of the newest session is 60 min from now, read as UTC"},
		"numbers":                        {"UTC_TIMESTAMP()", "UNIX_TIMESTAMP() + 600", []string{"SESSION_EXPIRES", "last_seen"}, "ok sessions: newest end: in 10 min"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, e := ownSessions(t)
			db.Exec(t, "DELETE FROM sessions", "ALTER TABLE sessions ADD touched datetime",
				"INSERT INTO sessions (token, user_id, expires_at, last_seen, touched) VALUES ('"+token+"', 6, "+c.ends+", "+c.seen+", UTC_TIMESTAMP() + INTERVAL 1 HOUR)")
			out := check(t, e.with(c.more...), 0)
			expectLine(t, out, c.want)
			if strings.Contains(out, token) || strings.Contains(out, "CHATPASS_SESSION_KEY") {
				t.Errorf("check shows a secret, or takes it for a short one:\n%s", out)
			}
		})
	}
	db, e := ownSessions(t)
	db.Exec(t, "ALTER TABLE sessions ADD data text", `UPDATE sessions SET data = '{"in":true,"user":{"id":1}}'`)
	expectLine(t, check(t, e.with("SESSION_USER", "data|json:in"), 0), "warn CHATPASS_SESSION_USER: leads to no id in 6 of the newest 6 sessions: ", "true is no id")
	expectLine(t, check(t, e.with("SESSION_USER", "data|json:user"), 0), "warn CHATPASS_SESSION_USER: leads to no id in 6 of the newest 6 sessions: ", "a list")
	if out := check(t, e.with("SESSION_USER", "data|json:user.id"), 0); strings.Contains(out, "CHATPASS_SESSION_USER") {
		t.Errorf("an id is taken for none:\n%s", out)
	}
	expectLine(t, check(t, e, 0), "warn CHATPASS_SESSION_KEY: names a column in which a secret has 4 characters")
}

// TestTheLogTellsAtDebugLevelWhySomebodyIsAGuest without any value.
func TestTheLogTellsAtDebugLevelWhySomebodyIsAGuest(t *testing.T) {
	t.Parallel()
	db, e := ownSessions(t)
	s := serve(t, e.with("LOG_LEVEL", "debug", "SESSION_BOUND", "agent=agent"))
	db.Exec(t, "UPDATE sessions SET agent = 'tester/1' WHERE token = 'over'")
	s.asVisitor(t, "sid=over", header("User-Agent", "tester/1"))
	s.asVisitor(t, "sid=nobody-has-this-one")
	s.asVisitor(t, "sid="+ownCookie, header("User-Agent", "tester/2"))
	s.log.await(t, "why", func(text string) bool {
		return strings.Contains(text, "there is no such row in sessions") && strings.Contains(text, "the browser is another") && strings.Contains(text, "the session has ended")
	})
	if text := s.log.String(); strings.Contains(text, "nobody-has-this-one") || strings.Contains(text, ownCookie) {
		t.Errorf("the log holds a value: %s", text)
	}
}
