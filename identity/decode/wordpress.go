package decode

import (
	"crypto/md5" //nolint:gosec // the inner of WordPress' two MACs
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// WordPress is what a cookie wordpress_logged_in_… says. Nothing of it is proven before [WordPress.CheckMAC] or [WordPress.CheckTokens].
type WordPress struct {
	Login   string
	Expires time.Time
	Token   string
	exp     string // as it is written, which is what is signed
	mac     string
}

// ParseWordPress reads login|expiration|token|hmac, exactly four parts. It returns ErrMalformed. cms.md §6.1 (wp_parse_auth_cookie).
func ParseWordPress(value string) (WordPress, error) {
	parts, err := Split(value, "|", 4)
	if err != nil || parts[0] == "" || parts[2] == "" || len(parts[3]) != hex.EncodedLen(sha256.Size) {
		return WordPress{}, malformed("WordPress cookie")
	}
	seconds, ok := seconds(parts[1])
	if !ok {
		return WordPress{}, malformed("WordPress cookie")
	}
	return WordPress{Login: parts[0], Expires: seconds, Token: parts[2], exp: parts[1], mac: parts[3]}, nil
}

// seconds reads a unix time of at most 12 digits, which lasts for 30,000 years, as PHP writes it.
func seconds(text string) (time.Time, bool) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || len(text) > 12 || len(text) > 1 && text[0] == '0' {
		return time.Time{}, false
	}
	return time.Unix(int64(n), 0).UTC(), true
}

// CheckMAC checks the cookie against the stored hash of the user's password and the salt LOGGED_IN_KEY and LOGGED_IN_SALT: the MAC binds four characters of
// that hash, so that a changed password ends the cookie. It returns ErrForged, ErrExpired and ErrNoKey. cms.md §6.1 (wp_validate_auth_cookie).
func (w WordPress) CheckMAC(passwordHash string, key, salt secret.Secret, now time.Time) error {
	if key.IsZero() || salt.IsZero() {
		return noKey("WordPress LOGGED_IN_KEY or LOGGED_IN_SALT")
	}
	right := false
	for _, fragment := range WordPressFragments(passwordHash) {
		right = same(w.mac, w.sign(fragment, key.Reveal()+salt.Reveal())) || right
	}
	if !right {
		return forged("WordPress cookie")
	}
	return w.alive(now)
}

// sign returns the outer MAC: its key is the inner one in hexadecimal digits.
func (w WordPress) sign(fragment, salt string) string {
	inner := macMD5(salt, w.Login, "|", fragment, "|", w.exp, "|", w.Token)
	var key [2 * md5.Size]byte
	hex.Encode(key[:], inner[:])
	outer := macSHA256(string(key[:]), w.Login, "|", w.exp, "|", w.Token)
	return hex.EncodeToString(outer[:])
}

func (w WordPress) alive(now time.Time) error {
	if now.Unix() > w.Expires.Unix() {
		return ErrExpired
	}
	return nil
}

// WordPressFragments returns the four characters of a password's hash that a cookie binds: the 9th to 12th of $P$ and $2y$, the last four of $wp$ (6.8 and later).
// Of any other kind releases before 6.8 took the first and later ones the second place: both are given. A hash too short for it gives none, since it would
// bind nothing. cms.md §6.1 (wp_generate_auth_cookie).
func WordPressFragments(passwordHash string) []string {
	if len(passwordHash) < 12 {
		return nil
	}
	ninth, last := passwordHash[8:12], passwordHash[len(passwordHash)-4:]
	switch {
	case strings.HasPrefix(passwordHash, "$P$"), strings.HasPrefix(passwordHash, "$2y$"):
		return []string{ninth}
	case strings.HasPrefix(passwordHash, "$wp"):
		return []string{last}
	default:
		return []string{ninth, last}
	}
}

// CheckTokens checks the cookie against the user's meta value session_tokens, whose names are SHA-256 of tokens, and returns when the session ends. Alone it is
// weaker than with [WordPress.CheckMAC]: a changed password does not delete tokens. It returns ErrMalformed for a meta value that cannot be read, ErrForged for
// a token that is not in it, and ErrExpired. cms.md §6.1 (WP_Session_Tokens).
func (w WordPress) CheckTokens(sessionTokens string, now time.Time) (time.Time, error) {
	if err := w.alive(now); err != nil {
		return time.Time{}, err
	}
	tokens, err := PHP(sessionTokens)
	if err != nil {
		return time.Time{}, err
	}
	sum := sha256.Sum256([]byte(w.Token))
	session := tokens.At(hex.EncodeToString(sum[:]))
	if w.Token == "" || session.Kind() == convert.NoValue {
		return time.Time{}, forged("WordPress session")
	}
	if session.Kind() == convert.ListValue { // else it is the end itself, as releases before 4.0.1 wrote
		session = session.At("expiration")
	}
	end, ok := seconds(session.Text())
	if !ok {
		return time.Time{}, malformed("WordPress session")
	}
	if now.Unix() > end.Unix() {
		return time.Time{}, ErrExpired
	}
	if end.After(w.Expires) {
		end = w.Expires
	}
	return end, nil
}
