package store

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
	"time"

	gosqlite "github.com/glebarez/go-sqlite"
	gormsqlite "github.com/glebarez/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/chatpass/chatpass/internal/setting"
)

const (
	fileMode   = 0o600
	folderMode = 0o700
	busyWait   = 3 * time.Second // below callTimeout, so that the reason of a refusal is told
)

// sqliteDialect is a SQLite file in pure Go.
type sqliteDialect struct {
	path, dsn string
	variable  string      // the setting that leads to the file
	mode      fs.FileMode // of the file before it was taken from other accounts; 0 if it was not
}

// defaultFile is the file of a store whose address is not set.
func defaultFile(folder string, existing bool) (dialect, error) {
	if folder == "" {
		return nil, &OpenError{Fault: setting.Fault{
			Var: DirVar, Problem: "is not set, and the environment names no folder for it", Remedy: "set it to a folder that only Chatpass may read, such as /var/lib/chatpass",
		}}
	}
	if !existing {
		if err := os.MkdirAll(folder, folderMode); err != nil {
			return nil, unusable(DirVar, "names a folder that cannot be made", err)
		}
	}
	return newSQLite(filepath.Join(folder, FileName), DirVar, existing)
}

// newSQLite prepares the file: it is for this account alone, and in a folder in which nobody else puts files beside it.
func newSQLite(path, variable string, existing bool) (dialect, error) {
	path, err := filepath.Abs(path) // the working directory may change
	if err != nil {
		return nil, unusable(variable, "names a file that cannot be found", err)
	}
	mode, err := prepareFile(path, variable, existing)
	if err != nil {
		return nil, err
	}
	name := url.URL{Scheme: "file", Path: path, OmitHost: true}
	options := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(" + strconv.FormatInt(busyWait.Milliseconds(), 10) + ")",
		"synchronous(FULL)", // a job that was taken survives a power cut
		"secure_delete(ON)", // what is erased is not left in the file
		"trusted_schema(OFF)",
	}}
	return &sqliteDialect{path: path, dsn: name.String() + "?" + options.Encode(), variable: variable, mode: mode}, nil
}

