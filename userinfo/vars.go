package userinfo

import "maps"

// Vars are the constants of the mapping's file and settings, by name: "p" is the prefix of tables, "base" that prefix without the number of a site in a
// WordPress network.
func (m *Mapping) Vars() map[string]string { return maps.Clone(m.vars) }
