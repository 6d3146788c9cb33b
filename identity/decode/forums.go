package decode

import (
	"crypto/sha256"
	"crypto/sha512"
	"net/netip"
	"strings"

	"github.com/chatpass/chatpass/internal/secret"
)

// CheckSMF checks the second element of SMF's cookie, and with tfa_backup in the place of passwd that of its second factor: hex HMAC-SHA512 with auth_secret and
// the member's salt as key. It returns ErrForged, also for an empty passwd, and ErrNoKey. cms.md §6.7 (hash_salt).
func CheckSMF(hash, passwd, passwordSalt string, authSecret secret.Secret) error {
	if authSecret.IsZero() {
		return noKey("SMF auth_secret")
	}
	if passwd == "" || !same(hash, hexMAC(sha512.New, authSecret.Reveal()+passwordSalt, passwd)) {
		return forged("SMF cookie")
	}
	return nil
}

// VBulletinIDHash returns session.idhash of a visitor: MD5 of the User-Agent and the first octets of the IPv4 address, three unless the site says otherwise. It
// returns ErrMalformed for an address that is not IPv4 or octets beyond 1 … 4. cms.md §6.9.
func VBulletinIDHash(userAgent, ip string, octets int) (string, error) {
	addr, err := netip.ParseAddr(ip)
	if addr = addr.Unmap(); err != nil || !addr.Is4() || octets < 1 || octets > 4 {
		return "", malformed("address for vBulletin")
	}
	return md5hex(userAgent + strings.Join(strings.Split(addr.String(), ".")[:octets], ".")), nil
}

// CheckVBulletinRemember checks the cookie password of vBulletin 4: MD5 of the user's password column and COOKIE_SALT. It returns ErrForged, also for an empty
// column, and ErrNoKey. cms.md §6.9.
func CheckVBulletinRemember(cookie, password string, cookieSalt secret.Secret) error {
	if cookieSalt.IsZero() {
		return noKey("vBulletin COOKIE_SALT")
	}
	if password == "" || !same(cookie, md5hex(password+cookieSalt.Reveal())) {
		return forged("vBulletin cookie")
	}
	return nil
}

// CheckMediaWikiToken checks a cookie Token against user_token, 32 hexadecimal digits, for a wiki without $wgAuthenticationTokenVersion; markers of system
// accounts are no tokens. It returns ErrForged. cms.md §6.12 (User::getToken).
func CheckMediaWikiToken(cookie, userToken string) error {
	if len(userToken) != 32 || strings.Trim(userToken, "0123456789abcdef") != "" || !same(cookie, userToken) {
		return forged("MediaWiki token")
	}
	return nil
}

// CheckMediaWikiVersionedToken checks a cookie Token for a wiki with that setting whose PHP has no Whirlpool and so falls back to SHA-256: the last 32 digits of
// the HMAC of version with user_token as key. It returns ErrForged. cms.md §6.12 (MWCryptHash).
func CheckMediaWikiVersionedToken(cookie, userToken, version string) error {
	if version == "" || CheckMediaWikiToken(userToken, userToken) != nil {
		return forged("MediaWiki token")
	}
	mac := hexMAC(sha256.New, userToken, version)
	if !same(cookie, mac[len(mac)-32:]) {
		return forged("MediaWiki token")
	}
	return nil
}

// SameNetwork reports whether two addresses begin alike, as phpBB's ip_check says: that many octets of IPv4, one block of 16 bits more of IPv6. 0 compares nothing,
// 4 the whole address. Addresses that cannot be read are not alike. cms.md §6.5 (session_begin).
func SameNetwork(a, b string, octets int) bool {
	if octets == 0 {
		return true
	}
	x, err1 := netip.ParseAddr(a)
	y, err2 := netip.ParseAddr(b)
	x, y = x.Unmap().WithZone(""), y.Unmap().WithZone("")
	if err1 != nil || err2 != nil || octets < 0 || octets > 4 || x.Is4() != y.Is4() {
		return false
	}
	bits := 8 * octets
	if x.Is6() {
		bits = 16 * (octets + 1)
	}
	if octets == 4 {
		return x == y
	}
	p, err := x.Prefix(bits)
	return err == nil && p.Contains(y)
}

// SameBrowser compares a User-Agent with what phpBB stored of it, its first 149 characters; case does not matter. An empty pair is the same: phpBB lets a visitor
// without one in. cms.md §6.5.
func SameBrowser(userAgent, stored string) bool {
	return cutBrowser(userAgent) == cutBrowser(stored)
}

// cutBrowser folds as PHP's strtolower does, which knows ASCII only: of other bytes none may appear or vanish.
func cutBrowser(text string) string {
	cut := []byte(text[:min(len(text), 149)])
	for i, c := range cut {
		if c >= 'A' && c <= 'Z' {
			cut[i] = c + 'a' - 'A'
		}
	}
	return strings.Trim(string(cut), " \t\n\r\v\x00")
}
