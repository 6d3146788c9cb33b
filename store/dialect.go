package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	gormmysql "gorm.io/driver/mysql"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/chatpass/chatpass/internal/dburl"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
)

const dialTimeout = 3 * time.Second // most that one new connection may take

// dialect is what differs between the databases.
type dialect interface {
	connector() driver.Connector
	gorm(pool *sql.DB) gorm.Dialector
	name() string     // of its migration files
	place() string    // for logs
	file() bool       // it is a file of this machine
	connections() int // most at a time
	// lost reports an error after which the same may go well at once: a deadlock, a lock, a snapshot too old.
	lost(err error) bool
	// taken reports that a unique key refused a row.
	taken(err error) bool
	// done reports that a statement of a migration was done before, by one that was cut short; only where a migration is no transaction.
	done(err error) bool
	// code names an error by its number alone, "" if it has none.
	code(err error) string
	openError(err error) error
	// among is the condition that a column has one of the values that a query gives: few, each found by the column's index.
	among(column, query string) string
	// unlessThere makes an INSERT that leaves a row which is there already as it is, and counts only rows it made.
	unlessThere() clause.Expression
	// exclusively runs f while no other instance does, on one connection; where tables can be made in a transaction, in one.
	exclusively(db *gorm.DB, f func(db *gorm.DB) error) error
}

// CheckURL returns what is wrong with the address of a store; nothing is connected to. It is accepted as that of the site's database
// is, but must not be the same: site is that address, unset if it is not known.
func CheckURL(u, site secret.Secret) []setting.Fault {
	t, faults := dburl.Parse(u, dburl.Options{Var: Var})
	if len(faults) > 0 || site.IsZero() {
		return faults
	}
	other, faults := dburl.Parse(site, dburl.Options{ReadOnly: true})
	if len(faults) == 0 && t.Same(other) {
		return []setting.Fault{{
			Var: Var, Problem: "is the site's own database, in which Chatpass writes nothing",
			Remedy: "make a database of its own on the same server, or remove the setting: a file is used then",
		}}
	}
	return nil
}

// place returns the dialect of the database that the options name, whose file is there if it is one.
func place(o Options) (dialect, error) {
	if o.URL.IsZero() {
		return defaultFile(o.Dir, o.Existing)
	}
	t, faults := dburl.Parse(o.URL, dburl.Options{Var: Var})
	if len(faults) > 0 {
		return nil, &OpenError{Fault: faults[0]}
	}
	switch {
	case t.MySQL != nil:
		return newMySQL(t.MySQL)
	case t.Postgres != nil:
		return newPostgres(t.Postgres), nil
	default:
		return newSQLite(t.SQLite, Var, o.Existing)
	}
}

func down(problem string) error {
	return &OpenError{Temporary: true, Fault: setting.Fault{
		Var: Var, Problem: problem, Remedy: "start the server of that database, or look at host and port",
	}}
}

func refused(problem, remedy string) error {
	return &OpenError{Fault: setting.Fault{Var: Var, Problem: problem, Remedy: remedy}}
}

func newer(variable string) error {
	return &OpenError{Fault: setting.Fault{
		Var: variable, Problem: "leads to a store that a newer Chatpass has changed", Remedy: "start that version again, or give this one a store of its own",
	}}
}

const ownDatabase = "make a database for Chatpass and an account that may do everything in it and nothing elsewhere"

// mysqlDialect is MariaDB, MySQL and what speaks like them.
type mysqlDialect struct {
	inner driver.Connector
	where string
}

func newMySQL(cfg *mysql.Config) (dialect, error) {
	cfg = cfg.Clone()
	cfg.InterpolateParams = true // one round trip, and no prepared statements on the server
	cfg.ClientFoundRows = true   // a row that an update leaves as it is counts as found
	cfg.ParseTime, cfg.Loc = false, time.UTC
	cfg.CheckConnLiveness, cfg.MultiStatements = true, false
	cfg.Collation, cfg.Params = "", nil
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = dialTimeout, 2*openTimeout, 2*openTimeout // every call has a deadline of its own
	cfg.Logger = &mysql.NopLogger{}
	inner, err := mysql.NewConnector(cfg)
	if err != nil { // its text may hold an option's value
		return nil, refused("cannot be used", "write mysql://user:password@host:3306/database")
	}
	return &mysqlDialect{inner: inner, where: "mysql " + cfg.Addr + "/" + cfg.DBName}, nil
}

