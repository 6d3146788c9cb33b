package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

const passwordVar = setting.Prefix + "USERS_PASSWORD"

// passwords tells whether a new password ends the tokens that were given before it, where a provider's tokens live on without that.
func (r *report) passwords(s *site, facts userinfo.Facts) {
	asking := s.askForPasswords()
	if len(asking) == 0 {
		return
	}
	tokens := "tokens of " + strings.Join(asking, " and ")
	mapped, off := s.cfg.Mapping.Password()
	switch {
	case len(facts.Password) > 0:
		if doubts := doubtful(facts.PasswordOf); len(doubts) > 0 {
			r.warn("passwords", "what is to end "+tokens+" with a new password cannot be right: "+strings.Join(doubts, "; "), "set "+passwordVar+" to the column with the hashed password")
			return
		}
		r.ok("passwords", "a new password ends the %s given before it: what changes with it is %s, of which a digest is read", tokens, strings.Join(facts.Password, ", "))
	case off:
		r.ok("passwords", "%s is off: a new password ends no %s", passwordVar, tokens)
	case len(mapped) == 0:
		r.warn("passwords", "no column is known that changes with a user's password: a new one does not end the "+tokens+" given before it",
			"set "+passwordVar+" to the column with the hashed password, or to off if there are no passwords")
	default:
		r.warn("passwords", "a new password does not end the "+tokens+" given before it: "+strings.Join(mapped, ", ")+", which would show it, is not there, or the database account has no right on it",
			"`chatpass grants` prints the right, which an administrator gives; if there is no such column, set "+passwordVar+" to what takes its place, or to off")
	}
}

// doubtful tells of columns that hardly change with a password and nothing else. Those that never do harm nobody beside one that does.
func doubtful(columns []userinfo.PasswordColumn) (doubts []string) {
	var idle []string
	for _, c := range columns {
		name := c.Table + "." + c.Name
		switch why, often := doubt(c); {
		case often:
			doubts = append(doubts, name+" "+why)
		case why != "":
			idle = append(idle, name+" "+why)
		}
	}
	if len(idle) == len(columns) {
		doubts = append(doubts, idle...)
	}
	return doubts
}

var (
	ofPassword = regexp.MustCompile(`(?i)pass|pwd|pw_|_pw`)
	ofVisits   = regexp.MustCompile(`(?i)login|logon|log_in|visit|seen|activ|online|(^|_)(last_)?ip(_|$|addr)`)
	smallType  = regexp.MustCompile(`(?i)^(tinyint|smallint|int2|bool|bit)`)
)

// doubt says why a column cannot tell of new passwords, "" if it may. often says that it changes without them.
func doubt(c userinfo.PasswordColumn) (why string, often bool) {
	const visits = "changes when somebody visits or signs in, so it ends tokens with every visit"
	named := ofPassword.MatchString(c.Name) || userinfo.LooksSecret(c.Name)
	switch {
	case c.As == "USERS_LASTLOGIN":
		return visits, true
	case c.Key:
		return "is the key of users, which never changes with a password", false
	case c.As != "":
		return "is shown as " + shownAs(c.As) + ", which never changes with a password", false
	case named:
		return "", false
	case ofVisits.MatchString(c.Name):
		return visits, true
	case slices.Contains([]userinfo.ColumnType{userinfo.ColumnTime, userinfo.ColumnTimestamp, userinfo.ColumnDate}, c.Type):
		return "is a time, which most likely changes without a password: it ends tokens with every visit or edit", true
	case c.Type == userinfo.ColumnBool || smallType.MatchString(c.DBType):
		return "has room for a few values only: it never changes with a password", false
	}
	return "", false
}

// shownAs names a setting whole, and a further field as it is.
func shownAs(field string) string {
	if strings.HasPrefix(field, "USERS_") {
		return setting.Prefix + field
	}
	return field
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