// prepareFile makes the file, or takes it from other accounts; loose is the mode it had before, 0 if it was not changed.
func prepareFile(path, variable string, existing bool) (loose fs.FileMode, err error) {
	folder, err := os.Stat(filepath.Dir(path))
	switch {
	case existing && errors.Is(err, fs.ErrNotExist):
		return 0, ErrNoStore
	case err != nil:
		return 0, unusable(variable, "names a folder that cannot be used", err)
	case folder.Mode().Perm()&0o002 != 0:
		return 0, &OpenError{Fault: setting.Fault{
			Var: variable, Problem: "leads to a folder that everybody may write to", Remedy: "use a folder of its own, with chmod 700",
		}}
	}
	flags := os.O_RDWR | os.O_CREATE
	if existing {
		flags = os.O_RDWR
	}
	// SQLite would make the file for everybody that umask lets; the files beside it get the mode of this one.
	f, err := os.OpenFile(path, flags, fileMode) //nolint:gosec // G304: the file the owner names
	if existing && errors.Is(err, fs.ErrNotExist) {
		return 0, ErrNoStore
	}
	if err != nil {
		return 0, unusable(variable, "names a file that cannot be used", err)
	}
	foreign := !isDatabase(f)
	info, err := f.Stat()
	if err == nil && !foreign && info.Mode().Perm()&0o077 != 0 {
		loose, err = info.Mode().Perm(), f.Chmod(fileMode)
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	switch {
	case err != nil:
		return 0, unusable(variable, "names a file that cannot be kept from other accounts", err)
	case foreign:
		return 0, noDatabase(variable)
	}
	return loose, nil
}

// isDatabase reports a file that is empty or begins as SQLite's do (https://www.sqlite.org/fileformat2.html §1.3): SQLite itself takes a
// file of a few bytes for an empty one and overwrites it.
func isDatabase(f *os.File) bool {
	const magic = "SQLite format 3\x00"
	head := make([]byte, len(magic))
	n, err := f.ReadAt(head, 0)
	return n == 0 && errors.Is(err, io.EOF) || string(head[:n]) == magic
}

func noDatabase(variable string) error {
	return &OpenError{Fault: setting.Fault{
		Var: variable, Problem: "leads to a file that is no SQLite database or is damaged", Remedy: "name another file, move it away or restore it from a backup",
	}}
}

// unusable is a fault of the file system. The path is left out of the cause: the setting has it.
func unusable(variable, problem string, err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return &OpenError{Fault: setting.Fault{
		Var: variable, Problem: fmt.Sprintf("%s: %v", problem, err), Remedy: "let the account of Chatpass read and write there, or set " + setting.Prefix + DirVar + " to a folder of its own",
	}}
}

func (d *sqliteDialect) connector() driver.Connector { return d }

// Driver is the pure Go driver of SQLite.
func (d *sqliteDialect) Driver() driver.Driver { return new(gosqlite.Driver) }

// Connect opens the file.
func (d *sqliteDialect) Connect(context.Context) (driver.Conn, error) { return d.Driver().Open(d.dsn) }

func (d *sqliteDialect) gorm(pool *sql.DB) gorm.Dialector { return &gormsqlite.Dialector{Conn: pool} }

func (d *sqliteDialect) name() string  { return "sqlite" }
func (d *sqliteDialect) place() string { return d.path }
func (d *sqliteDialect) file() bool    { return true }

// connections is one: SQLite has one writer at a time anyway, and in the pool's queue nobody starves.
func (d *sqliteDialect) connections() int { return 1 }

func (d *sqliteDialect) unlessThere() clause.Expression { return clause.OnConflict{DoNothing: true} }

func (d *sqliteDialect) among(column, query string) string { return column + " IN (" + query + ")" }

func (d *sqliteDialect) number(err error) int {
	if e := (*gosqlite.Error)(nil); errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// lost knows SQLITE_BUSY and SQLITE_LOCKED; the primary code is the low byte (https://www.sqlite.org/rescode.html).
func (d *sqliteDialect) lost(err error) bool {
	n := d.number(err) & 0xff
	return n == 5 || n == 6
}

// taken knows SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY, which are extended codes.
func (d *sqliteDialect) taken(err error) bool {
	n := d.number(err)
	return n == 2067 || n == 1555
}

func (*sqliteDialect) done(error) bool { return false }

func (d *sqliteDialect) code(err error) string {
	if n := d.number(err); n != 0 {
		return "SQLite result " + strconv.Itoa(n)
	}
	return ""
}

func (d *sqliteDialect) openError(err error) error {
	fault := setting.Fault{Var: d.variable}
	switch {
	case errors.Is(err, errNewer):
		return newer(d.variable)
	case errors.Is(err, errForeign):
		fault.Problem, fault.Remedy = "leads to a database of another program", "name a file that is not there yet"
		return &OpenError{Fault: fault}
	}
	switch d.number(err) & 0xff {
	case 5, 6:
		fault.Problem, fault.Remedy = "leads to a file that another program has locked", "end what keeps it open"
		return &OpenError{Fault: fault, Temporary: true}
	case 11, 26:
		return noDatabase(d.variable)
	case 13:
		fault.Problem, fault.Remedy = "leads to a disk that is full", "make room"
		return &OpenError{Fault: fault, Temporary: true}
	default:
		fault.Problem, fault.Remedy = "leads to a file that cannot be used", "let the account of Chatpass read and write there; a network file system will not do"
		if code := d.code(err); code != "" {
			fault.Problem += " (" + code + ")"
		}
	}
	return &OpenError{Fault: fault}
}

// errForeign says that the file has tables and none of ours.
var errForeign = errors.New("the database has tables of another program")

// exclusively runs f in a transaction, which has the file's only write lock from its start. Only a file that is ours is turned to a
// write-ahead log, which stays with it.
func (d *sqliteDialect) exclusively(db *gorm.DB, f func(db *gorm.DB) error) error {
	err := db.Transaction(func(tx *gorm.DB) error {
		var tables, ours int64
		row := tx.Raw("SELECT COUNT(*), COALESCE(SUM(name = ?), 0) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'", schemaTable).Row()
		if err := row.Scan(&tables, &ours); err != nil {
			return err
		}
		if tables > 0 && ours == 0 {
			if d.mode != 0 { // its program is perhaps not of this account
				_ = os.Chmod(d.path, d.mode) // the refusal is told anyway
			}
			return errForeign
		}
		return f(tx)
	})
	if err != nil {
		return err
	}
	var mode string
	return db.Raw("PRAGMA journal_mode = WAL").Row().Scan(&mode)
}
