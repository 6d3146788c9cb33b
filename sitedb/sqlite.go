package sitedb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	gosqlite "github.com/glebarez/go-sqlite"
	gormsqlite "github.com/glebarez/sqlite"
	"gorm.io/gorm"

	"github.com/chatpass/chatpass/userinfo"
)

// sqliteDialect is SQLite in pure Go. Its driver can end a query between rows, not within one.
type sqliteDialect struct {
	path string
	dsn  string
}

func newSQLite(path string, timeout time.Duration) *sqliteDialect {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs // the working directory may change
	}
	name := url.URL{Scheme: "file", Path: path, OmitHost: true}
	pragmas := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(" + strconv.FormatInt(timeout.Milliseconds(), 10) + ")", "query_only(1)"}}
	return &sqliteDialect{path: path, dsn: name.String() + "?" + pragmas.Encode()}
}

func (d *sqliteDialect) connector() driver.Connector { return d }

// These are the clear texts of SQLite's "unable to open database file".
var (
	errNoFile      = errors.New("the database file does not exist")
	errNotReadable = errors.New("the database file cannot be read by this account")
	errFolder      = errors.New("what the address names is a folder and no database file")
)

// Connect opens the file, which must exist.
func (d *sqliteDialect) Connect(context.Context) (driver.Conn, error) {
	f, err := os.Open(d.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errNoFile
	case err != nil:
		return nil, errNotReadable
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errFolder
	}
	if err := checkJournal(f); err != nil {
		return nil, err
	}
	return d.Driver().Open(d.dsn)
}

// errJournal is told of a database in WAL mode that opening would change.
var errJournal = errors.New("the database file is in WAL mode and the site has it closed: reading it would create files beside it that belong to this account; run Chatpass as the file's owner, or let the site use another journal_mode")

// checkJournal refuses a file whose opening would write into the site's folder. In WAL mode (https://www.sqlite.org/fileformat2.html
// §1.3.3, bytes 18 and 19) even a reader creates -wal and -shm when they are not there, and files of another owner lock the site out.
func checkJournal(f *os.File) error {
	var header [20]byte
	if n, err := f.ReadAt(header[:], 0); n < len(header) || err != nil && !errors.Is(err, io.EOF) {
		return nil // an empty or broken file has no journal; SQLite tells what is wrong with it
	}
	if header[18] != 2 && header[19] != 2 {
		return nil
	}
	if _, err := os.Stat(f.Name() + "-shm"); err == nil || ownedByUs(f) {
		return nil
	}
	return errJournal
}

// Driver is the pure Go driver of SQLite.
func (d *sqliteDialect) Driver() driver.Driver { return new(gosqlite.Driver) }

// sqliteGorm is gorm's dialect without the query its Initialize sends, since the file may not be there yet.
type sqliteGorm struct{ *gormsqlite.Dialector }

// Initialize only sets the pool; nothing here runs through gorm's callbacks.
func (g sqliteGorm) Initialize(db *gorm.DB) error {
	db.ConnPool = g.Conn
	return nil
}

func (d *sqliteDialect) gorm(pool *sql.DB) gorm.Dialector {
	return sqliteGorm{&gormsqlite.Dialector{Conn: pool}}
}

func (d *sqliteDialect) flavour() string { return "sqlite" }

func (d *sqliteDialect) read(ctx context.Context, conn any, q *query, rows *userinfo.Rows) error {
	return readValues(ctx, conn, q, rows)
}

// fault knows the result codes of https://www.sqlite.org/rescode.html that a reader can meet; the primary code is the low byte.
func (d *sqliteDialect) fault(err error) *Error {
	if errors.Is(err, errNoFile) || errors.Is(err, errNotReadable) || errors.Is(err, errFolder) || errors.Is(err, errJournal) {
		return unavailable(ClassConnect, err.Error())
	}
	var e *gosqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	code := fmt.Sprintf("SQLite result %d", e.Code())
	switch e.Code() & 0xff {
	case 1:
		if strings.Contains(e.Error(), "no such table") || strings.Contains(e.Error(), "no such column") {
			return mappingFault("a table or column of it does not exist")
		}
		return unavailable(ClassOther, "the query failed ("+code+")")
	case 5, 6:
		return unavailable(ClassLimit, "the database file is locked ("+code+")")
	case 3, 23:
		return deniedRead("")
	case 26:
		return unavailable(ClassConnect, "the file is no SQLite database ("+code+")")
	case 11:
		return unavailable(ClassConnect, "the database file is damaged ("+code+")")
	case 10, 14:
		return unavailable(ClassConnect, "the database file cannot be used ("+code+")")
	default:
		return unavailable(ClassOther, "the query failed ("+code+")")
	}
}

func (d *sqliteDialect) broken(error) bool { return false }

func (d *sqliteDialect) wideUint() bool { return false }

func (d *sqliteDialect) like(column string, n int) string {
	return column + " LIKE " + d.placeholder(n) + " ESCAPE '!'"
}

func (d *sqliteDialect) placeholder(int) string { return "?" }

func (d *sqliteDialect) repeatable() bool { return false }

func (d *sqliteDialect) clock() string { return "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')" }
