package decode

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"io"
)

// MaxInflated is the most bytes a compressed value may have when it is open, however small it came: 1 KiB of deflate can stand for 1 MiB of zeroes.
const MaxInflated = 256 << 10

// Inflate opens raw deflate (RFC 1951), as MediaWiki stores in its object cache. It returns ErrMalformed, also for more than [MaxInflated] bytes and for
// anything behind the end. cms.md §6.12.
func Inflate(in []byte) ([]byte, error) {
	source := bytes.NewReader(in)
	return inflate(source, flate.NewReader(source), len(in))
}

// InflateZlib opens zlib (RFC 1950) and checks its sum, as Django compresses. Errors are those of [Inflate]. cms.md §6.18.
func InflateZlib(in []byte) ([]byte, error) {
	source := bytes.NewReader(in)
	r, err := zlib.NewReader(source)
	if err != nil {
		return nil, malformed("zlib")
	}
	return inflate(source, r, len(in))
}

// inflate reads r, which reads source byte by byte and so stops at the end of the stream.
func inflate(source *bytes.Reader, r io.ReadCloser, size int) ([]byte, error) {
	if size > MaxLength {
		return nil, malformed("deflate")
	}
	out, err := io.ReadAll(io.LimitReader(r, MaxInflated+1))
	if err != nil || len(out) > MaxInflated || r.Close() != nil || source.Len() > 0 {
		return nil, malformed("deflate")
	}
	return out, nil
}
