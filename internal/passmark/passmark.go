// Package passmark tells by keyed hashes whether a user's password has changed, so that nothing of the password itself is kept.
package passmark

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Size is the length of a mark in bytes: hexadecimal digits that name the key, the columns, and then what these hold.
const Size = 40

const (
	keyEnd     = 8
	columnsEnd = 16
)

// DigestOf is how many bytes at the beginning of a digest tell of which columns it is: of other columns it tells nothing of the password. A digest that is not longer is of
// unnamed ones.
const DigestOf = 8

// Marks are what is known of a user's password now: a mark with each key that is known, that of the present key first. Empty is nothing.
type Marks string

// New makes marks of what a digest tells of a user's password, with keys that are used for nothing else. They are of this user alone; "" of "" or without a key.
func New(keys [][]byte, user, digest string) Marks {
	if digest == "" {
		return ""
	}
	of := ""
	if len(digest) > DigestOf {
		of = digest[:DigestOf]
	}
	all := make([]byte, 0, len(keys)*Size)
	for _, key := range keys {
		all = append(all, sum(key, "key")[:keyEnd]...)
		all = append(all, sum(key, "columns\x00", of)[:columnsEnd-keyEnd]...)
		all = append(all, sum(key, "password\x00", user, "\x00", digest)[:Size-columnsEnd]...)
	}
	return Marks(all)
}

func sum(key []byte, texts ...string) string {
	mac := hmac.New(sha256.New, key)
	for _, t := range texts {
		mac.Write([]byte(t))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// Now is the mark that is kept; empty for nothing.
func (m Marks) Now() string {
	if m == "" {
		return ""
	}
	return string(m[:Size])
}

// with is the mark that was made with the key of another; empty if that is none of those that are known.
func (m Marks) with(was string) string {
	if !Valid(was) {
		return ""
	}
	for ; m != ""; m = m[Size:] {
		if string(m[:keyEnd]) == was[:keyEnd] {
			return string(m[:Size])
		}
	}
	return ""
}

// Changed reports whether a mark that was kept is of another password. Of an empty one, and of one with an unknown key or of other columns, that is not known: false.
func (m Marks) Changed(was string) bool {
	now := m.with(was)
	return now != "" && now[:columnsEnd] == was[:columnsEnd] && !hmac.Equal([]byte(now), []byte(was))
}

// Same reports whether a mark that was kept is known to be of the same password.
func (m Marks) Same(was string) bool {
	now := m.with(was)
	return now != "" && hmac.Equal([]byte(now), []byte(was))
}

// Renews reports whether Now is to take the place of what was kept: nothing, a mark of other columns, or one of the same password with a former key. One with an unknown key
// may be another instance's, which knows better.
func (m Marks) Renews(was string) bool {
	return m != "" && was != m.Now() && (!Valid(was) || m.with(was) != "") && !m.Changed(was)
}

// Foreign reports whether a mark that was kept was made with a key that is not known, so that it tells nothing.
func (m Marks) Foreign(was string) bool {
	return m != "" && Valid(was) && m.with(was) == ""
}

// Valid reports whether a text is a mark.
func Valid(mark string) bool {
	b, err := hex.DecodeString(mark)
	return err == nil && len(b) == Size/2
}
