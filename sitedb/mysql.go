package sitedb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"
	"gorm.io/gorm"

	"github.com/chatpass/chatpass/userinfo"
)

// mysqlDialect is MariaDB, MySQL and what speaks like them.
type mysqlDialect struct {
	inner   driver.Connector
	mariadb bool // what the address says, until a server has said what it is
	schema  string
	timeout time.Duration
	session atomic.Pointer[session]
}

// session is what the first connection learned about the server and every connection sends.
type session struct {
	flavour string
	setup   string
}

// newMySQL overrides whatever the address says about encoding, times and interpolation.
func newMySQL(cfg *mysql.Config, mariadb bool, timeout time.Duration) (*mysqlDialect, error) {
	cfg = cfg.Clone()
	cfg.InterpolateParams = true // one round trip, and no prepared statements that pile up on the site's server
	cfg.ParseTime, cfg.Loc = false, time.UTC
	cfg.CheckConnLiveness, cfg.MultiStatements = true, false
	cfg.Collation, cfg.Params = "", nil
	cfg.Timeout, cfg.DialFunc = dialTimeout, dialer
	// Every read and write has the context's deadline, behind which is the server's own limit; one of the socket's would cost two
	// changes of a timer per query.
	cfg.ReadTimeout, cfg.WriteTimeout = 0, 0
	cfg.MaxAllowedPacket = 64 << 20 // a constant saves a round trip per connection; the longest text we send is below 1 MiB
	cfg.Logger = &mysql.NopLogger{}
	inner, err := mysql.NewConnector(cfg)
	if err != nil { // its text may hold an option's value
		return nil, errors.New("the address of the database cannot be used")
	}
	return &mysqlDialect{inner: inner, mariadb: mariadb, schema: cfg.DBName, timeout: timeout}, nil
}

func (d *mysqlDialect) connector() driver.Connector { return d }

// Driver is go-sql-driver's.
func (d *mysqlDialect) Driver() driver.Driver { return d.inner.Driver() }

// Connect makes a connection whose session cannot write, reads UTC and UTF-8, and ends long statements by itself.
func (d *mysqlDialect) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := connectTimed(ctx, d.inner)
	if err != nil {
		return nil, err
	}
	if err := d.setUp(ctx, conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func (d *mysqlDialect) setUp(ctx context.Context, conn driver.Conn) error {
	exec, ok := conn.(driver.ExecerContext)
	if !ok {
		return fmt.Errorf("driver connection %T cannot execute", conn)
	}
	if _, err := exec.ExecContext(ctx, "SET SESSION TRANSACTION READ ONLY", nil); err != nil {
		return err
	}
	s := d.session.Load()
	if s == nil {
		version, err := serverVersion(ctx, conn)
		if err != nil {
			return err
		}
		s = newSession(version, d.timeout+d.timeout/5)
	}
	_, err := exec.ExecContext(ctx, s.setup, nil)
	if mysqlNumber(err) == 1193 { // the server knows no statement limit
		s = &session{flavour: s.flavour, setup: setup}
		_, err = exec.ExecContext(ctx, s.setup, nil)
	}
	if err != nil {
		return err
	}
	d.session.Store(s)
	return nil
}

// setup pins the session: UTF-8, no mode that changes quoting or escaping (ANSI_QUOTES, NO_BACKSLASH_ESCAPES), UTC.
const setup = "SET NAMES utf8mb4, sql_mode='', time_zone='+00:00'"

func newSession(version string, limit time.Duration) *session {
	if strings.Contains(strings.ToLower(version), "mariadb") {
		return &session{flavour: "mariadb", setup: setup + ", max_statement_time=" + strconv.FormatFloat(limit.Seconds(), 'f', 3, 64)}
	}
	return &session{flavour: "mysql", setup: setup + ", max_execution_time=" + strconv.FormatInt(limit.Milliseconds(), 10)}
}

func serverVersion(ctx context.Context, conn driver.Conn) (string, error) {
	rows := userinfo.NewRows(1)
	if err := readValues(ctx, conn, &query{text: "SELECT VERSION()", width: 1}, rows); err != nil {
		return "", err
	}
	if rows.Len() != 1 {
		return "", errors.New("the server gave no version")
	}
	return string(rows.Row(0)[0]), nil
}

func (d *mysqlDialect) gorm(pool *sql.DB) gorm.Dialector {
	return gormmysql.New(gormmysql.Config{Conn: pool, SkipInitializeWithVersion: true})
}

func (d *mysqlDialect) flavour() string {
	if s := d.session.Load(); s != nil {
		return s.flavour
	}
	if d.mariadb {
		return "mariadb"
	}
	return "mysql"
}

func (d *mysqlDialect) read(ctx context.Context, conn any, q *query, rows *userinfo.Rows) error {
	if timed, ok := conn.(*timedConn); ok && q.brief {
		return timed.read(ctx, q, rows)
	}
	return readValues(ctx, conn, q, rows)
}

func mysqlNumber(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

func mysqlMessage(err error) string {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}

// fault knows the numbers of https://mariadb.com/kb/en/mariadb-error-code-reference/ that a reader can meet.
func (d *mysqlDialect) fault(err error) *Error {
	n := mysqlNumber(err)
	number := "error " + strconv.Itoa(int(n))
	switch n {
	case 0:
		return nil
	case 1040:
		return crowded(RefusedCrowd, "the database has as many connections as it takes ("+number+")")
	case 1203, 1226:
		return crowded(RefusedLimit, "the account has used up a limit of its own ("+number+")")
	case 1045:
		return lockedOut(RefusedLogin, "the server refuses user name or password ("+number+")")
	case 1698:
		return lockedOut(RefusedPlugin, "the account is not let in by a password ("+number+")")
	case 1049:
		return lockedOut(RefusedDatabase, "the server has no database of this name ("+number+")")
	case 1044: // also for a database that does not exist, unless the account may see all of them
		return lockedOut(RefusedRight, "the account has no right on a database of this name ("+number+")")
	case 1130:
		return lockedOut(RefusedOrigin, "the server lets nobody in from this machine's address ("+number+")")
	case 1129:
		return lockedOut(RefusedBlocked, "the server has shut this machine out after too many broken connections ("+number+")")
	case 1820, 1862, 3118, 4151:
		return lockedOut(RefusedAccount, "the account is locked or its password has expired ("+number+")")
	case 1142, 1143, 1227, 1370:
		return deniedRead(mysqlMessage(err))
	case 1146, 1054, 1109, 1356, 1932:
		return mappingFault("a table or column of it does not exist (" + number + ")")
	case 1969, 3024, 1317:
		return unavailable(ClassLimit, "the server ended the statement ("+number+")")
	case 1053, 1077, 1079:
		return unavailable(ClassConnect, "the database is shutting down ("+number+")")
	default:
		return unavailable(ClassOther, "the query failed ("+number+")")
	}
}

// broken also counts 1927, a connection that was killed while it read.
func (d *mysqlDialect) broken(err error) bool {
	return errors.Is(err, mysql.ErrInvalidConn) || mysqlNumber(err) == 1927
}

func (d *mysqlDialect) wideUint() bool { return true }

func (d *mysqlDialect) like(column string, n int) string {
	return column + " LIKE " + d.placeholder(n) + " ESCAPE '!'"
}

func (d *mysqlDialect) placeholder(int) string { return "?" }

func (d *mysqlDialect) repeatable() bool { return false }

func (d *mysqlDialect) clock() string { return "SELECT UTC_TIMESTAMP(6)" }
