package config

import (
	"net/netip"
	"net/textproto"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
)

// resolverSettings are the resolvers and the variable without which each has nothing to go by.
var resolverSettings = map[string]string{"header": "TRUSTED_PROXIES", "session": "PRESET", "site": "SITE_KEY", "ticket": "TICKET_KEY", "whoami": "WHOAMI_URL"}

// fillIdentity finds the resolvers to ask. The default list takes what has settings; a list of the owner's own is taken by its word.
func (l *loader) fillIdentity(c *Config) {
	const name = "IDENTITY"
	c.SiteKey, c.TicketKey = l.raw.SiteKey, l.raw.TicketKey
	c.IdentityHeader = l.identityHeader(l.raw.IdentityHeader)
	l.sessions(c)
	c.SessionSecrets = l.sessionSecrets(c.Sessions)
	l.sessionDriver(c)
	c.WhoamiURL = l.whoamiURL(l.raw.WhoamiURL, c)
	c.WhoamiField = l.whoamiField(l.raw.WhoamiField)
	list := words(strings.ToLower(l.raw.Identity))
	twice := false
	for i, resolver := range list {
		if !slices.Contains(list[:i], resolver) {
			l.addResolver(c, resolver)
		} else if !twice {
			twice = true
			l.fault(name, "names "+setting.Clip(resolver)+" twice", "remove one")
		}
	}
	l.sameUsers(c)
	l.identityWarnings(c, list)
}

// addResolver takes one word of the list.
func (l *loader) addResolver(c *Config, resolver string) {
	const name = "IDENTITY"
	named := l.isSet(name)
	needs, known := resolverSettings[resolver]
	has := map[string]bool{
		"header": len(c.TrustedProxies) > 0, "site": !c.SiteKey.IsZero(), "ticket": !c.TicketKey.IsZero(), "whoami": c.WhoamiURL != "",
		"session": followed(c),
	}[resolver]
	switch {
	case !known:
		l.fault(name, "names "+quote(resolver)+", which is no resolver", "use session, header, ticket, whoami or site")
	case resolver == "header" && c.Listen.Network == "unix":
		l.fault(name, "names header, but "+setting.Prefix+"LISTEN is a unix socket, whose peers have no address that "+setting.Prefix+needs+" could name",
			"listen on 127.0.0.1:8090, or remove header from the list")
	case has:
		c.Identity = append(c.Identity, resolver)
	case resolver == "session" && named && !l.faulty[needs]:
		l.fault(name, "names session, but nothing is known of the sessions of this site", "set "+setting.Prefix+"PRESET to a platform whose sessions are known, or describe them with "+setting.Prefix+"SESSION_COOKIE and _TABLE or _FILES, or use whoami, header, ticket or site")
	case named && !l.faulty[needs]:
		l.fault(name, "names "+resolver+", but "+setting.Prefix+needs+" is not set", "set "+setting.Prefix+needs+resolverHint[resolver]+", or remove "+resolver+" from the list")
	}
}

// resolverHint says how the variable of a resolver is set.
var resolverHint = map[string]string{
	"header": " to the address of the proxy that sets the header, since anybody else can write one too",
	"site":   ", " + makeKey,
	"ticket": ", " + makeKey,
	"whoami": " to the address at which the site tells who is signed in",
}

// identityWarnings tells of settings that have no effect, and of an order that has one nobody may expect.
func (l *loader) identityWarnings(c *Config, list []string) {
	const name = "IDENTITY"
	unused := false
	for _, v := range []struct{ variable, resolver string }{
		{"SITE_KEY", "site"}, {"TICKET_KEY", "ticket"}, {"IDENTITY_HEADER", "header"}, {"WHOAMI_URL", "whoami"}, {"WHOAMI_FIELD", "whoami"},
	} {
		if l.isSet(v.variable) && !l.faulty[v.variable] && !slices.Contains(list, v.resolver) {
			unused = true
			l.warn(v.variable, "is set, but "+setting.Prefix+name+" does not name "+v.resolver, "add "+v.resolver+" to the list, or remove the variable")
		}
	}
	for _, cookies := range []string{"session", "whoami"} {
		if header := slices.Index(c.Identity, "header"); header >= 0 && slices.Index(c.Identity, cookies) > header {
			l.warn(name, "names header before "+cookies+": a visitor for whom a trusted proxy sends no header is a guest, whatever their cookies say",
				"name header last if cookies shall count then")
		}
	}
	if len(c.Identity) == 0 && !unused && (l.serving() || l.in.Command == "check") {
		l.warn(name, "finds no resolver with settings, so every visitor is a guest", "set "+setting.Prefix+"SITE_KEY, "+makeKey)
	}
}

