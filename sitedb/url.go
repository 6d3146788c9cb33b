package sitedb

import (
	"time"

	"github.com/chatpass/chatpass/internal/dburl"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
)

// Var is the variable, without prefix, that faults of an address name.
const Var = "DATABASE_URL"

// CheckURL returns what is wrong with the address of the site's database, which is only read; nothing is connected to. [dburl.Parse]
// tells what is accepted.
func CheckURL(u secret.Secret) []setting.Fault {
	_, faults := parse(u)
	return faults
}

func parse(u secret.Secret) (dburl.Target, []setting.Fault) {
	return dburl.Parse(u, dburl.Options{Var: Var, ReadOnly: true})
}

// dialectOf returns how the database of an address is spoken to.
func dialectOf(t dburl.Target, timeout time.Duration) (dialect, error) {
	switch {
	case t.MySQL != nil:
		return newMySQL(t.MySQL, t.MariaDB, timeout)
	case t.Postgres != nil:
		return newPostgres(t.Postgres, timeout), nil
	default:
		return newSQLite(t.SQLite, timeout), nil
	}
}
