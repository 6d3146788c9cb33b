package main

import (
	"context"
	"errors"
	"flag"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/sitedb"
)

const initHelp = `
Finds out what the site runs on and writes the settings for it, with a remark to each, into a file only its owner can read (mode 0600).

It looks at the site's folder (its configuration file is read as text, nothing of it is run) and at the names of the tables and columns of
its database; of rows it reads the site's address and five users, shown masked. It writes nothing but the file, and reads no .env.

Without --site-root and --database-url it looks at the current folder and the one above. Where the folder tells the database, its password
is not copied: the settings name the folder. Other accounts of this machine may see --database-url in the list of processes; the address may
stand in CHATPASS_DATABASE_URL instead, or in the file that CHATPASS_DATABASE_URL_FILE names. CHATPASS_SITE_ROOT, CHATPASS_PRESET,
CHATPASS_TABLE_PREFIX and CHATPASS_SITE_URL count too where their options are not given.

On a terminal it asks where there is a choice, and for the users table of a site nobody knows. In a pipe, or with --yes, it asks nothing:
of several installs in one database it takes the likeliest, or that of --choose, and names the others.

Exit code 0; 1 if no platform was recognised (a template with the best guess is written), if users cannot be read with the settings that
were written, or if nothing could be written; 2 for a wrong option; 130 if it was interrupted. .env is never overwritten without --force.`

// exitInterrupted is 128 and the number of SIGINT, as shells have it.
const exitInterrupted = 130

// surveyTimeout bounds one look at the whole catalogue of a database; a thousand tables take seconds on a cold server.
const surveyTimeout = 30 * time.Second

// initOptions are the options of init.
type initOptions struct {
	root, databaseURL, preset, prefix, siteURL, output string
	force, yes                                         bool
	choose                                             int
}

func initFlags(f *flag.FlagSet) func(*call) int {
	o := &initOptions{}
	f.StringVar(&o.root, "site-root", "", "the site's folder, where its configuration file is")
	f.StringVar(&o.databaseURL, "database-url", "", "address of the site's database, if not what its configuration says")
	f.StringVar(&o.preset, "preset", "", "the platform, if it is known; custom for a site of your own")
	f.StringVar(&o.prefix, "table-prefix", "", "what the names of the tables begin with; - for nothing")
	f.StringVar(&o.siteURL, "site-url", "", "public address of the site")
	f.StringVar(&o.output, "output", ".env", "the file to write; - for standard output")
	f.BoolVar(&o.force, "force", false, "overwrite the file")
	f.BoolVar(&o.yes, "yes", false, "ask nothing, take the likeliest")
	f.IntVar(&o.choose, "choose", 0, "which of several installs to take, 1 for the first; 0 asks, or takes the likeliest")
	return func(c *call) int {
		i := &initiation{c: c, o: o, asker: c.asker(o.yes)}
		return i.exit(i.run(c.ctx))
	}
}

// initiation is one run of init.
type initiation struct {
	c     *call
	o     *initOptions
	asker *asker // nil: nobody can be asked

	root     string        // absolute; empty: no folder
	implied  bool          // nobody named the folder
	places   []place       // platforms whose configuration is in the folder, likeliest first
	given    secret.Secret // address of the database that the owner gave; may be unset
	database secret.Secret // the address that is used; may be unset
	db       *sitedb.DB    // nil without an address
	tables   []sitedb.TableInfo
}

// halt is an end of init before it is done.
type halt struct {
	code         int
	text, remedy string
}

func (h *halt) Error() string {
	if h.remedy == "" {
		return h.text
	}
	return h.text + ": " + h.remedy
}

// exit tells why init ended and returns the exit code.
func (i *initiation) exit(err error) int {
	i.c.progress("")
	if i.db != nil {
		_ = i.db.Close()
	}
	var h *halt
	switch {
	case err == nil:
		return exitOK
	case i.c.ctx.Err() != nil || errors.Is(err, errAborted):
		i.c.say("chatpass init: interrupted; nothing was written")
		return exitInterrupted
	case errors.As(err, &h):
		if h.text != "" {
			i.say("%s", printable(h.Error()))
		}
		return h.code
	}
	i.say("%s", printable(err.Error()))
	return exitFailed
}

