package sitedb

import (
	"bytes"
	"context"

	"github.com/chatpass/chatpass/userinfo"
)

// UsesIndex reports whether a look-up by a column could use an index, where the catalogue shows none: MySQL and MariaDB hide an index
// from an account that may not read every column of it, but not from the planner. For other databases, which hide none, it is false.
// Columns must have seen the table.
func (db *DB) UsesIndex(ctx context.Context, table, column string) (bool, error) {
	if _, ok := db.dialect.(*mysqlDialect); !ok {
		return false, nil
	}
	if err := checkIdentifiers(table, column); err != nil {
		return false, db.fail(err)
	}
	values := "'00000000-0000-0000-0000-000000000001','00000000-0000-0000-0000-000000000002'" // what any column of text or bytes can be compared with
	if class := db.factOf(table, column).class; class == factInteger || class == factUnknown {
		values = "1,2"
	}
	name := db.quote("", column)
	rows, err := db.run(ctx, &query{width: 1, text: "EXPLAIN FORMAT=JSON SELECT " + name + " FROM " + db.quote("", table) + " WHERE " + name + " IN (" + values + ")"})
	if err != nil {
		return false, err
	}
	if rows.Len() != 1 {
		return false, db.fail(&Error{class: ClassOther, sentinel: userinfo.ErrUnavailable, text: "the database gave no plan"})
	}
	plan := rows.Row(0)[0]
	return bytes.Contains(plan, []byte(`"possible_keys"`)), nil
}
