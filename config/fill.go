package config

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// Bounds of numbers, each beyond what helps anybody.
const (
	maxOpen      = 200            // MySQL's default max_connections is 151, of which the site needs most
	maxCacheSize = 10_000_000     // about 5 GB of users
	maxCacheTTL  = 24 * time.Hour // a changed name should be seen within a day
	maxStale     = 7 * 24 * time.Hour
	maxDrain     = 5 * time.Minute // longer than any service manager waits
)

// fill checks the sidecar's own settings and puts them, typed, into c.
func (l *loader) fill(c *Config) {
	l.fillListeners(c)
	c.BasePath = l.basePath(l.raw.BasePath)
	c.SiteURL = l.siteURLs(l.raw.SiteURL)
	c.TrustedProxies = l.trustedProxies(l.raw.TrustedProxies)
	l.fillDatabase(c)
	l.fillUsers(c)
	l.fillIdentity(c)
	l.fillWidget(c)
	l.fillStore(c)
	c.DrainDelay = between(l, "DRAIN_DELAY", l.raw.DrainDelay, 0, maxDrain)
	c.LogFormat = l.choose("LOG_FORMAT", l.raw.LogFormat, FormatAuto, FormatJSON, FormatText)
	level := l.choose("LOG_LEVEL", l.raw.LogLevel, "debug", "info", "warn", "error")
	if err := c.LogLevel.UnmarshalText([]byte(level)); err != nil {
		c.LogLevel = slog.LevelInfo // not one of the choices, which is a fault already
	}
}

func (l *loader) fillListeners(c *Config) {
	c.Listen = l.listen("LISTEN", l.raw.Listen)
	if !strings.EqualFold(strings.TrimSpace(l.raw.AdminListen), "off") {
		c.AdminListen = l.listen("ADMIN_LISTEN", l.raw.AdminListen)
	}
	if c.Listen == c.AdminListen && !c.Listen.Off() && !c.Listen.anyPort() {
		l.fault("ADMIN_LISTEN", "is the same address as "+setting.Prefix+"LISTEN", "give it an address of its own, or off")
	}
	if c.AdminListen.public() {
		l.warn("ADMIN_LISTEN", "is "+quote(c.AdminListen.String())+", which other machines may reach; what it serves asks for no password", "listen on 127.0.0.1, or keep it behind a firewall")
	}
}

func (l *loader) fillDatabase(c *Config) {
	c.DatabaseURL = l.raw.DatabaseURL
	if c.DatabaseURL.IsZero() && l.found != nil && l.found.Database != "" {
		c.DatabaseURL, c.DatabaseFile = secret.New(l.found.Database), l.found.File
	}
	if c.DatabaseURL.IsZero() && l.needsDatabase() && !l.faulty["DATABASE_URL"] {
		l.missingDatabase()
	}
	if check := l.in.CheckDatabaseURL; check != nil && !c.DatabaseURL.IsZero() {
		for _, f := range check(c.DatabaseURL) {
			l.fault(f.Var, f.Problem, f.Remedy)
		}
	}
	c.DatabaseMaxOpen = between(l, "DATABASE_MAX_OPEN", l.raw.DatabaseMaxOpen, 1, maxOpen)
	c.QueryTimeout = between(l, "QUERY_TIMEOUT", l.raw.QueryTimeout, 50*time.Millisecond, 30*time.Second)
	c.CacheTTL = between(l, "CACHE_TTL", l.raw.CacheTTL, 0, maxCacheTTL)
	c.CacheStale = between(l, "CACHE_STALE", l.raw.CacheStale, 0, maxStale)
	c.CacheSize = between(l, "CACHE_SIZE", l.raw.CacheSize, 0, maxCacheSize)
}

// fillUsers reads the mapping. What is missing is no fault for a command that needs no database, as long as nothing is set.
func (l *loader) fillUsers(c *Config) {
	c.UsersGone = l.choose("USERS_GONE", l.raw.UsersGone, GoneOmit, GonePlaceholder)
	c.Preset, c.SiteRoot, c.Platform = l.preset, l.root, l.file
	if l.found != nil {
		c.SiteFile, c.SiteCookies = l.found.File, l.found.Cookies
	}
	unknown := l.faulty["PRESET"] || l.faulty["MAPPING"] || l.faulty["SITE_ROOT"] && l.file == nil // what it would say is not missing
	if l.file == nil && !l.anySet("USERS_") && !l.needsDatabase() {
		return
	}
	s := userinfo.Settings{
		Table: l.raw.UsersTable, ID: l.raw.UsersID, Name: l.raw.UsersName, Avatar: l.raw.UsersAvatar, ProfileURL: l.raw.UsersProfileURL,
		Email: l.raw.UsersEmail, LastLogin: l.raw.UsersLastLogin, Badge: l.raw.UsersBadge, Role: l.raw.UsersRole,
		Fields: l.raw.UsersFields, Where: l.raw.UsersWhere, Timezone: l.raw.UsersTimezone, Search: l.raw.UsersSearch, Friends: l.raw.UsersFriends, Password: l.raw.UsersPassword,
		Prefix: l.prefix(), Private: l.privateFields(),
	}
	if len(c.SiteURL) > 0 {
		s.SiteURL = c.SiteURL[0].Base
	}
	var base *userinfo.Spec
	if l.file != nil {
		base = &l.file.Users
	}
	mapping, faults := userinfo.NewMapping(base, s)
	for _, f := range faults {
		if l.faulty[f.Var] || unknown && !l.isSet(f.Var) {
			continue
		}
		l.faults = append(l.faults, f) // not noted as faulty: a variable may have several faults of its own
	}
	c.Mapping = mapping
}

// privateFields are what the providers that are on have to know of users.
func (l *loader) privateFields() (fields []userinfo.PrivateField) {
	for _, s := range l.in.Sections {
		if asks, ok := s.(UserFields); ok && s.Enabled() {
			fields = append(fields, asks.UserFields()...)
		}
	}
	return fields
}

// choose returns the one of choices that text names, in whatever case, and the first of them beside a fault if it names none.
func (l *loader) choose(name, text string, choices ...string) string {
	text = strings.TrimSpace(text)
	for _, choice := range choices {
		if strings.EqualFold(choice, text) {
			return choice
		}
	}
	last := len(choices) - 1
	l.fault(name, "is "+quote(text)+", which is none of its choices", "write "+strings.Join(choices[:last], ", ")+" or "+choices[last])
	return choices[0]
}

// between returns n, which a fault is noted for if it is not within its bounds.
func between[T int | time.Duration](l *loader, name string, n, least, most T) T {
	if (n < least || n > most) && !l.faulty[name] {
		l.fault(name, fmt.Sprintf("is %s, which is not between %s and %s", bound(n), bound(least), bound(most)), "write a value within these bounds")
	}
	return n
}

// bound writes a number or a duration without needless zeros: 10m, not 10m0s.
func bound[T int | time.Duration](n T) string {
	text := fmt.Sprint(n)
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// words splits a list at commas and white space.
func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' })
}
