package preset_test

import (
	"database/sql"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/evidence"
	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/userinfo"
)

// changing is what a platform writes. In its statements {id} is the user, and a name in brackets is quoted as the engine does.
type changing struct {
	before  []string // what makes the tables of another version
	changes []string // when the password changes: each alone must be noticed
	steady  []string // when the user comes, goes, or asks for a new password: none may be
}

func set(table, key string, assignments ...string) (statements []string) {
	for _, a := range assignments {
		statements = append(statements, "UPDATE ["+table+"] SET "+a+" WHERE "+key+" = '{id}'")
	}
	return statements
}

// changings are by preset, or by folder of evidence where that differs; what follows a blank is another version of the folder.
var changings = map[string]changing{
	"discourse": {
		changes: set("{p}user_passwords", "user_id", "password_hash = 'another'"),
		steady: append(set("{p}users", "id", "last_seen_at = '2026-02-02 02:02:02'"),
			"UPDATE [{p}user_auth_tokens] SET auth_token = 'next', rotated_at = '2026-02-02 02:02:02'"),
	},
	"discourse with the hash in users": {
		before:  []string{"DROP TABLE [{p}user_passwords]", "ALTER TABLE [{p}users] ADD password_hash varchar(64)", "UPDATE [{p}users] SET password_hash = 'one'"},
		changes: set("{p}users", "id", "password_hash = 'another'"),
		steady:  set("{p}users", "id", "last_seen_at = '2026-02-02 02:02:02'"),
	},
	"django":       {changes: set("{p}auth_user", "id", "password = 'another'"), steady: set("{p}auth_user", "id", "last_login = '2026-02-02 02:02:02'")},
	"drupal":       {changes: set("{p}users_field_data", "uid", "pass = 'another'"), steady: set("{p}users_field_data", "uid", "access = 1760000000", "login = 1760000000")},
	"drupal7":      {changes: set("{p}users", "uid", "pass = 'another'"), steady: set("{p}users", "uid", "access = 1760000000", "login = 1760000000")},
	"flarum":       {changes: set("{p}users", "id", "password = 'another'"), steady: set("{p}users", "id", "last_seen_at = '2026-02-02 02:02:02'")},
	"joomla":       {changes: set("{p}users", "id", "password = 'another'"), steady: set("{p}users", "id", "[lastvisitDate] = '2026-02-02 02:02:02'", "params = '{}'")},
	"kvs":          {changes: set("{p}users", "user_id", "pass = 'another'"), steady: set("{p}users", "user_id", "last_login_date = '2026-02-02 02:02:02'", "last_session_id_hash = 'another'", "remember_me_key = 'another'")},
	"laravel":      {changes: set("{p}users", "id", "password = 'another'"), steady: append(set("{p}users", "id", "remember_token = 'another'"), "UPDATE [{p}sessions] SET last_activity = 1760000000, payload = 'another'")},
	"livestreet":   {changes: set("{p}user", "user_id", "user_password = 'another'"), steady: set("{p}session", "user_id", "session_date_last = '2026-02-02 02:02:02'", "session_ip_last = '192.0.2.1'")},
	"mediawiki":    {changes: set("{p}{wiki}user", "user_id", "user_password = 'another'", "user_token = 'another'"), steady: set("{p}{wiki}user", "user_id", "user_newpassword = 'another'", "user_touched = '2026-02-02'", "user_editcount = 77")},
	"moodle":       {changes: set("{p}user", "id", "password = 'another'"), steady: set("{p}user", "id", "lastaccess = 1760000000", "lastlogin = 1760000000", "currentlogin = 1760000000")},
	"mybb":         {changes: set("{p}users", "uid", "password = 'another'", "loginkey = 'another'"), steady: set("{p}users", "uid", "lastactive = 1760000000", "lastvisit = 1760000000")},
	"october":      {changes: set("{p}users", "id", "password = 'another'"), steady: set("{p}users", "id", "persist_code = 'another'", "reset_password_code = 'another'", "last_login = '2026-02-02 02:02:02'", "last_seen = '2026-02-02 02:02:02'")},
	"october3":     {changes: set("{p}users", "id", "password = 'another'"), steady: set("{p}users", "id", "persist_code = 'another'", "remember_token = 'another'", "last_seen = '2026-02-02 02:02:02'")},
	"opencart":     {changes: set("{p}customer", "customer_id", "password = 'another'"), steady: set("{p}customer", "customer_id", "token = 'another'", "code = 'another'", "ip = '192.0.2.1'")},
	"phpbb":        {changes: set("{p}users", "user_id", "user_password = 'another'"), steady: append(set("{p}users", "user_id", "user_lastvisit = 1760000000"), "UPDATE [{p}sessions] SET session_time = 1760000000")},
	"prestashop":   {changes: set("{p}customer", "id_customer", "passwd = 'another'"), steady: append(set("{p}customer", "id_customer", "date_upd = '2026-02-02 02:02:02'"), "UPDATE [{p}customer_session] SET token = 'another'")},
	"rails":        {changes: set("{p}users", "id", "encrypted_password = 'another'"), steady: set("{p}users", "id", "current_sign_in_at = '2026-02-02 02:02:02'", "sign_in_count = 77", "reset_password_token = 'another'", "remember_created_at = '2026-02-02 02:02:02'")},
	"rails--plain": {changes: set("{p}users", "id", "encrypted_password = 'another'"), steady: set("{p}users", "id", "reset_password_token = 'another'", "remember_created_at = '2026-02-02 02:02:02'")},
	"rails8":       {changes: set("{p}users", "id", "password_digest = 'another'"), steady: []string{"DELETE FROM [{p}sessions]"}},
	"question2answer": {
		changes: set("{p}users", "userid", "passhash = 'another'", "passcheck = 'another'"), steady: set("{p}users", "userid", "sessioncode = 'another'", "loggedin = '2026-02-02 02:02:02'"),
	},
	"question2answer 1.7": {
		before:  []string{"ALTER TABLE [{p}users] DROP COLUMN passhash", "UPDATE [{p}users] SET passcheck = x'00ff'"},
		changes: set("{p}users", "userid", "passcheck = x'fe00'", "passcheck = x'ff00'"), steady: set("{p}users", "userid", "sessioncode = 'another'"),
	},
	"smf":                  {changes: set("{p}members", "id_member", "passwd = 'another'", "password_salt = 'another'"), steady: set("{p}members", "id_member", "last_login = 1760000000", "tfa_backup = 'another'")},
	"vbulletin":            {changes: set("{p}user", "userid", "password = 'another'"), steady: set("{p}user", "userid", "lastactivity = 1760000000", "lastvisit = 1760000000")},
	"vbulletin--v5":        {changes: set("{p}user", "userid", "token = 'another'"), steady: set("{p}user", "userid", "lastactivity = 1760000000", "lastvisit = 1760000000")},
	"winter":               {changes: set("{p}users", "id", "password = 'another'"), steady: set("{p}users", "id", "persist_code = 'another'", "reset_password_code = 'another'", "last_login = '2026-02-02 02:02:02'", "last_seen = '2026-02-02 02:02:02'")},
	"wordpress":            {changes: set("{p}users", "ID", "user_pass = 'another'"), steady: []string{"INSERT INTO [{p}usermeta] (user_id, meta_key, meta_value) VALUES ({id}, 'session_tokens', 'a:0:{}'), ({id}, 'wc_last_active', '1760000000')"}},
	"wordpress--multisite": {changes: set("{base}users", "ID", "user_pass = 'another'"), steady: []string{"INSERT INTO [{base}usermeta] (user_id, meta_key, meta_value) VALUES ({id}, 'session_tokens', 'a:0:{}')"}},
	"xenforo": {
		changes: set("{p}user_profile", "user_id", "password_date = 1760000000"),
		steady:  append(set("{p}user", "user_id", "last_activity = 1760000000"), "REPLACE INTO [{p}user_remember] (user_id, remember_key, start_date, expiry_date) VALUES ({id}, 'another', 1, 2)"),
	},
}

