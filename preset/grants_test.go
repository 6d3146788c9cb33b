package preset_test

import (
	"database/sql"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/evidence"
	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// administrator runs the statements an administrator is given, as one who may do everything.
type administrator struct {
	db   *sql.DB
	drop string // what takes the account away again
}

func (a administrator) run(t *testing.T, statements []string) {
	t.Helper()
	for _, s := range statements {
		if _, err := a.db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%v in %s", err, s)
		}
	}
	t.Cleanup(func() {
		for s := range strings.SplitSeq(a.drop, ";") {
			if _, err := a.db.Exec(s); err != nil {
				t.Errorf("%v in %s", err, s)
			}
		}
	})
}

// administratorOf is who rules the database at an address of evidence.
func administratorOf(t *testing.T, engine, address, account string) administrator {
	t.Helper()
	if engine == "mysql" {
		return administrator{mysqltest.Start(t).SQL(), "DROP USER '" + account + "'@'%'"}
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return administrator{db, `DROP OWNED BY "` + account + `"; DROP ROLE "` + account + `"`}
}

const accountPassword = "pw-of-the-account-Zq8"

// TestEveryPresetAnswersThroughTheAccountThatGrantsMakes answers the evidence of every preset through an account with the rights
// on columns that chatpass grants prints, and no other.
func TestEveryPresetAnswersThroughTheAccountThatGrantsMakes(t *testing.T) {
	accounts := 0
	for _, f := range evidence.Folders(t, evidenceRoot) {
		file, faults := preset.Open(f.Preset)
		if len(faults) > 0 {
			t.Errorf("%s: %v", f.Name, faults)
			continue
		}
		for i, engine := range file.Databases {
			if _, err := os.Stat(f.Path + "/schema." + engine + ".sql"); engine == "sqlite" || i > 0 && err != nil && strings.Contains(f.Name, "--") {
				continue // it has no accounts; a variant need not be shown everywhere
			}
			accounts++
			account := fmt.Sprintf("grants_%d_%d", os.Getpid(), accounts)
			t.Run(f.Name+"/"+engine, func(t *testing.T) {
				answersThroughAccount(t, f, engine, account, i == 0)
			})
		}
	}
	if accounts == 0 {
		t.Error("no account was made")
	}
}

func answersThroughAccount(t *testing.T, f evidence.Folder, engine, account string, first bool) {
	t.Helper()
	all := f.Load(t, engine, f.Prefix, first)
	facts, err := directory(t, f, all, f.Prefix).Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	statements, err := open(t, all).GrantStatements(t.Context(), sitedb.Account{Name: account, Password: accountPassword, Host: "%"}, facts.Reads)
	if err != nil {
		t.Fatal(err)
	}
	administratorOf(t, engine, all, account).run(t, statements)
	address, err := url.Parse(all)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(account, accountPassword)
	d := directory(t, f, address.String(), f.Prefix)
	if diff := cmp.Diff(decode(t, f.Read(t, "want_users.json")), answer(t, d, f.Ask)); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}
	narrow, err := d.Facts(t.Context())
	narrow.KeyIndexed = facts.KeyIndexed // MariaDB does not show an index of which the account may not read every column
	for i := range narrow.Asked {
		narrow.Asked[i].Indexed = true
	}
	for i := range facts.Asked {
		facts.Asked[i].Indexed = true
	}
	if diff := cmp.Diff(facts, narrow); diff != "" || err != nil {
		t.Errorf("the account sees other tables (- with all rights, + with these): %v\n%s", err, diff)
	}
	readsNothingElse(t, open(t, all), open(t, address.String()), facts.Reads)
	answersWhoAsksForMore(t, f, engine, all, *address, facts)
}

// answersWhoAsksForMore asks for private fields, first through the account that was made for who does not, then through one that was made for it.
func answersWhoAsksForMore(t *testing.T, f evidence.Folder, engine, all string, account url.URL, plain userinfo.Facts) {
	t.Helper()
	for id, digest := range digests(t, asking(t, f, account.String(), f.Prefix, asksPassword), f.Ask) {
		if digest != "" {
			t.Errorf("the account for who does not ask tells of the password of %s", id)
		}
	}
	file, faults := preset.Open(f.Preset)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	fields := slices.Clone(asksPassword)
	for _, private := range file.Users.Private {
		if private.Name != userinfo.PasswordField {
			fields = append(fields, userinfo.PrivateField{Name: private.Name, Var: "MESIBO_USERS_PHONE"})
		}
	}
	rich := asking(t, f, all, f.Prefix, fields)
	facts, err := rich.Facts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range facts.Password {
		table, name, _ := strings.Cut(column, ".")
		if !slices.Contains(facts.Reads[table], name) || slices.Contains(plain.Reads[table], name) {
			t.Errorf("%s: granted to who asks: %v, to who does not: %v", column, facts.Reads[table], plain.Reads[table])
		}
		if table != plain.Table && plain.Reads[table] != nil {
			t.Errorf("table %s is read for who does not ask", table)
		}
	}
	name := account.User.Username() + "p"
	statements, err := open(t, all).GrantStatements(t.Context(), sitedb.Account{Name: name, Password: accountPassword, Host: "%"}, facts.Reads)
	if err != nil {
		t.Fatal(err)
	}
	administratorOf(t, engine, all, name).run(t, statements)
	account.User = url.UserPassword(name, accountPassword)
	least := asking(t, f, account.String(), f.Prefix, fields)
	want := private(t, rich, f.Ask)
	if diff := cmp.Diff(want, private(t, least, f.Ask)); diff != "" {
		t.Errorf("private fields (-with all rights +with these):\n%s", diff)
	}
	if unknown := slices.Contains(slices.Collect(maps.Values(digests(t, least, f.Ask))), ""); unknown != slices.Contains(withoutPasswords, f.Preset) {
		t.Errorf("passwords it does not tell of: %t", unknown)
	}
	readsNothingElse(t, open(t, all), open(t, account.String()), facts.Reads)
}

// private is what is read of the users among ids for providers alone.
func private(t *testing.T, d *userinfo.Directory, ids string) map[string]map[string]string {
	t.Helper()
	var asked []userinfo.ID
	for id := range strings.SplitSeq(ids, ",") {
		asked = append(asked, userinfo.ID(id))
	}
	users, err := d.Whole(t.Context(), asked...)
	if err != nil || len(users) == 0 {
		t.Fatal(users, err)
	}
	found := map[string]map[string]string{}
	for i := range users {
		found[string(users[i].ID)] = users[i].Private
	}
	return found
}

// readsNothingElse tries every column that was not granted.
func readsNothingElse(t *testing.T, all, least *sitedb.DB, granted map[string][]string) {
	t.Helper()
	tables, err := all.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		columns, err := all.Columns(t.Context(), table)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range columns {
			if slices.Contains(granted[table], c.Name) {
				continue
			}
			l, err := least.Sample(userinfo.Select{Table: table, Columns: []string{c.Name}}, c.Name, 1)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := l.Rows(t.Context()); err == nil {
				t.Errorf("the account may read column %s of %s", c.Name, table)
			}
		}
	}
}

func open(t *testing.T, address string) *sitedb.DB {
	t.Helper()
	db, err := sitedb.Open(sitedb.Options{URL: secret.New(address), QueryTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
