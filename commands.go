package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/chatpass/chatpass/internal/setting"
)

// version is set by the linker (make build).
var version = "dev"

// command is one command of the program. flags declares its options and returns what runs it.
type command struct {
	name    string
	args    string // what follows the name in the usage line
	summary string // one line for the list
	details string // further lines of its help
	flags   func(f *flag.FlagSet) func(c *call) int
}

// commands is every command there is.
func commands() []command {
	return []command{
		{"serve", "", "run the sidecar (what chatpass alone does)", serveHelp, plain(serveCommand)},
		{"demo", "[--listen HOST:PORT]", "a pretend site, the sidecar and a pretend chat, with nothing else installed", demoHelp, demoFlags},
		{"init", "[--site-root DIR] [--database-url URL]", "find out what the site runs on and write the settings", initHelp, initFlags},
		{"presets", "[NAME]", "list the platforms that are known, or print the mapping of one", presetsHelp, presetsFlags},
		{"check", "[--json] [--base-url URL] [--url PAGE]", "look for what is wrong with the settings, the database and the mapping", checkHelp, checkFlags},
		{"grants", "[--account NAME]", "print the statements that make a database account for exactly what is read", grantsHelp, grantsFlags},
		{"users", "ID...", "print the users-info JSON the provider would get", usersHelp, plain(usersCommand)},
		{"token", "ID [PROVIDER]", "print a widget token, for debugging", tokenHelp, plain(tokenCommand)},
		{"forget", "ID [--yes]", "tell what is kept about a user, here and at the providers, or erase it", forgetHelp, forgetFlags},
		{"mesibo", "import [--from URL] [--files DIR] [--dry-run]", "take over what the PHP backend of Mesibo kept", mesiboHelp, mesiboFlags},
		{"snippet", "[KIND]", "print what to paste into a page of the site", snippetHelp, plain(snippetCommand)},
		{"healthcheck", "", "ask a running sidecar whether it is ready", healthHelp, plain(healthCommand)},
		{"version", "", "print version, commit and Go version", "", plain(versionCommand)},
	}
}

func plain(run func(c *call) int) func(*flag.FlagSet) func(*call) int {
	return func(*flag.FlagSet) func(*call) int { return run }
}

// start reads the command's options and runs it.
func (cmd command) start(c *call) int {
	f := flag.NewFlagSet(cmd.name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	run := cmd.flags(f)
	rest, err := arguments(f, c.args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		cmd.help(c.stdout, f)
		return exitOK
	case err != nil:
		c.say("chatpass %s: %v\nTry: chatpass %s --help", cmd.name, err, cmd.name)
		return exitUsage
	case len(rest) > 0 && !cmd.takesArguments():
		c.say("chatpass %s: unexpected argument %q\nTry: chatpass %s --help", cmd.name, setting.Clip(rest[0]), cmd.name)
		return exitUsage
	}
	c.args = rest
	return run(c)
}

// takesArguments reports whether the usage line names anything but options.
func (cmd command) takesArguments() bool {
	return cmd.args != "" && !strings.HasPrefix(cmd.args, "[--")
}

// arguments reads options and returns what is none. Options may stand before and behind the arguments, as in `chatpass users 1
// --help`; behind -- there are no options, and -3 is an id.
func arguments(f *flag.FlagSet, args []string) (rest []string, err error) {
	var plain []string
	if i := slices.Index(args, "--"); i >= 0 {
		args, plain = args[:i], args[i+1:]
	}
	for len(args) > 0 {
		if a := args[0]; len(a) < 2 || a[0] != '-' || a[1] >= '0' && a[1] <= '9' {
			rest, args = append(rest, a), args[1:]
			continue
		}
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		args = f.Args()
	}
	return append(rest, plain...), nil
}

func (cmd command) help(w io.Writer, f *flag.FlagSet) {
	_, _ = fmt.Fprintf(w, "Usage: chatpass %s\n\n%s.\n", strings.TrimSpace(cmd.name+" "+cmd.args), upperFirst(cmd.summary))
	if cmd.details != "" {
		_, _ = fmt.Fprintf(w, "\n%s\n", strings.TrimSpace(cmd.details))
	}
	first, width := true, 20
	f.VisitAll(func(option *flag.Flag) { width = max(width, len(optionName(option))) })
	f.VisitAll(func(option *flag.Flag) {
		if first {
			_, _ = fmt.Fprintf(w, "\nOptions:\n")
			first = false
		}
		_, _ = fmt.Fprintf(w, "%-*s %s", width, optionName(option), option.Usage)
		if option.DefValue != "" && option.DefValue != "false" {
			_, _ = fmt.Fprintf(w, " (default %s)", option.DefValue)
		}
		_, _ = fmt.Fprintln(w)
	})
	_, _ = fmt.Fprintf(w, "\nSettings come from the environment and from .env in the working directory; .env.example lists them all.\n")
}

// optionName is an option as its help names it.
func optionName(option *flag.Flag) string {
	name := "  --" + option.Name
	if option.DefValue != "false" {
		name += " VALUE"
	}
	return name
}

// help lists the commands, or tells about the one that is named.
func help(c *call) int {
	if len(c.args) > 0 {
		for _, cmd := range commands() {
			if cmd.name == c.args[0] {
				c.args = []string{"--help"}
				return cmd.start(c)
			}
		}
		return unknownCommand(c, c.args[0])
	}
	_, _ = fmt.Fprintf(c.stdout, "Chatpass gives each signed-in user of a web site their pass into a chat.\n\nUsage: chatpass [COMMAND]\n\nCommands:\n")
	for _, cmd := range commands() {
		_, _ = fmt.Fprintf(c.stdout, "  %-12s %s\n", cmd.name, cmd.summary)
	}
	_, _ = fmt.Fprintf(c.stdout, "\nchatpass COMMAND --help tells more. To see it at work: chatpass demo\n")
	return exitOK
}

func unknownCommand(c *call, name string) int {
	hint := ""
	if near := nearestCommand(name); near != "" {
		hint = "; did you mean " + near + "?"
	}
	c.say("chatpass: unknown command %q%s\nTry: chatpass --help", setting.Clip(name), hint)
	return exitUsage
}

// nearestCommand returns the command that was probably meant, or "". Two letters may be wrong, of short names one.
func nearestCommand(name string) string {
	const longest = 32 // far more than any name has
	if len(name) > longest {
		return ""
	}
	near, best := "", 3
	for _, cmd := range commands() {
		if d := levenshtein.Distance(strings.ToLower(name), cmd.name, nil); d < best && d <= len(name)/3+1 {
			near, best = cmd.name, d
		}
	}
	return near
}

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// revision is the commit the program was built from, where the tool chain knows it.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "unknown"
}

func versionCommand(c *call) int {
	_, _ = fmt.Fprintf(c.stdout, "chatpass %s, commit %s, %s\n", version, revision(), runtime.Version())
	return exitOK
}
