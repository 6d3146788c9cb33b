package decode

import (
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"regexp"
	"strconv"

	"github.com/chatpass/chatpass/internal/secret"
)

// WordPressCookieName returns the cookie of a site by its option siteurl; a constant may name another, so that recipes match the prefix. cms.md §6.1.
func WordPressCookieName(siteURL string) string { return "wordpress_logged_in_" + md5hex(siteURL) }

// JoomlaCookieName returns the cookie of a Joomla site by $secret; sessionName is the class of the application unless the site says otherwise. cms.md §6.2.
func JoomlaCookieName(siteSecret secret.Secret, sessionName string) string {
	return md5hex(siteSecret.Reveal() + sessionName)
}

// DrupalCookieName returns the cookie of a Drupal site: domain is cookie_domain if set, else host and base path. cms.md §6.3, §6.4.
func DrupalCookieName(domain string, https bool) string {
	sum := sha256.Sum256([]byte(domain))
	name := "SESS" + hex.EncodeToString(sum[:])[:32]
	if https {
		return "S" + name
	}
	return name
}

var notOfSMFPrefix = regexp.MustCompile(`[^A-Za-z0-9_$]`)

// SMFCookieName returns the cookie that SMF's installer chose for a database and prefix. cms.md §6.7.
func SMFCookieName(database, prefix string) string {
	sum := crc32.ChecksumIEEE([]byte(database + notOfSMFPrefix.ReplaceAllString(prefix, "")))
	return "SMFCookie" + strconv.FormatUint(uint64(sum%1000), 10)
}

// PrestaShopCookieName returns the cookie of a shop: shop is ps-s and its number, or ps-sg and that of its group. cms.md §6.15.
func PrestaShopCookieName(version, shop, domain string) string {
	return "PrestaShop-" + md5hex(version+shop+domain)
}
