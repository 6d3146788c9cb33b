package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// database checks connection, mapping, index, clock and rights; false if users cannot be read.
func (r *report) database(ctx context.Context, s *site) bool {
	faults, err := s.directory.Bind(ctx)
	switch {
	case errors.Is(err, userinfo.ErrMapping) && len(faults) > 0:
		for _, f := range faults {
			r.fail(setting.Prefix+f.Var, f.Problem, f.Remedy)
		}
		return false
	case err != nil:
		r.fail("database", err.Error(), s.remedy(err))
		return false
	}
	r.ok("database", "connected, %s", s.db.Flavour())
	facts, err := s.directory.Facts(ctx)
	if err != nil {
		r.fail("mapping", err.Error(), s.remedy(err))
		return false
	}
	r.ok("mapping", "table %s, key %s (%s), %d columns read", s.cfg.Mapping.Table(), s.cfg.Mapping.Key(), facts.Kind, len(facts.Columns))
	if !facts.KeyIndexed {
		r.warn("CHATPASS_USERS_ID", "names a column that no index begins with: every look-up reads the whole table", "map the primary key, or add an index")
	}
	if !facts.KeyUnique {
		r.warn("CHATPASS_USERS_ID", "is a column in which two rows may have the same id (or a view, which cannot tell): users whose id two rows have are left out",
			"map the primary key, or a column with a unique index")
	}
	for _, name := range s.cfg.Mapping.Constants() {
		r.warn(setting.Prefix+name, "names no column, so that it is the same for everybody", "put a column into it: https://example.com/members/{id}")
	}
	if len(facts.Searches) > 0 {
		r.ok("search", "looks in %s", strings.Join(facts.Searches, ", "))
	}
	r.clock(ctx, s)
	r.rights(ctx, s)
	return true
}

// remedy says what to do about a database that does not answer, "" if nobody knows.
func (s *site) remedy(err error) string {
	var e *sitedb.Error
	if !errors.As(err, &e) {
		if errors.Is(err, userinfo.ErrUnavailable) {
			return "see the load of the database, or raise CHATPASS_QUERY_TIMEOUT, now " + s.cfg.QueryTimeout.String()
		}
		return ""
	}
	switch e.Class() {
	case sitedb.ClassConnect:
		return "start the database, or correct host, port, TLS option or path in CHATPASS_DATABASE_URL"
	case sitedb.ClassDenied:
		return "correct user name, password and database in CHATPASS_DATABASE_URL, or let an administrator give the account its right: GRANT SELECT ON " + s.cfg.Mapping.Table()
	case sitedb.ClassTimeout:
		return "see the load of the database and of the network to it, or raise CHATPASS_QUERY_TIMEOUT, now " + s.cfg.QueryTimeout.String() +
			"; with tls=true the server must offer TLS"
	case sitedb.ClassLimit:
		return "see what locks the table or slows it down, such as a key without an index, or raise CHATPASS_QUERY_TIMEOUT, now " + s.cfg.QueryTimeout.String()
	case sitedb.ClassMapping:
		return "correct the names in CHATPASS_USERS_*"
	default:
		return "look the error up in the log of the database"
	}
}

// clockTolerance is the leeway of those who check our tokens.
const clockTolerance = 30 * time.Second

func (r *report) clock(ctx context.Context, s *site) {
	theirs, err := s.db.ServerTime(ctx)
	if err != nil {
		r.warn("clock", "the database's clock cannot be read", "")
		return
	}
	if off := time.Since(theirs).Round(time.Second); off > clockTolerance || off < -clockTolerance {
		r.warn("clock", fmt.Sprintf("differs from the database's by %s: tokens may be refused as expired or not yet valid", off), "set both clocks by NTP")
		return
	}
	r.ok("clock", "agrees with the database's")
}

// rights warns of an account that may do more than read.
func (r *report) rights(ctx context.Context, s *site) {
	grants, err := s.db.Grants(ctx)
	if err != nil || len(grants) == 0 {
		return
	}
	if found := excess(grants, s.db.Schema()); len(found) > 0 {
		r.warn("rights", "the database account may do more than SELECT: "+strings.Join(found, "; "), "give Chatpass an account of its own that may only SELECT the mapped columns")
		return
	}
	r.ok("rights", "the database account may only read")
}

// maxExcess bounds how much of what an account may do is told; one line is enough to see that it is too much.
const maxExcess = 5

// excess lists what SHOW GRANTS names beyond reading, as "INSERT, UPDATE on site". What everybody may do is left out, since no
// account is without it: a fresh MariaDB or MySQL lets everybody write to the databases test and test_%.
func excess(grants []string, schema string) (found []string) {
	for _, grant := range grants {
		rest, isGrant := strings.CutPrefix(grant, "GRANT ")
		privileges, rest, onObject := cutUnquoted(rest, " ON ")
		object, grantee, ok := cutUnquoted(rest, " TO ")
		if !isGrant || !onObject || !ok || grantee == "PUBLIC" {
			continue // a role, whose rights have lines of their own
		}
		on := schemaOf(object)
		if (on == "test" || on == `test\_%`) && on != schema {
			continue
		}
		more := excessive(privileges)
		if strings.HasSuffix(grantee, " WITH GRANT OPTION") {
			more = append(more, "GRANT OPTION")
		}
		if len(more) == 0 {
			continue
		}
		if on == "*" {
			on = "every database"
		}
		if found = append(found, strings.Join(more, ", ")+" on "+on); len(found) == maxExcess {
			break
		}
	}
	return found
}

// cutUnquoted is strings.Cut outside of names in backquotes.
func cutUnquoted(s, sep string) (before, after string, found bool) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '`':
			quoted = !quoted
		case !quoted && strings.HasPrefix(s[i:], sep):
			return s[:i], s[i+len(sep):], true
		}
	}
	return s, "", false
}

// schemaOf is the database an object of a GRANT is in: "site" of `site`.* or PROCEDURE `site`.`p`, "*" for all of them.
func schemaOf(object string) string {
	for _, kind := range []string{"TABLE ", "PROCEDURE ", "FUNCTION ", "PACKAGE BODY ", "PACKAGE "} {
		object = strings.TrimPrefix(object, kind)
	}
	name, _, _ := cutUnquoted(object, ".")
	if len(name) >= 2 && name[0] == '`' {
		name = strings.ReplaceAll(name[1:len(name)-1], "``", "`")
	}
	return name
}

// excessive lists the privileges that are neither USAGE nor SELECT, with or without columns.
func excessive(privileges string) (more []string) {
	depth := 0
	plain := strings.Map(func(c rune) rune {
		switch {
		case c == '(':
			depth++
			return -1
		case c == ')':
			depth--
			return -1
		case depth > 0:
			return -1
		}
		return c
	}, privileges)
	for p := range strings.SplitSeq(plain, ",") {
		switch p = strings.ToUpper(strings.TrimSpace(p)); p {
		case "SELECT", "USAGE", "":
		default:
			more = append(more, p)
		}
	}
	return more
}
