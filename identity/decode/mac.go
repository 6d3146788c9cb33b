package decode

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // what platforms sign with
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// The bytes of a block of MD5 and of SHA-256, and how much of a text fits beside it without an allocation.
const (
	macBlock = 64
	macRoom  = 512
)

// macMD5 is HMAC-MD5 (RFC 2104) of texts one after the other, in one go: crypto/hmac makes nine objects for it, which is a good part of what a visit costs.
func macMD5(key string, texts ...string) [md5.Size]byte {
	var room [macRoom]byte
	if len(key) > macBlock {
		short := md5.Sum([]byte(key)) //nolint:gosec // as above
		key = string(short[:])
	}
	inner := md5.Sum(padded(&room, key, texts))          //nolint:gosec // as above
	return md5.Sum(append(repadded(&room), inner[:]...)) //nolint:gosec // as above
}

// macSHA256 is HMAC-SHA256 as [macMD5] is HMAC-MD5.
func macSHA256(key string, texts ...string) [sha256.Size]byte {
	var room [macRoom]byte
	if len(key) > macBlock {
		short := sha256.Sum256([]byte(key))
		key = string(short[:])
	}
	inner := sha256.Sum256(padded(&room, key, texts))
	return sha256.Sum256(append(repadded(&room), inner[:]...))
}

// The bytes a key is mixed with.
const (
	innerPad = 0x36
	outerPad = 0x5c
)

// padded is what the inner sum is made of: the key's block, and texts. Where they do not fit into room they are somewhere else, but the block is in room all the same.
func padded(room *[macRoom]byte, key string, texts []string) []byte {
	copy(room[:macBlock], key)
	for i := range macBlock {
		room[i] ^= innerPad
	}
	b := room[:macBlock]
	for _, text := range texts {
		b = append(b, text...)
	}
	return b
}

// repadded is the key's block as the outer sum has it.
func repadded(room *[macRoom]byte) []byte {
	for i := range macBlock {
		room[i] ^= innerPad ^ outerPad
	}
	return room[:macBlock]
}

// hexMAC is the HMAC of a text by any digest, in hexadecimal digits.
func hexMAC(digest func() hash.Hash, key, text string) string {
	mac := hmac.New(digest, []byte(key))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}
