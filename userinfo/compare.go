package userinfo

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chatpass/chatpass/userinfo/convert"
)

// compare holds a cell against the values of a test, as a database would: by the type of the column.
func (b *boolean) compare(cell []byte, zone *time.Location) truth {
	switch b.test.op {
	case OpNull:
		return truthOf(cell == nil)
	case OpNotNull:
		return truthOf(cell != nil)
	}
	if cell == nil {
		return unknown
	}
	if b.now {
		if b.column.Type == ColumnTimestamp {
			zone = time.UTC
		}
		order, ok := sinceNow(cell, zone)
		if !ok {
			return unknown
		}
		return truthOf(ordered(b.test.op, order))
	}
	switch b.test.op {
	case OpEqual, OpIn, OpNotEqual, OpNotIn:
		found := slices.ContainsFunc(b.test.values, func(l literal) bool { return equalsLiteral(b.column.Type, cell, l) })
		return truthOf(found == (b.test.op == OpEqual || b.test.op == OpIn))
	}
	order, ok := compareLiteral(b.column.Type, cell, b.test.values[0])
	if !ok {
		return unknown
	}
	return truthOf(ordered(b.test.op, order))
}

// equalsLiteral tells whether a cell is the value a condition spells. A text is only what is spelled alike: 05 is not 5, as it is not
// for a database that compares a column of text.
func equalsLiteral(t ColumnType, cell []byte, l literal) bool {
	if (t == ColumnText || t == ColumnBytes || t == ColumnOther) && !l.truth() {
		return string(cell) == l.text
	}
	order, ok := compareLiteral(t, cell, l)
	return ok && order == 0
}

// truth tells the values true and false.
func (l literal) truth() bool { return !l.quoted && (l.text == "true" || l.text == "false") }

// ordered tells whether an order of two values is what an operator asks for.
func ordered(op Op, order int) bool {
	switch op {
	case OpEqual:
		return order == 0
	case OpNotEqual:
		return order != 0
	case OpLess:
		return order < 0
	case OpLessEqual:
		return order <= 0
	case OpGreater:
		return order > 0
	case OpGreaterEqual:
		return order >= 0
	default:
		return false
	}
}

// compareLiteral compares a cell with a value as a condition spells it; ok is false for what has no order, such as a word and a number.
func compareLiteral(t ColumnType, cell []byte, l literal) (order int, ok bool) {
	truth := l.truth()
	text := []byte(l.text)
	switch t {
	case ColumnInt, ColumnUint, ColumnNumber, ColumnBool:
		if truth {
			text = truthText(l.text == "true")
		}
		return convert.CompareNumbers(cell, text)
	case ColumnUUID:
		return bytes.Compare(bytes.ToLower(cell), bytes.ToLower(text)), true
	case ColumnTime, ColumnTimestamp, ColumnDate:
		return compareTimes(cell, text), true
	case ColumnText, ColumnBytes, ColumnOther:
	}
	switch {
	case truth:
		return bytes.Compare(truthText(meansTrue(cell)), truthText(l.text == "true")), true
	case l.quoted:
		return bytes.Compare(cell, text), true
	default:
		return convert.CompareNumbers(bytes.TrimSpace(cell), text)
	}
}

func truthText(b bool) []byte {
	if b {
		return []byte{'1'}
	}
	return []byte{'0'}
}

// meansTrue reads a text as a truth.
func meansTrue(cell []byte) bool {
	switch strings.ToLower(string(bytes.Trim(cell, " \t\r\n\x00"))) {
	case "", "0", "f", "false", "n", "no", "off":
		return false
	}
	return true
}

// compareTimes compares a cell of a time column with a time as a condition spells it. What is no time (a zero date, infinity) compares as
// text: less than every date, or greater.
func compareTimes(cell, text []byte) int {
	a, ok1 := sqlMoment(cell)
	b, ok2 := sqlMoment(text)
	if ok1 && ok2 {
		return a.Compare(b)
	}
	return bytes.Compare(cell, text)
}

func sqlMoment(text []byte) (time.Time, bool) {
	for _, layout := range []string{time.DateTime, time.DateOnly, "2006-01-02 15:04", time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07"} {
		if t, err := time.Parse(layout, string(text)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// sinceNow compares a point in time in any form with this moment. Nothing and zero dates are long ago; ok is false for what is no time.
func sinceNow(cell []byte, zone *time.Location) (order int, ok bool) {
	if t := convert.Time(cell, zone); !t.IsZero() {
		return t.Compare(time.Now()), true
	}
	text := strings.ToLower(string(bytes.TrimSpace(cell)))
	switch {
	case text == "":
		return 0, false
	case text == "infinity":
		return 1, true
	case text == "-infinity":
		return -1, true
	case text[0] == '-' || strings.HasSuffix(text, " bc"):
		return -1, len(text) > 1
	case text[0] < '0' || text[0] > '9':
		return 0, false
	}
	digits := strings.IndexFunc(text, func(c rune) bool { return c < '0' || c > '9' })
	switch {
	case digits < 0 && len(text) > 18, digits > 4 && text[digits] == '-': // beyond what a time can hold
		return 1, true
	default:
		return -1, true
	}
}

// compareTexts compares numbers as numbers and everything else as texts.
func compareTexts(a, b string) int {
	if order, ok := convert.CompareNumbers([]byte(a), []byte(b)); ok {
		return order
	}
	return strings.Compare(a, b)
}

// wholeBits are the bits of a whole number, of a negative one in two's complement; ok is false for anything else, such as NULL. 4.0 is 4.
func wholeBits(cell []byte) (bits uint64, ok bool) {
	text := plainNumber(cell)
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return n, true
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return uint64(n), err == nil
}
