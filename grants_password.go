package main

import (
	"context"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// unread sorts what would tell of new passwords and cannot be read: known is there, so that only the right is missing; maybe is what the present account cannot see, since it has
// rights on some columns alone; gone is not there, though it must be.
func (s *site) unread(ctx context.Context, facts userinfo.Facts) (known, maybe, gone []userinfo.Unread) {
	flavour := s.db.Flavour()
	hides := flavour == "mysql" || flavour == "mariadb"
	var grants []string
	if hides && len(facts.Unread) > 0 {
		grants, _ = s.db.Grants(ctx) // without them it may be either
	}
	for _, u := range facts.Unread {
		switch {
		case u.Seen:
			known = append(known, u)
		case hides && !seesAll(grants, s.db.Schema(), u.Table):
			maybe = append(maybe, u)
		case u.Required:
			gone = append(gone, u)
		}
	}
	return known, maybe, gone
}

// seesAll reports whether an account that SHOW GRANTS tells of sees every column of a table: it has a right on the table as a whole, or on more.
func seesAll(grants []string, schema, table string) bool {
	return slices.ContainsFunc(grants, func(line string) bool {
		g, ok := parseGrant(line)
		own := strings.ReplaceAll(g.schema, `\_`, "_") == schema || strings.ContainsAny(g.schema, "*%")
		if !ok || !own || g.table != "*" && !strings.EqualFold(g.table, table) {
			return false
		}
		return slices.ContainsFunc(g.privileges, func(p privilege) bool {
			return p.name != "" && p.name != "USAGE" && p.name != "PROXY" && len(p.columns) == 0
		})
	})
}

// withUnread adds columns that are there to those that are read.
func withUnread(reads map[string][]string, list []userinfo.Unread) map[string][]string {
	all := make(map[string][]string, len(reads))
	for table, columns := range reads {
		all[table] = slices.Clone(columns)
	}
	for _, u := range list {
		if !slices.Contains(all[u.Table], u.Column) {
			all[u.Table] = append(all[u.Table], u.Column)
		}
	}
	return all
}

// unseen are statements of their own for columns that nobody knows to be there: one that fails leaves the others as they are.
func (s *site) unseen(ctx context.Context, to sitedb.Account, list []userinfo.Unread) (statements []string, err error) {
	for _, u := range list {
		all, err := s.db.GrantStatements(ctx, to, map[string][]string{u.Table: {u.Column}})
		if err != nil {
			return nil, err
		}
		for _, statement := range all {
			if strings.HasPrefix(statement, "GRANT SELECT ") && !slices.Contains(statements, statement) {
				statements = append(statements, statement)
			}
		}
	}
	return statements, nil
}

// unseenNames are the columns as they are told.
func unseenNames(list []userinfo.Unread) string {
	var names []string
	for _, u := range list {
		if name := u.Table + "." + u.Column; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
