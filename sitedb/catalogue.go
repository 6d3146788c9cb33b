package sitedb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/chatpass/chatpass/userinfo"
)

// Bounds of [DB.Catalogue]: a big shop or a multisite with many blogs is below them, and everything stays below 50 MiB of memory.
const (
	catalogueTables  = 2_000
	catalogueColumns = 60_000
)

// ErrTooManyTables says that a database is too large to be looked through.
var ErrTooManyTables = errors.New("too many tables")

// TableInfo is a table or view as the database's own catalogue describes it.
type TableInfo struct {
	Name     string
	Columns  []userinfo.Column // in their order
	Charsets map[string]string // column -> character set, lower case; only MySQL and MariaDB have one per column
	Rows     int64             // what the database estimates without counting; -1 unknown
}

// Catalogue describes every table and view of the database the account may see, in the order of their names. That a column is Unique
// is exact; Indexed may also be said of a later column of a primary key.
// It is one query, on MySQL and MariaDB two, each bounded by ctx and by [Options].QueryTimeout: on a server with cold caches a
// thousand tables may take seconds, so a database that is to be looked through wants to be opened with half a minute. More than 2,000
// tables or 60,000 columns are ErrTooManyTables.
func (db *DB) Catalogue(ctx context.Context) ([]TableInfo, error) {
	d, ok := db.dialect.(catalogued)
	if !ok {
		return nil, fmt.Errorf("%w: the %s dialect has no catalogue", userinfo.ErrUnavailable, db.dialect.flavour())
	}
	q := d.catalogue()
	q.mayBeSlow = true
	rows, err := db.run(ctx, q)
	if err != nil {
		return nil, err
	}
	if rows.Len() > catalogueColumns {
		return nil, tooMany("60,000 columns")
	}
	tables, err := collect(d, rows)
	if err != nil {
		return nil, err
	}
	return tables, db.estimate(ctx, d, tables)
}

// catalogued is a dialect whose catalogue can be read.
type catalogued interface {
	// catalogue is the query for the columns of all tables, ordered by table and place, at most catalogueColumns+1.
	catalogue() *query
	// entry reads one row of it.
	entry(row userinfo.Row) entry
	// estimates is the query for tables and their rows; nil if catalogue tells them or nothing does.
	estimates() *query
}

var (
	_ catalogued = (*mysqlDialect)(nil)
	_ catalogued = (*postgresDialect)(nil)
	_ catalogued = (*sqliteDialect)(nil)
)

// entry is a column in the catalogue.
type entry struct {
	table   string
	column  userinfo.Column
	primary bool // one of the columns of the primary key, of which Indexed and Unique are not set yet
	charset string
	rows    int64
}

func tooMany(what string) error {
	return fmt.Errorf("%w: the database has more than %s; name the table by CHATPASS_USERS_TABLE or the platform by CHATPASS_PRESET", ErrTooManyTables, what)
}

func collect(d catalogued, rows *userinfo.Rows) ([]TableInfo, error) {
	var tables []TableInfo
	var primary []int // columns of the current table's primary key
	finish := func() {
		for _, i := range primary {
			c := &tables[len(tables)-1].Columns[i]
			c.Indexed, c.Unique = true, c.Unique || len(primary) == 1
		}
		primary = primary[:0]
	}
	for i := range rows.Len() {
		e := d.entry(rows.Row(i))
		if len(tables) == 0 || tables[len(tables)-1].Name != e.table {
			finish()
			if len(tables) == catalogueTables {
				return nil, tooMany("2,000 tables")
			}
			tables = append(tables, TableInfo{Name: e.table, Rows: e.rows})
		}
		t := &tables[len(tables)-1]
		if e.primary {
			primary = append(primary, len(t.Columns))
		}
		t.Columns = append(t.Columns, e.column)
		if e.charset != "" {
			if t.Charsets == nil {
				t.Charsets = make(map[string]string)
			}
			t.Charsets[e.column.Name] = e.charset
		}
	}
	finish()
	return tables, nil
}

// estimate fills in the rows. They are a hint: a server that does not tell them in time leaves them unknown.
func (db *DB) estimate(ctx context.Context, d catalogued, tables []TableInfo) error {
	q := d.estimates()
	if q == nil {
		return nil
	}
	q.mayBeSlow = true
	rows, err := db.run(ctx, q)
	if errors.Is(err, context.Canceled) {
		return err
	}
	if err != nil {
		db.log.WarnContext(ctx, "site database does not tell how many rows its tables have", "error", err)
		return nil
	}
	counts := make(map[string]int64, rows.Len())
	for i := range rows.Len() {
		if row := rows.Row(i); row[1] != nil {
			counts[string(row[0])] = cellInt(row[1])
		}
	}
	for i := range tables {
		if n, ok := counts[tables[i].Name]; ok {
			tables[i].Rows = n
		}
	}
	return nil
}

