// Package passmark tells by keyed hashes whether a user's password has changed, so that nothing of the password itself is kept.
package passmark

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Size is the length of a mark in bytes: hexadecimal digits.
const Size = 32

const keySize = 8 // of them, the first, which name the key and what the digest is of

// DigestOf is how many bytes at the beginning of a digest tell of which columns it is: of other columns it tells nothing of the password. One that is not longer is of unnamed ones.
const DigestOf = 8

// New makes a mark of what a digest tells of a user's password, with a key that is used for nothing else. It is of this user alone; "" of "".
func New(key []byte, user, digest string) string {
	if digest == "" {
		return ""
	}
	of := ""
	if len(digest) > DigestOf {
		of = digest[:DigestOf]
	}
	return sum(key, "key\x00", of)[:keySize] + sum(key, "password\x00", user, "\x00", digest)[:Size-keySize]
}

func sum(key []byte, texts ...string) string {
	mac := hmac.New(sha256.New, key)
	for _, t := range texts {
		mac.Write([]byte(t))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// Changed reports whether the second of two marks of a user is of another password than the first. Of an empty mark, and of marks made with different keys or of other
// columns, that is not known: false.
func Changed(was, is string) bool {
	return was != "" && is != "" && sameKey(was, is) && !hmac.Equal([]byte(was), []byte(is))
}

// Unknown reports whether it can never be told by what was kept whether the password of now is another: is takes its place then.
func Unknown(was, is string) bool {
	return is != "" && !sameKey(was, is)
}

// Valid reports whether a text is a mark.
func Valid(mark string) bool {
	b, err := hex.DecodeString(mark)
	return err == nil && len(b) == Size/2
}

func sameKey(a, b string) bool {
	return len(a) == Size && len(b) == Size && a[:keySize] == b[:keySize]
}
