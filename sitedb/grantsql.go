package sitedb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/userinfo"
)

// PasswordPlaceholder stands in GrantStatements for a password the reader chooses.
const PasswordPlaceholder = "CHANGE-ME"

// Account is who GrantStatements gives rights to.
type Account struct {
	Name     string // letters, digits and _ . -, at most 32; empty means "chatpass"
	Password string // empty means PasswordPlaceholder; without quotes, backslashes and control characters, at most 128 bytes
	// Host is the machines a MySQL account may come from, such as "10.0.0.%". Empty means those the present account may come from,
	// and "%" (any) when the database does not tell.
	Host string
}

var (
	accountName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$`) // 32 is MySQL's limit
	accountHost = regexp.MustCompile(`^[A-Za-z0-9_.:%/-]{1,255}$`)
	noPassword  = regexp.MustCompile(`['"\\` + "`" + `\x00-\x1f\x7f]`) // what a client or a mode of the server could read as something else
)

const maxPassword = 128 // bytes

// GrantStatements are what an administrator runs to make an account that may read these columns, by table, and nothing else: without
// semicolons, always in the same order. For SQLite, which has no accounts, it is one remark that begins with "--".
// The database is asked for the host of the present account (MySQL, MariaDB) or the schemas of the tables (PostgreSQL); if it does not
// answer, the host is "%" and the schema public. A name that is none, or a table that PostgreSQL does not have, is
// [userinfo.ErrMapping].
func (db *DB) GrantStatements(ctx context.Context, to Account, tables map[string][]string) ([]string, error) {
	if len(tables) == 0 {
		return nil, mappingFault("it reads no table")
	}
	for table, columns := range tables {
		if err := checkIdentifiers(append([]string{table}, columns...)...); err != nil {
			return nil, err
		}
		if len(columns) == 0 {
			return nil, mappingFault("it reads no column of table " + table)
		}
	}
	to, err := to.checked()
	if err != nil {
		return nil, err
	}
	return db.dialect.grants(ctx, db, to, tables)
}

// checked fills in what is empty and refuses what would need escaping in a statement.
func (a Account) checked() (Account, error) {
	a.Name, a.Password = cmp.Or(a.Name, "chatpass"), cmp.Or(a.Password, PasswordPlaceholder)
	switch {
	case !accountName.MatchString(a.Name):
		return a, errors.New("the account's name may have letters, digits and _ . -, at most 32")
	case len(a.Password) > maxPassword || noPassword.MatchString(a.Password) || strings.ToValidUTF8(a.Password, "") != a.Password:
		return a, fmt.Errorf("the account's password may have no quotes, backslashes and control characters and at most %d bytes", maxPassword)
	case a.Host != "" && !accountHost.MatchString(a.Host):
		return a, errors.New("the account's host may be a name, an address or a pattern of them with %")
	}
	return a, nil
}

// ends reports an error that ends the asking; a database that does not answer only makes the statements less exact.
func ends(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, userinfo.ErrMapping)
}

// foreignName is the name of a database or schema as the server tells it. Those with characters that gorm's quoting gives a meaning are
// left to the administrator.
func (db *DB) foreignName(name string) (string, error) {
	if name == "" || strings.ContainsAny(name, "`\".\x00\r\n") {
		return "", fmt.Errorf("the name %.80q of a database or schema cannot be written into a statement; grant the rights by hand", name)
	}
	return db.quote("", name), nil
}

// columnList is "(a, b)", each column once.
func (db *DB) columnList(columns []string) string {
	var list []string
	for _, c := range columns {
		if q := db.quote("", c); !slices.Contains(list, q) {
			list = append(list, q)
		}
	}
	return "(" + strings.Join(list, ", ") + ")"
}

