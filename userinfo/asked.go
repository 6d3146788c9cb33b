package userinfo

import (
	"slices"
	"time"
)

// Asked is a column by whose values rows of a table are looked up, so that it wants an index.
type Asked struct {
	Table, Column string
	Indexed       bool // an index that the account can see begins with it
}

// asked lists the columns by which the tables beside the users table are asked, each once, in the order of the mapping.
func (p *boundPlan) asked() []Asked {
	var all []Asked
	add := func(list ...Asked) {
		for _, a := range list {
			if !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	for _, q := range p.widest().more {
		add(Asked{q.sel.Table, q.sel.Columns[0], q.indexed})
	}
	add(p.friendKeys...)
	if p.persona != nil {
		add(Asked{p.persona.sel.Table, p.persona.sel.Columns[0], p.persona.indexed})
		add(p.persona.asked()...)
	}
	return all
}

// Prefix is what stands before the names of tables; empty without one, or where the mapping has none.
func (m *Mapping) Prefix() string { return m.vars["p"] }

// Zone is the zone of times without one.
func (m *Mapping) Zone() *time.Location { return m.env.Zone }
