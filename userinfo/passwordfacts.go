package userinfo

import "slices"

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

// finds lists the columns that are there of those an expression names, behind their tables: "users.password".
func (b *binder) finds(e expr) (found []string) {
	b.digesting = true
	defer func() { b.digesting = false }()
	e.all(func(r ref) {
		if _, index := b.place(r); index < 0 {
			return
		}
		table, columns, name := b.found.table, b.found.columns, r.name
		if r.alias != "" {
			table, columns = b.joins[r.alias].table, b.joins[r.alias].columns
		}
		if c, ok := findColumn(columns, name); ok {
			name = c.Name // the table may spell it in other letter case; what it does not have is a key of a table of names and values
		}
		if name = table + "." + name; !slices.Contains(found, name) {
			found = append(found, name)
		}
	})
	return found
}

// passwordIfAny are the columns of which a plan reads a digest; none of no plan.
func (p *boundPlan) passwordIfAny() []string {
	if p == nil {
		return nil
	}
	return p.password
}

// barred reports whether the account has no right on what a reference within a digest reads, and the mapping can do without it: it is then as good as missing, as it is
// where a database does not show such columns. Conditions on who is a user are not treated so: what cannot be asked there is no answer.
func (b *binder) barred(r ref) bool {
	if !b.digesting || !r.optional {
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
