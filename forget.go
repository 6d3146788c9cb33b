package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

const forgetHelp = `
Tells what Chatpass keeps about the user with this id, and with --yes erases it: the user at every provider that can erase one, then all
rows in Chatpass's own database. Of the audit log the lines stay without the user, and one more says in numbers what was erased.
Of a Mesibo chat the user's contacts, tokens, codes and files go too; the groups go on without the user. The user's phone among the
contacts of others stays, since they saved it.
The site's database is never changed: delete or block the user there first, since who signs in again is a new user of the chat.
Of a user of whom nothing is kept no provider is asked; a line tells the user's id there, to be looked for in its dashboard.
Where a provider cannot be asked nothing of it is erased here, so that the same command can be run again.
Exit code 0, also if nothing was kept, 1 if something could not be erased, 78 if the settings are refused.`

// forgetTimeout bounds the command; each call to a provider has its own, shorter limit.
const forgetTimeout = 2 * time.Minute

func forgetFlags(f *flag.FlagSet) func(*call) int {
	yes := f.Bool("yes", false, "erase it; without it nothing is changed")
	return func(c *call) int { return forgetCommand(c, *yes) }
}

func forgetCommand(c *call, yes bool) int {
	if len(c.args) != 1 || strings.TrimSpace(c.args[0]) == "" {
		c.say("chatpass forget: name one id\nTry: chatpass forget --help")
		return exitUsage
	}
	id := strings.TrimSpace(c.args[0])
	cfg, configs, code := c.settings("forget")
	if code != exitOK {
		return code
	}
	s, err := open(cfg, configs, slog.New(slog.DiscardHandler), outfit{})
	if err != nil {
		c.say("chatpass forget: %v", err)
		return exitFailed
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(c.ctx, forgetTimeout)
	defer cancel()
	s.store.options.Existing = true // a look must not leave a file behind
	kept, err := s.store.Open(ctx)
	var refused *store.OpenError
	f := &forgetting{c: c, site: s, kept: kept, id: id, yes: yes}
	switch {
	case errors.Is(err, store.ErrNoStore):
		c.say("Nothing is kept about anybody: there is no store yet.")
		f.unasked(nil)
		return exitOK
	case errors.As(err, &refused) && !refused.Temporary:
		c.refuse([]setting.Fault{refused.Fault})
		return exitRefused
	case err != nil:
		c.say("chatpass forget: %v", err)
		return exitFailed
	}
	return f.run(ctx)
}

// forgetting is one run of the command.
type forgetting struct {
	c    *call
	site *site
	kept *store.Store
	id   string
	yes  bool
	rows [][3]string // what, where, outcome

	mesibo *store.MesiboUser // at Mesibo; nil for one of whom there is nothing to erase
}

// readMesibo finds the user at Mesibo. One who is shut out, and whose address another has by now, is erased there already.
func (f *forgetting) readMesibo(ctx context.Context) error {
	u, err := f.kept.MesiboUser(ctx, f.id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	others, err := f.kept.MesiboUsersByPhone(ctx, []string{u.Address}) // an address that is no phone is one user's for ever
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(others, func(o store.MesiboUser) bool { return o.ID != u.ID && o.Address == u.Address && o.DisabledAt.IsZero() }) {
		f.mesibo = &u
	}
	return nil
}

// forget has a provider erase a user.
func (f *forgetting) forget(ctx context.Context, at provider.Forgetter, i *store.Identity) error {
	if m, is := at.(*mesibo.Provider); is && f.mesibo != nil {
		return m.ForgetUser(ctx, i.App, *f.mesibo)
	}
	return at.Forget(ctx, i.App, i.Address)
}

func (f *forgetting) run(ctx context.Context) int {
	identities, err := f.kept.IdentitiesOf(ctx, f.id)
	if err != nil {
		f.c.say("chatpass forget: %v", err)
		return exitFailed
	}
	if err := f.readMesibo(ctx); err != nil {
		f.c.say("chatpass forget: %v", err)
		return exitFailed
	}
	if u := f.mesibo; u != nil {
		identities = append(identities, store.Identity{Provider: (&mesibo.Config{}).Name(), App: mesibo.Application, SiteUser: u.SiteUser, Address: u.Address})
	}
	failed := 0
	for i := range identities {
		if !f.atProvider(ctx, &identities[i]) {
			failed++
		}
	}
	if failed > 0 {
		f.print()
		f.c.say("chatpass forget: nothing was erased here, since a provider could not be asked; run it again")
		return exitFailed
	}
	erased, err := f.kept.Forget(ctx, f.id, "cli", !f.yes)
	if err != nil {
		f.print()
		f.c.say("chatpass forget: %v", err)
		return exitFailed
	}
	for _, e := range erased {
		outcome := map[bool]string{false: "would be erased", true: "erased"}[f.yes]
		if e.Table == store.TableAudit {
			outcome = map[bool]string{false: "would lose the user", true: "lost the user"}[f.yes]
		}
		f.rows = append(f.rows, [3]string{fmt.Sprintf("%s, %d rows", e.Table, e.Rows), e.Provider, outcome})
	}
	f.print()
	switch {
	case len(f.rows) == 0:
		f.c.say("Nothing is kept about a user with the id %q. Ids are written as the site's own table has them.", setting.Clip(f.id))
	case !f.yes:
		f.c.say("Nothing was changed. To erase it: chatpass forget --yes %s", setting.Clip(f.id))
	}
	f.unasked(identities)
	return exitOK
}

// unasked names the providers that could erase the user and were not asked: a user there of whom nothing is kept here may be somebody
// else's, or is one that an older store knew.
func (f *forgetting) unasked(identities []store.Identity) {
	for _, p := range f.site.providers {
		forgetter, can := p.(provider.Forgetter)
		known := slices.ContainsFunc(identities, func(i store.Identity) bool { return i.Provider == p.Name() })
		if !can || known {
			continue
		}
		if address := forgetter.Address(userinfo.ID(f.id)); address != "" {
			f.c.say("%s was not asked, since nothing is kept here of its user %q. If there is one all the same, delete it in the dashboard of %s.",
				p.Name(), address, p.Name())
		}
	}
}

// atProvider erases an identity at its provider, or tells what would be done; false if it could not be asked.
func (f *forgetting) atProvider(ctx context.Context, i *store.Identity) bool {
	var at provider.Provider
	for _, p := range f.site.providers {
		if p.Name() == i.Provider {
			at = p
		}
	}
	row := [3]string{"user " + i.Address, i.Provider + " " + i.App, ""}
	forgetter, can := at.(provider.Forgetter)
	asked := true
	switch {
	case at == nil:
		row[2] = "stays there: the provider is not set up here"
	case !can:
		row[2] = "stays there: the provider cannot be asked to erase a user"
	case !f.yes:
		row[2] = "would be erased"
	default:
		switch err := f.forget(ctx, forgetter, i); {
		case err == nil:
			row[2] = "erased"
		case errors.Is(err, provider.ErrOtherApp):
			row[2] = "stays there: another application is set up here"
		default:
			row[2], asked = "not erased: "+setting.ClipAt(err.Error(), 200), false // 200: a line of a terminal or two
		}
	}
	f.rows = append(f.rows, row)
	return asked
}

func (f *forgetting) print() {
	w := tabwriter.NewWriter(f.c.stdout, 0, 0, 2, ' ', 0)
	for _, row := range f.rows {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", row[0], row[1], row[2])
	}
	_ = w.Flush()
}