// withoutPasswords are the presets of platforms that know none.
var withoutPasswords = []string{"ghost"}

// asksPassword is what Sendbird and Mesibo ask for.
var asksPassword = []userinfo.PrivateField{{Name: userinfo.PasswordField}}

func TestEveryPresetNoticesANewPasswordAndNothingElse(t *testing.T) {
	proven := map[string]bool{}
	for _, f := range evidence.Folders(t, evidenceRoot) {
		file, faults := preset.Open(f.Preset)
		if len(faults) > 0 {
			t.Fatal(f.Name, faults)
		}
		offers := slices.ContainsFunc(file.Users.Private, func(s userinfo.FieldSpec) bool { return s.Name == userinfo.PasswordField })
		if none := slices.Contains(withoutPasswords, f.Preset); none == offers {
			t.Errorf("preset %s: has passwords %t, offers them %t", f.Preset, !none, offers)
		}
		for name, c := range changings {
			folder, _, _ := strings.Cut(name, " ")
			if _, own := changings[f.Name]; folder != f.Name && (own || folder != f.Preset || name != folder) {
				continue
			}
			for i, engine := range file.Databases {
				if _, err := os.Stat(f.Path + "/schema." + engine + ".sql"); i > 0 && err != nil && strings.Contains(f.Name, "--") {
					continue // a variant need not be shown everywhere
				}
				proven[f.Name] = true
				t.Run(f.Name+strings.TrimPrefix(name, folder)+"/"+engine, func(t *testing.T) { c.noticed(t, f, engine, i == 0) })
			}
		}
		if proven[f.Name] != offers {
			t.Errorf("%s: what changes with a password is told %t, offered %t", f.Name, proven[f.Name], offers)
		}
	}
}

