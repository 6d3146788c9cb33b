package userinfo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agext/levenshtein"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// plan is a mapping that has met its tables: every column exists, has a type and a place in the row.
// The key stands first in every row. A plan is not changed after bind.
type plan struct {
	kind    KeyKind
	sel     Select
	width   int // cells of a row: those of sel, and behind them what the queries of more give
	more    []*beside
	checks  []check // of the joins in sel
	search  []string
	site    string
	local   *time.Location // zone of times without one
	fields  [fieldCount]boundExpr
	extra   []boundField
	private []boundField
	hidden  []*boolean // must hold, and the database does not check them
	admin   *boolean
	rights  []boundRight
	rules   []boundRule
	indexed bool // the key column is the first of an index
	unique  bool // no two rows can have the same key
	reads   map[string][]string

	password []PasswordColumn // columns of which only a digest is read
	unread   []Unread         // columns of which one would be read too, if they could be
	optional bool             // of the columns of password some may be missing
}

type boundField struct {
	name   string
	kind   FieldType
	expr   boundExpr
	digest string // only a digest is given, and of what; empty: the text
}

type boundRight struct {
	name string
	cond *boolean
}

// boundExpr is an expression whose columns have a place in the row.
type boundExpr struct {
	alts    []template
	single  int  // place of the one column without converters this is, or -1
	address bool // an address: checked and made absolute
	zones   []*time.Location
}

// constant and missing are places of parts that are no column of the row.
const (
	constant = -1
	missing  = -2
)

// schema is what was found of the tables of a mapping.
type schema struct {
	table   string
	columns []Column
	joins   map[string]joined // by alias
}

// joined is the table of a join; without columns it is missing, and may be.
type joined struct {
	table   string
	columns []Column
}

// bind checks the mapping against the columns of its tables and lists every fault. rules says that the rules on writing are read too.
func (m *Mapping) bind(found schema, rules bool) (*plan, []setting.Fault) {
	b := newBinder(m, found)
	b.withRules = rules
	p := &plan{site: m.env.Site, local: m.env.Zone, sel: Select{Table: found.table}}
	if key, ok := b.column(m.keyAt, m.key); ok {
		kind, usable := KindOf(key)
		if !usable {
			b.fault(m.keyAt, fmt.Sprintf("is column %s of type %s, which cannot be a user id", key.Name, key.DBType), "use an integer, text, uuid or binary(16) column")
		}
		if looksSecret(key.Name) {
			b.fault(m.keyAt, fmt.Sprintf("maps column %s, which looks like a secret, to an output", key.Name), "use the column with the user's id")
		}
		b.keyType(key, kind)
		p.kind, p.indexed, p.unique = kind, key.Indexed, key.Unique
		b.main.at(key.Name)
	}
	b.gather(p)
	p.search = b.searchColumns()
	if len(b.faults) > 0 {
		return nil, b.faults
	}
	b.layOut(p)
	for field, e := range m.fields {
		p.fields[field] = b.expr(e)
		p.fields[field].address = isAddress(field)
		if field == fieldLastLogin {
			p.fields[field].single = -1
		}
	}
	for _, x := range m.extra {
		p.extra = append(p.extra, boundField{name: x.name, kind: x.expr.fieldType(), expr: b.expr(x.expr)})
	}
	for _, x := range m.readPrivate() {
		if !x.digest {
			p.private = append(p.private, boundField{name: x.name, kind: FieldText, expr: b.expr(x.expr)})
			continue
		}
		p.unread = b.unread(x.expr)
		if f, ok := b.digested(x); ok {
			p.private, p.password = append(p.private, f), b.digests(x.expr)
			x.expr.all(func(r ref) { p.optional = p.optional || r.optional })
		}
	}
	for _, h := range b.hidden {
		p.hidden = append(p.hidden, b.boolean(h))
	}
	if m.admin != nil {
		p.admin = b.boolean(m.admin)
	}
	for _, r := range m.rights {
		p.rights = append(p.rights, boundRight{r.name, b.boolean(r.cond.boolean)})
	}
	if rules {
		p.rules = b.rules()
	}
	p.reads = b.reads(p)
	return p, nil
}

