package userinfo

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
)

// Bounds of a mapping; one that a person writes stays far below them.
const (
	maxJoins  = 16
	maxTables = 4 // to choose from
)

// permissions are ImbaChat's rights of a user, in the order they are written.
var permissions = []string{
	"send_message", "send_files", "send_geo", "send_sketchboard", "audio_calls", "video_calls",
	"audio_message", "video_message", "audio_message_enable", availableChat,
}

// base takes over what the mapping language says.
func (c *compiler) base(spec *Spec, s Settings) {
	m := c.m
	m.vars = c.variables(spec.Vars, s.Prefix)
	if len(m.tables) == 0 {
		m.place = spec.Place
		m.tables = c.tables(spec.Tables, spec.Place)
	}
	if m.key == "" {
		m.key, m.keyAt, m.keyType = spec.Key, spec.Place.in("key"), spec.KeyType
	}
	if spec.KeyType != "" && !slices.Contains([]string{"uint", "int", "string", "uuid", "bytes"}, spec.KeyType) {
		c.fault(spec.Place.in("key"), fmt.Sprintf("has type %q", setting.Clip(spec.KeyType)), "write uint, int, string, uuid or bytes, or leave it out")
	}
	c.joins(spec.Joins)
	if s.Where == "" { // CHATPASS_USERS_WHERE takes its place
		for _, w := range spec.Where {
			c.hidden(w, false)
		}
	}
	if spec.Banned != nil {
		c.hidden(*spec.Banned, true)
	}
	if spec.Active != nil {
		c.hidden(*spec.Active, false)
	}
	if spec.Admin != nil {
		m.admin, m.adminAt = c.answer(*spec.Admin), spec.Admin.Place
	}
	m.named = spec.FieldsPlace.in("name")
	c.search(spec)
	c.friends(spec.Friends)
	c.fields(spec.Fields)
	c.offered = c.privateSpecs(spec.Private)
	c.permissions(spec.Permissions)
	c.write(spec.Write)
	if spec.Profiles != nil {
		c.profiles(spec.Profiles, s)
	}
}

// in is a place below this one.
func (at Place) in(name string) Place {
	if at.Text == "" {
		return at
	}
	at.Text += "." + name
	return at
}

// variables are the constants of a mapping: those of the file, the prefix of tables, and the prefix without the number of a WordPress
// site in a network.
func (c *compiler) variables(file map[string]string, prefix string) map[string]string {
	vars := maps.Clone(file)
	if vars == nil {
		vars = map[string]string{}
	}
	if prefix != "" && prefix != NoPrefix && !validIdentifier("t"+prefix) {
		c.fault(Place{Var: "TABLE_PREFIX"}, fmt.Sprintf("is %q, which no table's name can begin with", setting.Clip(prefix)), "use letters, digits and _ only, or - for none")
		prefix = ""
	}
	if _, ok := vars["p"]; prefix != "" || !ok {
		vars["p"] = strings.TrimPrefix(prefix, NoPrefix)
	}
	base := vars["p"]
	if cut, ok := strings.CutSuffix(base, "_"); ok {
		if short := strings.TrimRight(cut, "0123456789"); short != cut && strings.HasSuffix(short, "_") {
			base = short
		}
	}
	if _, ok := vars["base"]; !ok {
		vars["base"] = base
	}
	return vars
}

// tables are names to choose from, with the constants filled in.
func (c *compiler) tables(names []string, at Place) []string {
	if len(names) > maxTables {
		c.fault(at, fmt.Sprintf("has more than %d tables to choose from", maxTables), "name fewer")
		return nil
	}
	var tables []string
	for _, name := range names {
		name = expand(name, c.m.vars)
		if !validIdentifier(name) {
			c.fault(at, fmt.Sprintf("has table %q, which is not a plain name", setting.Clip(name)), identifierRemedy(name, "the name of a table"))
			continue
		}
		if !slices.Contains(tables, name) {
			tables = append(tables, name)
		}
	}
	return tables
}

func (c *compiler) joins(specs []JoinSpec) {
	m := c.m
	if len(specs) > maxJoins {
		c.fault(specs[maxJoins].Place, fmt.Sprintf("is one join too many: at most %d", maxJoins), "leave joins out that no field needs")
		return
	}
	m.kinds = joins{}
	for _, s := range specs {
		_, twice := m.kinds[s.As]
		if !validIdentifier(s.As) || twice {
			c.fault(s.Place, fmt.Sprintf("is called %q, which is no name or used twice", setting.Clip(s.As)), "give every join a short name of its own under as")
			continue
		}
		j := join{JoinSpec: s}
		j.Tables = c.tables(s.Tables, s.Place)
		for _, name := range []string{s.Column, s.Key, s.Value} {
			if name != "" && !validIdentifier(name) {
				c.fault(s.Place, fmt.Sprintf("names column %q, which is not a plain name", setting.Clip(name)), identifierRemedy(name, "a column"))
			}
		}
		for _, name := range []string{s.Key, s.Value} {
			if looksSecret(name) {
				c.fault(s.Place, fmt.Sprintf("maps column %s, which looks like a secret, to an output", setting.Clip(name)), "use another column")
			}
		}
		on, ok, err := m.kinds.reference(expand(s.Ref, m.vars))
		switch {
		case err != nil:
			c.fault(s.Place, err.Error(), "a join can only use joins that stand before it")
		case !ok || on.agg != "":
			c.fault(s.Place, fmt.Sprintf("is on %q, which is no column with one value", setting.Clip(s.Ref)), "write on: { column of this table: column of users }")
		}
		j.on = on
		j.where = c.own(s.Where)
		j.secret = m.ofSecrets(on) || slices.ContainsFunc(j.where, func(w placed) bool { return w.picksSecrets(false) })
		j.order = c.order(s.Order, s.Place)
		m.joins = append(m.joins, j)
		m.kinds[s.As] = s.Kind
	}
}

