package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

const grantsHelp = `
Prints what an administrator of the site's database runs to make an account that may read the columns this mapping needs, and
nothing else. The columns are those of the tables as they are now, so the database must answer: which columns a preset may do
without, only the tables know. The account may be the narrow one that is in use: what it cannot see of passwords is printed as the
mapping names it. Put a password of your own in the place of ` + sitedb.PasswordPlaceholder + `, and run it again after an update of the site or of
the mapping. SQLite has no accounts: there the right is that of the file.
Exit code 0, 1 if the database does not answer, 78 if the settings or the mapping are refused.`

func grantsFlags(f *flag.FlagSet) func(*call) int {
	account := f.String("account", "chatpass", "name of the account to make")
	host := f.String("host", "", "MySQL and MariaDB: where it may come from, such as 10.0.0.%; as the present account if not set")
	return func(c *call) int { return grantsCommand(c, sitedb.Account{Name: *account, Host: *host}) }
}

func grantsCommand(c *call, to sitedb.Account) int {
	o := outfit{alone: true}
	return withSite(c, "grants", o, func(ctx context.Context, s *site) int {
		facts, faults, err := s.directory.Lenient(ctx)
		known, maybe, gone := s.unread(ctx, facts)
		switch {
		case errors.Is(err, userinfo.ErrMapping) && len(faults) > 0:
			c.refuse(faults)
			c.say("%s", asAdministrator)
			return exitRefused
		case err != nil:
			return c.ungranted(s, err)
		case len(gone) > 0:
			if faults, err = s.directory.Bind(ctx); len(faults) > 0 {
				c.refuse(faults)
				return exitRefused
			}
			return c.ungranted(s, err)
		}
		facts.Reads = withUnread(facts.Reads, known)
		statements, err := c.statements(ctx, s, to, facts)
		if err != nil {
			return c.ungranted(s, err)
		}
		more, err := s.unseen(ctx, to, maybe)
		if err != nil {
			return c.ungranted(s, err)
		}
		for _, statement := range append(slices.Clone(statements), more...) {
			end := ";"
			if strings.HasPrefix(statement, "--") {
				end = ""
			}
			_, _ = fmt.Fprintf(c.stdout, "%s%s\n", statement, end)
		}
		if len(more) > 0 {
			c.say("The account in CHATPASS_DATABASE_URL cannot see %s, which would tell of new passwords: the last lines are as the mapping names them. One that fails names no column of that table.", unseenNames(maybe))
		}
		if len(statements) > 1 {
			c.say("Put a new password in the place of %s before an administrator of the database runs this, and the account into CHATPASS_DATABASE_URL after.", sitedb.PasswordPlaceholder)
		}
		if revoke := instead(statements[0]); revoke != "" {
			c.say("If there is such an account already, run this instead of the first line: %s", revoke)
		}
		return exitOK
	})
}

// asAdministrator is for accounts that do not see what they are to get rights on.
const asAdministrator = "With an account that is not there yet, or may not read the tables, give this one command an administrator's address: CHATPASS_DATABASE_URL=... chatpass grants"

// ungranted tells why there are no statements.
func (c *call) ungranted(s *site, err error) int {
	message := err.Error()
	if remedy := s.remedy(err); remedy != "" {
		message += "; " + remedy
	}
	c.say("chatpass grants: %s", message)
	var e *sitedb.Error
	if errors.As(err, &e) && (e.Class() == sitedb.ClassDenied || e.Class() == sitedb.ClassMapping) {
		c.say("%s", asAdministrator)
	}
	return exitFailed
}

// statements are those for what is known to be there, and for sessions as they are named.
func (c *call) statements(ctx context.Context, s *site, to sitedb.Account, facts userinfo.Facts) ([]string, error) {
	reads, lacks, err := s.reads(ctx, facts)
	if err != nil {
		return nil, err
	}
	for _, lack := range lacks {
		c.say("chatpass grants: a session cannot be read with this account: %v", lack)
		if lack.Table != "" {
			c.say("The rights on %s are printed as the settings name its columns, which this account cannot see; run it with an administrator's address to be sure.", lack.Table)
		}
	}
	statements, err := s.db.GrantStatements(ctx, to, named(reads, lacks))
	if len(lacks) > 0 && errors.Is(err, userinfo.ErrMapping) { // PostgreSQL shows tables to everybody: there is none of the name
		return s.db.GrantStatements(ctx, to, reads)
	}
	return statements, err
}

// instead is what takes the rights from an account that is there already, where one statement does.
func instead(create string) string {
	rest, is := strings.CutPrefix(create, "CREATE USER ")
	who, _, _ := strings.Cut(rest, " IDENTIFIED BY ")
	if !is {
		return ""
	}
	return "REVOKE ALL PRIVILEGES, GRANT OPTION FROM " + who + ";"
}
