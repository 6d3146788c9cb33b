package pagecheck

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"strings"
)

// Intact reports whether browsers run the element with this body, as its integrity attribute has it (SRI §3.3): of the hashes in it those of
// the strongest kind count, and one of them must be the body's. An attribute without any hash they know counts for nothing.
func (s *Script) Intact(body []byte) bool {
	best, fits := 0, true
	for _, word := range strings.Fields(s.Integrity) {
		kind, text, _ := strings.Cut(word, "-")
		text, _, _ = strings.Cut(text, "?")
		var sum []byte
		bits := 0
		switch strings.ToLower(kind) {
		case "sha256":
			sum32 := sha256.Sum256(body)
			bits, sum = 256, sum32[:]
		case "sha384":
			sum48 := sha512.Sum384(body)
			bits, sum = 384, sum48[:]
		case "sha512":
			sum64 := sha512.Sum512(body)
			bits, sum = 512, sum64[:]
		}
		if bits == 0 || bits < best {
			continue
		}
		if bits > best {
			best, fits = bits, false
		}
		fits = fits || strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "=")) == base64.RawStdEncoding.EncodeToString(sum)
	}
	return fits
}
