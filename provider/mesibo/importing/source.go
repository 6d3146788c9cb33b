package importing

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"regexp"
	"slices"
	"strings"
)

// Bounds of what is read at a time.
const (
	pageRows    = 200    // users of one page and of one transaction, which is a fraction of a second of work, and never near the 5 seconds a call of the store may take
	groupRows   = 50     // groups of one page, each read with a query of its own for its members
	phoneRows   = 10_000 // some 300 KB
	contactRows = 5_000  // rows of one page of contacts; more than nearly every address book
	maxContacts = 20_000 // of one user; what is over is told, since no client shows so many
	maxMembers  = 5_000  // rows of one group, some of strangers; what is over is told. The old backend told its clients some eighty
)

// columns are the tables of the old backend and what is read of them. Those of needless may be missing.
var (
	columns = map[string][]string{
		"users": {"uid", "phone", "name", "status", "photo", "cc"}, "contacts": {"uid", "phone"},
		"groups": {"gid", "name", "status", "photo", "type", "ts"}, "members": {"gid", "phone", "role"},
		"notifytokens": nil, "tokens": {"uid", "token"}, "names": nil,
	}
	needless = []string{"notifytokens", "tokens", "names"}
)

// source is the old backend's database. It is only read.
type source struct {
	db    *sql.DB
	there map[string]bool // tables
}

// SchemaError says that a database is not that of the old backend.
type SchemaError struct{ Missing []string } // tables, and columns as table.column, sorted

// Error names what is missing.
func (e *SchemaError) Error() string {
	return "this is not the database of the PHP backend's first generation: it has no " + strings.Join(e.Missing, ", ")
}

// newSource looks whether the tables are those of the old backend; a *SchemaError if they are not.
func newSource(ctx context.Context, db *sql.DB) (*source, error) {
	s := &source{db: db, there: map[string]bool{}}
	found := map[string]bool{}
	const query = "SELECT LOWER(table_name), LOWER(column_name) FROM information_schema.columns WHERE table_schema = DATABASE() AND LOWER(table_name) IN " +
		"('users', 'contacts', 'groups', 'members', 'notifytokens', 'tokens', 'names')"
	err := s.each(ctx, query, func(rows *sql.Rows) error {
		var table, column string
		err := rows.Scan(&table, &column)
		s.there[table], found[table+"."+column] = true, true
		return err
	})
	if err != nil {
		return nil, err
	}
	var missing []string
	for table, wanted := range columns {
		if !s.there[table] {
			if !slices.Contains(needless, table) {
				missing = append(missing, "table "+table)
			}
			continue
		}
		for _, column := range wanted {
			if !found[table+"."+column] {
				missing = append(missing, table+"."+column)
			}
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, &SchemaError{Missing: missing}
	}
	return s, nil
}

// each reads the rows of a query.
func (s *source) each(ctx context.Context, query string, scan func(rows *sql.Rows) error, args ...any) error {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return sourceError(ctx, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return sourceError(ctx, err)
		}
	}
	return sourceError(ctx, rows.Err())
}

// mysqlNumber is how errors of MySQL begin. The rest of their text may hold values of rows, or the account's name.
var mysqlNumber = regexp.MustCompile(`\bError (\d{4,5})\b`)

// sourceError keeps of an error what may be shown.
func sourceError(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if m := mysqlNumber.FindStringSubmatch(err.Error()); m != nil {
		switch m[1] {
		case "1045", "1698":
			return errors.New("the old database does not let this account in (MySQL error " + m[1] + ")")
		case "1044", "1049":
			return errors.New("the old database is not there, or is not this account's to read (MySQL error " + m[1] + ")")
		case "1142", "1143":
			return errors.New("the account may not read all tables of the old database (MySQL error " + m[1] + "); grant it SELECT")
		}
		return errors.New("the old database refuses a query (MySQL error " + m[1] + ")")
	}
	return errors.New("the old database does not answer")
}

// count is the number of rows of a table; 0 for one that is not there.
func (s *source) count(ctx context.Context, table string) (n int, err error) {
	if !s.there[table] {
		return 0, nil
	}
	err = s.each(ctx, "SELECT COUNT(*) FROM `"+table+"`", func(rows *sql.Rows) error { return rows.Scan(&n) })
	return n, err
}

// more is how many rows a counting query finds beyond those that were read.
func (s *source) more(ctx context.Context, query string, arg int64, read int) (n int, err error) {
	err = s.each(ctx, query, func(rows *sql.Rows) error { return rows.Scan(&n) }, arg)
	return max(n-read, 0), err
}

// oldUser is a row of users. Texts are bytes as they stand there.
type oldUser struct {
	uid          int64
	phone, cc    string
	name, status []byte
	photo        string
	tokens       string // a hash of the tokens that the user was given; empty for none
}

// phones reads the phones of the next users, by uid, and returns the last uid. Empty: there are no more.
func (s *source) phones(ctx context.Context, after int64) (page []string, last int64, err error) {
	query := fmt.Sprintf("SELECT uid, phone FROM users WHERE uid > ? ORDER BY uid LIMIT %d", phoneRows)
	err = s.each(ctx, query, func(rows *sql.Rows) error {
		var phone sql.NullString
		err := rows.Scan(&last, &phone)
		page = append(page, phone.String)
		return err
	}, after)
	return page, last, err
}

// users reads the next page of users, by uid.
func (s *source) users(ctx context.Context, after int64) (page []oldUser, err error) {
	query := fmt.Sprintf("SELECT uid, phone, name, status, photo, cc FROM users WHERE uid > ? ORDER BY uid LIMIT %d", pageRows)
	err = s.each(ctx, query, func(rows *sql.Rows) error {
		var u oldUser
		var phone, photo, cc sql.NullString
		err := rows.Scan(&u.uid, &phone, &u.name, &u.status, &photo, &cc)
		u.phone, u.photo, u.cc = phone.String, photo.String, cc.String
		page = append(page, u)
		return err
	}, after)
	if err == nil && len(page) > 0 {
		err = s.tokens(ctx, page)
	}
	return page, err
}