// gather finds every column the mapping needs, and gives the conditions to whom they belong.
func (b *binder) gather(p *plan) {
	m := b.mapping
	for field, e := range m.fields {
		b.needExpr(m.at[field], e, field == fieldLastLogin)
	}
	for _, x := range m.extra {
		b.needExpr(x.at, x.expr, false)
	}
	for _, x := range m.readPrivate() {
		if x.digest {
			b.needDigest(x.at, x.expr)
		} else {
			b.needExpr(x.at, x.expr, false)
		}
	}
	for _, c := range m.where {
		at := Place{Var: "USERS_WHERE"}
		col, ok := b.column(at, c.column)
		if !ok {
			continue
		}
		cond, err := c.bind(col)
		if err != nil {
			b.fault(at, err.Error(), "compare it with a value of its type")
			continue
		}
		p.sel.Where = append(p.sel.Where, cond)
	}
	for _, h := range m.hidden {
		conds, rest := b.split(h, b.found.columns, b.found.table)
		p.sel.Where = append(p.sel.Where, conds...)
		for _, r := range rest {
			b.needBoolean(h.at, r)
			b.hidden = append(b.hidden, r)
		}
	}
	if m.admin != nil {
		b.needBoolean(m.adminAt, m.admin)
	}
	for _, r := range m.rights {
		b.needBoolean(r.cond.at, r.cond.boolean)
	}
	if b.withRules {
		m.ruleConditions(func(p placed) { b.needBoolean(p.at, p.boolean) })
	}
}

// keyType checks the key's column against the kind the mapping insists on.
func (b *binder) keyType(key Column, kind KeyKind) {
	want := map[string][]KeyKind{"uint": {KeyUint, KeyInt}, "int": {KeyInt, KeyUint}, "string": {KeyText}, "uuid": {KeyUUID, KeyUUIDBytes, KeyText}, "bytes": {KeyUUIDBytes}}
	if kinds, insists := want[b.mapping.keyType]; insists && !slices.Contains(kinds, kind) {
		b.fault(b.mapping.keyAt, fmt.Sprintf("is column %s of type %s, not %s", key.Name, key.DBType, b.mapping.keyType), "correct the column or its type")
	}
}

// searchColumns are the columns a search looks in: those set, or the text columns that show in the name.
func (b *binder) searchColumns() []string {
	var found []string
	add := func(at Place, name string, must bool) {
		name, optional := strings.CutSuffix(name, "?")
		if optional && !hasColumn(b.found.columns, name) {
			return
		}
		col, ok := b.column(at, name)
		if !ok {
			return
		}
		if col.Type != ColumnText && (!must || col.Type != ColumnBytes) {
			if must {
				b.fault(at, fmt.Sprintf("names column %s of type %s; only text can be searched", col.Name, col.DBType), "use text columns")
			}
			return
		}
		if looksSecret(col.Name) { // as in need
			if must {
				b.fault(at, fmt.Sprintf("names column %s, which looks like a secret", col.Name), "use another column")
			}
			return
		}
		if !slices.Contains(found, col.Name) {
			found = append(found, col.Name)
		}
	}
	if b.mapping.search != nil {
		at := b.mapping.searchAt
		for _, name := range b.mapping.search {
			add(at, name, true)
		}
		return found
	}
	before := len(b.faults)
	b.mapping.fields[fieldName].refs(func(r ref, _ bool) {
		if r.alias == "" && hasColumn(b.found.columns, r.name) {
			add(Place{Var: "USERS_NAME"}, r.name, false)
		}
	})
	b.faults = b.faults[:before] // a missing column was reported with the field itself
	return found
}

// reads lists the columns that are read of each table, for the rights an account needs.
func (b *binder) reads(p *plan) map[string][]string {
	reads := map[string][]string{}
	add := func(table string, columns ...string) {
		for _, c := range columns {
			if !slices.Contains(reads[table], c) {
				reads[table] = append(reads[table], c)
			}
		}
	}
	conds := func(table string, where []Cond) {
		for _, c := range where {
			add(table, c.Column)
		}
	}
	add(p.sel.Table, p.sel.Columns...)
	conds(p.sel.Table, p.sel.Where)
	add(p.sel.Table, p.search...)
	for _, j := range p.sel.Joins {
		add(j.Table, j.Column)
		add(j.Table, j.Columns...)
		conds(j.Table, j.Where)
		of := p.sel.Table
		if j.Of > 0 {
			of = p.sel.Joins[j.Of-1].Table
		}
		add(of, j.With)
	}
	for _, q := range p.more {
		add(q.sel.Table, q.sel.Columns...)
		conds(q.sel.Table, q.sel.Where)
		for _, o := range q.sel.Order {
			add(q.sel.Table, o.Column)
		}
	}
	return reads
}

