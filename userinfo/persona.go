package userinfo

import (
	"slices"
	"strings"
)

func (c *compiler) permissions(specs []PermissionSpec) {
	for _, s := range specs {
		if !slices.Contains(permissions, s.Name) {
			remedy := "write " + strings.Join(permissions, ", ")
			if near := nearest(s.Name, permissions); near != "" {
				remedy = "did you mean " + near + "?"
			}
			c.fault(s.Cond.Place, "is no permission of ImbaChat", remedy)
			continue
		}
		if b := c.answer(s.Cond); b != nil {
			c.m.rights = append(c.m.rights, right{s.Name, placed{b, s.Cond.Place}})
		}
	}
	slices.SortFunc(c.m.rights, func(a, b right) int {
		return slices.Index(permissions, a.name) - slices.Index(permissions, b.name)
	})
}

// hasText tells whether whatever an expression gives has a constant text in it, besides what comes from a row.
func (e expr) hasText() bool {
	for _, t := range e.alts {
		if t.node != nil || len(t.parts) < 2 || !slices.ContainsFunc(t.parts, func(p part) bool { return p.ref == (ref{}) && p.text != "" }) {
			return false
		}
	}
	return len(e.alts) > 0
}

// personaKey is the further field in which a persona's key is read.
const personaKey = "persona_key"

// profiles makes the mapping of personas: one whose key is the column that holds the user's key.
func (c *compiler) profiles(s *ProfilesSpec, settings Settings) {
	sub := &Mapping{place: s.Place, keyAt: s.Place.in("parent"), env: c.m.env, vars: c.m.vars}
	sc := &compiler{m: sub, sub: true}
	fields := append([]FieldSpec{{Name: personaKey, Expr: ExprSpec{Form: "col", Text: s.Key, Place: s.Place.in("key")}}}, s.Fields...)
	sc.base(&Spec{Vars: c.m.vars, Tables: s.Tables, Key: s.Parent, Where: s.Where, Joins: s.Joins, Fields: fields, Place: s.Place}, Settings{Prefix: settings.Prefix})
	sub.search = []string{}
	sc.identity()
	if len(sub.fields[fieldName].alts) == 0 {
		sc.fault(s.Place, "has no name", "map name under profiles.fields")
	}
	if !slices.ContainsFunc(sub.extra, func(x extraField) bool { return x.name == "user_id" && x.expr.hasText() }) {
		sc.fault(s.Place, "has no user_id that differs from those of users", "map user_id under profiles.fields with a text in it, such as P{id}: it tells this persona from all users and personas")
	}
	c.faults = append(c.faults, sc.faults...)
	sub.friends = nil
	sub.optional = s.Optional
	c.m.persona = sub
}
