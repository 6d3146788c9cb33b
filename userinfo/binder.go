package userinfo

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
)

// binder finds the columns a mapping names and gives them places in a row.
type binder struct {
	mapping *Mapping
	found   schema
	faults  []setting.Fault
	main    columnList
	joins   map[string]*joinBind
	hidden  []*boolean // conditions the database does not check

	withRules bool // those on writing are read too
	digesting bool // what is bound is an expression of which a digest is read
}

// columnList is the columns read of a table, in the order they were first needed.
type columnList struct{ names []string }

// at is the place of a column, which is added if it is new.
func (l *columnList) at(name string) int {
	if i := slices.Index(l.names, name); i >= 0 {
		return i
	}
	l.names = append(l.names, name)
	return len(l.names) - 1
}

// joinBind is a join on its way into a plan.
type joinBind struct {
	*join

	table   string
	columns []Column
	absent  bool // it, or what it depends on, is missing and may be
	used    bool
	left    bool   // read in the SELECT of the users
	at      int    // left: its place among the joins of the SELECT and 1
	first   int    // left: place of its first column in the row
	where   []Cond // what the database checks
	rest    []*boolean
	read    columnList
	outs    []out
	column  Column
	nameAt  int // place of a key/value table's names in the join's own rows
}

// out is a value that a join gives a user.
type out struct {
	ref    ref
	column int // in the join's own rows
	at     int // in the user's row
}

func newBinder(m *Mapping, found schema) *binder {
	b := &binder{mapping: m, found: found, joins: map[string]*joinBind{}}
	for i := range m.joins {
		j := &m.joins[i]
		t := found.joins[j.As]
		b.joins[j.As] = &joinBind{join: j, table: t.table, columns: t.columns, absent: t.columns == nil}
	}
	return b
}

// fault adds a fault, once: a column that is missing may be named many times.
func (b *binder) fault(at Place, problem, remedy string) {
	if f := at.fault(problem, remedy); !slices.Contains(b.faults, f) {
		b.faults = append(b.faults, f)
	}
}

// column finds a column of the users table.
func (b *binder) column(at Place, name string) (Column, bool) {
	return b.columnOf(at, name, b.found.table, b.found.columns)
}

// findColumn finds a column as it is spelled, or else in other letter case, as MySQL does.
func findColumn(columns []Column, name string) (Column, bool) {
	folded := -1
	for i, c := range columns {
		if c.Name == name {
			return c, true
		}
		if folded < 0 && strings.EqualFold(c.Name, name) {
			folded = i
		}
	}
	if folded >= 0 {
		return columns[folded], true
	}
	return Column{}, false
}

func hasColumn(columns []Column, name string) bool {
	_, ok := findColumn(columns, name)
	return ok
}