func (d *mysqlDialect) grants(ctx context.Context, db *DB, to Account, tables map[string][]string) ([]string, error) {
	schema, err := db.foreignName(d.schema)
	if err != nil {
		return nil, err
	}
	if to.Host == "" {
		to.Host = "%"
		rows, err := db.run(ctx, &query{text: "SELECT CURRENT_USER()", width: 1})
		switch {
		case err != nil && ends(ctx, err):
			return nil, err
		case err == nil && rows.Len() == 1:
			account := cellText(rows.Row(0)[0]) // name@host; the name may have an @ of its own
			if host := account[strings.LastIndexByte(account, '@')+1:]; accountHost.MatchString(host) {
				to.Host = host
			}
		}
	}
	who := "'" + to.Name + "'@'" + to.Host + "'"
	statements := []string{"CREATE USER " + who + " IDENTIFIED BY '" + to.Password + "'"}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		statements = append(statements, "GRANT SELECT "+db.columnList(tables[table])+" ON "+schema+"."+db.quote("", table)+" TO "+who)
	}
	return statements, nil
}

// place is where PostgreSQL has a table.
type place struct{ schema, database string }

func (d *postgresDialect) grants(ctx context.Context, db *DB, to Account, tables map[string][]string) ([]string, error) {
	names := slices.Sorted(maps.Keys(tables))
	places, path, err := d.places(ctx, db, names)
	if err != nil && ends(ctx, err) {
		return nil, err
	}
	if err != nil {
		places, path = map[string]place{}, []string{"public"}
	}
	who := `"` + to.Name + `"` // gorm's quoting would take a dot in it for two names
	database, err := db.foreignName(cmp.Or(places[names[0]].database, d.database))
	if err != nil {
		return nil, err
	}
	statements := []string{"CREATE ROLE " + who + " LOGIN PASSWORD '" + to.Password + "'", "GRANT CONNECT ON DATABASE " + database + " TO " + who}
	quoted := make([]string, len(path))
	for i, schema := range path {
		if quoted[i], err = db.foreignName(schema); err != nil {
			return nil, err
		}
		statements = append(statements, "GRANT USAGE ON SCHEMA "+quoted[i]+" TO "+who)
	}
	if !slices.Equal(path, []string{"public"}) { // the account finds tables by the path that the present one has
		statements = append(statements, "ALTER ROLE "+who+" IN DATABASE "+database+" SET search_path = "+strings.Join(quoted, ", "))
	}
	for _, table := range names {
		schema := quoted[max(0, slices.Index(path, places[table].schema))]
		statements = append(statements, "GRANT SELECT "+db.columnList(tables[table])+" ON "+schema+"."+db.quote("", table)+" TO "+who)
	}
	return statements, nil
}

// places finds the tables, and lists their schemas in the order in which the present account looks through them.
func (d *postgresDialect) places(ctx context.Context, db *DB, tables []string) (map[string]place, []string, error) {
	q := &query{width: 3, rows: len(tables), text: `SELECT c.relname, n.nspname, current_database()
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r','p','v','m','f') AND pg_catalog.pg_table_is_visible(c.oid) AND n.nspname = ANY (current_schemas(false)) AND c.relname IN (`}
	for i, table := range tables {
		if i > 0 {
			q.text += ","
		}
		q.text += d.placeholder(i + 1)
		q.args = append(q.args, table)
	}
	q.text += ") ORDER BY array_position(current_schemas(false), n.nspname)"
	rows, err := db.run(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	places := make(map[string]place, rows.Len())
	var path []string
	for i := range rows.Len() {
		row := rows.Row(i)
		schema := cellText(row[1])
		places[cellText(row[0])] = place{schema: schema, database: cellText(row[2])}
		if !slices.Contains(path, schema) {
			path = append(path, schema)
		}
	}
	for _, table := range tables {
		if _, ok := places[table]; !ok {
			return nil, nil, db.fail(mappingFault(fmt.Sprintf("the table %q does not exist or the account may not see it", table)))
		}
	}
	return places, path, nil
}

func (d *sqliteDialect) grants(context.Context, *DB, Account, map[string][]string) ([]string, error) {
	return []string{"-- SQLite has no accounts: let the user Chatpass runs as read the database file and its folder, and write neither"}, nil
}
