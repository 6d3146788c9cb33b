// Package mesibotest makes a database as the PHP backend of Mesibo's first generation left it, and a site whose users are among its users. Both are
// made of numbers, the same every time, with all that goes wrong in such databases: phones that are none, phones of nobody and of two users, groups
// without known members, zero times, names with emoji and with bytes that are no text.
package mesibotest

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// schema is the seven tables. Column names and types are facts; the reserved word and the zero time are what the old program has.
var schema = []string{
	"CREATE TABLE users (uid INT UNSIGNED NOT NULL DEFAULT 0 PRIMARY KEY, name BLOB, phone BIGINT UNSIGNED NOT NULL DEFAULT 0, cc INT UNSIGNED DEFAULT 0, " +
		"status BLOB, photo VARCHAR(128) DEFAULT '', credits FLOAT(9,4) NOT NULL DEFAULT 0, flag INT UNSIGNED DEFAULT 0, ts INT UNSIGNED DEFAULT 0, n BLOB, " +
		"UNIQUE KEY phone (phone), KEY ts (ts)) DEFAULT CHARSET=utf8mb4",
	"CREATE TABLE contacts (uid INT UNSIGNED NOT NULL DEFAULT 0, phone BIGINT UNSIGNED NOT NULL DEFAULT 0, subscribed TINYINT DEFAULT 0, " +
		"UNIQUE KEY uphone (uid, phone)) DEFAULT CHARSET=utf8mb4",
	"CREATE TABLE `groups` (gid INT UNSIGNED NOT NULL DEFAULT 0 PRIMARY KEY, name BLOB, status CHAR(2) DEFAULT '', photo VARCHAR(128) DEFAULT '', " +
		"flag INT UNSIGNED DEFAULT 0, type TINYINT UNSIGNED NOT NULL DEFAULT 0, ts INT UNSIGNED DEFAULT 0) DEFAULT CHARSET=utf8mb4",
	"CREATE TABLE members (gid INT UNSIGNED NOT NULL DEFAULT 0, phone BIGINT UNSIGNED NOT NULL DEFAULT 0, role TINYINT DEFAULT 0, " +
		"UNIQUE KEY gid_2 (gid, phone), KEY gid (gid)) DEFAULT CHARSET=utf8mb3",
	"CREATE TABLE names (name VARCHAR(128) DEFAULT '', status VARCHAR(128) DEFAULT '') DEFAULT CHARSET=utf8mb4",
	"CREATE TABLE notifytokens (uid INT UNSIGNED NOT NULL DEFAULT 0 PRIMARY KEY, device TINYINT UNSIGNED DEFAULT 0, token VARCHAR(256) DEFAULT '', " +
		"production TINYINT UNSIGNED DEFAULT 0) DEFAULT CHARSET=utf8mb4",
	"SET SESSION sql_mode = ''; CREATE TABLE tokens (uid INT UNSIGNED DEFAULT NULL, token CHAR(64) NOT NULL DEFAULT '0' PRIMARY KEY, updatetime TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, " +
		"expirytime TIMESTAMP NOT NULL DEFAULT '0000-00-00 00:00:00', ipaddr INT UNSIGNED NOT NULL DEFAULT 0, device INT UNSIGNED DEFAULT 0, " +
		"createdby INT UNSIGNED DEFAULT 0, UNIQUE KEY uid_index (uid)) DEFAULT CHARSET=ascii",
}

// FirstUID is the uid of the first user; the others follow.
const FirstUID = 1000

// Phone is the phone of the n-th user, in its one spelling.
func Phone(n int) string { return fmt.Sprintf("919%09d", n) }

// The n-th user for whom these are true is one that an import cannot take over, or only with SIGNUP=open.
func nobody(n int) bool { return n%50 == 7 }   // of the site has the phone
func shared(n int) bool { return n%101 == 13 } // by two users of the site

// ContactsOf are the contacts of the n-th user of users, as numbers of users; those at users and above are phones of nobody.
func ContactsOf(n, users int) (list []int) {
	for k := range n % 7 {
		if c := (n*31 + k*k*17 + 1) % (users + users/10); c != n {
			list = append(list, c)
		}
	}
	return list
}

