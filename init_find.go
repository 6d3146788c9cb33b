package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/detect"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/sitefile"
	"github.com/chatpass/chatpass/userinfo"
)

// place is a platform whose configuration file is in the folder.
type place struct {
	file  *preset.File
	found *sitefile.Found
}

// custom is the word for a site whose platform nobody knows.
const custom = "custom"

var prefixPattern = regexp.MustCompile(`^[A-Za-z0-9_$]{1,48}$`)

func validPrefix(prefix string) bool {
	return prefix == "" || prefix == userinfo.NoPrefix || prefixPattern.MatchString(prefix)
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// folder looks for the configuration of a platform in the site's folder.
func (i *initiation) folder() error {
	if i.o.root == "" {
		if i.given.IsZero() {
			return i.impliedFolder()
		}
		return nil
	}
	root, err := filepath.Abs(i.under(i.o.root))
	if err != nil {
		return err
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		why := "it is not a folder"
		if err != nil {
			why = withoutPath(err)
		}
		return &halt{exitFailed, "the site's folder " + root + " cannot be used: " + why, "name the folder of the site, where its configuration file is"}
	}
	i.root = root
	places, notes, unreadable := lookAround(root)
	if len(places) == 0 && unreadable != nil {
		return unreadable
	}
	i.places = i.wanted(places)
	switch {
	case len(i.places) > 0:
		return i.settle()
	case len(places) > 0 && i.given.IsZero():
		return &halt{
			exitFailed, "the folder " + root + " is that of " + places[0].file.Title + " and not of " + title(i.o.preset),
			"leave out --preset, name another folder, or give the address of the database with --database-url",
		}
	default:
		i.say("no platform is recognised in %s", printable(root))
		for _, note := range notes {
			i.say("note: %s", printable(note))
		}
	}
	return nil
}

// under is a path relative to the folder the program runs in.
func (i *initiation) under(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(i.c.dir, path)
}

// impliedFolder looks at the folder the program runs in and the one above it.
func (i *initiation) impliedFolder() error {
	here, err := filepath.Abs(i.c.dir)
	if err != nil {
		return nil //nolint:nilerr // then there is no folder to look at
	}
	for _, root := range slices.Compact([]string{here, filepath.Dir(here)}) {
		places, _, unreadable := lookAround(root)
		if unreadable != nil {
			i.say("%s", printable(unreadable.Error()))
		}
		if i.places = i.wanted(places); len(i.places) > 0 {
			i.root, i.implied = root, true
			return i.settle()
		}
	}
	return nil
}

// wanted are the places of the platform that was asked for, all if none was. A site that is to be described anew keeps them, since its
// configuration still tells the database.
func (i *initiation) wanted(places []place) []place {
	if i.o.preset == "" || i.o.preset == custom {
		return places
	}
	return slices.DeleteFunc(slices.Clone(places), func(p place) bool { return p.file.Name != i.o.preset })
}

// lookAround tries every preset on a folder. The places with more marks come first: what is built upon another platform has its marks
// and more of its own. A configuration without the database counts only where there is none with it. The error tells of a configuration that
// is there and cannot be read, the notes of one whose platform lacks a mark.
func lookAround(root string) (places []place, notes []string, unreadable error) {
	var without []place
	for _, file := range preset.All() {
		if file.Site == nil {
			continue
		}
		found, err := sitefile.Look(root, *file.Site)
		var none *sitefile.NoDatabaseError
		var unmarked *sitefile.MissingMarkError
		switch {
		case errors.As(err, &none):
			without = append(without, place{file, none.Found})
		case errors.As(err, &unmarked):
			notes = append(notes, filepath.Base(unmarked.File)+" is there as "+file.Title+" has it, but "+unmarked.Mark+" is missing")
		case err == nil:
			places = append(places, place{file, found})
		case !errors.Is(err, sitefile.ErrNotThere) && unreadable == nil:
			unreadable = &halt{
				exitFailed, fmt.Sprintf("%s looks like %s, but its configuration cannot be read: %s", root, file.Title, withoutPath(err)),
				"let this process read " + strings.Join(file.Site.Files, " or ") + ", or give the address of the database with --database-url and no --site-root",
			}
		}
	}
	if len(places) == 0 && unreadable == nil {
		places = without
	}
	slices.SortStableFunc(places, func(a, b place) int { return len(b.file.Site.Marks) - len(a.file.Site.Marks) })
	return places, notes, unreadable
}

// withoutPath is an error without the path of the file, which has been told.
func withoutPath(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// survey reads the names of all tables and columns of the site's database.
func (i *initiation) survey(ctx context.Context) error {
	i.database = i.given
	var notes []string
	for _, p := range i.places {
		if i.database.IsZero() && p.found.Database != "" {
			i.database = secret.New(p.found.Database)
		}
		notes = append(notes, p.found.Notes...)
	}
	if i.database.IsZero() {
		if len(i.places) == 0 {
			return nil
		}
		p := i.places[0]
		for _, note := range slices.Compact(notes) {
			i.say("note: %s: %s", filepath.Base(p.found.File), printable(note))
		}
		return &halt{
			exitFailed, filepath.Base(p.found.File) + " of " + p.file.Title + " does not tell where its database is",
			"give its address with --database-url or " + setting.Prefix + "DATABASE_URL, and " + setting.Prefix + "PRESET=" + p.file.Name,
		}
	}
	db, err := sitedb.Open(sitedb.Options{URL: i.database, MaxOpen: 2, QueryTimeout: surveyTimeout, Logger: discard()})
	if err != nil {
		return &halt{exitFailed, "the address of the database that the site's configuration gives cannot be used: " + err.Error(), "give its address with --database-url"}
	}
	i.db = db
	i.c.progress("reading the names of the tables")
	i.tables, err = db.Catalogue(ctx)
	i.c.progress("")
	switch {
	case errors.Is(err, sitedb.ErrTooManyTables) && (len(i.places) > 0 || i.o.preset != "" && i.o.preset != custom):
		i.say("note: %s; they are not looked through", printable(err.Error()))
	case errors.Is(err, sitedb.ErrTooManyTables):
		return &halt{exitFailed, "the database cannot be looked through: " + err.Error(), "name the platform with --preset, and --table-prefix if it is not the usual one"}
	case err != nil:
		return i.databaseFailed(err)
	}
	return nil
}

func (i *initiation) databaseFailed(err error) error {
	return &halt{exitFailed, fmt.Sprintf("the site's database cannot be read: %v", err), databaseRemedy(err)}
}

// databaseRemedy says what to do about a database that does not answer init.
func databaseRemedy(err error) string {
	const instead = "; or give another address with --database-url (nothing was written)"
	var e *sitedb.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.Class() {
	case sitedb.ClassConnect, sitedb.ClassTimeout:
		return "start the database, or see whether its host, port, socket or path can be reached from here" + instead
	case sitedb.ClassDenied:
		return "see whether user name, password and database are right and the account may come from this machine" + instead
	default:
		return "look the error up in the log of the database" + instead
	}
}

// matches are the platforms whose tables are there, likeliest first, as far as they are what was asked for.
func (i *initiation) matches() []detect.Match {
	var rules []detect.Rule
	for _, f := range preset.All() {
		if f.Detect != nil {
			rules = append(rules, detect.Rule{Name: f.Name, Detect: *f.Detect})
		}
	}
	if i.o.preset == custom {
		return nil
	}
	return slices.DeleteFunc(detect.Platforms(i.detectable(), rules), func(m detect.Match) bool {
		return i.o.preset != "" && m.Preset != i.o.preset || i.o.prefix != "" && !strings.EqualFold(m.Prefix, strings.TrimPrefix(i.o.prefix, userinfo.NoPrefix))
	})
}

// detectable are the tables as package detect takes them.
func (i *initiation) detectable() []detect.Table {
	tables := make([]detect.Table, len(i.tables))
	for n, t := range i.tables {
		columns := make([]detect.Column, len(t.Columns))
		for k, c := range t.Columns {
			columns[k] = detect.Column{Column: c, Charset: t.Charsets[c.Name]}
		}
		tables[n] = detect.Table{Name: t.Name, Columns: columns, Rows: t.Rows}
	}
	return tables
}

// rows is the database's estimate of how many rows a table has; -1 unknown.
func (i *initiation) rows(table string) int64 {
	for _, t := range i.tables {
		if t.Name == table {
			return t.Rows
		}
	}
	return -1
}
