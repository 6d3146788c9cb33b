package userinfo

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// Mapping says where in the site's database a user's fields come from. It is checked as far as that is possible without
// the database; [Directory] checks the rest against the table itself. A Mapping is not changed after [ParseMapping].
type Mapping struct {
	table, key string
	env        convert.Env
	fields     [fieldCount]expr // an expression without alternatives is not mapped
	extra      []extraField
	where      []condition
	search     []string // nil: the columns of the name; empty: no search
	friends    *friendsTable
}

type extraField struct {
	name string
	expr expr
}

// friendsTable is a table with one row per friendship.
type friendsTable struct{ table, user, friend string }

// The mapped fields of a user, in the order their text stands in a decoded row.
const (
	fieldName = iota
	fieldAvatar
	fieldProfile
	fieldEmail
	fieldLastLogin
	fieldBadge
	fieldRole
	fieldCount
)

// fieldVars names the setting of each field, for messages.
var fieldVars = [fieldCount]string{
	fieldName: "USERS_NAME", fieldAvatar: "USERS_AVATAR", fieldProfile: "USERS_PROFILE_URL", fieldEmail: "USERS_EMAIL",
	fieldLastLogin: "USERS_LASTLOGIN", fieldBadge: "USERS_BADGE", fieldRole: "USERS_ROLE",
}

// isAddress tells which fields are addresses.
func isAddress(field int) bool { return field == fieldAvatar || field == fieldProfile }

// reservedFields are the keys of a users-info object that have a setting, or a meaning, of their own.
var reservedFields = map[string]bool{
	"user_id": true, "name": true, "avatar_url": true, "profile_url": true, "lastlogin": true, "badge": true,
	"chat_role": true, "profiles": true, "permissions": true,
}

const (
	maxExtraFields = 64
	maxSearch      = 8
)

