package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

const checkHelp = `
Looks at the settings, the database, the mapping, a few users (masked), the account's rights, the clocks and the tokens, and asks
a running sidecar when the provider last called. One line per finding: ok, warn or fail, what it is about, and a remedy.
Exit code 0 fine (warnings change nothing), 1 problems, 78 the settings are refused.`

// finding is one line of check.
type finding struct {
	Level   string `json:"level"` // "ok", "warn", "fail"
	Subject string `json:"subject"`
	Text    string `json:"text"`
	Remedy  string `json:"remedy,omitempty"`
}

// report collects findings.
type report struct{ findings []finding }

func (r *report) ok(subject, format string, args ...any) {
	r.findings = append(r.findings, finding{"ok", subject, fmt.Sprintf(format, args...), ""})
}

func (r *report) warn(subject, text, remedy string) {
	r.findings = append(r.findings, finding{"warn", subject, text, remedy})
}

func (r *report) fail(subject, text, remedy string) {
	r.findings = append(r.findings, finding{"fail", subject, text, remedy})
}

func checkFlags(f *flag.FlagSet) func(*call) int {
	asJSON := f.Bool("json", false, "write the findings as JSON")
	page := f.String("url", "", "a page of the site to look at; not built yet")
	return func(c *call) int {
		if *page != "" {
			c.say("chatpass check: --url is not built yet in this version")
			return exitUsage
		}
		return checkCommand(c, *asJSON)
	}
}

func checkCommand(c *call, asJSON bool) int {
	cfg, configs, code := c.settings("check")
	if code != exitOK {
		return code
	}
	r := &report{}
	r.ok("settings", "all settings can be used")
	for _, w := range cfg.Warnings {
		subject := "settings"
		if w.Var != "" {
			subject = setting.Prefix + w.Var
		}
		r.warn(subject, w.Problem, w.Remedy)
	}
	s, err := open(cfg, configs, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		r.fail("settings", err.Error(), "")
		return r.write(c, asJSON)
	}
	defer s.db.Close() //nolint:errcheck // at the end of the program
	ctx, cancel := context.WithTimeout(c.ctx, lookTimeout)
	defer cancel()
	r.site(s)
	c.progress("asking the database")
	if r.database(ctx, s) {
		c.progress("reading users")
		r.users(ctx, s)
	}
	c.progress("asking the running sidecar")
	r.running(ctx, cfg)
	c.progress("")
	return r.write(c, asJSON)
}

// site tells what to paste into the provider's form.
func (r *report) site(s *site) {
	if len(s.cfg.SiteURL) == 0 {
		r.warn("CHATPASS_SITE_URL", "is not set: relative pictures stay relative, and any host name counts as the site", "set it to the site's public address, such as https://example.com")
		return
	}
	if s.info != nil {
		r.ok("provider", "Users info URL for the provider's form: %s%s/users?user_ids=", s.cfg.SiteURL[0].Origin, s.cfg.BasePath)
	}
}

