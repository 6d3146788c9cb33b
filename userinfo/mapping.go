package userinfo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// Mapping says where in the site's database a user's fields come from. It is checked as far as that is possible without
// the database; [Directory] checks the rest against the tables themselves. A Mapping is not changed after [NewMapping].
type Mapping struct {
	tables   []string // of users; the first that exists
	place    Place    // of tables
	named    Place    // of the name, where a file must have it
	key      string
	keyAt    Place
	keyType  string
	env      convert.Env
	vars     map[string]string
	fields   [fieldCount]expr // an expression without alternatives is not mapped
	at       [fieldCount]Place
	extra    []extraField
	private  []extraField // that a provider asks for
	reading  bool         // private fields are read
	where    []condition  // of CHATPASS_USERS_WHERE
	hidden   []placed     // conditions that must hold too
	admin    *boolean
	adminAt  Place
	rights   []right
	rules    []rule // on who may write to whom
	joins    []join
	kinds    joins    // of joins, by alias
	search   []string // nil: the columns of the name; empty: no search
	searchAt Place
	friends  *friendsTable
	optional bool     // the table may be missing; of personas
	persona  *Mapping // further personas: a mapping whose key is the column that holds the user's key

	passwordOff bool // USERS_PASSWORD says that of passwords nothing is to be read
	lenient     bool // digests can do without any of their columns
}

type extraField struct {
	name   string
	expr   expr
	at     Place
	digest bool // only a digest of its text is read; of private fields
}

// placed is a condition and where it stands.
type placed struct {
	*boolean

	at Place
}

// right is a permission of ImbaChat's.
type right struct {
	name string
	cond placed
}

// join is a table beside the users table.
type join struct {
	JoinSpec

	on    ref
	where []placed
	order []Order

	secret bool // its where chooses rows that hold secrets, or what it is joined with does
}

// friendsTable is a table with one row per friendship.
type friendsTable struct {
	tables       []string
	user, friend string
	where        []placed
	optional     bool
	at           Place
}

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

// ParseMapping reads the settings alone and lists every fault it finds. The mapping is nil if there is any.
func ParseMapping(s Settings) (*Mapping, []setting.Fault) { return NewMapping(nil, s) }

// NewMapping reads a mapping and the settings that win over it, and lists every fault it finds. The mapping is nil if there is any.
// base is nil where there are settings only.
func NewMapping(base *Spec, s Settings) (*Mapping, []setting.Fault) {
	m := &Mapping{key: s.ID, place: Place{Var: "USERS_TABLE"}, keyAt: Place{Var: "USERS_ID"}, env: convert.Env{Site: strings.TrimRight(s.SiteURL, "/"), Zone: time.UTC}}
	c := &compiler{m: m}
	if s.Table != "" {
		m.tables = []string{s.Table}
	}
	if s.Timezone != "" {
		zone, err := time.LoadLocation(s.Timezone)
		if err != nil || s.Timezone == "Local" {
			c.fault(Place{Var: "USERS_TIMEZONE"}, fmt.Sprintf("is %q, which is no time zone", setting.Clip(s.Timezone)), "use a name such as UTC or Europe/Berlin")
		} else {
			m.env.Zone = zone
		}
	}
	if base != nil {
		c.base(base, s)
	}
	c.identity()
	c.faults = append(c.faults, m.parseFields(s)...)
	if err := m.parseExtra(s); err != nil {
		c.fault(Place{Var: "USERS_FIELDS"}, err.Error(), "write name=column;name={column|bool}")
	}
	c.private(s.Private, c.offered)
	c.password(s.Password, s.Private, c.offered)
	where, err := parseWhere(s.Where)
	if err != nil {
		c.fault(Place{Var: "USERS_WHERE"}, err.Error(), "write conditions such as status_id in (2,3); deleted_at is null")
	}
	m.where = where
	if err := m.parseSearch(s.Search); err != nil {
		c.fault(Place{Var: "USERS_SEARCH"}, err.Error(), "list the columns a search may look in, such as display_name,username, or write off")
	}
	if err := m.parseFriends(s.Friends); err != nil {
		c.fault(Place{Var: "USERS_FRIENDS"}, err.Error(), "write table(user_column, friend_column)")
	}
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	return m, nil
}

// compiler makes a mapping of what a person wrote.
type compiler struct {
	m      *Mapping
	faults []setting.Fault
	sub    bool // the mapping is that of personas

	offered []extraField // private fields of the mapping file
}

