package userinfo

import (
	"context"
	"sync"
)

// ColumnType is the class of a column, as far as the mapping has to know it.
type ColumnType uint8

// The classes of columns.
const (
	ColumnOther     ColumnType = iota // a type the mapping cannot show: geometry, arrays …
	ColumnInt                         // signed integer
	ColumnUint                        // unsigned integer
	ColumnNumber                      // decimal, float
	ColumnText                        // char, varchar, text, enum, json
	ColumnBytes                       // binary, varbinary, blob
	ColumnTime                        // date and time without a zone (MySQL DATETIME, PostgreSQL timestamp, SQLite datetime)
	ColumnTimestamp                   // a point in time: read as UTC (MySQL TIMESTAMP) or with its offset (timestamptz)
	ColumnDate                        // a date
	ColumnBool                        // boolean; reads as "1" or "0". tinyint(1) is ColumnInt
	ColumnUUID                        // a native uuid type; reads as its canonical lower-case text
)

// Column is a column of a table as the database describes it.
type Column struct {
	Name    string
	Type    ColumnType
	DBType  string // the database's own words, for messages: "bigint(20) unsigned"
	Size    int64  // maximum length in bytes or characters where the database states one, else 0
	Indexed bool   // first column of some index
	Unique  bool   // the only column of a unique index: no two rows have the same value

	Unreadable bool // the account has no right to read it; databases that do not show it such columns never say so
}

// Op is the operator of a condition.
type Op uint8

// The operators of where-conditions.
const (
	OpEqual Op = iota
	OpNotEqual
	OpLess
	OpLessEqual
	OpGreater
	OpGreaterEqual
	OpIn
	OpNotIn
	OpNull
	OpNotNull
	OpLike    // text: in the value, % stands for anything and _ for one character, nothing else is special. Upper and lower case are equal, in SQLite for ASCII only, unless a MySQL column's collation tells them apart
	OpNotLike // neither holds for NULL
	OpBits    // integer: all bits of the value, an integer that is not negative, are set
)

// Cond is one condition on a row; conditions are joined by AND. Values are bound as parameters, already of the column's type:
// int64, float64, bool or string. OpIn and OpNotIn take one or more values, OpNull and OpNotNull none, all others one.
type Cond struct {
	Column string
	Op     Op
	Values []any
}

// Select names what to read: the Columns of the rows of Table, and of the tables joined to it, for which all of Where hold.
type Select struct {
	Table   string
	Columns []string // of Table
	Where   []Cond   // on columns of Table
	Joins   []Join   // each gives one row or none
	// Tell adds a last cell: "1" in rows for which all these conditions hold, else "0". Empty: no such cell.
	Tell   []Cond
	TellOf int     // the table whose columns Tell is about: 0 for Table, n for Joins[n-1]
	Order  []Order // of Table's columns, rows without a value last; none: as the database likes, or the key's for Sample. Search does not use it
	// Limit is the most rows ByKey gives, whichever they are. 0 is for a key that only one row can have: a look-up that finds far
	// more rows than keys is then ErrMapping.
	Limit int
	// PerKey is how many rows a key may have at the most, on average over the keys of a look-up; more is ErrMapping. 0 is one.
	PerKey int
}

// Join adds the columns of another table's row to a Select, NULL where there is none (LEFT JOIN). They stand behind the columns of
// the Select and of the joins before.
type Join struct {
	Table   string
	Column  string // of the joined table; where it is not unique, a row stands once for each that is joined
	Of      int    // the table whose column it is compared with: 0 for Select.Table, n for Joins[n-1]
	With    string // that column
	Columns []string
	Where   []Cond // on columns of the joined table
}

// Order is a column rows are put in order by.
type Order struct {
	Column     string
	Descending bool
}

// Source reads the site's database. Every error wraps [ErrUnavailable] or [ErrMapping], or is the context's own.
// Implementations never write, quote every identifier and bind every value.
type Source interface {
	// Columns lists the columns of a table; a table that does not exist is ErrMapping.
	Columns(ctx context.Context, table string) ([]Column, error)
	// Tables lists the names of the tables, at most 10,000 (for "did you mean").
	Tables(ctx context.Context) ([]string, error)
	// ByKey prepares the text of a look-up of rows by the values of one column; nothing is sent to the database.
	// The identifiers must exist: callers check them against Columns first.
	ByKey(s Select, key string) (Lookup, error)
	// Search prepares a look-up of rows of which one of the columns in contains a text, wildcards taken literally; at most limit rows.
	Search(s Select, in []string, limit int) (Lookup, error)
	// Sample prepares a look-up of the first rows in key order, or in the order of s if it has one; it takes no arguments. At most limit rows.
	Sample(s Select, key string, limit int) (Lookup, error)
	// Pages prepares a look-up of rows in key order, at most limit. Without an argument it begins with the first, with a key as ByKey takes it behind that key
	// (from is OpGreater), or with it (OpGreaterEqual), as the column's collation has it.
	Pages(s Select, key string, from Op, limit int) (Lookup, error)
}

