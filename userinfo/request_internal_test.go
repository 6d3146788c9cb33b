package userinfo

import (
	"strings"
	"testing"
)

func TestDigitsAreReadAsParseReadsThem(t *testing.T) {
	texts := []string{"", "0", "00", "01", "7", "12a", "a12", "-1", "+1", " 1", "1 ", "1,", "/1", ":1", "1.", "1\x00", "\xff", "٣", strings.Repeat("9", 18), strings.Repeat("9", 19), "1844674407370955161"}
	for c := range 256 {
		texts = append(texts, string([]byte{byte(c)}), "4"+string([]byte{byte(c)})+"2")
	}
	for _, text := range texts {
		sum, ok := digitSum(text)
		id, want := KeyUint.Parse(text)
		if ok != want {
			t.Errorf("%q is an id: %t, want %t", text, ok, want)
		}
		if ok && sum != sumOf(KeyUint, id) {
			t.Errorf("%q sums up to %d, want %d", text, sum, sumOf(KeyUint, id))
		}
	}
}