// headerName is a header's name without the underscore, which servers drop or take for a hyphen.
var headerName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$`)

// maxHeaderName bounds IDENTITY_HEADER; the longest in use have about 30 characters.
const maxHeaderName = 64

// othersHeaders are headers that browsers or every proxy set, so that they cannot name anybody; some as the beginning of a name.
var othersHeaders = regexp.MustCompile(`^(Accept|Access-Control-.*|Accept-.*|Authorization|Cache-Control|Connection|Content-.*|Cookie|Date|Expect|Forwarded|Host|If-.*|` +
	`Keep-Alive|Origin|Pragma|Proxy-.*|Range|Referer|Sec-.*|Te|Trailer|Transfer-Encoding|Upgrade|Upgrade-Insecure-Requests|User-Agent|Via|` +
	`X-Forwarded-(By|For|Host|Port|Prefix|Proto|Server|Uri)|X-Real-Ip|X-Request-Id|X-Requested-With)$`)

// identityHeader reads the name of a header and returns it as net/http spells it.
func (l *loader) identityHeader(text string) string {
	const name, remedy = "IDENTITY_HEADER", "write the name of the header your proxy sets, such as X-Chatpass-User or Remote-User"
	text = strings.TrimSpace(text)
	canonical := textproto.CanonicalMIMEHeaderKey(text)
	switch {
	case strings.Contains(text, "_"):
		l.fault(name, "is "+quote(text)+", with an underscore, which web servers drop or take for a hyphen", "write hyphens, here and in the proxy")
	case !headerName.MatchString(text) || len(text) > maxHeaderName:
		l.fault(name, "is "+quote(text)+", which is no name of a header", remedy)
	case othersHeaders.MatchString(canonical):
		l.fault(name, "is "+quote(text)+", which browsers or proxies set for something else", remedy)
	}
	return canonical
}

// maxWhoamiURL bounds WHOAMI_URL in bytes, as servers bound the first line of a request.
const maxWhoamiURL = 2000

// whoamiURL reads the address at which the site tells who is signed in; "" if there is none.
func (l *loader) whoamiURL(text string, c *Config) string {
	const name, remedy = "WHOAMI_URL", "write an address of the site that answers with JSON, such as https://example.com/whoami.json"
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	u, err := url.Parse(text)
	problem := ""
	switch {
	case err != nil || len(text) > maxWhoamiURL:
		problem = "which is no address"
	case u.Scheme != "http" && u.Scheme != "https":
		problem = "which does not start with https:// or http://"
	case u.User != nil || u.Fragment != "" || u.Hostname() == "":
		problem = "which needs a host, and neither a name with a password nor a part after #"
	case !goodHost(u):
		problem = "whose host or port cannot be one"
	case ownRoute(u, c):
		problem = "which is an address of Chatpass: it would ask itself"
	}
	if problem != "" {
		l.fault(name, "is "+quote(text)+", "+problem, remedy)
		return ""
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		l.warn(name, "is an http:// address of another machine, so the cookies of all visitors go there for anybody on the way to read", "use https://, or an address of this machine")
	}
	return text
}

func goodHost(u *url.URL) bool {
	if _, err := netip.ParseAddr(u.Hostname()); err != nil && !hostName.MatchString(u.Hostname()) {
		return false
	}
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	_, err := netip.ParseAddrPort("127.0.0.1:" + u.Port())
	return err == nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost")
}

// ownRoute reports whether an address leads back to one of our own routes, as far as the settings tell.
func ownRoute(u *url.URL, c *Config) bool {
	if strings.EqualFold(u.Host, c.Listen.String()) {
		return true
	}
	clean := path.Clean("/" + u.Path)
	switch strings.TrimPrefix(clean, c.BasePath) {
	case "/identity", "/widget", "/button", "/loader.js":
	default:
		return false
	}
	for _, site := range c.SiteURL {
		if strings.EqualFold(site.Origin, u.Scheme+"://"+u.Host) {
			return strings.HasPrefix(clean, c.BasePath+"/")
		}
	}
	return false
}

const (
	maxFieldDepth = 8   // names in WHOAMI_FIELD
	maxFieldPath  = 200 // bytes of it
)

// whoamiField reads the path of the id in the site's answer.
func (l *loader) whoamiField(text string) string {
	text = strings.TrimSpace(text)
	names := strings.Split(text, ".")
	if slices.Contains(names, "") || len(names) > maxFieldDepth || len(text) > maxFieldPath || clean(text) != text {
		l.fault("WHOAMI_FIELD", "is "+quote(text)+", which is no path of names with dots between them", "write one such as user_id or data.user.id")
	}
	return text
}