func (i *initiation) say(format string, args ...any) {
	i.c.progress("")
	i.c.say("chatpass init: "+format, args...)
}

func (i *initiation) run(ctx context.Context) error {
	if err := i.target(); err != nil {
		return err
	}
	if err := i.options(); err != nil {
		return err
	}
	if err := i.folder(); err != nil {
		return err
	}
	if err := i.survey(ctx); err != nil {
		return err
	}
	p, err := i.platform()
	if err != nil {
		return err
	}
	if err := i.siteURL(ctx, p); err != nil {
		return err
	}
	i.mount(p)
	var faults []setting.Fault
	if p.file == nil {
		err = i.custom(ctx, p)
	} else {
		faults, err = i.try(ctx, p)
	}
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := i.write(p); err != nil {
		return err
	}
	return i.told(p, faults)
}

// target refuses a place to write to before anything takes its time.
func (i *initiation) target() error {
	switch {
	case i.o.output == "":
		return &halt{exitUsage, "--output names no file", "name one, such as .env"}
	case i.o.output != "-":
		return vacant(i.path(), i.o.force)
	case isTerminal(i.c.stdout):
		return &halt{exitUsage, "standard output is a terminal, where secrets do not belong", "name a file, or send it through a pipe"}
	}
	return nil
}

// path is the file to write.
func (i *initiation) path() string {
	if filepath.IsAbs(i.o.output) {
		return filepath.Clean(i.o.output)
	}
	return filepath.Join(i.c.dir, i.o.output)
}

// options takes what is not given as an option from the variable of that name, and checks it as serve would.
func (i *initiation) options() error {
	fallback := func(value *string, name string) {
		if *value == "" {
			*value = strings.TrimSpace(i.c.value(setting.Prefix + name))
		}
	}
	fallback(&i.o.root, "SITE_ROOT")
	fallback(&i.o.preset, "PRESET")
	fallback(&i.o.prefix, "TABLE_PREFIX")
	fallback(&i.o.siteURL, "SITE_URL")
	if i.o.choose < 0 {
		return &halt{exitUsage, "--choose counts from 1", "leave it out to take the likeliest"}
	}
	environ := variables("PRESET", i.o.preset, "SITE_URL", i.o.siteURL, "DATABASE_URL", i.o.databaseURL)
	if i.o.databaseURL == "" {
		for _, name := range []string{"DATABASE_URL", "DATABASE_URL_FILE"} {
			environ = append(environ, variables(name, i.c.value(setting.Prefix+name))...)
		}
	}
	cfg, faults, err := i.load(environ, "init")
	if err != nil {
		return err
	}
	if !validPrefix(i.o.prefix) {
		faults = append(faults, setting.Fault{Var: "TABLE_PREFIX", Problem: "cannot begin the name of a table", Remedy: "use letters, digits and _, such as wp_; - is no prefix at all"})
	}
	if len(faults) > 0 {
		for _, f := range faults {
			i.say("%s", f)
		}
		return &halt{code: exitUsage}
	}
	i.given = cfg.DatabaseURL
	return nil
}

// variables are settings as an environment has them; those without a value are left out.
func variables(pairs ...string) (environ []string) {
	for pair := range slices.Chunk(pairs, 2) {
		if value := pair[len(pair)-1]; value != "" {
			environ = append(environ, setting.Prefix+pair[0]+"="+value)
		}
	}
	return environ
}

// load reads settings as a command would that finds exactly these.
func (i *initiation) load(environ []string, command string) (*config.Config, []setting.Fault, error) {
	cfg, err := config.Load(config.Input{Environ: environ, Command: command, CheckDatabaseURL: sitedb.CheckURL})
	var refusal *config.Refusal
	if errors.As(err, &refusal) {
		return nil, refusal.Faults, nil
	}
	return cfg, nil, err
}
