package mesibo

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Digits of a phone with the country's code (ITU-T E.164 §6 allows 15; no number in use has fewer than 9).
const (
	minPhone = 9
	maxPhone = 15
)

// maxSpelling bounds the text of a phone, in bytes: 15 digits of 4 bytes with something between any two of them are shorter.
const maxSpelling = 128

// noCode is what the stock apps write in front of a number that they know no country code of.
const noCode = "null"

// normalise returns the one spelling of a phone that is kept and compared: digits with the country's code (Mesibo A7). cc is the country code of whoever wrote it and
// defaultCountry the site's; both may be empty, and then a number that needs one is refused: to guess would be another person. False is no phone.
func normalise(text, cc, defaultCountry string) (string, bool) {
	if len(text) > maxSpelling || !utf8.ValidString(text) {
		return "", false
	}
	text = strings.Map(plainRune, text)
	switch {
	case strings.HasPrefix(text, noCode):
		if cc == "" {
			cc = defaultCountry
		}
		if !callingCode(cc) {
			return "", false
		}
		text = cc + strings.TrimPrefix(strings.TrimPrefix(text, noCode), "0")
	case strings.HasPrefix(text, "+"), strings.HasPrefix(text, "±"):
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
	case strings.HasPrefix(text, "00"):
		text = text[2:]
	case strings.HasPrefix(text, "0"):
		if !callingCode(defaultCountry) {
			return "", false
		}
		text = defaultCountry + text[1:]
	}
	if len(text) < minPhone || len(text) > maxPhone || text[0] == '0' || !digits(text) {
		return "", false
	}
	return text, true
}

// Most digits of a phone as it is written within a country, without 0 in front: 10 nearly everywhere. A few have 11, as China, where the same length with a code is as common
// elsewhere; so those count only where the country is known, and is not what they begin with.
const (
	maxWithin      = 10
	maxWithinKnown = 11
)

// withinCountry reports whether a text looks like a phone without the country's code that normalise takes for one with it. It guesses, and nothing but a warning hangs on it.
func withinCountry(text, country string) bool {
	if len(text) > maxSpelling || !utf8.ValidString(text) {
		return false
	}
	text = strings.Map(plainRune, text)
	if text == "" || text[0] == '0' || !digits(text) {
		return false
	}
	if country == "" {
		return len(text) <= maxWithin
	}
	return len(text) <= maxWithinKnown && !strings.HasPrefix(text, country)
}

// callingCode reports whether a text can be a country's code.
func callingCode(text string) bool {
	return text != "" && len(text) <= 3 && text[0] != '0' && digits(text)
}

// digits reports whether a text is of ASCII digits alone.
func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// zeros are the digits 0 of the scripts that keyboards write phones in, each followed by the other nine: Arabic-Indic, Persian, Devanagari, Bengali, Thai, full width.
var zeros = [...]rune{'\u0660', '\u06F0', '\u0966', '\u09E6', '\u0E50', '\uFF10'}

// plainRune makes one character of a phone what it means, or removes it (-1).
func plainRune(r rune) rune {
	for _, zero := range zeros {
		if r >= zero && r <= zero+9 {
			return '0' + r - zero
		}
	}
	switch r {
	case '-', '.', '(', ')', '/', '\u2010', '\u2011', '\u2012', '\u2013', '\u2212': // the last are hyphens and the minus as phones' keyboards set them
		return -1
	case '\uFF0B': // full width
		return '+'
	case '\u200B', '\u200C', '\u200D', '\u2060', '\uFEFF': // of no width
		return -1
	}
	if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) { // Cf: marks of direction, which copied numbers carry
		return -1
	}
	return r
}
