package jwt

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
)

// mac is a keyed HMAC with the memory for one token.
type mac struct {
	hash hash.Hash
	buf  []byte
	sum  []byte
}

func newMAC(key []byte) *mac {
	return &mac{hash: hmac.New(sha256.New, key), buf: make([]byte, 0, 256), sum: make([]byte, 0, sha256.Size)}
}

// sign returns the compact form of a token with these claims (RFC 7515 §3.1).
func (s *Signer) sign(claims []byte) string {
	m := s.macs.Get().(*mac)
	m.buf = append(append(m.buf[:0], header64...), '.')
	m.buf = base64.RawURLEncoding.AppendEncode(m.buf, claims)
	m.hash.Reset()
	m.hash.Write(m.buf)
	m.sum = m.hash.Sum(m.sum[:0])
	m.buf = append(m.buf, '.')
	m.buf = base64.RawURLEncoding.AppendEncode(m.buf, m.sum)
	token := string(m.buf)
	s.macs.Put(m)
	return token
}
