package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Listen is an address to listen on. The zero value is none: off.
type Listen struct {
	Network string // "tcp", "unix", "fd"
	Address string // host:port, absolute path, or the number of an inherited file descriptor
}

// Off reports whether nothing is to be listened on.
func (l Listen) Off() bool { return l.Network == "" }

// String spells the address as the setting does.
func (l Listen) String() string {
	switch l.Network {
	case "":
		return "off"
	case "tcp":
		return l.Address
	default:
		return l.Network + ":" + l.Address
	}
}

// anyPort reports whether the kernel chooses the port, so that two equal addresses do not collide.
func (l Listen) anyPort() bool { return l.Network == "tcp" && strings.HasSuffix(l.Address, ":0") }

// public reports whether other machines may reach the address, as far as it tells.
func (l Listen) public() bool {
	if l.Network != "tcp" {
		return false
	}
	host, _, _ := net.SplitHostPort(l.Address)
	ip, err := netip.ParseAddr(host)
	return host != "localhost" && (err != nil || !ip.Unmap().IsLoopback())
}

// local reports whether no other machine reaches the address. Of an inherited descriptor nobody knows.
func (l Listen) local() bool {
	return l.Network == "unix" || l.Network == "tcp" && !l.public()
}

const (
	maxSocketPath = 107   // bytes; sun_path of Linux has 108 with its NUL
	firstFD       = 3     // 0, 1 and 2 are the standard streams
	maxFD         = 65535 // more than any service manager passes
)

// listen reads host:port, unix:/path or fd:3.
func (l *loader) listen(name, text string) Listen {
	text = strings.TrimSpace(text)
	refuse := func(why string) Listen {
		l.fault(name, "is "+quote(text)+", "+why, "write host:port such as 127.0.0.1:8090, unix:/path or fd:3")
		return Listen{}
	}
	if socket, ok := strings.CutPrefix(text, "unix:"); ok {
		if !path.IsAbs(socket) || len(socket) > maxSocketPath {
			return refuse(fmt.Sprintf("which is no absolute path of at most %d bytes", maxSocketPath))
		}
		return Listen{"unix", path.Clean(socket)}
	}
	if fd, ok := strings.CutPrefix(text, "fd:"); ok {
		n, err := strconv.Atoi(fd)
		if err != nil || n < firstFD || n > maxFD || strconv.Itoa(n) != fd {
			return refuse("which is no inherited file descriptor from 3 up")
		}
		return Listen{"fd", fd}
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return refuse("which is no address to listen on")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return refuse("whose port is not between 0 and 65535")
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "" && !hostName.MatchString(host) {
		return refuse("whose host is neither an IP address nor a name")
	}
	return Listen{"tcp", net.JoinHostPort(host, port)}
}

var (
	hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)
	plainURL = regexp.MustCompile(`^(/[A-Za-z0-9_.-]+)+$`)
)

// maxBasePath keeps BASE_PATH shorter than what web servers allow in one location.
const maxBasePath = 256

// basePath reads the path the sidecar is mounted at; the root is "".
func (l *loader) basePath(text string) string {
	text = strings.TrimSpace(text)
	if text == "/" {
		return ""
	}
	p := strings.TrimSuffix(text, "/")
	if !plainURL.MatchString(p) || path.Clean(p) != p || len(p) > maxBasePath {
		l.fault("BASE_PATH", "is "+quote(text)+", which is no plain path", "write / or a path such as /chat: letters, digits, and _ . - between slashes")
		return ""
	}
	return p
}

// SiteURL is a public address of the site.
type SiteURL struct {
	Origin string // as browsers send it: scheme and host in lower case, the port unless it is the scheme's own; no slash at the end
	Base   string // Origin and the path the site lives at, without a slash at the end
}

const maxSiteURLs = 100 // more than any site has names; each request's Origin is compared with them

