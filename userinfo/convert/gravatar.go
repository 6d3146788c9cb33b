package convert

import (
	"bytes"
	"crypto/md5" //nolint:gosec // Gravatar names pictures so; nothing is protected by it
	"crypto/sha256"
	"encoding/hex"
)

// The address of a Gravatar picture stands around the hash of a mail address: 96 pixels, and the grey person for those who have none.
const (
	gravatarBefore = "https://secure.gravatar.com/avatar/"
	gravatarAfter  = "?s=96&d=mm"
)

// appendGravatar gives the whole address of a mail address's picture, by SHA-256; nothing for what is no mail address.
func appendGravatar(dst, in []byte) []byte {
	return gravatarOf(dst, in, func(dst, mail []byte) []byte {
		sum := sha256.Sum256(mail)
		return hex.AppendEncode(dst, sum[:])
	})
}

// appendGravatarMD5 is appendGravatar by MD5, the only hash that Gravatar's older mirrors know.
func appendGravatarMD5(dst, in []byte) []byte {
	return gravatarOf(dst, in, func(dst, mail []byte) []byte {
		sum := md5.Sum(mail) //nolint:gosec // see the import
		return hex.AppendEncode(dst, sum[:])
	})
}

func gravatarOf(dst, in []byte, appendHash func(dst, mail []byte) []byte) []byte {
	in = bytes.TrimSpace(in)
	if !isMail(in) {
		return dst
	}
	var room [maxMail]byte
	mail := room[:0]
	for _, c := range in {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c >= 0x80 { // letters of the world, for which lower-casing may change the length
			mail = bytes.ToLower(in)
			break
		}
		mail = append(mail, c)
	}
	return append(appendHash(append(dst, gravatarBefore...), mail), gravatarAfter...)
}

// maxMail is the most bytes of a mail address: RFC 5321, section 4.5.3.1.3, without the angle brackets.
const maxMail = 254

// isMail asks no more than tells a mail address from a name or a placeholder: something, an at sign, something, and no blanks.
func isMail(in []byte) bool {
	at := bytes.LastIndexByte(in, '@')
	return at > 0 && at < len(in)-1 && len(in) <= maxMail && bytes.IndexFunc(in, func(r rune) bool { return r <= ' ' || r == 0x7f }) < 0
}
