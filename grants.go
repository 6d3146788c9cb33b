package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

const grantsHelp = `
Prints what an administrator of the site's database runs to make an account that may read the columns this mapping needs, and
nothing else. The columns are those of the tables as they are now, so the database must answer: which columns a preset may do
without, only the tables know. Put a password of your own in the place of ` + sitedb.PasswordPlaceholder + `, and run it again after an update of the site or of
the mapping. SQLite has no accounts: there the right is that of the file.
Exit code 0, 1 if the database does not answer, 78 if the settings or the mapping are refused.`

func grantsFlags(f *flag.FlagSet) func(*call) int {
	account := f.String("account", "chatpass", "name of the account to make")
	host := f.String("host", "", "MySQL and MariaDB: where it may come from, such as 10.0.0.%; as the present account if not set")
	return func(c *call) int { return grantsCommand(c, sitedb.Account{Name: *account, Host: *host}) }
}

func grantsCommand(c *call, to sitedb.Account) int {
	return withSite(c, "grants", outfit{}, func(ctx context.Context, s *site) int {
		facts, err := s.directory.Facts(ctx)
		if err != nil {
			c.say("chatpass grants: %v", err)
			return exitFailed
		}
		reads, lacks, err := s.reads(ctx, facts)
		if err != nil {
			c.say("chatpass grants: %v", err)
			return exitFailed
		}
		for _, lack := range lacks {
			c.say("chatpass grants: a session cannot be read with this account: %v", lack)
			if lack.Table != "" {
				c.say("The rights on %s are printed as the settings name its columns, which this account cannot see; run it with an administrator's address to be sure.", lack.Table)
			}
		}
		statements, err := s.db.GrantStatements(ctx, to, named(reads, lacks))
		if len(lacks) > 0 && errors.Is(err, userinfo.ErrMapping) { // PostgreSQL shows tables to everybody: there is none of the name
			statements, err = s.db.GrantStatements(ctx, to, reads)
		}
		if err != nil {
			c.say("chatpass grants: %v", err)
			return exitFailed
		}
		for _, statement := range statements {
			end := ";"
			if strings.HasPrefix(statement, "--") {
				end = ""
			}
			_, _ = fmt.Fprintf(c.stdout, "%s%s\n", statement, end)
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

// instead is what takes the rights from an account that is there already, where one statement does.
func instead(create string) string {
	rest, is := strings.CutPrefix(create, "CREATE USER ")
	who, _, _ := strings.Cut(rest, " IDENTIFIED BY ")
	if !is {
		return ""
	}
	return "REVOKE ALL PRIVILEGES, GRANT OPTION FROM " + who + ";"
}