// siteURLs reads a list of addresses.
func (l *loader) siteURLs(list string) []SiteURL {
	const name = "SITE_URL"
	var urls []SiteURL
	for _, text := range words(list) {
		site, why := parseSiteURL(text)
		if why != "" {
			l.fault(name, "has "+quote(text)+", "+why, "write the site's address as browsers show it, such as https://example.com")
			continue
		}
		urls = append(urls, site)
	}
	if len(urls) > maxSiteURLs {
		l.fault(name, fmt.Sprintf("has more than %d addresses", maxSiteURLs), "keep those that visitors use")
	}
	return urls
}

// parseSiteURL reads one address; why is empty if it is good.
func parseSiteURL(text string) (site SiteURL, why string) {
	u, err := url.Parse(text)
	if err != nil {
		return SiteURL{}, "which is no address"
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	host, port := u.Hostname(), u.Port()
	_, notIP := netip.ParseAddr(host)
	n, badPort := strconv.ParseUint(port, 10, 16)
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return SiteURL{}, "which does not start with https:// or http://"
	case u.User != nil || strings.Contains(text, "@"):
		return SiteURL{}, "which has a place only in a database address"
	case strings.ContainsAny(text, "?#"):
		return SiteURL{}, "which has a part after ? or #"
	case notIP != nil && !hostName.MatchString(host):
		return SiteURL{}, "which has no host of letters, digits, dots and hyphens (names in other scripts in their xn-- form)"
	case port == "" && strings.HasSuffix(u.Host, ":"), port != "" && (badPort != nil || n == 0 || strconv.FormatUint(n, 10) != port):
		return SiteURL{}, "whose port is not between 1 and 65535"
	}
	if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		u.Host = strings.TrimSuffix(u.Host, ":"+port)
	}
	origin := u.Scheme + "://" + u.Host
	return SiteURL{Origin: origin, Base: origin + strings.TrimRight(u.EscapedPath(), "/")}, ""
}

const (
	leastBits4 = 8  // a trusted IPv4 network is no larger than 10.0.0.0/8
	leastBits6 = 16 // nor an IPv6 one than a national registry's share
	maxProxies = 1000
)

// everyIPv4 is all of IPv4 as IPv6 spells it.
var everyIPv4 = netip.MustParsePrefix("::ffff:0:0/96")

// trustedProxies reads a list of networks and single addresses.
func (l *loader) trustedProxies(list string) []netip.Prefix {
	const name = "TRUSTED_PROXIES"
	const remedy = "write the addresses of the site's own proxies, such as 127.0.0.1, 10.0.0.0/8 or fd00::/8"
	var prefixes []netip.Prefix
	for _, text := range words(list) {
		prefix, err := parsePrefix(text)
		switch {
		case err != nil:
			l.fault(name, "has "+quote(text)+", which is neither an IP address nor a network", remedy)
		case prefix.Bits() == 0:
			l.fault(name, "has "+quote(text)+", which trusts everybody", remedy)
		case prefix.Addr().Is4() && prefix.Bits() < leastBits4,
			prefix.Addr().Is6() && (prefix.Bits() < leastBits6 || prefix.Overlaps(everyIPv4)):
			l.fault(name, "has "+quote(text)+", which trusts far too many", remedy)
		default:
			prefixes = append(prefixes, prefix)
		}
	}
	if len(prefixes) > maxProxies {
		l.fault(name, fmt.Sprintf("has more than %d networks", maxProxies), "join them into larger networks")
	}
	return prefixes
}

// parsePrefix reads a network or an address. IPv4 in the clothes of IPv6 becomes IPv4, so that 0.0.0.0/0 is seen in any spelling.
func parsePrefix(text string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		addr, addrErr := netip.ParseAddr(text)
		if addrErr != nil || addr.Zone() != "" {
			return netip.Prefix{}, err
		}
		prefix = netip.PrefixFrom(addr, addr.BitLen())
	}
	if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), nil
}
