package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/sitedb"
)

// rights warns of an account that may do more than read the columns of the mapping.
func (r *report) rights(ctx context.Context, s *site, reads map[string][]string) {
	n, err := s.need(ctx, reads)
	var grants []string
	var privileges []sitedb.Privilege
	if err == nil {
		grants, err = s.db.Grants(ctx)
	}
	if err == nil {
		privileges, err = s.db.Privileges(ctx)
	}
	switch {
	case err != nil:
		r.warn("rights", "what the database account may do cannot be read: "+err.Error(), "")
		return
	case len(grants) == 0 && len(privileges) == 0:
		return // SQLite, where there are no accounts
	}
	if found := append(n.excess(grants), n.excessOf(privileges)...); len(found) > 0 {
		r.warn("rights", "the database account may do more than SELECT the columns that are mapped: "+several(found),
			"give Chatpass an account of its own: `chatpass grants` prints the statements that make one which may read just these")
		return
	}
	r.ok("rights", "the database account may only read what the mapping needs")
}

// maxExcess bounds how much of what an account may do is told; a few lines are enough to see that it is too much.
const maxExcess = 5

func several(found []string) string {
	text := strings.Join(found[:min(len(found), maxExcess)], "; ")
	if more := len(found) - maxExcess; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// need is what the mapping reads.
type need struct {
	schema string              // the database, where rights name it
	reads  map[string][]string // columns by table
	whole  map[string]bool     // tables of which every column is read
}

// need looks at the tables that are read.
func (s *site) need(ctx context.Context, reads map[string][]string) (need, error) {
	n := need{schema: s.db.Schema(), reads: reads, whole: map[string]bool{}}
	for _, table := range slices.Sorted(maps.Keys(reads)) {
		columns, err := s.db.Columns(ctx, table)
		if err != nil {
			return n, err
		}
		n.whole[table] = len(columns) <= len(reads[table])
	}
	return n, nil
}

// table is the table that is read by a name, in whatever letter case a server keeps it; empty if there is none.
func (n need) table(name string) string {
	if _, ok := n.reads[name]; ok {
		return name
	}
	for table := range n.reads {
		if strings.EqualFold(table, name) {
			return table
		}
	}
	return ""
}

// tooWide is of what a right to SELECT speaks that goes beyond the mapping: no columns stand for all; empty if it does not.
func (n need) tooWide(table string, columns []string) string {
	read := n.table(table)
	if read == "" {
		return table
	}
	if len(columns) == 0 {
		if n.whole[read] {
			return ""
		}
		return "every column of " + read
	}
	var more []string
	for _, c := range columns {
		if !slices.ContainsFunc(n.reads[read], func(r string) bool { return strings.EqualFold(r, c) }) {
			more = append(more, read+"."+c)
		}
	}
	return strings.Join(more, ", ")
}

// excess lists what SHOW GRANTS names beyond that, as "INSERT, UPDATE on users". What everybody may do is left out, since no account
// is without it: a fresh MariaDB or MySQL lets everybody write to the databases test and test_%.
func (n need) excess(grants []string) (found []string) {
	for _, line := range grants {
		g, ok := parseGrant(line)
		if !ok || g.grantee == "PUBLIC" || (g.schema == "test" || g.schema == `test\_%`) && g.schema != n.schema {
			continue
		}
		own := strings.ReplaceAll(g.schema, `\_`, "_") == n.schema
		place := g.schema
		switch {
		case g.schema == "*":
			place = "every database"
		case own && g.table != "*" && g.table != "":
			place = g.table
		}
		var names []string
		wide := ""
		for _, p := range g.privileges {
			switch {
			case p.name == "USAGE" || p.name == "":
			case p.name == "SELECT" && own && g.table != "*":
				wide = n.tooWide(g.table, p.columns)
			default:
				names = append(names, p.name)
			}
		}
		if g.option {
			names = append(names, "GRANT OPTION")
		}
		if len(names) > 0 {
			found = append(found, strings.Join(names, ", ")+" on "+place)
		}
		if wide != "" {
			found = append(found, "SELECT on "+wide)
		}
	}
	return found
}

// excessOf is the same for PostgreSQL.
func (n need) excessOf(privileges []sitedb.Privilege) (found []string) {
	var places []string
	names := map[string][]string{}
	for _, p := range privileges {
		place := p.Table
		switch {
		case p.Table == "":
			found = append(found, p.Name)
			continue
		case p.Name == "SELECT" && p.Column == "":
			place = n.tooWide(p.Table, nil)
		case p.Name == "SELECT":
			place = n.tooWide(p.Table, []string{p.Column})
		case p.Column != "":
			place += "." + p.Column
		}
		if place == "" {
			continue
		}
		if names[place] == nil {
			places = append(places, place)
		}
		names[place] = append(names[place], p.Name)
	}
	for _, place := range places {
		found = append(found, strings.Join(names[place], ", ")+" on "+place)
	}
	return found
}
