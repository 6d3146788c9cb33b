package sitedb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// cellKind is how the cells of a column need treatment beyond their Go type.
type cellKind uint8

const (
	cellPlain cellKind = iota
	cellBit            // MySQL's BIT arrives as big-endian bytes and reads as an integer
	cellDate           // a date arrives as a time and reads without one
)

// scratch is the memory a result is read through, reused from query to query.
type scratch struct {
	values []driver.Value
	kinds  []cellKind
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (s *scratch) release() {
	clear(s.values) // do not keep the driver's buffers alive
	scratches.Put(s)
}

func (s *scratch) prepare(result driver.Rows, width int) error {
	if n := len(result.Columns()); n != width {
		return fmt.Errorf("answer has %d columns instead of %d", n, width)
	}
	if cap(s.values) < width {
		s.values, s.kinds = make([]driver.Value, width), make([]cellKind, width)
	}
	s.values, s.kinds = s.values[:width], s.kinds[:width]
	named, ok := result.(driver.RowsColumnTypeDatabaseTypeName)
	for i := range s.kinds {
		s.kinds[i] = cellPlain
		if !ok {
			continue
		}
		switch named.ColumnTypeDatabaseTypeName(i) {
		case "BIT":
			s.kinds[i] = cellBit
		case "DATE":
			s.kinds[i] = cellDate
		}
	}
	return nil
}

func (s *scratch) copyRows(ctx context.Context, result driver.Rows, q *query, rows *userinfo.Rows) error {
	const look = 16 // rows between looks at the context: SQLite does not look at it by itself
	for n := 1; ; n++ {
		if err := result.Next(s.values); err != nil {
			if err == io.EOF || errors.Is(err, io.EOF) { //nolint:errorlint // the usual case first
				return nil
			}
			return err
		}
		if n%look == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		for i, v := range s.values {
			appendValue(rows, s.kinds[i], v)
		}
		if err := q.tooBig(rows); err != nil {
			return err
		}
	}
}

const (
	dateLayout = "2006-01-02"
	timeLayout = "2006-01-02 15:04:05.999999"
)

// appendValue appends a driver's value as the text userinfo.Row promises.
func appendValue(rows *userinfo.Rows, kind cellKind, v driver.Value) {
	var buf [40]byte
	switch v := v.(type) {
	case nil:
		rows.AppendNull()
	case []byte:
		if kind == cellBit {
			rows.AppendCell(appendBits(buf[:0], v))
			return
		}
		rows.AppendCell(v)
	case string:
		rows.AppendCell([]byte(v))
	case int64:
		rows.AppendCell(strconv.AppendInt(buf[:0], v, 10))
	case uint64:
		rows.AppendCell(strconv.AppendUint(buf[:0], v, 10))
	case float64:
		rows.AppendCell(strconv.AppendFloat(buf[:0], v, 'f', -1, 64)) // never an exponent: 1.7e+09 would be no login time
	case float32:
		rows.AppendCell(strconv.AppendFloat(buf[:0], float64(v), 'f', -1, 32))
	case bool:
		if v {
			rows.AppendCell([]byte{'1'})
		} else {
			rows.AppendCell([]byte{'0'})
		}
	case time.Time:
		rows.AppendCell(appendTime(buf[:0], kind, v))
	default:
		rows.AppendCell(fmt.Append(buf[:0], v))
	}
}

// appendTime appends a time that SQLite's driver recognised in a text: one with an offset keeps it.
func appendTime(dst []byte, kind cellKind, t time.Time) []byte {
	switch _, offset := t.Zone(); {
	case offset != 0:
		return t.AppendFormat(dst, time.RFC3339Nano)
	case kind == cellDate:
		return t.AppendFormat(dst, dateLayout)
	default:
		return t.AppendFormat(dst, timeLayout)
	}
}

// appendBits appends big-endian bytes, at most eight of them, as a decimal integer.
func appendBits(dst, b []byte) []byte {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return strconv.AppendUint(dst, n, 10)
}
