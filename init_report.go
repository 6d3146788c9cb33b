package main

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// try reads a few users with the settings of p. The faults are what does not fit; a database that does not answer is an error.
func (i *initiation) try(ctx context.Context, p *plan) ([]setting.Fault, error) {
	cfg, faults, err := i.load(append(p.environ(), setting.Prefix+"QUERY_TIMEOUT=10s"), "check")
	if err != nil || len(faults) > 0 {
		return faults, err
	}
	i.c.progress("reading users")
	s, err := open(cfg, nil, discard(), outfit{})
	if err != nil {
		return nil, err
	}
	defer s.close()
	faults, err = s.directory.Bind(ctx)
	if err != nil && len(faults) > 0 {
		return faults, nil
	}
	var users []userinfo.User
	if err == nil {
		users, err = s.directory.Sample(ctx)
	}
	if err != nil {
		return nil, &halt{exitFailed, "users cannot be read: " + err.Error(), databaseRemedy(err)}
	}
	i.show(users)
	return nil, nil
}

// show prints users so masked that their owner recognises them and nobody else learns who they are.
func (i *initiation) show(users []userinfo.User) {
	if len(users) == 0 {
		i.say("the table has no visible user yet")
		return
	}
	i.say("the first users, masked:")
	for _, u := range users {
		line := "id " + mask(string(u.ID), 2) + ", name " + mask(u.Name, 1)
		if u.Email != "" {
			line += ", e-mail " + mask(u.Email, 1)
		}
		if u.AvatarURL != "" {
			line += ", picture"
		}
		if u.ProfileURL != "" {
			line += ", profile"
		}
		if !u.LastLogin.IsZero() {
			line += ", last log-in " + u.LastLogin.Format(time.DateOnly)
		}
		i.c.say("  %s", line)
	}
}

// told tells what was written and what comes next.
func (i *initiation) told(p *plan, faults []setting.Fault) error {
	where := i.o.output
	if where == "-" {
		where = "standard output"
	}
	i.say("settings written to %s", printable(where))
	for _, w := range p.warnings {
		i.say("note: %s", printable(w))
	}
	for _, f := range faults {
		i.say("%s", printable(f.String()))
	}
	var next []string
	if i.o.output != "-" && filepath.Base(i.o.output) != ".env" {
		next = append(next, "Name it .env in the folder Chatpass runs in, which is where it is read.")
	}
	if p.unfinished() {
		next = append(next, "Fill in what is missing about the site and its users, and correct what was guessed.")
	}
	next = append(next,
		"Fill in the credentials of the chat provider; each says where it is found.",
		"chatpass check tells what is still wrong.",
		"Let the web server hand "+p.mounted()+"/ on to Chatpass: chatpass snippet nginx prints how (or apache, caddy, haproxy).",
		"Put the chat into the pages: "+strings.ReplaceAll(placed(p.file), "`", "")+".",
		"chatpass grants prints the SQL for an account that may read what is needed and nothing else.")
	i.c.say("What to do next:")
	for n, line := range next {
		i.c.say("  %d. %s", n+1, line)
	}
	switch {
	case p.file == nil && !p.confirmed:
		return &halt{code: exitFailed, text: "no platform was recognised; what was written is a guess"}
	case len(faults) > 0:
		return &halt{code: exitFailed, text: "users cannot be read with these settings yet; see above"}
	}
	return nil
}
