package templates

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// control reports whether c is a control character that is no white space. ESC is the one to fear: in a page that is
// ISO-2022-JP it changes the meaning of the ASCII letters after it, quotes and angle brackets too.
func control(c byte) bool { return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f }

// appendJSON appends JSON text in a form that is safe inside a script element of a page in any character set: <, > and &,
// control characters and everything beyond ASCII become \uXXXX, bytes that are not UTF-8 become \ufffd. In valid JSON these
// occur only within strings, where the escape means the same; text that is not JSON still cannot end the element. So does a brace that
// opens anything but an object: a server that takes the page for a template (Caddy's httpInclude does) would run what a member's name says.
func appendJSON(dst, text []byte) []byte {
	done := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if c == '<' || c == '>' || c == '&' || control(c) || c == '{' && !object(text[i+1:]) {
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

// object reports whether the text behind a brace goes on as that of a JSON object without white space. Within a string the quotation
// mark has a backslash before it, so that only one at the string's end is taken for an object's: nothing follows the brace there.
func object(rest []byte) bool { return len(rest) > 0 && (rest[0] == '"' || rest[0] == '}') }

func appendUnit(dst []byte, unit uint16) []byte {
	return append(dst, '\\', 'u', hexDigits[unit>>12], hexDigits[unit>>8&15], hexDigits[unit>>4&15], hexDigits[unit&15])
}

// appendHTML appends HTML with control characters and everything beyond ASCII as character references, which texts and
// attributes understand alike; script elements must be pure ASCII already. Bytes that are not UTF-8 and the controls U+0080 to
// U+009F, whose references mean other characters, become the replacement character. braces makes references of opening braces too, as
// appendJSON does; only for text without script elements.
func appendHTML(dst, text []byte, braces bool) []byte {
	done := 0
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf && !control(c) && (c != '{' || !braces) {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r >= 0x80 && r < 0xa0 {
			r = utf8.RuneError
		}
		dst = append(dst, text[done:i]...)
		dst = append(dst, '&', '#')
		dst = strconv.AppendUint(dst, uint64(r), 10)
		dst = append(dst, ';')
		i += size
		done = i
	}
	return append(dst, text[done:]...)
}
