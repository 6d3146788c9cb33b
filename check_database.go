package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
		r.told = faults
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
	s.hidden(ctx, &facts)
	r.mapping(s, facts)
	for _, name := range s.cfg.Mapping.Constants() {
		r.warn(setting.Prefix+name, "names no column, so that it is the same for everybody", "put a column into it: https://example.com/members/{id}")
	}
	if len(facts.Searches) > 0 {
		r.ok("search", "looks in %s", strings.Join(facts.Searches, ", "))
	}
	r.indexes(facts)
	r.charset(ctx, s, facts)
	r.passwords(s, facts)
	r.clock(ctx, s)
	reads, lacks, err := s.reads(ctx, facts)
	if err != nil {
		r.warn("sessions", err.Error(), "let the account read the tables of sessions: chatpass grants prints the SQL")
		reads = facts.Reads
	}
	r.sessions(ctx, s, lacks)
	r.rights(ctx, s, reads)
	return true
}

// mapping tells what is read; that every column exists and has a type that can be used, binding has found out.
func (r *report) mapping(s *site, facts userinfo.Facts) {
	columns := 0
	var others []string
	for _, table := range slices.Sorted(maps.Keys(facts.Reads)) {
		if columns += len(facts.Reads[table]); table != facts.Table {
			others = append(others, table)
		}
	}
	text := fmt.Sprintf("table %s, key %s (%s)", facts.Table, s.cfg.Mapping.Key(), facts.Kind)
	if len(others) > 0 {
		text += ", with " + strings.Join(others, ", ")
	}
	queries := "1 query"
	if facts.Queries > 1 {
		queries = fmt.Sprintf("%d queries", facts.Queries)
	}
	r.ok("mapping", "%s; %d columns read, %s however many users are asked for", text, columns, queries)
	file, known := known(s.cfg)
	if !facts.KeyUnique && (!known || file.Users.Key != s.cfg.Mapping.Key()) { // a preset's own key is proven by its conditions
		r.warn("CHATPASS_USERS_ID", "is a column in which two rows may have the same id (or a view, which cannot tell): users whose id two rows have are left out",
			"map the primary key, or a column with a unique index")
	}
}

// hidden finds the indexes that the database does not show to an account with rights on some columns only.
func (s *site) hidden(ctx context.Context, facts *userinfo.Facts) {
	used := func(table, column string) bool {
		is, err := s.db.UsesIndex(ctx, table, column)
		return err == nil && is // a view, whose plan may be nobody's to see, stays without
	}
	facts.KeyIndexed = facts.KeyIndexed || used(facts.Table, facts.Columns[0])
	for i, a := range facts.Asked {
		facts.Asked[i].Indexed = a.Indexed || used(a.Table, a.Column)
	}
}

// indexes warns of columns that are looked up without an index.
func (r *report) indexes(facts userinfo.Facts) {
	remedy := func(table, column string) string {
		return fmt.Sprintf("add one: CREATE INDEX chatpass_%s ON %s (%s)", column, table, column)
	}
	key := facts.Columns[0]
	if !facts.KeyIndexed {
		r.warn("CHATPASS_USERS_ID", "names a column that no index begins with: every look-up reads the whole table", "map the primary key, or "+remedy(facts.Table, key))
	}
	bare := 0
	for _, a := range facts.Asked {
		if !a.Indexed {
			bare++
			r.warn("index", fmt.Sprintf("table %s is asked by its column %s, which no index begins with: every look-up reads the whole table", a.Table, a.Column),
				remedy(a.Table, a.Column))
		}
	}
	if facts.KeyIndexed && bare == 0 {
		r.ok("index", "every column that users are looked up by has one")
	}
}

// sampled is how many rows of a table are looked at for texts of a wrong character set.
const sampled = 200

