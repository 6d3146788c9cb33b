package blackbox_test

import (
	"bytes"
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mesibotest"
	"github.com/chatpass/chatpass/internal/mysqltest"
)

// importLimit is longer than an import of 10,000 users takes on a machine that is busy with others.
const importLimit = 3 * time.Minute

// oldBackend is a site of so many users and the PHP backend they used, and settings to import it.
func oldBackend(t *testing.T, users int) (settings env, known int) {
	t.Helper()
	site, old := mysqltest.Start(t).Database(t), mysqltest.Start(t).Database(t)
	mesibotest.FillSite(t, site, users)
	known = mesibotest.Fill(t, old, users)
	return env{
		"DATABASE_URL": site.URL(), "USERS_TABLE": "site_users", "USERS_ID": "id", "USERS_NAME": "nick", "SITE_URL": "https://example.com",
		"MESIBO_APP_TOKEN": mesiboToken, "MESIBO_APP_IDS": mesiboApp, "MESIBO_USERS_PHONE": "mobile", "MESIBO_IMPORT_FROM": old.URL(),
	}, known
}

// imported is all that an import left in a store, without times, numbers of rows and sealed texts, which differ from one store to the next.
func imported(t *testing.T, db *sql.DB) (lines []string) {
	t.Helper()
	const user = "(SELECT u.site_user FROM chat_mesibo_users u WHERE u.id = "
	for _, query := range []string{
		"SELECT 'user', site_user, address, phone, remote_uid, name, site_name, status, photo, cc FROM chat_mesibo_users",
		"SELECT 'contact', " + user + "c.owner), c.phone, '', '', '', '', '', '', '' FROM chat_mesibo_contacts c",
		"SELECT 'group', gid, name, status, photo, type, '', '', '', '' FROM chat_mesibo_groups",
		"SELECT 'member', m.gid, " + user + "m.user_id), m.role, m.joined_at, m.gone, '', '', '', '' FROM chat_mesibo_members m",
		"SELECT 'push', " + user + "p.user_id), p.device, p.production, '', '', '', '', '', '' FROM chat_mesibo_push p",
		"SELECT 'job', kind, site_user, address, '', '', '', '', '', '' FROM chat_provider_jobs",
		"SELECT 'note', kind, ref, hash, '', '', '', '', '', '' FROM chat_mesibo_imports WHERE kind <> 'group'", // whose hash is of numbers of rows
	} {
		lines = append(lines, cellLines(t, db, query)...)
	}
	slices.Sort(lines)
	return lines
}

// cellLines are the rows of a query of 10 columns, a line for each.
func cellLines(t *testing.T, db *sql.DB, query string) (lines []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		cells, into := make([]sql.NullString, 10), make([]any, 10)
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		line := ""
		for _, c := range cells {
			line += c.String + "|"
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// wholeImport runs an import to its end.
func wholeImport(t *testing.T, e env) result {
	t.Helper()
	cmd := prepare(t, e, "mesibo", "import")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	code, ended := ends(cmd, importLimit)
	if !ended || code != 0 {
		_ = cmd.Process.Kill()
		t.Fatalf("an import ended with %d:\n%s", code, stderr.String())
	}
	for _, canary := range []string{mesiboToken, "91900", "push-0", "Zoë"} {
		if strings.Contains(stdout.String()+stderr.String(), canary) {
			t.Errorf("it tells %q", canary)
		}
	}
	return result{stdout.String(), stderr.String(), code}
}