func (c *compiler) fault(at Place, problem, remedy string) {
	c.faults = append(c.faults, at.fault(problem, remedy))
}

// fault is what is wrong at a place.
func (at Place) fault(problem, remedy string) setting.Fault {
	if at.Quoted != "" && strings.HasPrefix(problem, "names column "+at.Quoted+",") {
		remedy += "; a constant is written \"'" + at.Quoted + "'\", since the quotes of YAML do not count"
	}
	if at.Text != "" {
		problem = at.Text + " " + problem
	}
	return setting.Fault{Var: at.Var, Problem: problem, Remedy: remedy}
}

// identity checks the names of the table and its key.
func (c *compiler) identity() {
	m := c.m
	identifier := func(at Place, value, what string) {
		switch {
		case value == "":
			c.fault(at, "is missing", "set it to "+what)
		case !validIdentifier(value):
			c.fault(at, fmt.Sprintf("is %q, which is not a plain name", setting.Clip(value)), identifierRemedy(value, what))
		}
	}
	if len(m.tables) == 0 {
		identifier(m.place, "", "the name of the users table")
	}
	for _, table := range m.tables {
		identifier(m.place, table, "the name of the users table")
	}
	identifier(m.keyAt, m.key, "the name of its key column")
	if looksSecret(m.key) {
		c.fault(m.keyAt, fmt.Sprintf("maps column %s, which looks like a secret, to an output", m.key), "use the column with the user's id")
	}
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
	p := m.parser()
	p.email = m.fields[fieldEmail].alts // of the file; a column there
	if texts[fieldEmail] != "" {
		if e, err := p.parse(texts[fieldEmail], false); err == nil {
			p.email = e.alts
		}
	}
	for field, text := range texts {
		remedy := "write a column name or a text such as https://example.com/{column}"
		if text == "" {
			if field == fieldName && len(m.fields[fieldName].alts) == 0 {
				at := Place{Var: fieldVars[field]}
				if m.named.Text != "" {
					at = m.named
				}
				faults = append(faults, at.fault("is missing", "set it to the column with the name other members see"))
			}
			continue
		}
		use := p
		if field == fieldEmail {
			use.email = nil
		}
		e, err := use.parse(text, isAddress(field))
		if err == nil {
			if err = m.checkOutputs(e, field == fieldLastLogin); err != nil {
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
		m.fields[field], m.at[field] = e, Place{Var: fieldVars[field]}
	}
	return faults
}

// parser reads expressions that may use everything this mapping declares.
func (m *Mapping) parser() parser { return parser{env: m.env, joins: m.kinds, vars: m.vars} }

func (m *Mapping) parseExtra(s Settings) error {
	p := m.parser()
	p.email = m.fields[fieldEmail].alts
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
			err = m.checkOutputs(e, false)
		}
		if err != nil {
			return fmt.Errorf("field %s %w", name, err)
		}
		m.extra = slices.DeleteFunc(m.extra, func(x extraField) bool { return x.name == name }) // of the file
		m.extra = append(m.extra, extraField{name: name, expr: e, at: Place{Var: "USERS_FIELDS"}})
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
	m.search, m.searchAt = nil, Place{Var: "USERS_SEARCH"}
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
	f := friendsTable{tables: []string{strings.TrimSpace(table)}, user: strings.TrimSpace(user), friend: strings.TrimSpace(friend), at: Place{Var: "USERS_FRIENDS"}}
	if !ok || !comma || !validIdentifier(f.tables[0]) || !validIdentifier(f.user) || !validIdentifier(f.friend) {
		return fmt.Errorf("is %q, which is not table(user_column, friend_column)", setting.Clip(text))
	}
	for _, column := range []string{f.user, f.friend} {
		if looksSecret(column) {
			return fmt.Errorf("names column %s, which looks like a secret", column)
		}
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

// MapsEmail reports whether the mapping has a mail address.
func (m *Mapping) MapsEmail() bool { return len(m.fields[fieldEmail].alts) > 0 }

// MapsRole reports whether the mapping can give a user a role.
func (m *Mapping) MapsRole() bool { return len(m.fields[fieldRole].alts) > 0 || m.admin != nil }

// Table is the name of the users table, the first where there are several to choose from.
func (m *Mapping) Table() string { return m.tables[0] }

// Key is the name of the key column.
func (m *Mapping) Key() string { return m.key }
