package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/dburl"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/mesibo/importing"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/store"
)

const mesiboHelp = `
chatpass mesibo import takes over what the PHP backend of Mesibo's first generation kept in its seven tables: users with their names and
statuses, contacts, groups and photos. The old database is only read. An old user becomes the user of the site who has the same phone, if just
one has it, and keeps their address at Mesibo; all others are counted, and listed with --report. Tokens are left behind, and Mesibo is asked to
end them as soon as chatpass serve runs: everybody signs in once more.
The old database is named by --from, or better by CHATPASS_MESIBO_IMPORT_FROM or CHATPASS_MESIBO_IMPORT_FROM_FILE: the arguments of a
program, and so a password in them, can be seen by all users of this machine. An account that may SELECT is enough.
It can be ended at any moment, with Ctrl-C too, and be run again: it goes on where it was, and what was changed here since stays so. It may
run beside chatpass serve. Begin with --dry-run. docs/mesibo.md tells more.
Exit code 0, also if some were left out, 1 if it did not come to its end, 78 if the settings are refused.`

// importQuery is the longest time of one query of the old database: counting a table of many million rows takes that.
const importQuery = 2 * time.Minute

// importOptions are the options of chatpass mesibo import.
type importOptions struct {
	from, files, report string
	admins              bool
	overwrite, dry      bool
}

func mesiboFlags(f *flag.FlagSet) func(*call) int {
	o := &importOptions{}
	f.StringVar(&o.from, "from", "", "the old database: "+importForm)
	f.StringVar(&o.files, "files", "", "the folder of the old photos, to take them over too")
	f.StringVar(&o.report, "report", "", "a file to list in what was left out, with phones; only this account may read it")
	f.BoolVar(&o.admins, "admins", false, "keep the administrators of groups, not their owners alone; anybody could make themselves one there")
	f.BoolVar(&o.overwrite, "overwrite", false, "take the old names, statuses, photos and groups where they were changed here, too")
	f.BoolVar(&o.dry, "dry-run", false, "tell what would be done, and write nothing but the report")
	return func(c *call) int { return mesiboCommand(c, o) }
}

func mesiboCommand(c *call, o *importOptions) int {
	if len(c.args) != 1 || c.args[0] != "import" {
		c.say("chatpass mesibo: the one thing to do is import\nTry: chatpass mesibo --help")
		return exitUsage
	}
	cfg, configs, code := c.settings("mesibo")
	if code != exitOK {
		return code
	}
	from, faults := importFrom(configs, o)
	if len(faults) > 0 {
		c.refuse(faults)
		return exitRefused
	}
	i := &importCommand{call: c, options: o, left: map[[2]string]int{}}
	if err := i.run(cfg, configs, from); err != nil {
		return i.failed(err)
	}
	return exitOK
}

// importForm is how an address is written.
const importForm = "mysql://user:password@host:3306/database" //nolint:gosec // a form and no credential

// importFrom returns the address of the old database, or what is wrong with the settings.
func importFrom(configs []provider.Config, o *importOptions) (secret.Secret, []setting.Fault) {
	const name = "MESIBO_IMPORT_FROM"
	var mine *mesibo.Config
	for _, pc := range configs {
		if m, is := pc.(*mesibo.Config); is {
			mine = m
		}
	}
	if mine == nil {
		return secret.Secret{}, []setting.Fault{{Var: "MESIBO_APP_TOKEN", Problem: "is missing", Remedy: "set up Mesibo first, see docs/mesibo.md"}}
	}
	from := mine.ImportFrom
	if o.from != "" {
		from = secret.New(o.from)
	}
	if from.IsZero() {
		return from, []setting.Fault{{Var: name, Problem: "is missing", Remedy: "set it to " + importForm + ", the database of the PHP backend, or use --from"}}
	}
	target, faults := dburl.Parse(from, dburl.Options{Var: name, ReadOnly: true})
	if len(faults) == 0 && target.MySQL == nil {
		faults = []setting.Fault{{Var: name, Problem: "is no database of MySQL or MariaDB, which the PHP backend has", Remedy: "write " + importForm}}
	}
	if mine.Address != "phone" {
		faults = append(faults, setting.Fault{
			Var: "MESIBO_ADDRESS", Problem: "is not phone, which the users of the PHP backend are called at Mesibo",
			Remedy: "set it to phone, so that they stay the same users there",
		})
	}
	return from, faults
}

// importCommand is one run of the command.
type importCommand struct {
	call    *call
	options *importOptions
	list    *importReport
	step    string            // that is told
	left    map[[2]string]int // how many, by kind and reason
	summary importing.Summary
}

// run takes everything over.
func (i *importCommand) run(cfg *config.Config, configs []provider.Config, from secret.Secret) (err error) {
	s, err := open(cfg, configs, slog.New(slog.DiscardHandler), outfit{keeps: true})
	if err != nil {
		return err
	}
	defer s.close()
	old, err := sitedb.Open(sitedb.Options{URL: from, MaxOpen: 2, QueryTimeout: importQuery})
	if err != nil {
		return err
	}
	defer func() { _ = old.Close() }()
	im := importing.Import{
		From: old.SQLDB(), Admins: i.options.admins, Overwrite: i.options.overwrite, DryRun: i.options.dry, Progress: i.progress, Left: i.leave,
	}
	for _, p := range s.providers {
		if m, is := p.(*mesibo.Provider); is {
			im.Provider = m.Importer()
		}
	}
	if i.options.files != "" {
		if im.Files, err = os.OpenRoot(i.options.files); err != nil {
			return err
		}
		defer func() { _ = im.Files.Close() }()
	}
	if i.options.report != "" {
		if i.list, err = newImportReport(i.options.report); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, i.list.close()) }()
	}
	end, err := i.pretend(s)
	if err != nil {
		return err
	}
	defer end()
	if im.Store, err = s.store.Open(i.call.ctx); err != nil {
		return err
	}
	i.summary, err = im.Run(i.call.ctx)
	i.call.progress("")
	i.print()
	return err
}

// pretend gives a dry run an empty store of its own where there is none yet.
func (i *importCommand) pretend(s *site) (end func(), err error) {
	end = func() {}
	if !i.options.dry {
		return end, nil
	}
	options := s.store.options
	options.Existing, options.Tables = true, true
	there, err := store.Open(i.call.ctx, options)
	switch {
	case err == nil:
		return end, there.Close()
	case !errors.Is(err, store.ErrNoStore):
		return end, err
	}
	dir, err := os.MkdirTemp("", "chatpass-import-")
	if err != nil {
		return end, err
	}
	s.store.options.URL = secret.New("sqlite:" + filepath.Join(dir, store.FileName))
	return func() {
		s.store.close()
		_ = os.RemoveAll(dir)
	}, nil
}

// failed tells why the import did not come to its end, and returns the exit code.
func (i *importCommand) failed(err error) int {
	var refused *store.OpenError
	var schema *importing.SchemaError
	switch {
	case errors.As(err, &refused) && !refused.Temporary:
		i.call.refuse([]setting.Fault{refused.Fault})
		return exitRefused
	case errors.As(err, &schema):
		i.call.say("chatpass mesibo import: %v\nName the database that holds the tables users, contacts, groups and members of mesibo/messenger-app-backend.", schema)
	case errors.Is(err, context.Canceled):
		i.call.say("chatpass mesibo import: it was ended; run the same command again, and it goes on where it was")
	default:
		i.call.say("chatpass mesibo import: %v", err)
	}
	return exitFailed
}
