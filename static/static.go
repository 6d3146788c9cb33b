// Package static holds the files a visitor's browser fetches: the loader, which is the same for every visitor and holds no user data.
package static

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
)

//go:embed loader.js
var source []byte

var (
	loader     = strip(source)
	loaderETag = etag(loader)
)

// Loader returns the loader script, UTF-8 JavaScript of at most 3 KB after gzip. It is the embedded file without its comment
// lines and indentation. The bytes are shared: the caller must not change them.
func Loader() []byte { return loader }

// LoaderETag returns the strong entity tag of Loader, quotes included. It changes exactly when the bytes do.
func LoaderETag() string { return loaderETag }

// strip drops indentation, blank lines and lines that are only a comment. Line ends stay, since JavaScript may need them.
// It knows nothing of JavaScript, so loader.js must not hold text that spans lines; a test sees to that.
func strip(js []byte) []byte {
	out := make([]byte, 0, len(js))
	for line := range bytes.Lines(js) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || bytes.HasPrefix(line, []byte("//")) {
			continue
		}
		out = append(append(out, line...), '\n')
	}
	return out
}

func etag(content []byte) string {
	sum := sha256.Sum256(content)
	// 16 of 32 bytes: chance never makes two versions equal, and the header stays short.
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}
