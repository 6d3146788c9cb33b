package convert

import (
	"bytes"
	"cmp"
	"strconv"
)

// isWhole reports whether text is a whole number: digits, with a minus before them or not.
func isWhole(text []byte) bool {
	text = bytes.TrimPrefix(text, []byte("-"))
	_, ok := digits(text)
	return ok && len(text) > 0
}

// isNumber reports whether text is a decimal number: digits, a fraction, an exponent, in the forms that JSON and PHP write.
func isNumber(text []byte) bool {
	text = bytes.TrimPrefix(text, []byte("-"))
	if i := bytes.IndexAny(text, "eE"); i >= 0 {
		exponent := text[i+1:]
		if len(exponent) > 0 && exponent[0] == '+' {
			exponent = exponent[1:]
		}
		if !isWhole(exponent) {
			return false
		}
		text = text[:i]
	}
	whole, fraction, pointed := bytes.Cut(text, []byte("."))
	_, ok1 := digits(whole)
	_, ok2 := digits(fraction)
	return ok1 && ok2 && len(whole) > 0 && (!pointed || len(fraction) > 0)
}

// CompareNumbers compares two decimal numbers: whole ones exactly, however long, others as floats. ok is false unless both are numbers.
func CompareNumbers(a, b []byte) (order int, ok bool) {
	if !isNumber(a) || !isNumber(b) {
		return 0, false
	}
	return compareNumbers(a, b), true
}

// compareNumbers compares two texts of isNumber: whole numbers exactly, however long, others as floats.
func compareNumbers(a, b []byte) int {
	if !isWhole(a) || !isWhole(b) {
		x, _ := strconv.ParseFloat(string(a), 64) // out of range is an infinity, which compares as it should
		y, _ := strconv.ParseFloat(string(b), 64)
		return cmp.Compare(x, y)
	}
	a, minusA := magnitude(a)
	b, minusB := magnitude(b)
	switch {
	case minusA != minusB:
		if minusA {
			return -1
		}
		return 1
	case minusA:
		a, b = b, a
	}
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return bytes.Compare(a, b)
}

// magnitude is a whole number without its minus and leading zeros; zero is the empty text and has no minus.
func magnitude(text []byte) ([]byte, bool) {
	digits, minus := bytes.CutPrefix(text, []byte("-"))
	digits = bytes.TrimLeft(digits, "0")
	return digits, minus && len(digits) > 0
}
