package decode

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"strings"
	"testing"
)

func TestMACsInOneGoAreThoseOfTheLibrary(t *testing.T) {
	for _, keySize := range []int{0, 1, 32, 63, 64, 65, 128, 1000} {
		for _, size := range []int{0, 1, 55, 56, 63, 64, 200, macRoom - macBlock - 1, macRoom - macBlock, macRoom - macBlock + 1, 9000} {
			var key, text []byte
			for i := range keySize {
				key = append(key, byte(i*7+keySize))
			}
			for i := range size {
				text = append(text, byte(i*13+size))
			}
			parts := []string{string(text[:size/3]), "", string(text[size/3:])}
			want := hmac.New(md5.New, key)
			want.Write(text)
			if got := macMD5(string(key), parts...); !bytes.Equal(got[:], want.Sum(nil)) {
				t.Errorf("MD5, key of %d bytes, text of %d: %x", keySize, size, got)
			}
			want = hmac.New(sha256.New, key)
			want.Write(text)
			if got := macSHA256(string(key), parts...); !bytes.Equal(got[:], want.Sum(nil)) {
				t.Errorf("SHA-256, key of %d bytes, text of %d: %x", keySize, size, got)
			}
		}
	}
	// RFC 2104, and RFC 4231 test case 2.
	if got := macMD5("Jefe", "what do ya want ", "for nothing?"); !bytes.Equal(got[:], []byte("\x75\x0c\x78\x3e\x6a\xb0\xb5\x03\xea\xa8\x6e\x31\x0a\x5d\xb7\x38")) {
		t.Errorf("RFC 2104: %x", got)
	}
	if got := macSHA256("Jefe", "what do ya want ", "for nothing?"); !strings.HasPrefix(string(got[:]), "\x5b\xdc\xc1\x46\xbf\x60\x75\x4e") {
		t.Errorf("RFC 4231: %x", got)
	}
}