// charset warns of texts that are not what they seem: UTF-8 that was taken for latin1 when it was written.
func (r *report) charset(ctx context.Context, s *site, facts userinfo.Facts) {
	keys := map[string]string{facts.Table: facts.Columns[0]}
	if !facts.KeyIndexed {
		return // in order of a key without an index the sample would read the whole table
	}
	for _, a := range facts.Asked {
		if a.Indexed {
			keys[a.Table] = a.Column
		}
	}
	found := false
	for _, table := range slices.Sorted(maps.Keys(keys)) {
		texts := slices.DeleteFunc(slices.Clone(facts.Reads[table]), func(c string) bool {
			return userinfo.LooksSecret(c) || slices.Contains(facts.Password, table+"."+c) // nobody looks at what only a digest is read of
		})
		doubled, err := s.db.DoubleEncoded(ctx, table, texts, keys[table], sampled)
		if err != nil {
			r.warn("charset", "the texts of table "+table+" cannot be looked at: "+err.Error(), s.remedy(err))
			return
		}
		for _, d := range doubled {
			found = true
			remedy := "convert the column (to its binary type, from there to utf8mb4)"
			if d.Charset != "latin1" {
				remedy = fmt.Sprintf("UPDATE %[1]s SET %[2]s = CONVERT(CAST(CONVERT(%[2]s USING latin1) AS BINARY) USING utf8mb4) where it is so", table, d.Column)
			}
			r.warn("charset", fmt.Sprintf("column %s of %s (%s) holds UTF-8 that was written as if it were latin1: %d of %d texts seen look like JosÃ© instead of José",
				d.Column, table, d.Charset, d.Found, d.Of), remedy+", together with the site's own connection, which reads it back the same wrong way; try it on a copy first")
		}
	}
	if flavour := s.db.Flavour(); !found && (flavour == "mysql" || flavour == "mariadb") {
		r.ok("charset", "the texts seen are what they should be")
	}
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
	if why := e.Refusal(); why != "" {
		return s.refused(why)
	}
	switch e.Class() {
	case sitedb.ClassConnect:
		return "start the database, or correct host, port, TLS option or path in CHATPASS_DATABASE_URL"
	case sitedb.ClassDenied:
		return "let an administrator give the account its rights, as `chatpass grants` prints them"
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

// refused says what to do where the server does not let the account in.
func (s *site) refused(why sitedb.Refusal) string {
	address := s.cfg.DatabaseURL.Reveal()
	postgres := strings.HasPrefix(address, "postgres")
	at := "in " + s.addressAt()
	switch why {
	case sitedb.RefusedLogin:
		remedy := "correct user name and password " + at
		if strings.Contains(address, "://") {
			remedy += ", where special characters are written percent-encoded"
		}
		if !postgres {
			remedy += "; right ones are refused in the same words where the account is for another machine ('name'@'host') or has to come by TLS"
		}
		return remedy
	case sitedb.RefusedPlugin:
		return "let an administrator make an account with a password: `chatpass grants` prints one"
	case sitedb.RefusedDatabase:
		return "correct the name of the database " + at
	case sitedb.RefusedRight:
		return "correct the name of the database " + at + ", or let an administrator give the account its rights: run `chatpass grants` with an administrator's address"
	case sitedb.RefusedOrigin:
		return "correct the user name " + at + ", or let an administrator allow this account to log in from this machine"
	case sitedb.RefusedBlocked:
		return "let an administrator run FLUSH HOSTS (MySQL 8: TRUNCATE TABLE performance_schema.host_cache)"
	case sitedb.RefusedAccount:
		return "let an administrator unlock the account or renew its password"
	case sitedb.RefusedCrowd, sitedb.RefusedLimit:
		return "let an administrator raise the limit, or lower CHATPASS_DATABASE_MAX_OPEN, now " + strconv.Itoa(s.cfg.DatabaseMaxOpen)
	default:
		return ""
	}
}

// addressAt names where the address of the site's database stands.
func (s *site) addressAt() string {
	if s.cfg.DatabaseFile != "" {
		return s.cfg.DatabaseFile
	}
	return "CHATPASS_DATABASE_URL"
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