// own reads conditions on a joined table's own columns.
func (c *compiler) own(specs []CondSpec) []placed {
	p := parser{env: c.m.env, vars: c.m.vars}
	var conds []placed
	for _, w := range specs {
		b, err := p.condition(w, 0)
		if err != nil {
			c.fault(w.Place, err.Error(), "write conditions on columns of this table such as status = 'active'")
			continue
		}
		conds = append(conds, placed{b, w.Place})
	}
	return conds
}

func (c *compiler) order(texts []string, at Place) []Order {
	var order []Order
	for _, text := range texts {
		name, direction, _ := strings.Cut(strings.TrimSpace(text), " ")
		direction = strings.ToLower(strings.TrimSpace(direction))
		if !validIdentifier(name) || direction != "" && direction != "asc" && direction != "desc" {
			c.fault(at, fmt.Sprintf("has order %q", setting.Clip(text)), `write "column" or "column desc"`)
			continue
		}
		if looksSecret(name) {
			c.fault(at, fmt.Sprintf("has order by column %s, which looks like a secret", name), "use another column")
			continue
		}
		order = append(order, Order{Column: name, Descending: direction == "desc"})
	}
	return order
}

// condition reads a condition on a user; nil after a fault.
func (c *compiler) condition(s CondSpec) *boolean {
	b, err := c.m.parser().condition(s, 0)
	if err != nil {
		c.fault(s.Place, err.Error(), "write conditions such as status_id in (2,3) or deleted_at is null")
		return nil
	}
	if err := c.m.checkOf(b); err != nil {
		c.fault(s.Place, err.Error(), "see docs/mapping-language.md")
		return nil
	}
	return b
}

// answer reads a condition whose outcome is shown; nil after a fault.
func (c *compiler) answer(s CondSpec) *boolean {
	b := c.condition(s)
	if b == nil {
		return nil
	}
	if err := c.m.checkAnswer(b); err != nil {
		c.fault(s.Place, err.Error(), "see docs/mapping-language.md")
		return nil
	}
	return b
}

// hidden adds a condition without which a user is not shown, or with which, if it is not.
func (c *compiler) hidden(s CondSpec, not bool) {
	b := c.condition(s)
	if b == nil {
		return
	}
	if not {
		b = &boolean{op: opNever, kids: []*boolean{b}}
	}
	c.m.hidden = append(c.m.hidden, placed{b, s.Place})
}

func (c *compiler) search(spec *Spec) {
	if spec.Search == nil {
		return
	}
	c.m.search, c.m.searchAt = []string{}, spec.SearchPlace
	for _, column := range spec.Search {
		if !validIdentifier(strings.TrimSuffix(column, "?")) || looksSecret(column) || len(c.m.search) == maxSearch {
			c.fault(spec.SearchPlace, fmt.Sprintf("has %q", setting.Clip(column)), fmt.Sprintf("list at most %d columns of the users table with names people know", maxSearch))
			continue
		}
		c.m.search = append(c.m.search, column)
	}
}

func (c *compiler) friends(s *FriendsSpec) {
	if s == nil {
		return
	}
	if looksSecret(s.User) || looksSecret(s.Friend) {
		c.fault(s.Place, "names a column that looks like a secret", "name the two columns that hold user ids")
	}
	f := &friendsTable{tables: c.tables(s.Tables, s.Place), user: s.User, friend: s.Friend, where: c.own(s.Where), optional: s.Optional, at: s.Place}
	if len(f.tables) == 0 || !validIdentifier(f.user) || !validIdentifier(f.friend) {
		c.fault(s.Place, "does not name a table and two columns", "write friends: { table: …, user: …, friend: … }")
		return
	}
	c.m.friends = f
}

// fieldNames are the names of fields in the mapping language.
var fieldNames = map[string]int{
	"name": fieldName, "avatar_url": fieldAvatar, "profile_url": fieldProfile, "email": fieldEmail,
	"lastlogin": fieldLastLogin, "badge": fieldBadge, "role": fieldRole, "chat_role": fieldRole,
}

func (c *compiler) fields(specs []FieldSpec) {
	m := c.m
	p := m.parser()
	seen := map[string]bool{}
	for _, f := range specs {
		field, known := fieldNames[f.Name]
		name := f.Name
		if name == "chat_role" {
			name = "role"
		}
		at := f.Expr.Place
		switch {
		case seen[name]:
			c.fault(at, "stands twice", "leave one out")
			continue
		case !known && (!validIdentifier(f.Name) || reservedFields[f.Name] && (!c.sub || f.Name != "user_id")):
			c.fault(at, "is no field", "a field is "+strings.Join(slices.Sorted(maps.Keys(fieldNames)), ", ")+", or a name of your own")
			continue
		case len(m.extra) >= maxExtraFields:
			c.fault(at, fmt.Sprintf("is one field too many: at most %d", maxExtraFields), "leave some out")
			return
		}
		seen[name] = true
		e, err := p.spec(f.Expr, known && isAddress(field), 0)
		if err == nil {
			err = m.checkOutputs(e, known && field == fieldLastLogin)
		}
		if err == nil && known && field == fieldLastLogin {
			err = checkTime(e)
		}
		switch {
		case err != nil:
			c.fault(at, err.Error(), "see docs/mapping-language.md")
		case known:
			m.fields[field], m.at[field] = e, at
		default:
			m.extra = append(m.extra, extraField{name: f.Name, expr: e, at: at})
		}
	}
}