// noticed runs the statements for one user and looks at the digests of all.
func (c changing) noticed(t *testing.T, f evidence.Folder, engine string, first bool) {
	t.Helper()
	address := f.Load(t, engine, f.Prefix, first)
	run := executing(t, engine, address)
	for _, s := range c.before {
		run(spelled(s, f, engine, ""))
	}
	d := asking(t, f, address, f.Prefix, asksPassword)
	before := digests(t, d, f.Ask)
	if len(before) < 2 || slices.Contains(slices.Collect(maps.Values(before)), "") {
		t.Fatalf("digests %v", before)
	}
	user := slices.Sorted(maps.Keys(before))[0]
	for _, s := range slices.Concat(c.steady, c.changes, c.steady) {
		run(spelled(s, f, engine, user))
		now := digests(t, d, f.Ask)
		if changed := now[user] != before[user]; changed != slices.Contains(c.changes, s) {
			t.Errorf("noticed %t: %s", changed, s)
		}
		before[user] = now[user]
		if !maps.Equal(before, now) {
			t.Errorf("others are concerned: %s", s)
		}
	}
}

// spelled is a statement as an engine and a folder have its names.
func spelled(statement string, f evidence.Folder, engine, user string) string {
	quote := map[bool]string{true: "`", false: `"`}[engine == "mysql"]
	base := strings.TrimRight(strings.TrimSuffix(f.Prefix, "_"), "0123456789")
	if !strings.HasSuffix(base, "_") {
		base = f.Prefix
	}
	wiki := "" // what former versions of MediaWiki write before user on PostgreSQL
	if engine == "postgres" && f.Name == "mediawiki--ipblocks" {
		wiki = "mw"
	}
	return strings.NewReplacer("{wiki}", wiki, "{p}", f.Prefix, "{base}", base, "{id}", user, "[", quote, "]", quote).Replace(statement)
}

// digests are of the users among ids.
func digests(t *testing.T, d *userinfo.Directory, ids string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for id, fields := range private(t, d, ids) {
		found[id] = fields[userinfo.PasswordField]
	}
	return found
}

// executing runs statements as one who may do everything.
func executing(t *testing.T, engine, address string) func(statement string) {
	t.Helper()
	var db *sql.DB
	var use string
	var err error
	switch engine {
	case "mysql":
		u, parsed := url.Parse(address)
		if db, err = mysqltest.Start(t).SQL(), parsed; err == nil {
			use = "USE `" + strings.TrimPrefix(u.Path, "/") + "`"
		}
	case "postgres":
		db, err = sql.Open("pgx", address)
	default:
		db, err = sql.Open("sqlite", strings.TrimPrefix(address, "sqlite:"))
	}
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		if use == "" { // the other one is everybody's
			_ = db.Close()
		}
	})
	run := func(statement string) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%v in %s", err, statement)
		}
	}
	if use != "" {
		run(use)
		run("SET SESSION sql_mode = ''")
	}
	return run
}

// asking opens a database and the mapping of a folder for providers that ask for private fields.
func asking(t *testing.T, f evidence.Folder, address, prefix string, fields []userinfo.PrivateField) *userinfo.Directory {
	t.Helper()
	file, faults := preset.Open(f.Preset)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	mapping, faults := userinfo.NewMapping(&file.Users, userinfo.Settings{SiteURL: f.SiteURL, Timezone: f.Timezone, Prefix: prefix, Private: fields})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	d, err := userinfo.NewDirectory(mapping, open(t, address), userinfo.Options{QueryTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if faults, err := d.Bind(t.Context()); err != nil {
		t.Fatal(err, faults)
	}
	return d
}
