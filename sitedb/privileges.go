package sitedb

import "context"

// Privilege is something a PostgreSQL account may do.
type Privilege struct {
	Name   string // "SELECT", "INSERT" …; of an account as a whole "SUPERUSER", "CREATEDB" …, or "ROLE pg_read_all_data"
	Table  string // empty: as a whole. With its schema where the account does not find the table without
	Column string // empty: every column
}

// Privileges lists what the account may do in PostgreSQL, at most a thousand of them, also what it inherits or what everybody may;
// of a superuser only that it is one. Column rights are listed where there is no right on the whole table.
// For other databases the list is empty; MySQL and MariaDB tell by [DB.Grants].
func (db *DB) Privileges(ctx context.Context) ([]Privilege, error) {
	if _, ok := db.dialect.(*postgresDialect); !ok {
		return nil, nil
	}
	rows, err := db.run(ctx, &query{text: privilegesText, width: 3, mayBeSlow: true})
	if err != nil {
		return nil, err
	}
	list := make([]Privilege, rows.Len())
	for i := range list {
		row := rows.Row(i)
		list[i] = Privilege{cellText(row[0]), cellText(row[1]), cellText(row[2])}
	}
	return list, nil
}

// privilegesText asks the server itself instead of reading access lists, so that inherited roles and ownership count.
const privilegesText = `WITH me AS (SELECT * FROM pg_catalog.pg_roles WHERE rolname = current_user),
t AS (SELECT c.oid, CASE WHEN pg_catalog.pg_table_is_visible(c.oid) THEN c.relname ELSE n.nspname || '.' || c.relname END AS name
 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r','p','v','m','f') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!'
 AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')),
p (name, n) AS (VALUES ('INSERT', 1), ('UPDATE', 2), ('DELETE', 3), ('TRUNCATE', 4), ('REFERENCES', 5), ('TRIGGER', 6), ('SELECT', 7))
SELECT name, place, col FROM (
 SELECT a.name, '' AS place, '' AS col, 0 AS n FROM me, LATERAL (VALUES
  ('SUPERUSER', rolsuper), ('CREATEROLE', rolcreaterole AND NOT rolsuper), ('CREATEDB', rolcreatedb AND NOT rolsuper),
  ('REPLICATION', rolreplication AND NOT rolsuper), ('BYPASSRLS', rolbypassrls AND NOT rolsuper)) a (name, is_set) WHERE a.is_set
 UNION ALL
 SELECT 'ROLE ' || r.rolname, '', '', 0 FROM pg_catalog.pg_roles r, me
 WHERE r.rolname LIKE 'pg!_%' ESCAPE '!' AND NOT me.rolsuper AND pg_catalog.pg_has_role(r.oid, 'MEMBER')
 UNION ALL
 SELECT p.name, t.name, '', p.n FROM t, p, me WHERE NOT me.rolsuper AND pg_catalog.has_table_privilege(t.oid, p.name)
 UNION ALL
 SELECT p.name, t.name, a.attname, p.n FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid, p, me
 WHERE NOT me.rolsuper AND a.attnum > 0 AND NOT a.attisdropped AND a.attacl IS NOT NULL AND p.name IN ('INSERT', 'UPDATE', 'REFERENCES', 'SELECT')
 AND NOT pg_catalog.has_table_privilege(t.oid, p.name) AND pg_catalog.has_column_privilege(t.oid, a.attnum, p.name)
) held ORDER BY n, place, col, name LIMIT 1000`
