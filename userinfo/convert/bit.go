package convert

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// NewBit returns the converter that gives 1 when all bits of mask are set in the input, else nothing. The input is a whole number of 64 bits
// in decimals (a negative one in two's complement), or the one to eight bytes of a MySQL BIT column, of which at least one is no printable ASCII;
// bytes that can be read as decimals are decimals. No bit is set in anything else, and a mask of 0 asks for none and never holds.
func NewBit(mask uint64) Func {
	return func(dst, in []byte) []byte {
		if bits, ok := bitsOf(in); ok && mask != 0 && bits&mask == mask {
			return append(dst, '1')
		}
		return dst
	}
}

func bitsOf(in []byte) (uint64, bool) {
	if text := bytes.TrimSpace(in); isWhole(text) {
		if bits, err := strconv.ParseUint(string(text), 10, 64); err == nil {
			return bits, true
		}
		bits, err := strconv.ParseInt(string(text), 10, 64)
		return uint64(bits), err == nil
	}
	if len(in) > 8 || bytes.IndexFunc(in, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		return 0, false
	}
	var raw [8]byte
	copy(raw[8-len(in):], in)
	return binary.BigEndian.Uint64(raw[:]), true
}
