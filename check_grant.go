package main

import "strings"

// grant is a line of SHOW GRANTS.
type grant struct {
	privileges    []privilege
	schema, table string // "*" is any; table is empty for an object that is none
	grantee       string
	option        bool // WITH GRANT OPTION
}

// privilege is a right and the columns it is limited to.
type privilege struct {
	name    string
	columns []string // none: all
}

// parseGrant reads a line of SHOW GRANTS; false for one that gives a role, whose rights have lines of their own.
func parseGrant(line string) (grant, bool) {
	rest, is := strings.CutPrefix(line, "GRANT ")
	privileges, rest, on := cutUnquoted(rest, " ON ")
	object, grantee, to := cutUnquoted(rest, " TO ")
	if !is || !on || !to {
		return grant{}, false
	}
	g := grant{grantee: grantee}
	if name, cut := strings.CutSuffix(grantee, " WITH GRANT OPTION"); cut {
		g.grantee, g.option = name, true
	}
	table := true
	object = strings.TrimPrefix(object, "TABLE ")
	for _, kind := range []string{"PROCEDURE ", "FUNCTION ", "PACKAGE BODY ", "PACKAGE "} {
		if name, cut := strings.CutPrefix(object, kind); cut {
			object, table = name, false
		}
	}
	schema, name, _ := cutUnquoted(object, ".")
	if g.schema = unquoted(schema); table {
		g.table = unquoted(name)
	}
	for {
		one, more, ok := cutUnquoted(privileges, ",")
		g.privileges = append(g.privileges, parsePrivilege(one))
		if !ok {
			return g, true
		}
		privileges = more
	}
}

func parsePrivilege(text string) privilege {
	name, list, _ := cutUnquoted(text, "(")
	p := privilege{name: strings.ToUpper(strings.TrimSpace(name))}
	list = strings.TrimSuffix(strings.TrimSpace(list), ")")
	for list != "" {
		var column string
		column, list, _ = cutUnquoted(list, ",")
		p.columns = append(p.columns, unquoted(strings.TrimSpace(column)))
	}
	return p
}

// cutUnquoted is strings.Cut outside of names in backquotes and, unless the text begins with it, of parentheses.
func cutUnquoted(s, sep string) (before, after string, found bool) {
	quoted, depth := false, 0
	for i := range len(s) {
		switch {
		case s[i] == '`':
			quoted = !quoted
		case quoted:
		case depth == 0 && strings.HasPrefix(s[i:], sep):
			return s[:i], s[i+len(sep):], true
		case s[i] == '(':
			depth++
		case s[i] == ')':
			depth--
		}
	}
	return s, "", false
}

// unquoted is a name without its backquotes.
func unquoted(name string) string {
	if len(name) >= 2 && name[0] == '`' {
		return strings.ReplaceAll(name[1:len(name)-1], "``", "`")
	}
	return name
}
