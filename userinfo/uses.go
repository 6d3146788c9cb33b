package userinfo

// Constants lists the settings of addresses that are the same for every user, since nothing that comes first in them is a column.
func (m *Mapping) Constants() (variables []string) {
	for field, e := range m.fields {
		if !isAddress(field) || len(e.alts) == 0 {
			continue
		}
		constant := true
		first := expr{alts: e.alts[:1]}
		first.refs(func(ref, bool) { constant = false })
		first.conditions(func(*boolean) { constant = false })
		if constant {
			variables = append(variables, fieldVars[field])
		}
	}
	return variables
}

// uses tells whether anything that is shown or checked needs a join, if only to reach another.
func (m *Mapping) uses(alias string) bool {
	used := map[string]bool{}
	m.references(func(r ref) { used[r.alias] = true })
	for i := len(m.joins) - 1; i >= 0; i-- { // a join is on one that stands before it
		if j := m.joins[i]; used[j.As] {
			used[j.on.alias] = true
		}
	}
	return used[alias]
}

// references visits every reference of the mapping but those of joins.
func (m *Mapping) references(visit func(ref)) {
	var condition func(*boolean)
	expression := func(e expr) {
		e.refs(func(r ref, _ bool) { visit(r) })
		e.conditions(condition)
	}
	condition = func(c *boolean) {
		c.each(func(k *boolean) { visit(k.ref) })
		c.exprs(expression)
	}
	for _, e := range m.fields {
		expression(e)
	}
	for _, x := range m.extra {
		expression(x.expr)
	}
	for _, h := range m.hidden {
		condition(h.boolean)
	}
	if m.admin != nil {
		condition(m.admin)
	}
	for _, r := range m.rights {
		condition(r.cond.boolean)
	}
}
