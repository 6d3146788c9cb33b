package sitedb

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"

	"github.com/chatpass/chatpass/userinfo"
)

// postgresDialect is PostgreSQL.
type postgresDialect struct {
	inner    driver.Connector
	database string
}

// newPostgres sets the session up in the start-up packet, not by SET: behind a pooler that shares connections a SET would make
// the site's own sessions read-only. pgbouncer refuses these parameters until its ignore_startup_parameters names them.
func newPostgres(cfg *pgx.ConnConfig, timeout time.Duration) *postgresDialect {
	cfg = cfg.Copy()
	cfg.ConnectTimeout = dialTimeout
	// The simple protocol leaves no statement on the server, passes through every pooler, and its literals take the column's
	// type (citext, uuid, char), which typed parameters would not, so that indexes stay usable.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	cfg.StatementCacheCapacity, cfg.DescriptionCacheCapacity = 0, 0
	for name, value := range map[string]string{
		"default_transaction_read_only": "on",
		"statement_timeout":             strconv.FormatInt((timeout + timeout/5).Milliseconds(), 10),
		"timezone":                      "UTC",
		"datestyle":                     "ISO, YMD",
		"client_encoding":               "UTF8",
		"standard_conforming_strings":   "on",
		"bytea_output":                  "hex",
		"application_name":              "chatpass",
	} {
		cfg.RuntimeParams[name] = value
	}
	return &postgresDialect{database: cfg.Database, inner: stdlib.GetConnector(*cfg,
		stdlib.OptionShouldPing(func(context.Context, stdlib.ShouldPingParams) bool { return false }), // a look at the socket is free
		stdlib.OptionResetSession(func(_ context.Context, conn *pgx.Conn) error {
			if !alive(conn.PgConn().Conn()) {
				return driver.ErrBadConn
			}
			return nil
		}))}
}

func (d *postgresDialect) connector() driver.Connector { return d.inner }

func (d *postgresDialect) gorm(pool *sql.DB) gorm.Dialector {
	return gormpostgres.New(gormpostgres.Config{Conn: pool, PreferSimpleProtocol: true})
}

func (d *postgresDialect) flavour() string { return "postgres" }

// read takes the server's text of every cell, so that no Go type stands between ('infinity' and the year 10,000 are fine).
func (d *postgresDialect) read(ctx context.Context, conn any, q *query, rows *userinfo.Rows) error {
	std, ok := conn.(*stdlib.Conn)
	if !ok {
		return fmt.Errorf("driver connection %T is not pgx's", conn)
	}
	result, err := std.Conn().Query(ctx, q.text, q.args...)
	if err != nil {
		return err
	}
	defer result.Close()
	for result.Next() {
		fields := result.FieldDescriptions()
		if len(fields) != q.width {
			return fmt.Errorf("answer has %d columns instead of %d", len(fields), q.width)
		}
		for i, cell := range result.RawValues() {
			appendPostgres(rows, fields[i].DataTypeOID, cell)
		}
		if err := q.tooBig(rows); err != nil {
			return err
		}
	}
	return result.Err()
}

// appendPostgres appends a cell in PostgreSQL's text format as the text userinfo.Row promises.
func appendPostgres(rows *userinfo.Rows, oid uint32, cell []byte) {
	if cell == nil {
		rows.AppendNull()
		return
	}
	var buf [40]byte
	switch oid {
	case pgtype.BoolOID:
		if bytes.Equal(cell, []byte("t")) {
			rows.AppendCell([]byte{'1'})
		} else {
			rows.AppendCell([]byte{'0'})
		}
	case pgtype.TimestamptzOID: // "2026-01-02 15:04:05.6+00", since the session's zone is UTC
		rest, utc := bytes.CutSuffix(cell, []byte("+00"))
		date, clock, ok := bytes.Cut(rest, []byte(" "))
		if !utc || !ok {
			rows.AppendCell(cell)
			return
		}
		text := append(append(buf[:0], date...), 'T')
		rows.AppendCell(append(append(text, clock...), 'Z'))
	case pgtype.ByteaOID:
		digits, ok := bytes.CutPrefix(cell, []byte(`\x`))
		decoded, err := hex.AppendDecode(nil, digits)
		if !ok || err != nil {
			rows.AppendCell(cell)
			return
		}
		rows.AppendCell(decoded)
	case pgtype.BPCharOID: // char(n) is padded; its blanks mean nothing
		rows.AppendCell(bytes.TrimRight(cell, " "))
	default:
		rows.AppendCell(cell)
	}
}

// fault knows the codes of https://www.postgresql.org/docs/current/errcodes-appendix.html that a reader can meet.
func (d *postgresDialect) fault(err error) *Error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return nil
	}
	code := "SQLSTATE " + e.Code
	switch {
	case e.Code == "42P01", e.Code == "42703", e.Code == "3F000":
		return mappingFault("a table or column of it does not exist (" + code + ")")
	case e.Code == "42501":
		return deniedRead(e.Message)
	case e.Code == "28P01":
		return lockedOut(RefusedLogin, "the server refuses user name or password ("+code+")")
	case strings.HasPrefix(e.Code, "28"): // the server does not tell strangers which of these it is
		return lockedOut(RefusedOrigin, "the server does not let this account in: no such user, or pg_hba.conf does not allow it from this address or without TLS ("+code+")")
	case e.Code == "3D000":
		return lockedOut(RefusedDatabase, "the server has no database of this name ("+code+")")
	case e.Code == "57014":
		return unavailable(ClassLimit, "the server ended the statement ("+code+")")
	case e.Code == "53300": // also an account's own limit
		return crowded(RefusedCrowd, "the database has as many connections as it takes, or as the account may have ("+code+")")
	case strings.HasPrefix(e.Code, "53"), strings.HasPrefix(e.Code, "57P"), strings.HasPrefix(e.Code, "08"):
		return unavailable(ClassConnect, "the database takes no connection ("+code+")")
	default:
		return unavailable(ClassOther, "the query failed ("+code+")")
	}
}

// broken counts a session the administrator ended while it read.
func (d *postgresDialect) broken(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "57P01" || errors.Is(err, pgconn.ErrConnClosed)
}

func (d *postgresDialect) wideUint() bool { return false }

func (d *postgresDialect) like(column string, n int) string {
	return column + "::text ILIKE " + d.placeholder(n) + " ESCAPE '!'"
}

func (d *postgresDialect) placeholder(n int) string { return "$" + strconv.Itoa(n) }

func (d *postgresDialect) repeatable() bool { return true }

func (d *postgresDialect) clock() string {
	return "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
}