// expr gives the columns of an expression their places.
func (b *binder) expr(e expr) boundExpr {
	bound := boundExpr{single: -1}
	for _, t := range e.alts {
		parts := append([]part(nil), t.parts...)
		zone := b.mapping.env.Zone
		if t.node != nil && b.utc(t) {
			zone = time.UTC
		}
		for i := range parts {
			if parts[i].index = constant; parts[i].ref == (ref{}) {
				continue
			}
			col, index := b.place(parts[i].ref)
			if col.Type == ColumnTimestamp {
				zone = time.UTC
				b.rezone(&parts[i])
			}
			parts[i].index = index
		}
		t := template{parts: parts, whole: t.whole, node: b.node(t.node)}
		bound.alts = append(bound.alts, t)
		bound.zones = append(bound.zones, zone)
	}
	if len(bound.alts) == 1 && len(bound.alts[0].parts) == 1 {
		if only := bound.alts[0].parts[0]; only.index >= 0 && len(only.filters) == 0 {
			bound.single = only.index
		}
	}
	return bound
}

// node gives the columns within a node their places.
func (b *binder) node(n *node) *node {
	if n == nil {
		return nil
	}
	c := *n
	c.bound = make([]boundExpr, len(n.of))
	for i, of := range n.of {
		c.bound[i] = b.expr(of)
	}
	if n.timeAs != "" {
		for _, t := range n.of[0].alts {
			call := n.call
			if f, err := convert.NewTime(n.timeAs, time.UTC); err == nil && b.utc(t) {
				call = f
			}
			c.calls = append(c.calls, call)
		}
	}
	c.cases = slices.Clone(n.cases)
	for i := range c.cases {
		c.cases[i].when, c.cases[i].bound = b.boolean(n.cases[i].when), b.expr(n.cases[i].then)
	}
	if n.other != nil {
		e := b.expr(*n.other)
		c.boundOr = &e
	}
	return &c
}

// utc tells what is read as UTC already, whatever the zone of the site is: seconds, and columns that are points in time.
func (b *binder) utc(t template) bool {
	if t.node != nil && t.node.timeAs != "" {
		return true
	}
	columns, points := 0, 0
	expr{alts: []template{t}}.refs(func(r ref, _ bool) {
		columns++
		if col, _ := b.place(r); col.Type == ColumnTimestamp {
			points++
		}
	})
	return columns > 0 && points == columns
}

// boolean gives the columns of a condition their places.
func (b *binder) boolean(x *boolean) *boolean {
	c := x.clone()
	b.places(c)
	return c
}

func (b *binder) places(c *boolean) {
	if c.ref != (ref{}) {
		c.column, c.index = b.place(c.ref)
	}
	if c.op == opOf {
		c.bound = b.expr(c.of)
	}
	for _, k := range c.kids {
		b.places(k)
	}
}

// rezone makes the converters of a column that is read as UTC anew, so that the site's zone is not applied to it.
func (b *binder) rezone(p *part) {
	filters := make([]convert.Func, len(p.filters))
	for i, spec := range p.specs {
		f, _, err := convert.New(spec, convert.Env{Site: b.mapping.env.Site, Zone: time.UTC})
		if err != nil {
			return // it was made from the same spec before
		}
		filters[i] = f
	}
	p.filters = filters
}

// maxNear is the longest name, in bytes, that is held against others: the time it takes grows with its length.
const maxNear = 256

// nearest is the name most like a misspelled one, or empty if none is near.
func nearest(name string, names []string) string {
	best, score := "", 0.5
	if len(name) > maxNear {
		return ""
	}
	for _, candidate := range names {
		s := levenshtein.Match(strings.ToLower(name), strings.ToLower(candidate), nil)
		if s > score || s == score && candidate < best {
			best, score = candidate, s
		}
	}
	return best
}

// Nearest is the name most like a misspelled one, or empty if none is near.
func Nearest(name string, names []string) string { return nearest(name, names) }
