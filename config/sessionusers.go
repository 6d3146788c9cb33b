package config

import (
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
)

// sameUsers takes the sessions of a platform out of use where they may name other people than the users table holds: they name users by the platform's own key in
// its own table, and user 7 of the one is somebody else in the other. Sessions that variables describe name users as the settings have them.
func (l *loader) sameUsers(c *Config) {
	at := slices.Index(c.Identity, "session")
	if at < 0 || l.file == nil || l.isSet("SESSION_TABLE") || l.isSet("SESSION_USER") {
		return
	}
	const name, remedy = "IDENTITY", "use whoami, header, ticket or site, which name users as your settings do"
	named := l.isSet(name)
	key := strings.TrimSpace(l.raw.UsersID)
	switch {
	case key != "" && !strings.EqualFold(key, l.file.Users.Key):
		problem := "names users by " + quote(key) + ", and the site's sessions name them by " + l.file.Users.Key + ": one would be taken for another"
		if named {
			l.fault("USERS_ID", problem, "remove it, or take session out of "+setting.Prefix+name+" and "+remedy)
		} else {
			l.warn("USERS_ID", problem+", so the sessions are not read", remedy)
		}
	case l.otherTable(c) && !named:
		l.warn("USERS_TABLE", "names another table than that of the site's users, so the sessions are not read: they may name other people",
			"if the site's own visitors sign in as the users of this table, name session in "+setting.Prefix+name+"; else "+remedy)
	default:
		return
	}
	c.Identity = slices.Delete(c.Identity, at, at+1)
}

// otherTable reports whether the users table is none of the platform's.
func (l *loader) otherTable(c *Config) bool {
	table := strings.TrimSpace(l.raw.UsersTable)
	if table == "" || c.Mapping == nil {
		return false
	}
	for _, own := range l.file.Users.Tables {
		for name, value := range c.Mapping.Vars() {
			own = strings.ReplaceAll(own, "{"+name+"}", value)
		}
		if strings.EqualFold(own, table) {
			return false
		}
	}
	return true
}
