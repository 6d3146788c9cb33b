package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/setting"
)

const checkHelp = `
Looks at the settings, the database, the mapping, a few users (masked), the account's rights, the clocks and the tokens; calls
users-info over HTTP as the provider would, with the right, a wrong and no password; asks CHATPASS_WHOAMI_URL as a visitor without
cookies; and asks a running sidecar when the provider last called. One line per finding, as it comes: ok, warn or fail, what it is about, and a remedy. It takes 30 seconds at the most.
With --base-url the running sidecar is called at its public address, through the site's web server, which shows whether that
server passes path and Authorization header on. The API password is sent there, in clear text only to this machine or the site's own name.
With --url a page of the site is fetched as two users and as a guest get it: a token or id of one in another's page, a loader that is missing,
blocked or mounted where the site's cookies do not go, and caches that give one visitor another's pass are found. That takes up to a minute
more. --cookies names a file, or - for standard input, with two lines: the Cookie header of a browser in which a test member is signed in, and
that of another; a third line User-Agent: ... where the site binds sessions to the browser. Without it two visitors are made up, who can show
less. Cookies and tokens are never printed. docs/check.md tells more.
Exit code 0 fine (warnings change nothing), 1 problems, 78 the settings are refused.

With --json: {"findings":[{"level","subject","text","remedy"}],"ok"}. level is ok, warn or fail; subject is the variable a finding is
about, or one of settings, platform, provider, store, database, mapping, index, charset, search, clock, rights, users, user, token, ids,
header, ticket, whoami, widget, writing, users-info, base-url, running, provider calls, sendbird, page, loader, identity, leak, csp,
cookies, sessions, time; remedy is left out where there is none. These words stay, the texts may change.`

// checkTime bounds the whole of check.
const checkTime = 30 * time.Second

// checkQuery is the longest time of one query of check: looking at the tables, which may take nearly two of them, and a look-up end
// within checkTime.
const checkQuery = 10 * time.Second

// finding is one line of check.
type finding struct {
	Level   string `json:"level"` // "ok", "warn", "fail"
	Subject string `json:"subject"`
	Text    string `json:"text"`
	Remedy  string `json:"remedy,omitempty"`
}

// report collects findings.
type report struct {
	findings []finding
	call     *call
	asJSON   bool // written at the end, else each finding as it comes
	colour   bool
	told     []setting.Fault // of the mapping, which others would tell again
}

func (r *report) ok(subject, format string, args ...any) {
	r.add("ok", subject, fmt.Sprintf(format, args...), "")
}

func (r *report) warn(subject, text, remedy string) { r.add("warn", subject, text, remedy) }

func (r *report) fail(subject, text, remedy string) { r.add("fail", subject, text, remedy) }

// add keeps a finding. Texts from the site's database or another program must not rule the terminal.
func (r *report) add(level, subject, text, remedy string) {
	f := finding{level, subject, printable(text), printable(remedy)}
	r.findings = append(r.findings, f)
	if r.asJSON {
		return
	}
	line := fmt.Sprintf("%-5s %s: %s", f.Level, f.Subject, f.Text)
	if f.Remedy != "" {
		line += " → " + f.Remedy
	}
	if r.colour {
		line = map[string]string{"ok": "\x1b[32m", "warn": "\x1b[33m", "fail": "\x1b[31m"}[f.Level] + line + "\x1b[0m"
	}
	r.call.progress("")
	_, _ = fmt.Fprintln(r.call.stdout, line)
}

// printable replaces every character that does not print: line breaks, escapes, marks that turn the direction of writing.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return unicode.ReplacementChar
	}, s)
}

