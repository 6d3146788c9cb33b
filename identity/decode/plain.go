package decode

import (
	"encoding/base64"
	"strings"

	"github.com/chatpass/chatpass/userinfo/convert"
)

// Split cuts text at every sep into exactly n parts, as WordPress (login|expiration|token|hmac) and XenForo (id,key) write. It returns ErrMalformed.
func Split(text, sep string, n int) ([]string, error) {
	if len(text) > MaxLength || sep == "" || n < 1 || strings.Count(text, sep) != n-1 {
		return nil, malformed("parts")
	}
	return strings.Split(text, sep), nil
}

// SplitFirst cuts text into exactly n parts at the first n-1 places of sep; the last part may hold more of them, as in MyBB's id_key. It returns ErrMalformed.
func SplitFirst(text, sep string, n int) ([]string, error) {
	if len(text) > MaxLength || sep == "" || n < 1 {
		return nil, malformed("parts")
	}
	parts := strings.SplitN(text, sep, n)
	if len(parts) != n {
		return nil, malformed("parts")
	}
	return parts, nil
}

// Base64 decodes either alphabet, padded or not, but no mixture, no line breaks and no bits that an encoder leaves zero. It returns ErrMalformed.
func Base64(text string) ([]byte, error) {
	encoding := base64.StdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.URLEncoding
	}
	if !strings.HasSuffix(text, "=") {
		encoding = encoding.WithPadding(base64.NoPadding)
	}
	raw, ok := strict(encoding, text)
	return raw, malformedUnless(ok, "base64")
}

// SessionFormat is how a PHP site writes its sessions: its setting session.serialize_handler.
type SessionFormat uint8

// The formats of sessions.
const (
	SessionPHP          SessionFormat = iota // name|value name|value …
	SessionPHPBinary                         // length of the name, name, value …
	SessionPHPSerialize                      // one serialized array
)

// ParseSessionFormat returns the format of PHP's word for it: php, php_binary or php_serialize.
func ParseSessionFormat(word string) (SessionFormat, error) {
	for format, name := range []string{"php", "php_binary", "php_serialize"} {
		if word == name {
			return SessionFormat(format), nil
		}
	}
	return SessionPHP, malformed("session format: php, php_binary or php_serialize")
}

// PHPSession reads the session file or row of a PHP site. Limits and objects are those of [PHP]. It returns ErrMalformed. cms.md §3.1, §6.25.
func PHPSession(text string, format SessionFormat) (Value, error) {
	var v Value
	ok := false
	switch format {
	case SessionPHP, SessionPHPBinary:
		v, ok = convert.ReadPHPSession([]byte(text), format == SessionPHPBinary)
	case SessionPHPSerialize:
		v, ok = convert.ReadPHP([]byte(text))
		ok = ok && v.Kind() == convert.ListValue
	}
	if !ok {
		return Value{}, malformed("PHP session")
	}
	return v, nil
}
