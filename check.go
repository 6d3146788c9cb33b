package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"strings"
	"unicode"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/setting"
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
	r.add("ok", subject, fmt.Sprintf(format, args...), "")
}

func (r *report) warn(subject, text, remedy string) { r.add("warn", subject, text, remedy) }

func (r *report) fail(subject, text, remedy string) { r.add("fail", subject, text, remedy) }

// add keeps a finding. Texts from the site's database or another program must not rule the terminal.
func (r *report) add(level, subject, text, remedy string) {
	r.findings = append(r.findings, finding{level, subject, printable(text), printable(remedy)})
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
	defer s.db.Close()
	ctx, cancel := context.WithTimeout(c.ctx, lookTimeout)
	defer cancel()
	r.site(s)
	r.proxies(cfg)
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

// proxies warns that visitors who come through the site's web server cannot be told apart.
func (r *report) proxies(cfg *config.Config) {
	if len(cfg.TrustedProxies) > 0 || cfg.Listen.Network != "tcp" {
		return // through a socket there is no address to count by
	}
	r.warn("CHATPASS_TRUSTED_PROXIES", "is not set: behind a proxy that sends no X-Forwarded-For all visitors count as one, and anybody's wrong passwords block the provider for a minute",
		"set it to the address the site's web server comes from, such as 127.0.0.1, and let the server send X-Forwarded-For")
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
	colour := isTerminal(c.stdout) && c.value("NO_COLOR") == "" && !c.dumb()
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
