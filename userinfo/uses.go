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
func (m *Mapping) uses(alias string) bool { return m.reached(m.references)[alias] }

// decides tells whether a condition needs a join, so that a row of it that was not read could show somebody who is hidden or permit what is
// forbidden.
func (b *binder) decides(alias string) bool {
	return b.mapping.reached(func(visit func(ref)) {
		b.mapping.conditions(visit)
		if b.withRules {
			b.mapping.ruleConditions(func(p placed) { p.all(visit) })
		}
	})[alias]
}

// reached are the joins that references lead to.
func (m *Mapping) reached(references func(visit func(ref))) map[string]bool {
	used := map[string]bool{}
	references(func(r ref) { used[r.alias] = true })
	for i := len(m.joins) - 1; i >= 0; i-- { // a join is on one that stands before it
		if j := m.joins[i]; used[j.As] {
			used[j.on.alias] = true
		}
	}
	return used
}

// references visits every reference of the mapping but those of joins.
func (m *Mapping) references(visit func(ref)) {
	for _, e := range m.fields {
		e.all(visit)
	}
	for _, x := range m.extra {
		x.expr.all(visit)
	}
	for _, x := range m.private {
		x.expr.all(visit)
	}
	m.conditions(visit)
	m.ruleConditions(func(p placed) { p.all(visit) })
}

// conditions visits the references of what hides users and of their rights.
func (m *Mapping) conditions(visit func(ref)) {
	for _, h := range m.hidden {
		h.all(visit)
	}
	if m.admin != nil {
		m.admin.all(visit)
	}
	for _, r := range m.rights {
		r.cond.all(visit)
	}
}

// all visits every reference of an expression, those of the conditions within it too.
func (e expr) all(visit func(ref)) {
	e.refs(func(r ref, _ bool) { visit(r) })
	e.conditions(func(c *boolean) { c.all(visit) })
}

func (b *boolean) all(visit func(ref)) {
	b.each(func(k *boolean) { visit(k.ref) })
	b.exprs(func(e expr) { e.all(visit) })
}