// Fill makes the old database with so many users, and returns how many of them an import takes over where sign-up is off.
func Fill(tb testing.TB, db *mysqltest.DB, users int) (known int) {
	tb.Helper()
	db.Exec(tb, schema...)
	old, contacts, groups, members := table{name: "users"}, table{name: "contacts"}, table{name: "`groups`"}, table{name: "members"}
	pushes, tokens := table{name: "notifytokens"}, table{name: "tokens"}
	for n := range users {
		if !nobody(n) && !shared(n) {
			known++
		}
		old.row("%d, %s, %s, 1, %s, %s, 0, 0, %d, NULL", FirstUID+n, blob(name(n)), Phone(n), blob([]string{"", "at work", "🎉 on holiday"}[n%3]),
			quote([]string{"", photoName(n)}[b(n%10 == 0)]), 1500000000+n)
		seen := map[int]bool{}
		for _, c := range ContactsOf(n, users) {
			if !seen[c] {
				seen[c] = true
				contacts.row("%d, %s, 0", FirstUID+n, Phone(c))
			}
		}
		if n%2 == 0 {
			pushes.row("%d, %d, 'push-%06d', %d", FirstUID+n, n%3, n, n%2)
			tokens.row("%d, 'token-%06d', NOW(), '0000-00-00 00:00:00', 0, 0, 0", FirstUID+n, n)
		}
		if n%20 == 0 {
			group(&groups, &members, n, users)
		}
	}
	old.row("3, 'Short', 1234, 1, '', '', 0, 0, 0, NULL")
	old.row("4, 'Long', 18446744073709551615, 1, '', '', 0, 0, 0, NULL")
	contacts.row("1001, 5, 0")            // no phone
	contacts.row("1001, %s, 0", Phone(1)) // one's own
	contacts.row("77, %s, 0", Phone(1))   // of nobody
	groups.row("9, 'Strangers', '', '', 0, 0, 1")
	members.row("9, 4915100000000, 2")
	db.Exec(tb, "INSERT INTO names VALUES ('Demo', 'a name for demonstrations'), ('Another', '')")
	for _, t := range []*table{&old, &contacts, &groups, &members, &pushes, &tokens} {
		t.write(tb, db)
	}
	return known
}

func name(n int) string {
	switch n % 5 {
	case 0:
		return fmt.Sprintf("Zoë %d 🦉", n)
	case 1:
		return ""
	case 2:
		return fmt.Sprintf("Bad\xff bytes %d", n)
	}
	return fmt.Sprintf("Name O'Hara %d", n)
}

func photoName(n int) string { return fmt.Sprintf("15000%05d-abcdef.jpg", n) }

// group makes the group of every twentieth user, who owns it, with up to nine others; the owner of every third is nobody on the site.
func group(groups, members *table, n, users int) {
	if users < 20 {
		return
	}
	gid := 50000 + n
	groups.row("%d, %s, '', '', 0, %d, %d", gid, blob(fmt.Sprintf("Group %d ☕", n)), n%2, 1400000000+n)
	roles := map[int]int{n: 2}
	for k := range n/20%9 + 1 {
		roles[(n+k*k*7+1)%users] = b(k == 0)
	}
	for m := range users {
		if role, is := roles[m]; is {
			members.row("%d, %s, %d", gid, Phone(m), role)
		}
	}
	members.row("%d, 49151%07d, 0", gid, n) // a stranger
}

// FillSite makes the table site_users (id, nick, mobile, active) with the users whose phones the old users have, spelled as people do.
func FillSite(tb testing.TB, db *mysqltest.DB, users int) {
	tb.Helper()
	db.Exec(tb, "CREATE TABLE site_users (id INT UNSIGNED NOT NULL PRIMARY KEY AUTO_INCREMENT, nick VARCHAR(100) NOT NULL, mobile VARCHAR(40) NULL, "+
		"active TINYINT NOT NULL DEFAULT 1) DEFAULT CHARSET=utf8mb4")
	t := table{name: "site_users (nick, mobile)"}
	EachOnSite(users, func(nick, mobile string) { t.row("%s, %s", quote(nick), quote(mobile)) })
	t.write(tb, db)
}

// EachOnSite tells the users of the site in the order of their ids, which begin with 1.
func EachOnSite(users int, yield func(nick, mobile string)) {
	yield("No phone", "")
	yield("Unlisted", "+49 30 1234567")
	for n := range users {
		if nobody(n) {
			continue
		}
		p := Phone(n)
		yield(fmt.Sprintf("nick%d", n), "+"+p[:2]+" ("+p[2:5]+") "+p[5:])
		if shared(n) {
			yield(fmt.Sprintf("twin%d", n), "00"+p)
		}
	}
}

// table collects rows for one table.
type table struct {
	name string
	rows []string
}

func (t *table) row(format string, args ...any) {
	t.rows = append(t.rows, "("+fmt.Sprintf(format, args...)+")")
}

// write inserts the rows, 1,000 with a statement.
func (t *table) write(tb testing.TB, db *mysqltest.DB) {
	tb.Helper()
	for at := 0; at < len(t.rows); at += 1000 {
		db.Exec(tb, "SET SESSION sql_mode = ''; INSERT INTO "+t.name+" VALUES "+strings.Join(t.rows[at:min(at+1000, len(t.rows))], ", "))
	}
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// blob writes any bytes.
func blob(text string) string {
	if text == "" {
		return "NULL"
	}
	return "x'" + hex.EncodeToString([]byte(text)) + "'"
}

func b(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