// columnOf finds a column of a table, or adds the fault of one that is not there.
func (b *binder) columnOf(at Place, name, table string, columns []Column) (Column, bool) {
	if c, ok := findColumn(columns, name); ok {
		return c, true
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	remedy := "correct the name"
	if near := nearest(name, names); near != "" {
		remedy = "did you mean " + near + "?"
	}
	remedy += "; a column the database account has no right on looks the same: GRANT SELECT (" + name + ") ON " + table
	if b.digesting {
		remedy += ", which chatpass grants prints whole"
	}
	b.fault(at, fmt.Sprintf("names column %s, which table %s does not have", name, table), remedy)
	return Column{}, false
}

// needExpr finds the columns of an expression that is shown.
func (b *binder) needExpr(at Place, e expr, isTime bool) {
	e.refs(func(r ref, inside bool) {
		col, ok := b.need(at, r)
		if !ok {
			return
		}
		if looksSecret(col.Name) && (!isTime || !inside) { // the table may spell it userPass where the setting says userpass
			b.fault(at, fmt.Sprintf("maps column %s, which looks like a secret, to an output", col.Name), "use another column")
		}
		b.legible(at, col, r)
	})
	e.conditions(func(c *boolean) { b.needBoolean(at, c) })
}

// needDigest finds the columns of an expression of which a digest is read, which may name secrets.
func (b *binder) needDigest(at Place, e expr) {
	b.digesting = true
	defer func() { b.digesting = false }()
	e.refs(func(r ref, _ bool) {
		if col, ok := b.need(at, r); ok {
			b.legible(at, col, r)
		}
	})
	e.conditions(func(c *boolean) { b.needBoolean(at, c) })
}

// mayRead adds the fault of a column of a digest that is there and that the account may not read. Whoever is asked about would be refused, and where a database does not show such
// columns it is a fault too. Of other columns it is told when they are asked for.
func (b *binder) mayRead(at Place, col Column, table string) {
	if b.digesting && col.Unreadable {
		b.fault(at, fmt.Sprintf("names column %s of table %s, which the database account may not read", col.Name, table), "GRANT SELECT ("+col.Name+") ON "+table+"; chatpass grants prints it whole")
	}
}

func (b *binder) legible(at Place, col Column, r ref) {
	if col.Type == ColumnOther && r.agg == "" && col.DBType != "" {
		b.fault(at, fmt.Sprintf("names column %s, whose type %s cannot be shown", col.Name, col.DBType), "use another column")
	}
}

func (b *binder) needBoolean(at Place, c *boolean) {
	c.each(func(k *boolean) {
		if col, ok := b.need(at, k.ref); ok && (k.ref.alias == "" || b.joins[k.ref.alias].Kind != JoinKV) {
			b.typed(at, k, col)
		}
	})
	c.exprs(func(e expr) { b.needExpr(at, e, false) })
}

// typed checks that what a condition compares a column with is of its type, where the database does not see it.
func (b *binder) typed(at Place, c *boolean, col Column) {
	if c.op != opTest || c.now || c.ref.agg != "" && c.ref.agg != aggFirst {
		return
	}
	switch col.Type {
	case ColumnInt, ColumnUint, ColumnNumber, ColumnBool, ColumnUUID:
		if _, err := c.test.bind(col); err != nil {
			b.fault(at, err.Error(), "compare it with a value of its type")
		}
	}
}

// asInDatabase tells the comparisons that every database makes as compare does. With bytes they do not agree, and those of a text with
// a truth, or with a number for order, they do not know.
func (b *boolean) asInDatabase(columns []Column) bool {
	col, ok := findColumn(columns, b.ref.name)
	switch {
	case !ok:
		return true // a fault
	case col.Type == ColumnBytes:
		return false
	case col.Type != ColumnText:
		return true
	}
	return !slices.ContainsFunc(b.test.values, func(l literal) bool {
		return l.truth() || !l.quoted && b.test.op >= OpLess && b.test.op <= OpGreaterEqual
	})
}

// need makes sure that a reference is read; ok is false for one that is not there.
func (b *binder) need(at Place, r ref) (col Column, ok bool) {
	if b.barred(r) {
		return Column{}, false
	}
	if r.alias == "" {
		if (r.optional || b.canDoWithout(r)) && !hasColumn(b.found.columns, r.name) {
			return Column{}, false
		}
		if col, ok = b.column(at, r.name); ok {
			b.mayRead(at, col, b.found.table)
			b.main.at(col.Name)
		}
		return col, ok
	}
	j := b.joins[r.alias]
	b.use(j)
	if j.absent {
		return Column{}, false
	}
	if j.Kind == JoinKV {
		value, _ := findColumn(j.columns, j.Value)
		j.give(r, j.read.at(value.Name))
		return Column{Name: r.name, Type: value.Type}, true
	}
	if r.agg == aggExists || r.agg == aggCount && r.name == "" {
		j.give(r, j.read.at(j.column.Name))
		return Column{}, true
	}
	if (r.optional || b.canDoWithout(r)) && !hasColumn(j.columns, r.name) {
		return Column{}, false
	}
	if col, ok = b.columnOf(at, r.name, j.table, j.columns); !ok {
		return Column{}, false
	}
	b.mayRead(at, col, j.table)
	place := j.read.at(col.Name)
	if !j.left {
		j.give(r, place)
	}
	return col, true
}

// give notes a value that a join gives.
func (j *joinBind) give(r ref, column int) {
	if !slices.ContainsFunc(j.outs, func(o out) bool { return o.ref == r }) {
		j.outs = append(j.outs, out{ref: r, column: column})
	}
}

// use prepares a join when it is first needed.
func (b *binder) use(j *joinBind) {
	if j.used || j.absent {
		return
	}
	j.used = true
	if j.on.alias != "" {
		before := b.joins[j.on.alias]
		if b.use(before); before.absent {
			j.absent = true
			return
		}
	}
	if j.on.alias == "" && j.on.optional && !hasColumn(b.found.columns, j.on.name) {
		j.absent = true
		return
	}
	_, known := b.need(j.Place, j.on)
	column, ok := b.columnOf(j.Place, j.Column, j.table, j.columns)
	if !ok || !known {
		j.absent = true // the fault is told
		return
	}
	j.column = column
	if !b.named(j) {
		j.absent = true
		return
	}
	for _, w := range j.join.where {
		conds, rest := b.split(w, j.columns, j.table)
		j.where, j.rest = append(j.where, conds...), append(j.rest, rest...)
	}
	inSelect := j.on.alias == "" || b.joins[j.on.alias].left
	j.left = j.Kind == JoinOne && column.Unique && len(j.rest) == 0 && inSelect && uuidForms(b.asks(j.on), column) == uuidSame
	if b.usable(j) && !b.meets(j) || j.left {
		return
	}
	j.read.at(column.Name)
	if j.Kind == JoinKV {
		key, _ := findColumn(j.columns, j.Key)
		j.nameAt = j.read.at(key.Name)
	}
	for _, r := range j.rest {
		b.ownColumns(r, j)
	}
}

// named checks the further columns a join names.
func (b *binder) named(j *joinBind) bool {
	ok := true
	for _, name := range []string{j.Key, j.Value} {
		if name == "" {
			continue
		}
		col, found := b.columnOf(j.Place, name, j.table, j.columns)
		if ok = ok && found; found && looksSecret(col.Name) {
			b.fault(j.Place, fmt.Sprintf("maps column %s, which looks like a secret, to an output", col.Name), "use another column")
		}
	}
	for i, o := range j.order {
		col, found := b.columnOf(j.Place, o.Column, j.table, j.columns)
		if found && looksSecret(col.Name) {
			b.fault(j.Place, fmt.Sprintf("has order by column %s, which looks like a secret", col.Name), "use another column")
		}
		if ok = ok && found; found && i == 0 {
			j.order = slices.Clone(j.order) // the mapping's own stays as it was written
		}
		if found {
			j.order[i].Column = col.Name
		}
	}
	return ok
}

// usable checks that a join is on a column that can tell rows of different users apart. What the database compares itself may also be bytes or
// an exact number; a query of its own asks with ids.
func (b *binder) usable(j *joinBind) bool {
	dbType := strings.ToLower(j.column.DBType)
	exact := j.column.Type == ColumnBytes || j.column.Type == ColumnNumber && (strings.HasPrefix(dbType, "decimal") || strings.HasPrefix(dbType, "numeric"))
	if _, ok := KindOf(j.column); ok || j.left && exact { // a float keeps 2^53+1 as 2^53
		return true
	}
	b.fault(j.Place, fmt.Sprintf("is on column %s of type %s, which cannot be a key", j.column.Name, j.column.DBType), "join on an integer, text or uuid column")
	return false
}

// ownColumns gives the columns of a condition on a join's own rows their places there.
func (b *binder) ownColumns(c *boolean, j *joinBind) {
	if c.ref != (ref{}) {
		if col, ok := b.columnOf(j.Place, c.ref.name, j.table, j.columns); ok {
			c.column, c.index = col, j.read.at(col.Name)
			b.typed(j.Place, c, col)
		}
	}
	if c.op == opOf {
		b.fault(j.Place, "has a condition of an expression", "a join's where takes conditions on columns only")
	}
	for _, k := range c.kids {
		b.ownColumns(k, j)
	}
}

// split gives what the database checks of a condition, typed by the columns, and the rest.
func (b *binder) split(p placed, columns []Column, table string) (conds []Cond, rest []*boolean) {
	c := p.drop(func(r ref) bool {
		if j := b.joins[r.alias]; r.alias != "" {
			return r.optional && (j.columns == nil || j.Kind != JoinKV && !hasColumn(j.columns, r.name))
		}
		return r.optional && !hasColumn(columns, r.name)
	}).clone()
	tests, rest := c.forDatabase(func(t *boolean) bool { return t.ref.alias == "" && t.asInDatabase(columns) })
	for _, t := range tests {
		col, ok := b.columnOf(p.at, t.ref.name, table, columns)
		if !ok {
			continue
		}
		t.test.column = col.Name
		cond, err := t.test.bind(col)
		if err != nil {
			b.fault(p.at, err.Error(), "compare it with a value of its type")
			continue
		}
		conds = append(conds, cond)
	}
	return conds, slices.DeleteFunc(rest, func(r *boolean) bool { return r.op == opGone })
}
