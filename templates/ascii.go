package templates

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendJSON appends JSON text in a form that is safe inside a script element of a page in any character set: <, > and &,
// DEL and everything beyond ASCII become \uXXXX, bytes that are not UTF-8 become \ufffd. In valid JSON these occur only
// within strings, where the escape means the same; text that is not JSON still cannot end the element.
func appendJSON(dst, text []byte) []byte {
	done := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c == '<' || c == '>' || c == '&' || c == 0x7f {
				dst = append(dst, text[done:i]...)
				dst = appendUnit(dst, uint16(c))
				done = i + 1
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		dst = append(dst, text[done:i]...)
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			dst = appendUnit(appendUnit(dst, uint16(high)), uint16(low))
		} else {
			dst = appendUnit(dst, uint16(r))
		}
		i += size
		done = i
	}
	return append(dst, text[done:]...)
}

func appendUnit(dst []byte, unit uint16) []byte {
	return append(dst, '\\', 'u', hexDigits[unit>>12], hexDigits[unit>>8&15], hexDigits[unit>>4&15], hexDigits[unit&15])
}

// appendHTML appends HTML with everything beyond ASCII as character references, which texts and attributes understand alike;
// script elements must be pure ASCII already. Bytes that are not UTF-8 become the replacement character.
func appendHTML(dst, text []byte) []byte {
	done := 0
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		dst = append(dst, text[done:i]...)
		dst = append(dst, '&', '#')
		dst = strconv.AppendUint(dst, uint64(r), 10)
		dst = append(dst, ';')
		i += size
		done = i
	}
	return append(dst, text[done:]...)
}
