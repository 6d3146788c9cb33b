package config

import (
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/internal/setting"
)

// Bounds of SESSION_LIFETIME: below the first nobody stays signed in, and no site means more than the second.
const (
	minSession = time.Minute
	maxSession = 10 * 366 * 24 * time.Hour
)

// sessions finds how the site's own sessions are followed: as the variables describe them, else as the preset or mapping does.
func (l *loader) sessions(c *Config) {
	own := session.Own{
		Cookie: l.raw.SessionCookie, Transform: l.raw.SessionTransform, Table: l.raw.SessionTable, Key: l.raw.SessionKey, User: l.raw.SessionUser,
		Expires: l.raw.SessionExpires, Since: l.raw.SessionSince, Where: l.raw.SessionWhere, Bound: l.raw.SessionBound,
		Files: strings.TrimSpace(l.raw.SessionFiles), Lifetime: l.raw.SessionLifetime,
	}
	for _, text := range []*string{&own.Table, &own.Key, &own.User, &own.Expires, &own.Since} {
		*text = strings.TrimSpace(*text)
	}
	if l.isSet("SESSION_LIFETIME") {
		c.SessionLifetime = between(l, "SESSION_LIFETIME", l.raw.SessionLifetime, minSession, maxSession)
	}
	c.SessionFiles = own.Files
	if l.file != nil {
		c.Sessions = l.file.Session
	}
	if own.Any() || own.Files != "" && len(c.Sessions) == 0 {
		c.Sessions = l.ownSessions(c, own)
		return
	}
	l.overrides(c)
}

// followed reports whether sessions can be followed as far as settings tell: a recipe whose folder nobody named is none.
func followed(c *Config) bool {
	return slices.ContainsFunc(c.Sessions, func(r session.Recipe) bool { return c.SessionFiles != "" || !homeless(r) })
}

// ownSessions are the sessions the variables describe.
func (l *loader) ownSessions(c *Config, own session.Own) []session.Recipe {
	recipe, faults := own.Recipe()
	for _, f := range faults {
		if !l.faulty[f.Var] {
			l.faults = append(l.faults, f)
		}
	}
	if len(faults) > 0 {
		for _, f := range faults {
			l.faulty[f.Var] = true
		}
		return nil
	}
	if users := c.Mapping; users != nil && strings.EqualFold(own.Table, users.Table()) && strings.EqualFold(own.Key, users.Key()) {
		l.fault("SESSION_KEY", "is the users' own key, so that whoever sends an id would be that user", "name the column of the secret the cookie holds")
		return nil
	}
	if c.Mapping != nil && own.Table != "" {
		if by := c.Mapping.ShownBy(own.Table, own.Key); by != "" {
			l.fault("SESSION_KEY", "is "+quote(own.Key)+", a column that "+setting.Prefix+by+" shows to everybody, so that whoever sends what they see would be that user",
				"name the column of the secret the cookie holds")
			return nil
		}
	}
	if own.Table != "" && own.Expires == "" && own.Since == "" {
		l.warn("SESSION_EXPIRES", "is not set, so a session counts as long as its row is there", "set it to the column of the session's end, or "+setting.Prefix+"SESSION_SINCE and _LIFETIME")
	}
	return []session.Recipe{recipe}
}

// overrides checks the variables that may stand beside a preset.
func (l *loader) overrides(c *Config) {
	if c.SessionFiles != "" {
		if _, _, err := session.ParseFiles(c.SessionFiles); err != nil {
			l.fault("SESSION_FILES", err.Error(), "write what session.save_path of the site's PHP says, such as /var/lib/php/sessions")
		} else if !slices.ContainsFunc(c.Sessions, readsFiles) {
			l.warn("SESSION_FILES", "is set, but this platform's sessions are not read from files", "remove it, or describe the sessions with "+setting.Prefix+"SESSION_COOKIE and _USER")
		}
	}
	if c.SessionLifetime > 0 && !slices.ContainsFunc(c.Sessions, countsLifetime) {
		l.warn("SESSION_LIFETIME", "is set, but nothing counts it: sessions are not described, or tell their own end", "remove it")
	}
}

func readsFiles(r session.Recipe) bool {
	return slices.ContainsFunc(r.Steps, func(s session.Step) bool { return s.File != nil })
}

func countsLifetime(r session.Recipe) bool {
	return strings.Contains(r.Expires, "lifetime(") || slices.ContainsFunc(r.Steps, func(s session.Step) bool {
		return strings.Contains(s.Check, "lifetime(")
	})
}

// homeless tells recipes that read a folder which only the owner can know.
func homeless(r session.Recipe) bool {
	return slices.ContainsFunc(r.Steps, func(s session.Step) bool { return s.File != nil && s.File.Folder == "" })
}

// readDrivers are the places of a Laravel site's sessions that can be read.
var readDrivers = []string{"", "file", "native", "database", "cookie"}

// sessionDriver warns of sessions in a place that is not read.
func (l *loader) sessionDriver(c *Config) {
	driver := strings.ToLower(strings.TrimSpace(c.SessionSecrets["session_driver"].Reveal()))
	if len(c.Sessions) == 0 || slices.Contains(readDrivers, driver) {
		return
	}
	l.warn("IDENTITY", "finds only remembered visitors: the site keeps its sessions in "+quote(driver)+", which Chatpass does not read",
		"set "+setting.Prefix+"WHOAMI_URL and name whoami in "+setting.Prefix+"IDENTITY, or let the site keep its sessions in its database (SESSION_DRIVER=database)")
}
