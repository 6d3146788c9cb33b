package convert

import (
	"crypto/md5" //nolint:gosec // avatar services name pictures by the MD5 of an address; nothing is protected by it
	"crypto/sha256"
	"encoding/hex"
	"errors"
)

var errEmptyArgument = errors.New("first argument is empty")

// appendMD5 gives the hex MD5 of in, as Gravatar's older addresses need.
func appendMD5(dst, in []byte) []byte {
	sum := md5.Sum(in) //nolint:gosec // see the import
	return hex.AppendEncode(dst, sum[:])
}

// appendSHA256 gives the hex SHA-256 of in, as Gravatar's newer addresses need.
func appendSHA256(dst, in []byte) []byte {
	sum := sha256.Sum256(in)
	return hex.AppendEncode(dst, sum[:])
}