// ParseMapping reads the settings and lists every fault it finds. The mapping is nil if there is any.
func ParseMapping(s Settings) (*Mapping, []setting.Fault) {
	m := &Mapping{table: s.Table, key: s.ID, env: convert.Env{Site: strings.TrimRight(s.SiteURL, "/"), Zone: time.UTC}}
	var faults []setting.Fault
	add := func(name, problem, remedy string) {
		faults = append(faults, setting.Fault{Var: name, Problem: problem, Remedy: remedy})
	}
	identifier := func(name, value, what string) {
		switch {
		case value == "":
			add(name, "is missing", "set it to "+what)
		case !validIdentifier(value):
			add(name, fmt.Sprintf("is %q, which is not a plain name", setting.Clip(value)), identifierRemedy(value, what))
		}
	}
	identifier("USERS_TABLE", s.Table, "the name of the users table")
	identifier("USERS_ID", s.ID, "the name of its key column")
	if looksSecret(s.ID) {
		add("USERS_ID", fmt.Sprintf("maps column %s, which looks like a secret, to an output", s.ID), "use the column with the user's id")
	}
	if s.Timezone != "" {
		zone, err := time.LoadLocation(s.Timezone)
		if err != nil || s.Timezone == "Local" {
			add("USERS_TIMEZONE", fmt.Sprintf("is %q, which is no time zone", setting.Clip(s.Timezone)), "use a name such as UTC or Europe/Berlin")
		} else {
			m.env.Zone = zone
		}
	}
	faults = append(faults, m.parseFields(s)...)
	if err := m.parseExtra(s); err != nil {
		add("USERS_FIELDS", err.Error(), "write name=column;name={column|bool}")
	}
	where, err := parseWhere(s.Where)
	if err != nil {
		add("USERS_WHERE", err.Error(), "write conditions such as status_id in (2,3); deleted_at is null")
	}
	m.where = where
	if err := m.parseSearch(s.Search); err != nil {
		add("USERS_SEARCH", err.Error(), "list the columns a search may look in, such as display_name,username, or write off")
	}
	if err := m.parseFriends(s.Friends); err != nil {
		add("USERS_FRIENDS", err.Error(), "write table(user_column, friend_column)")
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return m, nil
}

// identifierRemedy says what to write instead of a name that is not plain.
func identifierRemedy(value, what string) string {
	schema, table, qualified := strings.Cut(value, ".")
	switch {
	case qualified && validIdentifier(schema) && validIdentifier(table):
		return "use " + table + " alone and name the database in CHATPASS_DATABASE_URL: /" + schema + " at the end of its path, or for a schema of PostgreSQL ?search_path=" + schema
	case spacedIdentifier(value):
		return spacedRemedy
	default:
		return "use " + what + ": letters, digits and _ only, at most 64"
	}
}

// spacedRemedy is for columns and tables that a database writes only in quotes.
const spacedRemedy = "names with a blank, a hyphen or letters of other scripts cannot be mapped here: make a view that gives them plain names, and map that"

func (m *Mapping) parseFields(s Settings) (faults []setting.Fault) {
	texts := [fieldCount]string{
		fieldName: s.Name, fieldAvatar: s.Avatar, fieldProfile: s.ProfileURL, fieldEmail: s.Email,
		fieldLastLogin: s.LastLogin, fieldBadge: s.Badge, fieldRole: s.Role,
	}
	p := parser{env: m.env}
	if texts[fieldEmail] != "" {
		if e, err := p.parse(texts[fieldEmail], false); err == nil {
			p.email = e.alts
		}
	}
	for field, text := range texts {
		remedy := "write a column name or a text such as https://example.com/{column}"
		if text == "" {
			if field == fieldName {
				faults = append(faults, setting.Fault{Var: fieldVars[field], Problem: "is missing", Remedy: "set it to the column with the name other members see"})
			}
			continue
		}
		use := p
		if field == fieldEmail {
			use.email = nil
		}
		e, err := use.parse(text, isAddress(field))
		if err == nil {
			if err = checkOutputs(e); err != nil {
				remedy = "map another column: what proves who somebody is must never be shown"
			}
		}
		if err == nil && field == fieldLastLogin {
			err = checkTime(e)
		}
		if err != nil {
			if spacedIdentifier(text) {
				remedy += "; " + spacedRemedy
			}
			faults = append(faults, setting.Fault{Var: fieldVars[field], Problem: err.Error(), Remedy: remedy})
			continue
		}
		m.fields[field] = e
	}
	return faults
}

func (m *Mapping) parseExtra(s Settings) error {
	p := parser{env: m.env, email: m.fields[fieldEmail].alts}
	seen := map[string]bool{}
	for _, piece := range splitExpression(s.Fields, ";") {
		if strings.TrimSpace(piece) == "" {
			continue
		}
		name, text, ok := strings.Cut(piece, "=")
		name = strings.TrimSpace(name)
		switch {
		case !ok || !validIdentifier(name):
			return fmt.Errorf("has %q, which is not name=column", setting.Clip(strings.TrimSpace(piece)))
		case reservedFields[name]:
			return fmt.Errorf("names %s, which has a setting of its own", name)
		case seen[name]:
			return fmt.Errorf("names %s twice", name)
		case len(m.extra) == maxExtraFields:
			return fmt.Errorf("has more than %d fields", maxExtraFields)
		}
		seen[name] = true
		e, err := p.parse(strings.TrimSpace(text), false)
		if err == nil {
			err = checkOutputs(e)
		}
		if err != nil {
			return fmt.Errorf("field %s %w", name, err)
		}
		m.extra = append(m.extra, extraField{name: name, expr: e})
	}
	return nil
}

func (m *Mapping) parseSearch(text string) error {
	switch text {
	case "":
		return nil
	case "off":
		m.search = []string{}
		return nil
	}
	for column := range strings.SplitSeq(text, ",") {
		column = strings.TrimSpace(column)
		switch {
		case !validIdentifier(column):
			return fmt.Errorf("has %q, which is not a column name", setting.Clip(column))
		case looksSecret(column):
			return fmt.Errorf("has column %s, which looks like a secret", column)
		}
		if m.search = append(m.search, column); len(m.search) > maxSearch {
			return fmt.Errorf("has more than %d columns", maxSearch)
		}
	}
	return nil
}

func (m *Mapping) parseFriends(text string) error {
	if text == "" {
		return nil
	}
	table, rest, _ := strings.Cut(text, "(")
	inner, ok := strings.CutSuffix(strings.TrimSpace(rest), ")")
	user, friend, comma := strings.Cut(inner, ",")
	f := friendsTable{strings.TrimSpace(table), strings.TrimSpace(user), strings.TrimSpace(friend)}
	if !ok || !comma || !validIdentifier(f.table) || !validIdentifier(f.user) || !validIdentifier(f.friend) {
		return fmt.Errorf("is %q, which is not table(user_column, friend_column)", setting.Clip(text))
	}
	m.friends = &f
	return nil
}

// SearchesOff reports whether the mapping forbids searching.
func (m *Mapping) SearchesOff() bool { return m.search != nil && len(m.search) == 0 }

// MapsFriends reports whether the mapping knows a table of friendships.
func (m *Mapping) MapsFriends() bool { return m.friends != nil }

// MapsLastLogin reports whether the mapping has a last log-in.
func (m *Mapping) MapsLastLogin() bool { return len(m.fields[fieldLastLogin].alts) > 0 }

// Constants lists the settings of addresses that are the same for every user, since nothing that comes first in them is a column.
func (m *Mapping) Constants() (variables []string) {
	for field, e := range m.fields {
		if isAddress(field) && len(e.alts) > 0 && !slices.ContainsFunc(e.alts[0].parts, func(p part) bool { return p.column != "" }) {
			variables = append(variables, fieldVars[field])
		}
	}
	return variables
}

// Table is the name of the users table.
func (m *Mapping) Table() string { return m.table }

// Key is the name of the key column.
func (m *Mapping) Key() string { return m.key }

func checkOutputs(e expr) (err error) {
	e.columns(func(column string) {
		if looksSecret(column) {
			err = fmt.Errorf("maps column %s, which looks like a secret, to an output", column)
		}
	})
	return err
}

func checkTime(e expr) error {
	for _, t := range e.alts {
		if len(t.parts) != 1 || t.parts[0].column == "" {
			return errors.New("must be a column with a point in time, or several with ?? between them")
		}
	}
	return nil
}