func (d *mysqlDialect) connector() driver.Connector { return d }

// Driver is go-sql-driver's.
func (d *mysqlDialect) Driver() driver.Driver { return d.inner.Driver() }

// Connect makes a connection that speaks UTF-8 and refuses what does not fit instead of cutting it off.
func (d *mysqlDialect) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := d.inner.Connect(ctx)
	if err != nil {
		return nil, err
	}
	exec, ok := conn.(driver.ExecerContext)
	if !ok {
		_ = conn.Close()
		return nil, fmt.Errorf("driver connection %T cannot execute", conn)
	}
	const setup = "SET NAMES utf8mb4, sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone='+00:00'"
	if _, err := exec.ExecContext(ctx, setup, nil); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func (d *mysqlDialect) gorm(pool *sql.DB) gorm.Dialector {
	return gormmysql.New(gormmysql.Config{Conn: pool, SkipInitializeWithVersion: true})
}

func (d *mysqlDialect) name() string     { return "mysql" }
func (d *mysqlDialect) place() string    { return d.where }
func (d *mysqlDialect) file() bool       { return false }
func (d *mysqlDialect) connections() int { return maxOpen }

// unlessThere is IGNORE, which would also cut off what is too long: every text is checked before. What gorm makes of OnConflict counts
// a row that was there too.
func (d *mysqlDialect) unlessThere() clause.Expression { return clause.Insert{Modifier: "IGNORE"} }

func (d *mysqlDialect) among(column, query string) string { return column + " IN (" + query + ")" }

func (d *mysqlDialect) number(err error) uint16 {
	if e := (*mysql.MySQLError)(nil); errors.As(err, &e) {
		return e.Number
	}
	return 0
}

// lost knows 1205, a lock that was not given in time, and 1213, a deadlock.
func (d *mysqlDialect) lost(err error) bool {
	n := d.number(err)
	return n == 1205 || n == 1213
}

// taken knows 1062, a duplicate entry.
func (d *mysqlDialect) taken(err error) bool { return d.number(err) == 1062 }

func (d *mysqlDialect) done(err error) bool { return d.number(err) == 1060 } // the column is there

func (d *mysqlDialect) code(err error) string {
	if n := d.number(err); n != 0 {
		return "MySQL error " + strconv.Itoa(int(n))
	}
	return ""
}

// openError knows the numbers of https://mariadb.com/kb/en/mariadb-error-code-reference/ that a wrong address or account gives.
func (d *mysqlDialect) openError(err error) error {
	switch n := d.number(err); {
	case errors.Is(err, errNewer):
		return newer(Var)
	case n == 1045, n == 1698:
		return refused("names an account that the server does not let in", "correct user name and password, or what host the account may come from")
	case n == 1049:
		return refused("names a database that does not exist", ownDatabase)
	case n == 1044, n == 1142, n == 1227:
		return refused("names an account that may not make tables there", ownDatabase)
	case n == 1290, n == 1836:
		return down("leads to a server that only reads")
	case n != 0:
		return down("leads to a server that does not do what is asked (" + d.code(err) + ")")
	default:
		return down("leads to a server that does not answer")
	}
}

// exclusively holds a lock of the server that its connection's end gives back. The tables are made outside of a transaction, since
// MySQL ends it with each; the statements can be repeated.
func (d *mysqlDialect) exclusively(db *gorm.DB, f func(db *gorm.DB) error) error {
	return db.Connection(func(one *gorm.DB) error {
		one = one.Session(&gorm.Session{NewDB: true})       // what Connection gives remembers each statement for the next
		const lock = "CONCAT('chatpass_', MD5(DATABASE()))" // the server has one space of locks for all databases
		var got sql.NullInt64
		if err := one.Raw("SELECT GET_LOCK("+lock+", ?)", int(openTimeout.Seconds())).Row().Scan(&got); err != nil {
			return err
		}
		if got.Int64 != 1 {
			return errors.New("another instance prepares the tables for too long")
		}
		err := f(one)
		return errors.Join(err, one.Exec("DO RELEASE_LOCK("+lock+")").Error)
	})
}

