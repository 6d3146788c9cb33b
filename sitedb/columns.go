package sitedb

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chatpass/chatpass/userinfo"
)

// maxTables bounds the list of tables, as userinfo.Source says.
const maxTables = 10_000

// Columns lists the columns of a table or view in their order. Names are taken as the database takes them in quotes: exactly,
// except where a MySQL server folds the case of table names.
func (db *DB) Columns(ctx context.Context, table string) ([]userinfo.Column, error) {
	if err := checkIdentifiers(table); err != nil {
		return nil, db.fail(err)
	}
	rows, err := db.run(ctx, db.dialect.columns(table))
	if err != nil {
		return nil, err
	}
	exact := false
	for i := range rows.Len() {
		exact = exact || string(rows.Row(i)[0]) == table
	}
	columns := make([]userinfo.Column, 0, rows.Len())
	facts := make(map[string]fact, rows.Len())
	for i := range rows.Len() {
		row := rows.Row(i)
		if exact && string(row[0]) != table { // a server that keeps the case may have another table of the same letters
			continue
		}
		c, f := db.dialect.column(row)
		f.class, f.kin, f.unsigned = classOf(c.Type), kinOf(c.Type), c.Type == userinfo.ColumnUint
		columns = append(columns, c)
		facts[c.Name] = f
	}
	if len(columns) == 0 {
		db.facts.Delete(table)
		return nil, db.fail(mappingFault(fmt.Sprintf("the table %q does not exist or the account may not see it", table)))
	}
	db.facts.Store(table, facts)
	return columns, nil
}

// Tables lists the names of tables and views, at most 10,000, in their order.
func (db *DB) Tables(ctx context.Context) ([]string, error) {
	rows, err := db.run(ctx, &query{text: db.dialect.tables() + " LIMIT " + strconv.Itoa(maxTables), width: 1})
	if err != nil {
		return nil, err
	}
	names := make([]string, rows.Len())
	for i := range names {
		names[i] = string(rows.Row(i)[0])
	}
	return names, nil
}

// cellText and cellInt read cells of the database's own catalogue; NULL is empty and zero.
func cellText(cell []byte) string { return string(cell) }