func checkFlags(f *flag.FlagSet) func(*call) int {
	asJSON := f.Bool("json", false, "write the findings as JSON")
	outside := f.String("base-url", "", "public address of the running sidecar, such as https://example.com; without a path CHATPASS_BASE_PATH is added")
	page := f.String("url", "", "a page of the site to look at as visitors get it, such as https://example.com/forum")
	cookies := f.String("cookies", "", "with --url: a file with the Cookie headers of two test members, a line each; - reads standard input")
	return func(c *call) int {
		asked := map[string]bool{}
		f.Visit(func(option *flag.Flag) { asked[option.Name] = true })
		var o checkOptions
		var err error
		option := "base-url"
		if o.asJSON = *asJSON; asked[option] {
			o.outside, err = publicAddress(*outside)
		}
		if err == nil && asked["url"] {
			option, o.page = "url", &pageOptions{}
			o.page.at, err = pageAddress(*page)
		}
		if err == nil && asked["cookies"] {
			option = "cookies"
			if err = errors.New("says nothing without --url"); o.page != nil {
				err = o.page.cookies(*cookies, c.stdin)
			}
		}
		if err != nil {
			c.say("chatpass check: --%s %v\nTry: chatpass check --help", option, err)
			return exitUsage
		}
		return checkCommand(c, o)
	}
}

// checkOptions is what the command line of check says.
type checkOptions struct {
	asJSON  bool
	outside *url.URL     // nil without --base-url
	page    *pageOptions // nil without --url
}

func checkCommand(c *call, o checkOptions) int {
	r := &report{call: c, asJSON: o.asJSON, colour: isTerminal(c.stdout) && c.value("NO_COLOR") == "" && !c.dumb()}
	cfg, configs, err := c.load("check")
	if err != nil {
		return r.unread(err)
	}
	cfg.QueryTimeout = min(cfg.QueryTimeout, checkQuery)
	r.ok("settings", "all settings can be used")
	for _, w := range cfg.Warnings {
		subject := "settings"
		switch {
		case w.Var != "":
			subject = setting.Prefix + w.Var
		case len(cfg.Sections) == 0 && strings.Contains(w.Problem, "provider"):
			subject, w.Problem = "provider", w.Problem+": serve will refuse to start"
		}
		r.warn(subject, w.Problem, w.Remedy)
	}
	s, err := open(cfg, configs, slog.New(slog.DiscardHandler), outfit{})
	if err != nil {
		r.fail("settings", err.Error(), "")
		return r.end()
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(c.ctx, checkTime)
	defer cancel()
	seen := r.look(ctx, s, o.outside)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		r.fail("time", "the check was not done within "+checkTime.String()+"; what was not looked at is not told", "see what is slow: the database, or the address of --base-url")
	}
	if o.page != nil {
		r.page(c.ctx, s, o.page, seen)
		r.call.progress("")
	}
	return r.end()
}

// unread tells why the settings cannot be used, and returns the exit code.
func (r *report) unread(err error) int {
	code := r.call.unread(err)
	if !r.asJSON {
		return code
	}
	var refusal *config.Refusal
	if !errors.As(err, &refusal) {
		r.fail("settings", err.Error(), "")
		r.end()
		return code
	}
	for _, f := range refusal.Faults {
		subject := "settings"
		if f.Var != "" {
			subject = setting.Prefix + f.Var
		}
		r.fail(subject, f.Problem, f.Remedy)
	}
	r.end()
	return code
}

// look goes through everything there is to see but for the page.
func (r *report) look(ctx context.Context, s *site, outside *url.URL) *seen {
	r.platform(s.cfg)
	r.site(s)
	r.routes(s)
	r.proxies(s)
	r.call.progress("asking the database")
	seen := &seen{id: "1"}
	alive := r.database(ctx, s)
	if alive {
		r.call.progress("reading users")
		seen = r.users(ctx, s)
	}
	r.folder(ctx, s, alive)
	r.identities(ctx, s)
	if outside != nil {
		r.call.progress("calling " + outside.Host)
		r.outside(ctx, s, outside, seen.id)
	}
	r.kept(ctx, s)
	r.providers(ctx, s)
	r.call.progress("asking the running sidecar")
	r.running(ctx, s)
	r.call.progress("")
	return seen
}

// end writes what is written at the end, and returns the exit code.
func (r *report) end() int {
	r.call.progress("")
	code := exitOK
	for _, f := range r.findings {
		if f.Level == "fail" {
			code = exitFailed
		}
	}
	if r.asJSON {
		enc := json.NewEncoder(r.call.stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		_ = enc.Encode(map[string]any{"findings": r.findings, "ok": code == exitOK})
	}
	return code
}