// postgresDialect is PostgreSQL.
type postgresDialect struct {
	inner driver.Connector
	where string
}

func newPostgres(cfg *pgx.ConnConfig) dialect {
	cfg = cfg.Copy()
	cfg.ConnectTimeout = dialTimeout
	cfg.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // leaves no statement on the server and passes through every pooler
	cfg.StatementCacheCapacity, cfg.DescriptionCacheCapacity = 0, 0
	for name, value := range map[string]string{"timezone": "UTC", "client_encoding": "UTF8", "standard_conforming_strings": "on", "application_name": "chatpass-store"} {
		cfg.RuntimeParams[name] = value
	}
	where := "postgres " + net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port))) + "/" + cfg.Database
	return &postgresDialect{inner: stdlib.GetConnector(*cfg), where: where}
}

func (d *postgresDialect) connector() driver.Connector { return d.inner }

func (d *postgresDialect) gorm(pool *sql.DB) gorm.Dialector {
	return gormpostgres.New(gormpostgres.Config{Conn: pool, PreferSimpleProtocol: true})
}

func (d *postgresDialect) name() string     { return "postgres" }
func (d *postgresDialect) place() string    { return d.where }
func (d *postgresDialect) file() bool       { return false }
func (d *postgresDialect) connections() int { return maxOpen }

func (d *postgresDialect) unlessThere() clause.Expression { return clause.OnConflict{DoNothing: true} }

// among makes a list of the values first: with tables that were never analyzed, as after an import, the planner would rather compare
// every row of the one with every row of the other.
func (d *postgresDialect) among(column, query string) string {
	return column + " = ANY(ARRAY(" + query + "))"
}

func (d *postgresDialect) state(err error) string {
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// lost knows serialization failures, deadlocks and locks that were not given.
func (d *postgresDialect) lost(err error) bool {
	switch d.state(err) {
	case "40001", "40P01", "55P03":
		return true
	}
	return false
}

func (d *postgresDialect) taken(err error) bool { return d.state(err) == "23505" }

func (*postgresDialect) done(error) bool { return false }

func (d *postgresDialect) code(err error) string {
	if state := d.state(err); state != "" {
		return "SQLSTATE " + state
	}
	return ""
}

// openError knows the states of https://www.postgresql.org/docs/current/errcodes-appendix.html that a wrong address or account gives.
func (d *postgresDialect) openError(err error) error {
	switch state := d.state(err); {
	case errors.Is(err, errNewer):
		return newer(Var)
	case state == "28000", state == "28P01":
		return refused("names an account that the server does not let in", "correct user name and password, or pg_hba.conf")
	case state == "3D000":
		return refused("names a database that does not exist", ownDatabase)
	case state == "42501":
		return refused("names an account that may not make tables there", ownDatabase+"; since PostgreSQL 15 it must own the database or its schema")
	case state == "3F000":
		return refused("leads to no schema in which the account could make tables", ownDatabase+"; or name a schema of it with ?search_path=")
	case state != "":
		return down("leads to a server that does not do what is asked (" + d.code(err) + ")")
	default:
		return down("leads to a server that does not answer")
	}
}

// exclusively runs f in a transaction that holds a lock of the database.
func (d *postgresDialect) exclusively(db *gorm.DB, f func(db *gorm.DB) error) error {
	const lock = 0x63686174706173 // "chatpas"; locks of PostgreSQL are numbers, one space for each database
	return db.Transaction(func(tx *gorm.DB) error {
		if err := tx.Exec("SELECT pg_advisory_xact_lock(?)", int64(lock)).Error; err != nil {
			return err
		}
		return f(tx)
	})
}
