package userinfo

import (
	"encoding/hex"
	"strconv"
	"unicode/utf8"
)

// KeyKind is the kind of the users table's key: how an ID becomes a typed SQL value and back.
// A typed value is what keeps the database from comparing "1abc" with 1.
type KeyKind uint8

// The kinds of keys.
const (
	KeyUnknown   KeyKind = iota // the table has not been seen yet; no ID parses
	KeyUint                     // unsigned integer, 0 … 2^64−1
	KeyInt                      // signed integer, −2^63 … 2^63−1
	KeyText                     // text, compared byte for byte
	KeyUUID                     // native uuid column
	KeyUUIDBytes                // binary(16) column holding the bytes of a UUID in network order
)

// MaxIDLength is the longest ID in bytes: more than any key column of a users table that can be indexed in utf8mb4 (191 characters).
const MaxIDLength = 768

// KindOf returns the kind of a key column, and false if a column of this type cannot be a key.
func KindOf(c Column) (KeyKind, bool) {
	switch c.Type {
	case ColumnUint:
		return KeyUint, true
	case ColumnInt:
		return KeyInt, true
	case ColumnText:
		return KeyText, true
	case ColumnUUID:
		return KeyUUID, true
	case ColumnBytes:
		return KeyUUIDBytes, c.Size == 16
	default:
		return KeyUnknown, false
	}
}

// Numeric reports whether IDs of this kind are integers.
func (k KeyKind) Numeric() bool { return k == KeyUint || k == KeyInt }

// String returns the kind's name.
func (k KeyKind) String() string {
	switch k {
	case KeyUint:
		return "unsigned integer"
	case KeyInt:
		return "signed integer"
	case KeyText:
		return "text"
	case KeyUUID:
		return "uuid"
	case KeyUUIDBytes:
		return "binary uuid"
	default:
		return "unknown"
	}
}

// Parse returns the ID that s spells, and false unless s is its one canonical spelling:
// no sign but a minus, no leading zero, no space, no fraction, lower-case hex. Nothing is repaired, so that no request
// for one user can become a request for another.
func (k KeyKind) Parse(s string) (ID, bool) {
	switch k {
	case KeyUint:
		if !canonicalDigits(s) {
			return "", false
		}
		if len(s) >= 20 {
			if _, err := strconv.ParseUint(s, 10, 64); err != nil {
				return "", false
			}
		}
		return ID(s), true
	case KeyInt:
		digits := s
		if len(s) > 1 && s[0] == '-' && s[1] != '0' {
			digits = s[1:]
		}
		if !canonicalDigits(digits) {
			return "", false
		}
		if len(digits) >= 19 {
			if _, err := strconv.ParseInt(s, 10, 64); err != nil {
				return "", false
			}
		}
		return ID(s), true
	case KeyText:
		if s == "" || len(s) > MaxIDLength || !utf8.ValidString(s) || containsControl(s) {
			return "", false
		}
		return ID(s), true
	case KeyUUID, KeyUUIDBytes:
		if !canonicalUUID(s) {
			return "", false
		}
		return ID(s), true
	default:
		return "", false
	}
}

// Arg returns the typed SQL value of an ID that Parse accepted: uint64, int64, string, or 16 bytes.
func (k KeyKind) Arg(id ID) any {
	switch k {
	case KeyUint:
		n, _ := strconv.ParseUint(string(id), 10, 64)
		return n
	case KeyInt:
		n, _ := strconv.ParseInt(string(id), 10, 64)
		return n
	case KeyUUIDBytes:
		b, _ := hex.DecodeString(string(id[0:8]) + string(id[9:13]) + string(id[14:18]) + string(id[19:23]) + string(id[24:]))
		return b
	default:
		return string(id)
	}
}

// args returns the typed values of a set's ids as a look-up takes them: integers as one list, anything else one by one.
func (k KeyKind) args(set *idSet) []any {
	switch k {
	case KeyUint:
		return []any{set.sums}
	case KeyInt:
		list := make([]int64, len(set.ids))
		for i, id := range set.ids {
			list[i], _ = strconv.ParseInt(string(id), 10, 64)
		}
		return []any{list}
	default:
		args := make([]any, len(set.ids))
		for i, id := range set.ids {
			args[i] = k.Arg(id)
		}
		return args
	}
}

// FromCell returns the ID of a key cell as the database gives it, and false for one no ID can spell (NULL, text that is not UTF-8 …).
func (k KeyKind) FromCell(cell []byte) (ID, bool) {
	if cell == nil {
		return "", false
	}
	if k == KeyUUIDBytes {
		if len(cell) != 16 {
			return "", false
		}
		return ID(uuidText(cell)), true
	}
	return k.Parse(string(cell))
}

// appendKey appends the canonical text of a key cell without allocating; ok as for FromCell, but numbers are trusted to be canonical,
// since the database wrote them.
func (k KeyKind) appendKey(dst, cell []byte) ([]byte, bool) {
	switch {
	case cell == nil:
		return dst, false
	case k == KeyUUIDBytes:
		if len(cell) != 16 {
			return dst, false
		}
		return append(dst, uuidText(cell)...), true
	case k == KeyText && !k.spells(cell):
		return dst, false // shown as text it could look like another user's id
	default:
		return append(dst, cell...), true
	}
}

// spells reports whether a text key is one Parse accepts.
func (k KeyKind) spells(cell []byte) bool {
	for _, c := range cell {
		if c < 0x20 || c == 0x7f {
			return false
		}
	}
	return len(cell) > 0 && len(cell) <= MaxIDLength && utf8.Valid(cell)
}

func uuidText(b []byte) string {
	var text [36]byte
	hex.Encode(text[0:8], b[0:4])
	text[8] = '-'
	hex.Encode(text[9:13], b[4:6])
	text[13] = '-'
	hex.Encode(text[14:18], b[6:8])
	text[18] = '-'
	hex.Encode(text[19:23], b[8:10])
	text[23] = '-'
	hex.Encode(text[24:36], b[10:16])
	return string(text[:])
}

// canonicalDigits accepts 0 and digit strings without a leading zero, up to 20 digits (2^64−1 has 20).
func canonicalDigits(s string) bool {
	if s == "" || len(s) > 20 || s[0] == '0' && len(s) > 1 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func canonicalUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

func containsControl(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] == 0x7f {
			return true
		}
	}
	return false
}

// maxExactInteger is 2^53−1, the largest integer every JSON reader keeps exactly (RFC 8259 §6).
const maxExactInteger = 1<<53 - 1

// ExactNumber returns the ID as an integer, and false if it is none or beyond ±(2^53−1), where JSON readers round it to another user's.
func (id ID) ExactNumber() (int64, bool) {
	digits := string(id)
	negative := len(digits) > 1 && digits[0] == '-' && digits[1] != '0'
	if negative {
		digits = digits[1:]
	}
	if len(digits) > 16 || !canonicalDigits(digits) { // 2^53−1 has 16
		return 0, false
	}
	n := int64(0)
	for i := range len(digits) {
		n = n*10 + int64(digits[i]-'0')
	}
	if n > maxExactInteger {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}