// Lookup is a query whose text is ready; it is safe for concurrent use.
type Lookup interface {
	// Rows runs the query. For ByKey, args are the keys (int64, uint64, string or []byte, at least one), or one list of them
	// ([]int64 or []uint64, which is not kept); for Search the text.
	// A broken connection is tried again once.
	Rows(ctx context.Context, args ...any) (*Rows, error)
}

// Row is one row: a cell per selected column, nil for NULL. Cells are text as the column class says:
// integers in decimal, booleans "1" or "0", times as "2006-01-02 15:04:05.999999" (without zone) or RFC 3339 (with one),
// everything else as the database gives it.
type Row = [][]byte

// Rows is the whole result of a query, copied out of the driver's buffers so that no cancelled or later query can change it.
// A Rows is for one goroutine.
type Rows struct {
	width  int
	cells  [][]byte
	arena  []byte
	chunk  int  // size of the next arena
	bytes  int  // of all cells
	pooled bool // made by NewRowsFor
}

// NewRows returns an empty result with width columns.
func NewRows(width int) *Rows { return &Rows{width: width, chunk: arenaSize} }

// NewRowsFor returns an empty result with width columns and room for about rows rows; more are welcome. Its memory may be that of a
// result that nobody reads any more.
func NewRowsFor(width, rows int) *Rows {
	r := usedRows.Get().(*Rows)
	r.width, r.chunk, r.bytes, r.pooled = width, min(max(width*rows*cellGuess, minArena), maxArena), 0, true
	if cap(r.cells) < width*rows {
		r.cells = make([][]byte, 0, width*rows)
	}
	return r
}

// usedRows are results to be used again.
var usedRows = sync.Pool{New: func() any { return new(Rows) }}

// release gives the memory back if the result was made by NewRowsFor. Nothing of the result may be used after.
func (r *Rows) release() {
	const most = maxCrowded * 16 // cells; a rare search for more shall not keep its memory
	if !r.pooled || cap(r.cells) > most {
		return
	}
	clear(r.cells) // they may lie in arenas that were given up
	r.cells, r.arena = r.cells[:0], r.arena[:0]
	if cap(r.arena) > maxArena {
		r.arena = nil
	}
	usedRows.Put(r)
}

// Len is the number of rows.
func (r *Rows) Len() int {
	if r.width == 0 {
		return 0
	}
	return len(r.cells) / r.width
}

// Bytes is the size of all cells, in bytes.
func (r *Rows) Bytes() int { return r.bytes }

// MaxResult bounds Bytes of one look-up: far above what many users' texts need, far below the memory of a small server.
const MaxResult = 32 << 20

// Row returns row i.
func (r *Rows) Row(i int) Row { return r.cells[i*r.width : (i+1)*r.width : (i+1)*r.width] }

// Sizes of the allocations cells are copied to.
const (
	arenaSize = 8 << 10  // about a hundred rows of five short columns
	minArena  = 256      // one row
	maxArena  = 64 << 10 // a row kept from a large result keeps no more than this alive
	cellGuess = 20       // bytes of a usual cell
)

// MaxCell bounds what is kept of a cell, in bytes: far above any text that is shown, far below what a LONGTEXT may hold.
const MaxCell = 64 << 10

// AppendCell copies a cell to the end of the result; cells are appended row by row.
func (r *Rows) AppendCell(cell []byte) {
	if len(cell) > MaxCell {
		cell = cell[:MaxCell]
	}
	if r.arena == nil || len(cell) > cap(r.arena)-len(r.arena) { // an empty cell needs an arena too: nil would be NULL
		r.arena = make([]byte, 0, max(r.chunk, minArena, len(cell)))
		r.chunk = min(2*r.chunk, maxArena)
	}
	r.bytes += len(cell)
	start := len(r.arena)
	r.arena = append(r.arena, cell...)
	r.cells = append(r.cells, r.arena[start:len(r.arena):len(r.arena)])
}

// AppendNull appends a NULL cell.
func (r *Rows) AppendNull() { r.cells = append(r.cells, nil) }

// Reset empties the result, so that a query can be tried again.
func (r *Rows) Reset() { r.cells, r.arena, r.bytes = r.cells[:0], r.arena[:0], 0 }
