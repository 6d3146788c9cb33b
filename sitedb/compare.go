package sitedb

import "strings"

// alike overrules the collation of the side before the join: MySQL refuses to compare columns of two collations
// (https://dev.mysql.com/doc/refman/8.0/en/charset-collation-coercibility.html), and tables of one site often differ in them.
func (d *mysqlDialect) alike(column, with side) string {
	c, w := column.fact, with.fact
	text := with.text
	switch {
	case c.collation == "" || w.collation == "" || c.collation == w.collation:
	case c.charset == w.charset && identifier.MatchString(c.collation):
		text += " COLLATE " + c.collation
	case !unicodeCharset(c.charset) && !unicodeCharset(w.charset): // of two that are not, neither is converted unasked
		text = "CONVERT(" + text + " USING utf8mb4)"
	}
	return column.text + " = " + text
}

func unicodeCharset(name string) bool {
	return strings.HasPrefix(name, "utf") || strings.HasPrefix(name, "ucs")
}

// asText is in ASCII, which takes the character set and collation of any column it is compared with.
func (d *mysqlDialect) asText(s side) string {
	return "CAST(" + s.text + " AS CHAR CHARACTER SET ascii)"
}

func (d *mysqlDialect) asBytes(s side) string {
	switch s.fact.kin {
	case kinBytes:
		return s.text
	case kinText:
		return "CAST(CONVERT(" + s.text + " USING utf8mb4) AS BINARY)"
	default:
		return "CAST(" + d.asText(s) + " AS BINARY)"
	}
}

// parsed converts first: an enum itself would read as the number of its label.
func (d *mysqlDialect) parsed(text, column side) string {
	switch {
	case column.fact.kin != kinInteger:
		return text.text // MariaDB's uuid takes a text by itself
	case column.fact.unsigned:
		return "CAST(CONVERT(" + text.text + " USING utf8mb4) AS UNSIGNED)"
	default:
		return "CAST(CONVERT(" + text.text + " USING utf8mb4) AS SIGNED)"
	}
}

// order needs a second expression where it ascends: NULL is MySQL's least value.
func (d *mysqlDialect) order(column string, descending bool) string {
	if descending {
		return column + " DESC"
	}
	return column + " IS NULL," + column
}

func (d *postgresDialect) alike(column, with side) string {
	if column.fact.alone || with.fact.alone {
		return d.asText(column) + " = " + d.asText(with)
	}
	return column.text + " = " + with.text
}

func (d *postgresDialect) asText(s side) string { return s.text + "::text" }

func (d *postgresDialect) asBytes(s side) string {
	if s.fact.kin == kinBytes {
		return s.text
	}
	return "convert_to(" + d.asText(s) + ", 'UTF8')"
}

// parsed looks at the text first, since a cast of any other is an error; CASE is never evaluated out of order for values of a row.
// Integers of 19 digits count up to 8,999…: what is left out below 2^63 is no id anybody has.
func (d *postgresDialect) parsed(text, column side) string {
	pattern, kind := "^(-?[0-9]{1,18}|[1-8][0-9]{18})$", "bigint"
	if column.fact.kin == kinUUID {
		pattern, kind = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "uuid"
	}
	return "CASE WHEN " + d.asText(text) + " ~ '" + pattern + "' THEN " + d.asText(text) + "::" + kind + " END"
}

func (d *postgresDialect) order(column string, descending bool) string {
	return nullsLast(column, descending)
}

func (d *sqliteDialect) alike(column, with side) string { return column.text + " = " + with.text }

func (d *sqliteDialect) asText(s side) string { return "CAST(" + s.text + " AS TEXT)" }

func (d *sqliteDialect) asBytes(s side) string { return "CAST(" + s.text + " AS BLOB)" }

func (d *sqliteDialect) parsed(text, column side) string {
	if column.fact.kin == kinInteger {
		return "CAST(" + text.text + " AS INTEGER)"
	}
	return text.text // a declared uuid is kept as text
}

func (d *sqliteDialect) order(column string, descending bool) string {
	return nullsLast(column, descending)
}

// nullsLast is the standard's way to say it, which MySQL and MariaDB lack.
func nullsLast(column string, descending bool) string {
	if descending {
		return column + " DESC NULLS LAST"
	}
	return column + " NULLS LAST"
}
