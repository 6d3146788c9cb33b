package main

import (
	"slices"
	"strings"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// passwords tells whether a new password ends the tokens that were given before it, where a provider's tokens live on without that.
func (r *report) passwords(s *site, facts userinfo.Facts) {
	const variable = setting.Prefix + "USERS_PASSWORD"
	asking := s.askForPasswords()
	if len(asking) == 0 {
		return
	}
	tokens := "tokens of " + strings.Join(asking, " and ")
	mapped, off := s.cfg.Mapping.Password()
	switch {
	case len(facts.Password) > 0:
		r.ok("passwords", "a new password ends the %s given before it: what changes with it is %s, of which a digest is read", tokens, strings.Join(facts.Password, ", "))
	case off:
		r.ok("passwords", "%s is off: a new password ends no %s", variable, tokens)
	case len(mapped) == 0:
		r.warn("passwords", "no column is known that changes with a user's password: a new one does not end the "+tokens+" given before it",
			"set "+variable+" to the column with the hashed password, or to off if there are no passwords")
	default:
		r.warn("passwords", "a new password does not end the "+tokens+" given before it: "+strings.Join(mapped, ", ")+", which would show it, is not there, or the database account has no right on it",
			"with an administrator's address in CHATPASS_DATABASE_URL, `chatpass grants` prints the rights with that one; if there is no such column, set "+variable+" to what takes its place, or to off")
	}
}

// askForPasswords names the providers that want to know of new passwords.
func (s *site) askForPasswords() (names []string) {
	for _, section := range s.cfg.Sections {
		asks, ok := section.(config.UserFields)
		if ok && section.Enabled() && slices.ContainsFunc(asks.UserFields(), func(f userinfo.PrivateField) bool { return f.Name == userinfo.PasswordField }) {
			names = append(names, section.Name())
		}
	}
	return names
}
