package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chatpass/chatpass/internal/setting"
)

// Bounds of what says where the widget appears; a site has a handful of each.
const (
	maxRoles    = 64
	maxRole     = 100 // characters
	maxPatterns = 32
	maxPattern  = 200 // bytes; the attribute with all of them stands in every page
)

// fillWidget reads how and where the widget appears. It needs the mapping and the site's addresses.
func (l *loader) fillWidget(c *Config) {
	c.WidgetMode = l.choose("WIDGET_MODE", l.raw.WidgetMode, WidgetLoader, WidgetInline)
	c.WidgetRoles = l.widgetRoles(l.raw.WidgetRoles)
	if len(c.WidgetRoles) > 0 && c.Mapping != nil && !c.Mapping.MapsRole() {
		l.fault("WIDGET_ROLES", "is set, but the mapping gives no user a role, so nobody would get the chat", "set "+setting.Prefix+"USERS_ROLE to the column of the role, or remove "+setting.Prefix+"WIDGET_ROLES")
	}
	c.WidgetHideOn = l.hideOn(l.raw.WidgetHideOn)
	if len(c.SiteURL) > 0 && !l.isSet("WIDGET_HIDE_ON") { // a mapping's own paths are those of a site at the root of its host
		u, err := url.Parse(c.SiteURL[0].Base)
		for i, p := range c.WidgetHideOn {
			if err == nil {
				c.WidgetHideOn[i] = u.EscapedPath() + p
			}
		}
	}
}

// widgetRoles reads a list of roles. Commas alone stand between them, since a role may have blanks.
func (l *loader) widgetRoles(list string) (roles []string) {
	const name = "WIDGET_ROLES"
	for role := range strings.SplitSeq(list, ",") {
		role = strings.TrimSpace(role)
		switch {
		case role == "" || slices.Contains(roles, role):
			continue
		case utf8.RuneCountInString(role) > maxRole || strings.ContainsFunc(role, unicode.IsControl):
			l.fault(name, "has "+quote(role)+", which is no role", fmt.Sprintf("write roles as "+setting.Prefix+"USERS_ROLE gives them, of at most %d characters each, with commas between them", maxRole))
		default:
			roles = append(roles, role)
		}
	}
	switch {
	case len(roles) > maxRoles:
		l.fault(name, fmt.Sprintf("has more than %d roles", maxRoles), "map fewer roles in "+setting.Prefix+"USERS_ROLE, or use available_chat of a mapping (docs/mapping-language.md)")
	case len(roles) == 0 && strings.TrimSpace(list) != "" && !l.faulty[name]: // commas alone must not mean everybody
		l.fault(name, "names no role", "name at least one, or remove the variable: then all users get the chat")
	}
	return roles
}

// hideOn reads a list of patterns of paths.
func (l *loader) hideOn(list string) (patterns []string) {
	const name = "WIDGET_HIDE_ON"
	const remedy = "write paths such as /checkout/*,/admin/*: each begins with /, and * stands for any text"
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSpace(text)
		problem := ""
		switch {
		case text == "":
			continue
		case strings.Contains(text, "://"):
			problem = "which is an address and no path"
		case text[0] != '/':
			problem = "which does not begin with /"
		case strings.ContainsAny(text, "?#"):
			problem = "which has a part after ? or #, where only the path counts"
		case strings.ContainsFunc(text, func(c rune) bool {
			return unicode.IsControl(c) || unicode.IsSpace(c) || strings.ContainsRune("\"'<>\\`", c)
		}) || !utf8.ValidString(text):
			problem = "which has characters that no path has"
		}
		pattern := asciiPath(text)
		if problem == "" && len(pattern) > maxPattern {
			problem = fmt.Sprintf("which is longer than %d bytes", maxPattern)
		}
		if problem != "" {
			l.fault(name, "has "+quote(text)+", "+problem, remedy)
			continue
		}
		if !slices.Contains(patterns, pattern) {
			patterns = append(patterns, pattern)
		}
	}
	if len(patterns) > maxPatterns {
		l.fault(name, fmt.Sprintf("has more than %d paths", maxPatterns), "join some with *")
	}
	return patterns
}

// asciiPath writes letters of other scripts as a browser has them in location.pathname.
func asciiPath(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c < utf8.RuneSelf {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
