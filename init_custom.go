package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/chatpass/chatpass/detect"
	"github.com/chatpass/chatpass/internal/setting"
)

// maxRounds bounds how often the wizard asks again; whoever needs more is better served by an editor.
const maxRounds = 20

// custom guesses where the users of a site of its own are, asks for what was guessed, and shows what comes of it.
func (i *initiation) custom(ctx context.Context, p *plan) error {
	if i.db == nil {
		i.say("nothing is recognised: name the site's folder with --site-root or its database with --database-url")
		return nil
	}
	guesses := detect.Guesses(i.detectable())
	if i.asker == nil {
		return i.guessed(ctx, p, guesses)
	}
	if err := i.askTable(ctx, p, guesses); err != nil {
		return err
	}
	for range maxRounds {
		if err := i.askColumns(ctx, p); err != nil {
			return err
		}
		faults, err := i.try(ctx, p)
		if err != nil {
			return err
		}
		if len(faults) > 0 {
			i.say("this does not fit yet:")
			for _, f := range faults {
				i.c.say("  %s", printable(f.String()))
			}
			continue
		}
		if p.confirmed, err = i.asker.confirm(ctx, "Are these the site's users?"); err != nil || p.confirmed {
			return err
		}
	}
	return nil
}

// guessed takes the best guess as it is.
func (i *initiation) guessed(ctx context.Context, p *plan, guesses []detect.Guess) error {
	if len(guesses) == 0 {
		i.say("nothing is recognised, and no table looks like one of users")
		return nil
	}
	if i.o.choose > len(guesses) {
		return noSuchChoice(i.o.choose, len(guesses))
	}
	i.say("no platform is recognised; these tables look like one of users, the likeliest first (--choose takes another):")
	names := make([]string, len(guesses))
	for n, g := range guesses {
		names[n] = g.Table
	}
	i.list(names)
	p.guess = guesses[max(i.o.choose, 1)-1]
	for _, reason := range p.guess.Reasons {
		i.c.say("  %s: %s", p.guess.Table, printable(reason))
	}
	faults, err := i.try(ctx, p)
	for _, f := range faults {
		i.say("%s", printable(f.String()))
	}
	return err
}

// askTable asks which table holds the users.
func (i *initiation) askTable(ctx context.Context, p *plan, guesses []detect.Guess) error {
	i.say("no platform is recognised. Which table holds the users, and which columns mean what?")
	const other = "another one"
	names := make([]string, 0, len(guesses)+1)
	for _, g := range guesses {
		names = append(names, g.Table)
	}
	if len(guesses) > 0 {
		n, err := i.asker.choose(ctx, "Table of the users", append(names, other))
		if err != nil {
			return err
		}
		if n < len(guesses) {
			p.guess = guesses[n]
			return nil
		}
	}
	table, err := i.asker.text(ctx, "Name of the table of users", "", func(text string) error {
		if !i.has(strings.TrimSpace(text)) {
			return fmt.Errorf("there is no table %q", setting.Clip(strings.TrimSpace(text)))
		}
		return nil
	})
	p.guess = detect.Guess{Table: strings.TrimSpace(table)}
	return err
}

// askColumns asks for every column, with what is known as the answer that is given by pressing enter.
func (i *initiation) askColumns(ctx context.Context, p *plan) error {
	g := &p.guess
	for _, q := range []struct {
		title string
		value *string
		need  bool
	}{
		{"Column of the user's id", &g.ID, true},
		{"Column of the name others see ({first} {last} and nick ?? login work too)", &g.Name, true},
		{"Column of the picture, or an address such as https://example.com/avatars/{avatar}", &g.Avatar, false},
		{"Address of the user's page, such as https://example.com/members/{id}", &g.ProfileURL, false},
		{"Column of the e-mail address (never shown)", &g.Email, false},
		{"Column of the last log-in", &g.LastLogin, false},
		{"Which rows are users, such as: status = 1; deleted_at is null", &g.Where, false},
	} {
		title := q.title
		if !q.need {
			title += "; - for none"
		}
		text, err := i.asker.text(ctx, title, *q.value, func(text string) error {
			if text = strings.TrimSpace(text); q.need && (text == "" || text == "-") {
				return errNeeded
			}
			return nil
		})
		if err != nil {
			return err
		}
		if *q.value = strings.TrimSpace(text); *q.value == "-" {
			*q.value = ""
		}
	}
	return nil
}
