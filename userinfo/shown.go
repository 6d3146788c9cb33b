package userinfo

import (
	"slices"
	"strings"
)

// ShownBy names the setting by which a column of a table is shown to others or searched for, without its prefix; empty if none does. Letter case does not count,
// since some databases do not tell it apart.
func (m *Mapping) ShownBy(table, column string) string {
	ours := func(r ref) bool {
		if !strings.EqualFold(r.name, column) {
			return false
		}
		names := m.tables
		if r.alias != "" {
			at := slices.IndexFunc(m.joins, func(j join) bool { return j.As == r.alias })
			if at < 0 {
				return false
			}
			names = m.joins[at].Tables
		}
		return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, table) })
	}
	shows := func(e expr) (found bool) {
		e.refs(func(r ref, _ bool) { found = found || ours(r) })
		return found
	}
	for field, e := range m.fields {
		if shows(e) {
			return fieldVars[field]
		}
	}
	if slices.ContainsFunc(m.extra, func(x extraField) bool { return shows(x.expr) }) {
		return "USERS_FIELDS"
	}
	if slices.ContainsFunc(m.search, func(name string) bool { return ours(ref{name: name}) }) {
		return "USERS_SEARCH"
	}
	if m.persona != nil {
		return m.persona.ShownBy(table, column)
	}
	return ""
}
