package userinfo

import (
	"context"
	"log/slog"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
)

// Password returns the columns that [PasswordField] is mapped to, as the mapping names them; none where no provider asks for it. off reports whether USERS_PASSWORD switches it off.
func (m *Mapping) Password() (columns []string, off bool) {
	for _, x := range m.private {
		if !x.digest {
			continue
		}
		x.expr.all(func(r ref) {
			name := r.name
			for _, j := range m.joins {
				if j.As == r.alias && j.Kind != JoinKV {
					name = j.Tables[0] + "." + r.name
				}
			}
			if !slices.Contains(columns, name) {
				columns = append(columns, name)
			}
		})
	}
	return columns, m.passwordOff
}

// digested binds a field of which a digest is read; false if none of its columns is there.
func (b *binder) digested(x extraField) (f boundField, ok bool) {
	b.digesting = true
	defer func() { b.digesting = false }()
	f = boundField{name: x.name, kind: FieldText, digest: b.digestOf(x.expr)}
	if f.digest == "" {
		return f, false
	}
	f.expr = b.expr(x.expr)
	return f, true
}

// PasswordColumn is a column that PasswordField is a digest of.
type PasswordColumn struct {
	Column

	Table string
	Key   bool   // it is the key of the users
	As    string // it is also what a field shows, by the name of its setting: "USERS_LASTLOGIN"; empty for none
}

// Unread is a column that PasswordField would be a digest of, if it were there and the account had the right to read it.
type Unread struct {
	Table, Column string
	Seen          bool // it is there: there is no right on it. Else it is not there, or not shown to the account
	Required      bool // the mapping does not say that it may be missing
}

// finds lists the columns that are there of those an expression names.
func (b *binder) finds(e expr) (found []PasswordColumn) {
	e.all(func(r ref) {
		if _, index := b.place(r); index < 0 {
			return
		}
		c := PasswordColumn{Table: b.found.table, Column: Column{Name: r.name, Type: ColumnText}} // what the table does not have is a key of a table of names and values
		columns := b.found.columns
		if r.alias != "" {
			c.Table, columns = b.joins[r.alias].table, b.joins[r.alias].columns
		}
		if col, ok := findColumn(columns, r.name); ok {
			c.Column = col // the table may spell it in other letter case
		}
		c.Key = r.alias == "" && strings.EqualFold(r.name, b.mapping.key)
		if !slices.ContainsFunc(found, func(other PasswordColumn) bool { return other.name() == c.name() }) {
			found = append(found, c)
		}
	})
	return found
}

func (c PasswordColumn) name() string { return c.Table + "." + c.Name }

// digests lists the columns of a digest, and what else they are mapped to.
func (b *binder) digests(e expr) []PasswordColumn {
	b.digesting = true
	found := b.finds(e)
	b.digesting = false
	as := func(shown expr, name string) {
		for _, c := range b.finds(shown) {
			if i := slices.IndexFunc(found, func(other PasswordColumn) bool { return other.name() == c.name() }); i >= 0 && found[i].As == "" {
				found[i].As = name
			}
		}
	}
	as(b.mapping.fields[fieldLastLogin], fieldVars[fieldLastLogin])
	for field, shown := range b.mapping.fields {
		as(shown, fieldVars[field])
	}
	for _, x := range b.mapping.extra {
		as(x.expr, x.name)
	}
	for _, x := range b.mapping.private {
		if !x.digest {
			as(x.expr, x.name)
		}
	}
	return found
}

// unread lists what a digest would be of, and is not.
func (b *binder) unread(e expr) (list []Unread) {
	b.digesting = true
	defer func() { b.digesting = false }()
	e.all(func(r ref) {
		if _, index := b.place(r); index < 0 {
			list = append(list, b.wants(r, !r.optional)...)
		}
	})
	return list
}

// wants lists the columns that a reference leads to.
func (b *binder) wants(r ref, required bool) (list []Unread) {
	add := func(table string, columns []Column, names ...string) {
		for _, name := range names {
			if name == "" {
				continue
			}
			u := Unread{Table: table, Column: name, Required: required}
			if c, ok := findColumn(columns, name); ok {
				u.Column, u.Seen = c.Name, true
			}
			list = append(list, u)
		}
	}
	if r.alias == "" {
		add(b.found.table, b.found.columns, r.name)
		return list
	}
	j := b.joins[r.alias]
	table := j.table
	if table == "" {
		table = j.Tables[0]
	}
	names := []string{j.Column, j.Key, j.Value}
	if j.Kind != JoinKV {
		names = append(names, r.name)
	}
	for _, w := range j.join.where {
		w.each(func(c *boolean) { names = append(names, c.ref.name) })
	}
	for _, o := range j.order {
		names = append(names, o.Column)
	}
	add(table, j.columns, names...)
	return append(list, b.wants(j.on, required)...)
}

// names are the columns of which a plan reads a digest, behind their tables; none of no plan.
func (p *boundPlan) passwordNames() (names []string) {
	if p == nil {
		return nil
	}
	for _, c := range p.password {
		names = append(names, c.name())
	}
	return names
}

// canDoWithout reports whether a reference within a digest may lead to nothing.
func (b *binder) canDoWithout(r ref) bool {
	return b.digesting && (r.optional || b.mapping.lenient)
}

// Lenient tells what Facts does, as it is without any column of PasswordField that is not there or may not be read: those it lists as unread. What the directory itself does is
// not changed. The faults are those of all else.
func (d *Directory) Lenient(ctx context.Context) (Facts, []setting.Fault, error) {
	l := &Directory{mapping: d.mapping.leniently(), visitor: d.visitor.leniently(), scanned: d.scanned.leniently(), source: d.source, log: slog.New(slog.DiscardHandler), timeout: d.timeout}
	p, faults, err := l.bind(ctx)
	if err != nil {
		return Facts{}, faults, err
	}
	return p.facts(), nil, nil
}

// leniently is the mapping whose digests can do without any column.
func (m *Mapping) leniently() *Mapping {
	if m == nil {
		return nil
	}
	c := *m
	c.lenient = true
	return &c
}

// barred reports whether the account has no right on what a reference within a digest reads, and the mapping can do without it: it is then as good as missing, as it is
// where a database does not show such columns. Conditions on who is a user are not treated so: what cannot be asked there is no answer.
func (b *binder) barred(r ref) bool {
	if !b.canDoWithout(r) {
		return false
	}
	columns, names := b.found.columns, []string{r.name}
	if r.alias != "" {
		j := b.joins[r.alias]
		columns, names = j.columns, append(names, j.Column, j.Key, j.Value)
		if on, _ := findColumn(columns, j.Column); !on.Unique { // else there is no order to look at
			for _, o := range j.order {
				names = append(names, o.Column)
			}
		}
	}
	return slices.ContainsFunc(names, func(name string) bool {
		c, _ := findColumn(columns, name)
		return c.Unreadable
	})
}
