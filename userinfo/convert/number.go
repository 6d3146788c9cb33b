package convert

import (
	"bytes"
	"math"
	"strconv"
)

// appendBool gives false for what every site means by no (0, f, false, n, no, off, NUL) and true for everything else.
func appendBool(dst, in []byte) []byte {
	switch string(bytes.ToLower(bytes.TrimSpace(in))) {
	case "":
		return dst
	case "0", "0.0", "f", "false", "n", "no", "off", "\x00":
		return append(dst, "false"...)
	default:
		return append(dst, "true"...)
	}
}

// appendInt gives a whole number; "12.0" is 12, "12abc" is nothing.
func appendInt(dst, in []byte) []byte {
	in = bytes.TrimSpace(in)
	if n, err := strconv.ParseInt(string(in), 10, 64); err == nil {
		return strconv.AppendInt(dst, n, 10)
	}
	if n, err := strconv.ParseUint(string(in), 10, 64); err == nil {
		return strconv.AppendUint(dst, n, 10)
	}
	f, err := strconv.ParseFloat(string(in), 64)
	if err != nil || math.Abs(f) > 1<<53 || f != math.Trunc(f) {
		return dst
	}
	return strconv.AppendInt(dst, int64(f), 10)
}

// appendNumber gives a number as JSON writes it; NaN and infinities are nothing.
func appendNumber(dst, in []byte) []byte {
	if out := appendInt(dst, in); len(out) > len(dst) {
		return out
	}
	f, err := strconv.ParseFloat(string(bytes.TrimSpace(in)), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return dst
	}
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// newDiv divides a whole number and rounds down, for avatar folders such as id/1000.
func newDiv(args []string, _ Env) (Func, error) {
	by, err := smallInt(args[0], 1)
	if err != nil {
		return nil, err
	}
	return func(dst, in []byte) []byte {
		n, err := strconv.ParseUint(string(in), 10, 64)
		if err != nil {
			return dst
		}
		return strconv.AppendUint(dst, n/uint64(by), 10)
	}, nil
}

// newMod gives the rest of a division of a whole number.
func newMod(args []string, _ Env) (Func, error) {
	by, err := smallInt(args[0], 1)
	if err != nil {
		return nil, err
	}
	return func(dst, in []byte) []byte {
		n, err := strconv.ParseUint(string(in), 10, 64)
		if err != nil {
			return dst
		}
		return strconv.AppendUint(dst, n%uint64(by), 10)
	}, nil
}