func catalogueLimit() string { return " LIMIT " + strconv.Itoa(catalogueColumns+1) }

// catalogue takes the keys from COLUMN_KEY: MariaDB opens every table to answer from STATISTICS. Names are put in order as bytes, or the
// columns of Users and users would mix.
func (d *mysqlDialect) catalogue() *query {
	return &query{width: 7, text: `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_SET_NAME, COALESCE(CHARACTER_MAXIMUM_LENGTH, 0), COLUMN_KEY
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY CAST(TABLE_NAME AS BINARY), ORDINAL_POSITION` + catalogueLimit()}
}

// entry reads COLUMN_KEY: PRI is the primary key or a part of it, UNI a unique index of the column alone, MUL the first of another.
func (d *mysqlDialect) entry(row userinfo.Row) entry {
	key := cellText(row[6])
	kind := map[string]string{"UNI": "2", "MUL": "1"}[key]
	if kind == "" {
		kind = "0"
	}
	c, _ := d.column(userinfo.Row{row[0], row[1], row[2], row[3], row[4], row[5], []byte(kind)})
	return entry{table: cellText(row[0]), column: c, primary: key == "PRI", charset: strings.ToLower(cellText(row[4])), rows: -1}
}

func (d *mysqlDialect) estimates() *query {
	return &query{width: 2, text: "SELECT TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"}
}

// catalogue leaves the parts of partitioned tables out. A table that was never analysed has no estimate: −1, before PostgreSQL 14 a 0
// without pages.
func (d *postgresDialect) catalogue() *query {
	return &query{width: 7, text: `SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), b.typname, b.typtype,
CASE WHEN a.atttypmod > 4 AND b.typname IN ('varchar','bpchar') THEN a.atttypmod - 4 ELSE 0 END::text || ' ' || COALESCE(i.kind, 0)::text,
CASE WHEN c.reltuples < 0 OR c.reltuples = 0 AND c.relpages = 0 THEN -1 ELSE c.reltuples::bigint END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
LEFT JOIN (SELECT indrelid, indkey[0] AS head, MAX(CASE WHEN indisunique AND indnkeyatts = 1 THEN 2 ELSE 1 END) AS kind
 FROM pg_catalog.pg_index WHERE indisvalid AND indpred IS NULL GROUP BY indrelid, indkey[0]) i ON i.indrelid = c.oid AND i.head = a.attnum
WHERE c.relkind IN ('r','p','v','m','f') AND NOT c.relispartition AND pg_catalog.pg_table_is_visible(c.oid)
AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!'
AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum` + catalogueLimit()}
}

func (d *postgresDialect) entry(row userinfo.Row) entry {
	c, _ := d.column(row[:6])
	return entry{table: cellText(row[0]), column: c, rows: cellInt(row[6])}
}

func (d *postgresDialect) estimates() *query { return nil }

func (d *sqliteDialect) catalogue() *query {
	return &query{width: 6, text: `SELECT m.name, x.name, x.type, 0, COALESCE(k.kind, 0), x.pk
FROM sqlite_master m JOIN pragma_table_xinfo(m.name) x LEFT JOIN (
 SELECT t.name AS place, i.name AS head,
  MAX(CASE WHEN l."unique" AND NOT EXISTS (SELECT 1 FROM pragma_index_info(l.name) o WHERE o.seqno > 0) THEN 2 ELSE 1 END) AS kind
 FROM sqlite_master t, pragma_index_list(t.name) l, pragma_index_info(l.name) i
 WHERE t.type = 'table' AND i.seqno = 0 AND NOT l.partial GROUP BY t.name, i.name) k ON k.place = m.name AND k.head = x.name
WHERE m.type IN ('table','view') AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND x.hidden <> 1 ORDER BY m.name, x.cid` + catalogueLimit()}
}

func (d *sqliteDialect) entry(row userinfo.Row) entry {
	c, _ := d.column(row[:5])
	return entry{table: cellText(row[0]), column: c, primary: cellInt(row[5]) > 0, rows: -1}
}

func (d *sqliteDialect) estimates() *query { return nil }