func cellInt(cell []byte) int64 {
	n, err := strconv.ParseInt(string(cell), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// setIndex notes what kind of index a column has: 0 none, 1 one that it begins, 2 a unique one of its own.
func setIndex(c *userinfo.Column, kind string) {
	c.Indexed, c.Unique = kind != "0", kind == "2"
}

func (d *mysqlDialect) tables() string {
	return "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME"
}

// columns names the table as a constant in every part: with a correlated one MariaDB opens each table of the schema, which took
// seconds on a site with a thousand of them. A column's seventh cell is 2 for a unique index of its own, 1 for another it begins.
func (d *mysqlDialect) columns(table string) *query {
	return &query{width: 8, args: []any{table, table}, text: `SELECT c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE, c.COLUMN_TYPE, c.CHARACTER_SET_NAME,
COALESCE(c.CHARACTER_MAXIMUM_LENGTH, 0), COALESCE(i.kind, 0), c.COLLATION_NAME
FROM information_schema.COLUMNS c LEFT JOIN (
 SELECT k.head, MAX(CASE WHEN k.parts = 1 AND k.dup = 0 THEN 2 ELSE 1 END) AS kind FROM (
  SELECT MAX(CASE WHEN SEQ_IN_INDEX = 1 THEN COLUMN_NAME END) AS head, COUNT(*) AS parts, MIN(NON_UNIQUE) AS dup
  FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? GROUP BY INDEX_NAME) k
 GROUP BY k.head) i ON i.head = c.COLUMN_NAME
WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = ? ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION`}
}

func (d *mysqlDialect) column(row userinfo.Row) (userinfo.Column, fact) {
	dataType, dbType, charset := strings.ToLower(cellText(row[2])), cellText(row[3]), strings.ToLower(cellText(row[4]))
	c := userinfo.Column{Name: cellText(row[1]), DBType: dbType, Size: cellInt(row[5])}
	setIndex(&c, cellText(row[6]))
	c.Type = mysqlType(dataType, strings.Contains(strings.ToLower(dbType), "unsigned"), charset)
	f := fact{holds: repertoire(charset), charset: charset}
	if len(row) > 7 { // the catalogue of all tables does without
		f.collation = strings.ToLower(cellText(row[7]))
	}
	return c, f
}

func mysqlType(dataType string, unsigned bool, charset string) userinfo.ColumnType {
	switch dataType {
	case "tinyint", "smallint", "mediumint", "int", "integer", "bigint":
		if unsigned {
			return userinfo.ColumnUint
		}
		return userinfo.ColumnInt
	case "bit", "year": // read as integers that are never negative
		return userinfo.ColumnUint
	case "decimal", "numeric", "float", "double", "real":
		return userinfo.ColumnNumber
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "nchar", "nvarchar":
		if charset == "binary" {
			return userinfo.ColumnBytes
		}
		return userinfo.ColumnText
	case "json", "time", "inet4", "inet6":
		return userinfo.ColumnText
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
		return userinfo.ColumnBytes
	case "datetime":
		return userinfo.ColumnTime
	case "timestamp":
		return userinfo.ColumnTimestamp
	case "date":
		return userinfo.ColumnDate
	case "uuid":
		return userinfo.ColumnUUID
	default:
		return userinfo.ColumnOther
	}
}

func (d *postgresDialect) tables() string {
	return `SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r','p','v','m','f') AND pg_catalog.pg_table_is_visible(c.oid)
AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!' ORDER BY c.relname`
}

func (d *postgresDialect) columns(table string) *query {
	return &query{width: 6, args: []any{table}, text: `SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), b.typname, b.typtype,
CASE WHEN a.atttypmod > 4 AND b.typname IN ('varchar','bpchar') THEN a.atttypmod - 4 ELSE 0 END::text ||
' ' || COALESCE((SELECT MAX(CASE WHEN i.indisunique AND i.indnkeyatts = 1 THEN 2 ELSE 1 END) FROM pg_catalog.pg_index i
 WHERE i.indrelid = c.oid AND i.indisvalid AND i.indpred IS NULL AND i.indkey[0] = a.attnum), 0)::text ||
CASE WHEN pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') THEN '' ELSE ' barred' END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
WHERE c.relname = $1 AND c.relkind IN ('r','p','v','m','f') AND pg_catalog.pg_table_is_visible(c.oid)
AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`}
}

func (d *postgresDialect) column(row userinfo.Row) (userinfo.Column, fact) {
	size, indexed, _ := strings.Cut(cellText(row[5]), " ")
	indexed, _, barred := strings.Cut(indexed, " ")
	c := userinfo.Column{Name: cellText(row[1]), DBType: cellText(row[2]), Size: cellInt([]byte(size)), Unreadable: barred}
	setIndex(&c, indexed)
	base := cellText(row[3])
	c.Type = postgresType(base, cellText(row[4]))
	return c, fact{alone: !slices.Contains([]string{"text", "varchar", "bpchar", "citext", "name"}, base)}
}

func postgresType(name, kind string) userinfo.ColumnType {
	switch name {
	case "int2", "int4", "int8":
		return userinfo.ColumnInt
	case "oid":
		return userinfo.ColumnUint
	case "numeric", "float4", "float8", "money":
		return userinfo.ColumnNumber
	case "text", "varchar", "bpchar", "citext", "name", "char", "json", "jsonb", "time", "timetz", "inet", "cidr", "xml":
		return userinfo.ColumnText
	case "uuid":
		return userinfo.ColumnUUID
	case "bool":
		return userinfo.ColumnBool
	case "timestamp":
		return userinfo.ColumnTime
	case "timestamptz":
		return userinfo.ColumnTimestamp
	case "date":
		return userinfo.ColumnDate
	case "bytea":
		return userinfo.ColumnBytes
	default:
		if kind == "e" {
			return userinfo.ColumnText
		}
		return userinfo.ColumnOther
	}
}

func (d *sqliteDialect) tables() string {
	return `SELECT name FROM sqlite_master WHERE type IN ('table','view') AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name`
}

func (d *sqliteDialect) columns(table string) *query {
	return &query{width: 5, args: []any{table, table, table}, text: `SELECT m.name, x.name, x.type, 0,
CASE WHEN x.pk = 1 AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo(?) y WHERE y.pk > 1) THEN 2 ELSE COALESCE((
 SELECT MAX(CASE WHEN l."unique" AND NOT EXISTS (SELECT 1 FROM pragma_index_info(l.name) o WHERE o.seqno > 0) THEN 2 ELSE 1 END)
 FROM pragma_index_list(?) l, pragma_index_info(l.name) i WHERE i.seqno = 0 AND i.name = x.name AND NOT l.partial), 0) END
FROM sqlite_master m, pragma_table_xinfo(m.name) x
WHERE m.type IN ('table','view') AND m.name = ? COLLATE NOCASE AND x.hidden <> 1 ORDER BY x.cid`}
}

func (d *sqliteDialect) column(row userinfo.Row) (userinfo.Column, fact) {
	c := userinfo.Column{Name: cellText(row[1]), DBType: cellText(row[2])}
	setIndex(&c, cellText(row[4]))
	c.Type, c.Size = sqliteType(c.DBType)
	return c, fact{}
}

// sqliteType reads a declared type: known names first, then by https://www.sqlite.org/datatype3.html §3.1. A column without a type
// is text, since what was written by programs mostly is.
func sqliteType(declared string) (userinfo.ColumnType, int64) {
	name, rest, _ := strings.Cut(strings.ToUpper(declared), "(")
	name = strings.TrimSpace(name)
	digits, _, _ := strings.Cut(rest, ")")
	size := cellInt([]byte(strings.TrimSpace(digits)))
	switch name {
	case "DATETIME", "TIMESTAMP":
		return userinfo.ColumnTime, 0
	case "DATE":
		return userinfo.ColumnDate, 0
	case "BOOLEAN", "BOOL":
		return userinfo.ColumnBool, 0
	case "UUID":
		return userinfo.ColumnUUID, 0
	case "", "JSON", "JSONB", "TIME", "STRING", "XML":
		return userinfo.ColumnText, 0
	}
	switch {
	case strings.Contains(name, "INT"):
		if strings.Contains(name, "UNSIGNED") || strings.Contains(strings.ToUpper(declared), "UNSIGNED") {
			return userinfo.ColumnUint, 0
		}
		return userinfo.ColumnInt, 0
	case strings.Contains(name, "CHAR"), strings.Contains(name, "CLOB"), strings.Contains(name, "TEXT"):
		return userinfo.ColumnText, size
	case strings.Contains(name, "BLOB"), strings.Contains(name, "BINARY"):
		return userinfo.ColumnBytes, size
	default:
		return userinfo.ColumnNumber, 0 // REAL, FLOAT, DOUBLE, and the rule's NUMERIC
	}
}