// tokens tells the users of a page apart by the tokens that they were given; these themselves are not kept.
func (s *source) tokens(ctx context.Context, page []oldUser) error {
	if !s.there["tokens"] {
		return nil
	}
	given := map[int64]hash.Hash{}
	const query = "SELECT uid, token FROM tokens WHERE uid BETWEEN ? AND ? ORDER BY uid, token"
	err := s.each(ctx, query, func(rows *sql.Rows) error {
		var uid int64
		var token string
		err := rows.Scan(&uid, &token)
		if given[uid] == nil {
			given[uid] = sha256.New()
		}
		_, _ = fmt.Fprintf(given[uid], "%d:%s", len(token), token)
		return err
	}, page[0].uid, page[len(page)-1].uid)
	for i := range page {
		if h := given[page[i].uid]; h != nil {
			page[i].tokens = hex.EncodeToString(h.Sum(nil))
		}
	}
	return err
}

// oldContacts are the phones that a user saved.
type oldContacts struct {
	uid    int64
	phones []string
	over   int // how many more there are
}

// contacts reads the address books of the next users, by uid, each whole up to maxContacts. Empty: there are no more.
func (s *source) contacts(ctx context.Context, after int64) (page []oldContacts, err error) {
	rows, err := s.contactPage(ctx, fmt.Sprintf("SELECT uid, phone FROM contacts WHERE uid > ? ORDER BY uid, phone LIMIT %d", contactRows), after)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	total := 0
	for i := range rows {
		total += len(rows[i].phones)
	}
	switch last := len(rows) - 1; {
	case total < contactRows:
		return rows, nil
	case last > 0:
		return rows[:last], nil // the last may go on behind the page: the next begins with it
	}
	rows, err = s.contactPage(ctx, fmt.Sprintf("SELECT uid, phone FROM contacts WHERE uid = ? ORDER BY phone LIMIT %d", maxContacts+1), rows[0].uid)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	if c := &rows[0]; len(c.phones) > maxContacts {
		c.phones = c.phones[:maxContacts]
		c.over, err = s.more(ctx, "SELECT COUNT(*) FROM contacts WHERE uid = ?", c.uid, maxContacts)
	}
	return rows, err
}

// contactPage groups rows of contacts by their users.
func (s *source) contactPage(ctx context.Context, query string, arg int64) (page []oldContacts, err error) {
	err = s.each(ctx, query, func(rows *sql.Rows) error {
		var uid int64
		var phone string
		if err := rows.Scan(&uid, &phone); err != nil {
			return err
		}
		if n := len(page); n == 0 || page[n-1].uid != uid {
			page = append(page, oldContacts{uid: uid})
		}
		c := &page[len(page)-1]
		c.phones = append(c.phones, phone)
		return nil
	}, arg)
	return page, err
}

// oldGroup is a row of groups with its members.
type oldGroup struct {
	gid, kind, ts int64
	name, status  []byte
	photo         string
	members       []oldMember
	over          int // how many more members it has
}

type oldMember struct {
	phone string
	role  int
}

// groups reads the next page of groups, by gid.
func (s *source) groups(ctx context.Context, after int64) (page []oldGroup, err error) {
	query := fmt.Sprintf("SELECT gid, name, status, photo, type, ts FROM `groups` WHERE gid > ? ORDER BY gid LIMIT %d", groupRows)
	err = s.each(ctx, query, func(rows *sql.Rows) error {
		var g oldGroup
		var photo sql.NullString
		var kind, ts sql.NullInt64
		err := rows.Scan(&g.gid, &g.name, &g.status, &photo, &kind, &ts)
		g.photo, g.kind, g.ts = photo.String, kind.Int64, ts.Int64
		page = append(page, g)
		return err
	}, after)
	for i := range page {
		if err != nil {
			return nil, err
		}
		err = s.members(ctx, &page[i])
	}
	return page, err
}

// members reads the members of a group, those with the highest roles first.
func (s *source) members(ctx context.Context, g *oldGroup) error {
	query := fmt.Sprintf("SELECT phone, role FROM members WHERE gid = ? ORDER BY role DESC, phone LIMIT %d", maxMembers+1)
	err := s.each(ctx, query, func(rows *sql.Rows) error {
		var m oldMember
		var role sql.NullInt64
		err := rows.Scan(&m.phone, &role)
		m.role = int(role.Int64)
		g.members = append(g.members, m)
		return err
	}, g.gid)
	if err == nil && len(g.members) > maxMembers {
		g.members = g.members[:maxMembers]
		g.over, err = s.more(ctx, "SELECT COUNT(*) FROM members WHERE gid = ?", g.gid, maxMembers)
	}
	return err
}

// orphans calls yield with each group that is not there and has members, and how many.
func (s *source) orphans(ctx context.Context, yield func(gid int64, members int) error) error {
	const query = "SELECT m.gid, COUNT(*) FROM members m LEFT JOIN `groups` g ON g.gid = m.gid WHERE g.gid IS NULL GROUP BY m.gid ORDER BY m.gid"
	var failed error // of yield, which is no error of the database
	err := s.each(ctx, query, func(rows *sql.Rows) error {
		var gid sql.NullInt64
		var members int
		err := rows.Scan(&gid, &members)
		if err == nil {
			failed = yield(gid.Int64, members)
			err = failed
		}
		return err
	})
	if failed != nil {
		return failed
	}
	return err
}
