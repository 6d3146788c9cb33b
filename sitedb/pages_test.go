package sitedb_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// scanAll reads the table members from end to end and returns the users met, in order, and how many pages it took.
func scanAll(t *testing.T, b backend, s userinfo.Settings) (users []userinfo.User, pages int) {
	t.Helper()
	m, faults := userinfo.ParseMapping(s)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	d, err := userinfo.NewDirectory(m, open(t, b.url), userinfo.Options{QueryTimeout: patient, Scan: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	var at userinfo.Cursor
	for pages < 100 {
		page, err := d.Scan(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		users, at = append(users, page.Users...), page.Last
		if !page.More {
			return users, pages
		}
	}
	t.Fatal("the scan does not end")
	return nil, 0
}

// populate fills table members with keys, written as literals, and the phone +100 and the row's number.
func populate(t *testing.T, b backend, literals []string) {
	t.Helper()
	for start := 0; start < len(literals); start += 500 {
		var values []string
		for i, key := range literals[start:min(start+500, len(literals))] {
			values = append(values, fmt.Sprintf("(%s, 'n', '+100%d')", key, start+i))
		}
		b.exec(t, "INSERT INTO members (id, nick, phone) VALUES "+strings.Join(values, ","))
	}
}

// uuidBytes are literals of the bytes of n uuids, not in their order.
func uuidBytes(n int) (literals []string) {
	for i := range n {
		literals = append(literals, fmt.Sprintf("x'%02x%06x11114111811111c0ffee0000'", i%251, i))
	}
	return literals
}

// spelled is the id of a key that was written as a literal.
func spelled(literal string) string {
	text := strings.Trim(literal, "'")
	if hex, ok := strings.CutPrefix(literal, "x'"); ok {
		hex = strings.Trim(hex, "'")
		return hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:]
	}
	return text
}

func TestScanMeetsEveryUserOnceWhateverTheirKeysAre(t *testing.T) {
	const rows = 2500 // two whole pages and a half
	numbers := func(from, step int) (literals []string) {
		for i := range rows {
			literals = append(literals, fmt.Sprint(from+i*step))
		}
		return literals
	}
	texts := func(format string) (literals []string) {
		for i := range rows {
			literals = append(literals, "'"+fmt.Sprintf(format, i)+"'")
		}
		return literals
	}
	for _, c := range []struct {
		name, column string
		only         string // kind of database; empty: all
		literals     []string
	}{
		{"integers below zero and above", "BIGINT NOT NULL PRIMARY KEY", "", numbers(-1200, 7)},
		{"texts in which numbers do not stand in order", "VARCHAR(40) NOT NULL PRIMARY KEY", "", texts("user %d")},
		{"texts with letters of other scripts", "VARCHAR(40) NOT NULL PRIMARY KEY", "", texts("пользователь-Ö%d")},
		{"integers above 2^63", "BIGINT UNSIGNED NOT NULL PRIMARY KEY", "mariadb", slices.Concat(numbers(1, 1)[:2000], []string{"9223372036854775807", "9223372036854775808", "18446744073709551615"})},
		{"texts in a character set of one byte", "VARCHAR(40) CHARACTER SET latin1 NOT NULL PRIMARY KEY", "mariadb", texts("Zoë%d")},
		{"texts that a collation puts in its own order", "VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_swedish_ci NOT NULL PRIMARY KEY", "mariadb", texts("ö_%d")},
		{"uuids that the database has a type for", "UUID NOT NULL PRIMARY KEY", "mariadb", texts("%08x-1111-4111-8111-1111c0ffee00")},
		{"uuids as bytes", "BINARY(16) NOT NULL PRIMARY KEY", "mariadb", uuidBytes(rows)},
		{"uuids of PostgreSQL", "UUID NOT NULL PRIMARY KEY", "postgres", texts("%08x-1111-4111-8111-1111c0ffee00")},
		{"texts without letter case in SQLite", "TEXT NOT NULL COLLATE NOCASE PRIMARY KEY", "sqlite", texts("USER%d")},
	} {
		t.Run(c.name, func(t *testing.T) {
			onEach(t, func(t *testing.T, b backend) {
				t.Helper()
				if c.only != "" && b.name != c.only {
					return // the others have no such column
				}
				b.exec(t, "CREATE TABLE members (id "+c.column+", nick VARCHAR(20), phone VARCHAR(20))")
				populate(t, b, c.literals)
				users, pages := scanAll(t, b, userinfo.Settings{Table: "members", ID: "id", Name: "nick", Private: []userinfo.PrivateField{{Name: "phone", Expr: "phone"}}})
				var met, want []string
				for _, u := range users {
					met = append(met, string(u.ID)+" "+u.Private["phone"])
				}
				for i, literal := range c.literals {
					want = append(want, fmt.Sprintf("%s +100%d", spelled(literal), i))
				}
				slices.Sort(met)
				slices.Sort(want)
				if diff := cmp.Diff(want, met); diff != "" || pages < 3 {
					t.Errorf("%d pages (-want +met):\n%s", pages, diff)
				}
			})
		})
	}
}

func TestScanMeetsUsersWhomACollationTakesForOneAtTheEndOfAPage(t *testing.T) {
	columns := map[string]string{
		"mariadb":  "VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL",
		"postgres": `VARCHAR(40) COLLATE "loose" NOT NULL`,
		"sqlite":   "TEXT COLLATE NOCASE NOT NULL",
	}
	onEach(t, func(t *testing.T, b backend) {
		t.Helper()
		if b.name == "postgres" {
			b.exec(t, `CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
		}
		b.exec(t, "CREATE TABLE members (id "+columns[b.name]+", nick VARCHAR(20), phone VARCHAR(20))", "CREATE INDEX members_id ON members (id)")
		var literals, want []string
		for i := range 997 {
			literals = append(literals, fmt.Sprintf("'a%03d'", i))
		}
		for i := range 64 { // spellings of one name, the page ends among them
			spelled := []byte("anneke")
			for bit := range spelled {
				if i&(1<<bit) != 0 {
					spelled[bit] -= 'a' - 'A'
				}
			}
			literals = append(literals, "'"+string(spelled)+"'")
		}
		literals = append(literals, "'zoe'")
		b.exec(t, "DELETE FROM members")
		populate(t, b, literals)
		for _, l := range literals {
			want = append(want, strings.Trim(l, "'"))
		}
		users, pages := scanAll(t, b, userinfo.Settings{Table: "members", ID: "id", Name: "nick"})
		var met []string
		for _, u := range users {
			met = append(met, string(u.ID))
		}
		slices.Sort(met)
		slices.Sort(want)
		if diff := cmp.Diff(want, met); diff != "" || pages != 2 {
			t.Errorf("%d pages (-want +met):\n%s", pages, diff)
		}
	})
}

func TestScanGoesOnBehindAPageOfRowsWithOneKey(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		t.Helper()
		b.exec(t, "CREATE TABLE members (id VARCHAR(40), nick VARCHAR(20), phone VARCHAR(20))", "CREATE INDEX members_id ON members (id)")
		literals := []string{"'ann'", "'zoe'"}
		for range 2500 {
			literals = append(literals, "'bob'", "NULL")
		}
		populate(t, b, literals)
		users, _ := scanAll(t, b, userinfo.Settings{Table: "members", ID: "id", Name: "nick"})
		met := map[userinfo.ID]bool{}
		for _, u := range users {
			met[u.ID] = true
		}
		if diff := cmp.Diff(map[userinfo.ID]bool{"ann": true, "bob": true, "zoe": true}, met); diff != "" {
			t.Error(diff)
		}
	})
}

func TestScanLeavesOutWhoIsHiddenAndReadsNoMoreForIt(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		t.Helper()
		b.exec(t, "CREATE TABLE members (id BIGINT PRIMARY KEY, nick VARCHAR(20), phone VARCHAR(20))")
		var literals []string
		for i := range 2500 {
			literals = append(literals, fmt.Sprint(i+1))
		}
		populate(t, b, literals)
		b.exec(t, "UPDATE members SET nick = 'hidden' WHERE id NOT IN (7, 2400)")
		users, pages := scanAll(t, b, userinfo.Settings{Table: "members", ID: "id", Name: "nick", Where: "nick != 'hidden'", Private: []userinfo.PrivateField{{Name: "phone", Expr: "{phone}"}}})
		if len(users) != 2 || users[0].ID != "7" || users[1].ID != "2400" || users[1].Private["phone"] != "+1002399" || pages != 3 {
			t.Errorf("%d pages, %d users", pages, len(users))
		}
	})
}

func TestPagesRefusesWhatDoesNotFitTheKey(t *testing.T) {
	onEach(t, func(t *testing.T, b backend) {
		t.Helper()
		b.exec(t, "CREATE TABLE members (id BIGINT PRIMARY KEY, nick VARCHAR(20))", "INSERT INTO members VALUES (1, 'ann'), (2, 'bob')")
		db := open(t, b.url)
		if _, err := db.Columns(t.Context(), "members"); err != nil {
			t.Fatal(err)
		}
		sel := userinfo.Select{Table: "members", Columns: []string{"id"}}
		l, err := db.Pages(sel, "id", userinfo.OpGreater, 10)
		if got := must(t, l, err, int64(1)); !cmp.Equal(got, [][]string{{"2"}}) {
			t.Errorf("behind 1: %v", got)
		}
		for name, args := range map[string][]any{"a text": {"1"}, "two keys": {int64(1), int64(2)}} {
			if rows, err := l.Rows(t.Context(), args...); !errors.Is(err, userinfo.ErrMapping) {
				t.Errorf("%s: %v, %v", name, rows, err)
			}
		}
		for name, bad := range map[string]func(*sitedb.DB) (userinfo.Lookup, error){
			"no name":     func(db *sitedb.DB) (userinfo.Lookup, error) { return db.Pages(sel, "id; --", userinfo.OpGreater, 10) },
			"another way": func(db *sitedb.DB) (userinfo.Lookup, error) { return db.Pages(sel, "id", userinfo.OpLess, 10) },
			"no limit":    func(db *sitedb.DB) (userinfo.Lookup, error) { return db.Pages(sel, "id", userinfo.OpGreater, 0) },
		} {
			if _, err := bad(db); !errors.Is(err, userinfo.ErrMapping) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
