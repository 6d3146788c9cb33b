package convert

import (
	"fmt"
	"unicode/utf8"
)

// maxPad is the most characters of a padded text; ids in file names have at most twenty digits.
const maxPad = 64

// newPad puts zeros before a text until it has n characters: 7 becomes 007. Nothing stays nothing.
func newPad(args []string, _ Env) (Func, error) {
	n, err := smallInt(args[0], 1)
	if err != nil {
		return nil, err
	}
	if n > maxPad {
		return nil, fmt.Errorf("argument %d is above %d", n, maxPad)
	}
	return func(dst, in []byte) []byte {
		if len(in) == 0 {
			return dst
		}
		for range n - utf8.RuneCount(in) {
			dst = append(dst, '0')
		}
		return append(dst, in...)
	}, nil
}
