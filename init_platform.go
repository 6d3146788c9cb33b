package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/chatpass/chatpass/detect"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/userinfo"
)

// platform decides what the site runs on. What its folder says is stronger than what its tables look like.
func (i *initiation) platform() (*plan, error) {
	matches := i.matches()
	if i.o.preset == custom {
		return &plan{database: i.database}, nil
	}
	if len(i.places) > 0 {
		p, err := i.placed(matches)
		if p != nil || err != nil {
			return p, err
		}
	} else if len(matches) > 0 {
		m, err := i.chosen(matches)
		if err != nil {
			return nil, err
		}
		return i.planOf(m, nil), nil
	} else if i.o.preset != "" {
		return i.unproven(), nil
	}
	return &plan{database: i.database}, nil
}

// unproven is the platform that was asked for, of whose tables nothing is seen.
func (i *initiation) unproven() *plan {
	file, _ := preset.Open(i.o.preset) // options has looked at the name
	p := &plan{file: file, database: i.database, reasons: []string{"named by --preset"}}
	if i.o.prefix != "" {
		p.prefix, p.hasPrefix = strings.TrimPrefix(i.o.prefix, userinfo.NoPrefix), true
	}
	if i.db != nil {
		i.say("the tables of %s are not found where they are expected", file.Title)
	}
	return p
}

// placed decides where the folder is known: the tables tell which of several platforms that share a configuration it is, and the
// prefix where the configuration does not. No plan and no error: the folder is that of a framework, and the tables are of the site's own making.
func (i *initiation) placed(matches []detect.Match) (*plan, error) {
	var fitting []detect.Match
	for _, m := range matches {
		if i.placeOf(m) != nil {
			fitting = append(fitting, m)
		}
	}
	if len(fitting) > 0 {
		m, err := i.chosen(fitting)
		if err != nil {
			return nil, err
		}
		return i.planOf(m, i.placeOf(m)), nil
	}
	first := &i.places[0]
	if len(i.tables) > 0 {
		switch {
		case len(matches) > 0:
			i.say("the folder is that of %s, but the tables in the database look like %s (%s); the folder counts. Give --preset or --table-prefix if it is wrong",
				first.file.Title, title(matches[0].Preset), matches[0].UsersTable)
		case first.file.Family == "framework" && i.o.preset == "":
			i.say("the folder is that of %s, whose usual users table is not in the database", first.file.Title)
			return nil, nil //nolint:nilnil // said above: nothing is recognised
		}
	}
	if i.o.choose > 1 {
		return nil, noSuchChoice(i.o.choose, 1)
	}
	p := i.planOf(detect.Match{Preset: first.file.Name, Prefix: first.prefix()}, first)
	if i.o.prefix != "" {
		p.prefix = strings.TrimPrefix(i.o.prefix, userinfo.NoPrefix)
	}
	return p, nil
}

// placeOf is the place whose platform and prefix a match has; nil if there is none. A prefix that was asked for wins over the place's.
func (i *initiation) placeOf(m detect.Match) *place {
	for n := range i.places {
		p := &i.places[n]
		if p.file.Name == m.Preset && (i.o.prefix != "" || !p.found.HasPrefix || strings.EqualFold(p.found.Prefix, m.Prefix)) {
			return p
		}
	}
	return nil
}

// prefix is what stands before the names of tables where nobody says anything else.
func (p *place) prefix() string {
	if p.found.HasPrefix {
		return p.found.Prefix
	}
	return p.file.Users.Vars["p"]
}

// planOf is the plan for a platform that was found by its tables, its folder, or both.
func (i *initiation) planOf(m detect.Match, at *place) *plan {
	file, _ := preset.Open(m.Preset) // it is one of preset.All
	p := &plan{file: file, prefix: m.Prefix, hasPrefix: true, database: i.database}
	if at != nil {
		p.root, p.site = i.root, at.found
		p.reasons = append(p.reasons, filepath.Base(at.found.File)+" in its folder")
		if at.found.HasPrefix && strings.EqualFold(at.found.Prefix, m.Prefix) {
			p.prefix = at.found.Prefix
		}
		for _, note := range at.found.Notes {
			i.say("note: %s", printable(note))
		}
		if i.given.IsZero() && at.found.Database != "" {
			p.fromSite = true
		}
		p.look()
		p.within(i.path())
	}
	if m.UsersTable != "" {
		p.reasons = append(p.reasons, "the table "+m.UsersTable)
	}
	i.say("%s, recognised by %s", file.Title, printable(strings.Join(p.reasons, " and ")))
	return p
}

// chosen is the match to take: the only one, that of --choose, what the owner chooses on a terminal, or the likeliest.
func (i *initiation) chosen(matches []detect.Match) (detect.Match, error) {
	names := make([]string, len(matches))
	for n, m := range matches {
		names[n] = i.describe(m)
	}
	switch {
	case i.o.choose > len(matches):
		i.list(names)
		return detect.Match{}, noSuchChoice(i.o.choose, len(matches))
	case i.o.choose > 0:
		return matches[i.o.choose-1], nil
	case len(matches) == 1:
		return matches[0], nil
	case i.asker == nil:
		i.say("several installs are in this database; the first is taken, --choose takes another:")
		i.list(names)
		return matches[0], nil
	}
	n, err := i.asker.choose(i.c.ctx, "Several installs are in this database. Which one is the site's?", names)
	if err != nil {
		return detect.Match{}, err
	}
	return matches[n], nil
}

func (i *initiation) list(names []string) {
	for n, name := range names {
		i.c.say("  %d. %s", n+1, printable(name))
	}
}

// describe is a match in one line.
func (i *initiation) describe(m detect.Match) string {
	text := fmt.Sprintf("%s, users in the table %s", title(m.Preset), m.UsersTable)
	if n := i.rows(m.UsersTable); n >= 0 {
		text += ", about " + strconv.FormatInt(n, 10) + " rows"
	}
	return text
}

// title is what people call the platform of a preset.
func title(name string) string {
	for _, f := range preset.All() {
		if f.Name == name {
			return f.Title
		}
	}
	return name
}

func noSuchChoice(n, of int) error {
	text := fmt.Sprintf("--choose %d: there are %d to choose from", n, of)
	if of == 1 {
		text = fmt.Sprintf("--choose %d: there is only one", n)
	}
	return &halt{exitUsage, text, "leave it out"}
}

// has reports whether the database has a table with these columns.
func (i *initiation) has(table string, columns ...string) bool {
	for _, t := range i.tables {
		if t.Name != table {
			continue
		}
		return !slices.ContainsFunc(columns, func(name string) bool {
			return !slices.ContainsFunc(t.Columns, func(c userinfo.Column) bool { return c.Name == name })
		})
	}
	return false
}
