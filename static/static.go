// Package static holds the files a visitor's browser fetches: the loader, which is the same for every visitor and holds no user data.
package static

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
)

//go:embed loader.js
var source []byte

var (
	loader     = shrink(source)
	loaderETag = etag(loader)
)

// Loader returns the loader script, UTF-8 JavaScript of at most 3,072 bytes after gzip. It is the embedded file without comments and
// white space and with short names. The bytes are shared: the caller must not change them.
func Loader() []byte { return loader }

// LoaderETag returns the strong entity tag of Loader, quotes included. It changes exactly when the bytes do.
func LoaderETag() string { return loaderETag }

func etag(content []byte) string {
	sum := sha256.Sum256(content)
	// 16 of 32 bytes: chance never makes two versions equal, and the header stays short.
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}