// database checks connection, mapping, index, clock and rights; false if users cannot be read.
func (r *report) database(ctx context.Context, s *site) bool {
	faults, err := s.directory.Bind(ctx)
	switch {
	case errors.Is(err, userinfo.ErrMapping) && len(faults) > 0:
		for _, f := range faults {
			r.fail(setting.Prefix+f.Var, f.Problem, f.Remedy)
		}
		return false
	case err != nil:
		r.fail("database", err.Error(), "start the database, or correct CHATPASS_DATABASE_URL")
		return false
	}
	r.ok("database", "connected, %s", s.db.Flavour())
	facts, err := s.directory.Facts(ctx)
	if err != nil {
		r.fail("mapping", err.Error(), "")
		return false
	}
	r.ok("mapping", "table %s, key %s (%s), %d columns read", s.cfg.Mapping.Table(), s.cfg.Mapping.Key(), facts.Kind, len(facts.Columns))
	if !facts.KeyIndexed {
		r.warn("CHATPASS_USERS_ID", "names a column that no index begins with: every look-up reads the whole table", "map the primary key, or add an index")
	}
	if len(facts.Searches) > 0 {
		r.ok("search", "looks in %s", strings.Join(facts.Searches, ", "))
	}
	r.clock(ctx, s)
	r.rights(ctx, s)
	return true
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

// rights warns of an account that may do more than read.
func (r *report) rights(ctx context.Context, s *site) {
	grants, err := s.db.Grants(ctx)
	if err != nil || len(grants) == 0 {
		return
	}
	for _, g := range grants {
		what, _, _ := strings.Cut(strings.TrimPrefix(g, "GRANT "), " ON ")
		if excessive(what) {
			r.warn("rights", "the database account may do more than SELECT: "+clip(what), "give Chatpass an account of its own that may only SELECT the mapped columns")
			return
		}
	}
	r.ok("rights", "the database account may only read")
}

// excessive reports whether a list of privileges holds any but USAGE and SELECT, with or without columns.
func excessive(privileges string) bool {
	depth := 0
	plain := strings.Map(func(c rune) rune {
		switch {
		case c == '(':
			depth++
			return -1
		case c == ')':
			depth--
			return -1
		case depth > 0:
			return -1
		}
		return c
	}, privileges)
	for p := range strings.SplitSeq(plain, ",") {
		switch strings.ToUpper(strings.TrimSpace(p)) {
		case "SELECT", "USAGE", "":
		default:
			return true
		}
	}
	return false
}

// users shows a few users, masked, and what is missing in them.
func (r *report) users(ctx context.Context, s *site) {
	users, err := s.directory.Sample(ctx)
	if err != nil {
		r.fail("users", err.Error(), "")
		return
	}
	if len(users) == 0 {
		r.warn("users", "the table has no visible user", "loosen CHATPASS_USERS_WHERE, or check that this is the right table")
		r.callback(ctx, s, "1")
		return
	}
	for i := range users {
		u := &users[i]
		shown := []string{"id " + mask(string(u.ID), 2), "name " + mask(u.Name, 1)}
		for what, has := range map[string]bool{"picture": u.AvatarURL != "", "profile": u.ProfileURL != "", "last log-in": !u.LastLogin.IsZero(), "badge": u.Badge != ""} {
			if has {
				shown = append(shown, what)
			}
		}
		slices.Sort(shown[2:]) // id and name come first
		r.ok("user", "%s", strings.Join(shown, ", "))
		if u.Name == "" {
			r.warn("CHATPASS_USERS_NAME", "is empty for user "+mask(string(u.ID), 2), "add an alternative: display_name ?? username ?? 'Member {id}'")
		}
	}
	r.token(ctx, s, &users[0])
	r.callback(ctx, s, users[0].ID)
}

// mask shows the first characters of a text: enough to recognise a row of one's own, too little to pass on.
func mask(s string, keep int) string {
	n := utf8.RuneCountInString(s)
	if n == 0 {
		return "(empty)"
	}
	if n <= keep {
		keep = n - 1
	}
	return string([]rune(s)[:max(keep, 0)]) + "***"
}

// token signs one and reads it back.
func (r *report) token(ctx context.Context, s *site, u *userinfo.User) {
	for _, p := range s.providers {
		w, err := p.Widget(ctx, u)
		if err != nil {
			r.fail("token", fmt.Sprintf("%s: %v", p.Name(), err), "set CHATPASS_IMBACHAT_USER_ID_AS=string, or map a smaller key")
			continue
		}
		spelled := "a string"
		if _, isText := w.Options["user_id"].(string); !isText {
			spelled = "a number"
		}
		r.ok("token", "%s: signed for %s; the id is %s there and in users-info", p.Name(), time.Until(w.ExpiresAt).Round(time.Minute), spelled)
	}
}

func (r *report) write(c *call, asJSON bool) int {
	code := exitOK
	for _, f := range r.findings {
		if f.Level == "fail" {
			code = exitFailed
		}
	}
	if asJSON {
		enc := json.NewEncoder(c.stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		_ = enc.Encode(map[string]any{"findings": r.findings, "ok": code == exitOK})
		return code
	}
	colour := isTerminal(c.stdout) && !c.set("NO_COLOR")
	for _, f := range r.findings {
		line := fmt.Sprintf("%-5s %s: %s", f.Level, f.Subject, f.Text)
		if f.Remedy != "" {
			line += " → " + f.Remedy
		}
		if paint := map[string]string{"ok": "\x1b[32m", "warn": "\x1b[33m", "fail": "\x1b[31m"}[f.Level]; colour {
			line = paint + line + "\x1b[0m"
		}
		_, _ = fmt.Fprintln(c.stdout, line)
	}
	return code
}

// set reports whether a variable is set and not empty.
func (c *call) set(name string) bool {
	for _, v := range c.environ {
		if value, ok := strings.CutPrefix(v, name+"="); ok && value != "" {
			return true
		}
	}
	return false
}
