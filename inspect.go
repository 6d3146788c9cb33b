package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/provider/sendbird"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/templates"
	"github.com/chatpass/chatpass/userinfo"
)

const usersHelp = `
Reads the users with these ids from the site's database and prints them as the provider would get them.
Exit code 1 if any of them is unknown or hidden, 78 if the settings are refused.`

const tokenHelp = `
Prints the token of the user for a provider, without its name for the first: the widget token, or one that the provider is asked for (Sendbird, Mesibo). Whoever has it is that user in the chat until it ends.
Exit code 1 if the user is unknown, hidden or gets no chat, 78 if the settings are refused.`

// snippetHelp tells the kinds of snippets, one a line.
var snippetHelp = func() string {
	var kinds strings.Builder
	for _, k := range templates.Kinds() {
		_, _ = fmt.Fprintf(&kinds, "  %-16s %s\n", k.Name, k.About)
	}
	return "\nPrints the text that brings the chat into the pages of the site, filled in for these settings. Its first lines say where it goes.\nKinds; without one it is the loader:\n\n" + kinds.String() + `
Where code asks with the site key, give it the same CHATPASS_SITE_KEY as Chatpass has. Never use such code, or include, on pages
that a page cache keeps. docs/snippets.md and docs/web-servers.md show each kind and how to see that it works.`
}()

const healthHelp = `
Asks /readyz of the sidecar that these settings describe. Exit code 0 if it is ready, 1 if not. For Docker's HEALTHCHECK.`

// lookTimeout bounds the commands that look into the database once.
const lookTimeout = 10 * time.Second

// withSite opens the site, as o says, for a command and reports why it cannot be used.
func withSite(c *call, command string, o outfit, use func(ctx context.Context, s *site) int) int {
	cfg, configs, code := c.settings(command)
	if code != exitOK {
		return code
	}
	s, err := open(cfg, configs, slog.New(slog.DiscardHandler), o)
	if err != nil {
		c.say("chatpass %s: %v", command, err)
		return exitFailed
	}
	defer s.close()
	ctx, cancel := context.WithTimeout(c.ctx, lookTimeout)
	defer cancel()
	if o.alone {
		return use(ctx, s)
	}
	faults, err := s.directory.Bind(ctx)
	switch {
	case errors.Is(err, userinfo.ErrMapping) && len(faults) > 0:
		c.refuse(faults)
		return exitRefused
	case err != nil:
		message := err.Error()
		if remedy := s.remedy(err); remedy != "" {
			message += "; " + remedy
		}
		c.say("chatpass %s: %s", command, message)
		return exitFailed
	}
	return use(ctx, s)
}

func usersCommand(c *call) int {
	ids := splitArgs(c.args)
	if len(ids) == 0 {
		c.say("chatpass users: name at least one id\nTry: chatpass users --help")
		return exitUsage
	}
	if len(ids) > userinfo.MaxIDs {
		c.say("chatpass users: %d ids, at most %d", len(ids), userinfo.MaxIDs)
		return exitUsage
	}
	return withSite(c, "users", outfit{}, func(ctx context.Context, s *site) int {
		users, err := s.directory.ByID(ctx, ids...)
		if err != nil {
			c.say("chatpass users: %v", err)
			return exitFailed
		}
		known := make(map[userinfo.ID]bool, len(users))
		body := []byte{'['}
		for i := range users {
			mark := len(body)
			if mark > 1 {
				body = append(body, ',')
			}
			before := len(body)
			if body = s.appendUser(body, &users[i]); len(body) == before {
				body = body[:mark]
				c.say("chatpass users: id %s cannot be written as an exact number; set CHATPASS_IMBACHAT_USER_ID_AS=string", users[i].ID)
				continue
			}
			known[users[i].ID] = true
		}
		_, _ = fmt.Fprintf(c.stdout, "%s]\n", body)
		code := exitOK
		for _, id := range ids {
			if !known[id] {
				c.say("chatpass users: no visible user has the id %q", setting.Clip(string(id)))
				code = exitFailed
			}
		}
		return code
	})
}

func splitArgs(args []string) (ids []userinfo.ID) {
	for _, arg := range args {
		for id := range strings.FieldsFuncSeq(arg, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
			ids = append(ids, userinfo.ID(id))
		}
	}
	return ids
}

func tokenCommand(c *call) int {
	name := ""
	if len(c.args) == 2 {
		name = strings.ToLower(c.args[1])
	}
	if len(c.args) < 1 || len(c.args) > 2 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz") != "" {
		c.say("chatpass token: name one id, and with several providers one of them\nTry: chatpass token --help")
		return exitUsage
	}
	return withSite(c, "token", outfit{keeps: true, existing: true}, func(ctx context.Context, s *site) int {
		if len(s.providers) == 0 {
			c.say("chatpass token: no provider is set; set CHATPASS_IMBACHAT_WIDGET_ID and the other credentials of its form")
			return exitRefused
		}
		p, names := s.provider(name)
		if p == nil {
			c.say("chatpass token: the provider %q is not set; there is %s", setting.Clip(name), strings.Join(names, " and "))
			return exitUsage
		}
		users, err := s.directory.ByID(ctx, userinfo.ID(c.args[0]))
		if err != nil {
			c.say("chatpass token: %v", err)
			return exitFailed
		}
		if len(users) == 0 {
			c.say("chatpass token: no visible user has the id %q", setting.Clip(c.args[0]))
			return exitFailed
		}
		if !users[0].MayChat(s.cfg.WidgetRoles) {
			c.say("chatpass token: user %s gets no chat: %s", users[0].ID, noChat(s.cfg.WidgetRoles, &users[0]))
			return exitFailed
		}
		token, ends, err := tokenOf(ctx, p, &users[0])
		if errors.Is(err, store.ErrNoStore) {
			c.say("chatpass token: there is no store yet, in which this token must be kept; start chatpass serve once")
			return exitFailed
		}
		if err != nil {
			c.say("chatpass token: %v", err)
			return exitFailed
		}
		c.say("for user %s, until %s", users[0].ID, ends.UTC().Format(time.RFC3339))
		if len(names) > 1 {
			c.say("of %s; of another: chatpass token %s %s", p.Name(), users[0].ID, strings.Join(slices.DeleteFunc(names, func(other string) bool { return other == p.Name() }), "|"))
		}
		_, _ = fmt.Fprintln(c.stdout, token)
		return exitOK
	})
}

// provider returns the provider of a name, nil if it is not set, and the names of all; "" is the first.
func (s *site) provider(name string) (p provider.Provider, names []string) {
	for _, one := range s.providers {
		names = append(names, one.Name())
		if p == nil && (name == "" || one.Name() == name) {
			p = one
		}
	}
	return p, names
}

// tokenOf returns a token of a provider for a user, and its end.
func tokenOf(ctx context.Context, p provider.Provider, u *userinfo.User) (string, time.Time, error) {
	if issuer, ok := p.(provider.Issuer); ok {
		token, ends, err := issuer.Issue(ctx, u)
		return token.Reveal(), ends, err
	}
	w, err := p.Widget(ctx, u, time.Time{})
	if err != nil {
		return "", time.Time{}, err
	}
	if w == nil {
		return "", time.Time{}, provider.ErrNoToken
	}
	return w.Token, w.ExpiresAt, nil
}

// noChat says why a user gets no chat.
func noChat(roles []string, u *userinfo.User) string {
	if len(roles) > 0 && !slices.Contains(roles, u.Role) {
		return fmt.Sprintf("the role %q is none of CHATPASS_WIDGET_ROLES (%s)", setting.Clip(u.Role), setting.Clip(strings.Join(roles, ", ")))
	}
	return "available_chat of the mapping does not hold"
}

func snippetCommand(c *call) int {
	kind := "loader"
	if len(c.args) > 1 {
		c.say("chatpass snippet: name one kind\nTry: chatpass snippet --help")
		return exitUsage
	}
	if len(c.args) == 1 {
		kind = c.args[0]
	}
	cfg, _, code := c.settings("snippet")
	if code != exitOK {
		return code
	}
	d := templates.SnippetData{BasePath: cfg.BasePath, HideOn: strings.Join(cfg.WidgetHideOn, ","), Listen: cfg.Listen.String()}
	if len(cfg.SiteURL) > 0 {
		d.SiteURL = cfg.SiteURL[0].Base
	}
	d.Inline, d.IdentityHeader, d.HeaderNames = cfg.WidgetMode == config.WidgetInline, cfg.IdentityHeader, slices.Contains(cfg.Identity, "header")
	for _, section := range cfg.Sections {
		if c, ok := section.(*sendbird.Config); ok {
			d.SendbirdApp = c.AppID
		}
	}
	text, err := templates.Snippet(kind, d)
	if err != nil {
		c.say("chatpass snippet: %v", err)
		return exitUsage
	}
	if _, port, err := net.SplitHostPort(d.Listen); kindOf(kind).Asks && err == nil && strings.Trim(port, "0") == "" {
		c.say("chatpass snippet: CHATPASS_LISTEN is %s: the port is not known before the sidecar runs; set one, such as 127.0.0.1:8090", cfg.Listen)
		return exitRefused
	}
	if note := snippetNote(kind, cfg); note != "" {
		c.say("chatpass snippet: %s", note)
	}
	_, _ = io.WriteString(c.stdout, text)
	return exitOK
}

// kindOf finds what is known of a kind of snippet.
func kindOf(name string) templates.Kind {
	for _, k := range templates.Kinds() {
		if k.Name == name {
			return k
		}
	}
	return templates.Kind{}
}

// snippetNote says what a snippet cannot do with these settings, "" if it does all it should.
func snippetNote(kind string, cfg *config.Config) string {
	if kindOf(kind).Key {
		if cfg.SiteKey.IsZero() {
			return "CHATPASS_SITE_KEY is not set: set it here and for the site's own code, or the snippet shows nothing"
		}
		return ""
	}
	if strings.HasPrefix(kind, "sendbird-") && !slices.ContainsFunc(cfg.Sections, func(s config.Section) bool { _, ok := s.(*sendbird.Config); return ok }) {
		return "CHATPASS_SENDBIRD_APP_ID and CHATPASS_SENDBIRD_API_TOKEN are not set: without them Chatpass has no tokens for this code"
	}
	if kindOf(kind).App {
		if len(cfg.SiteURL) == 0 {
			return "CHATPASS_SITE_URL is not set: write the site's public address in the place of www.example.com"
		}
		return ""
	}
	if kindOf(kind).Proxy {
		if len(cfg.TrustedProxies) == 0 && cfg.Listen.Network == "tcp" {
			return "CHATPASS_TRUSTED_PROXIES is not set: without the web server's address there, Chatpass cannot slow down who guesses passwords"
		}
		return ""
	}
	for _, resolver := range cfg.Identity {
		if resolver != "site" && resolver != "ticket" { // by what a browser sends of itself
			return ""
		}
	}
	shown := "nothing at all"
	for _, section := range cfg.Sections {
		if c, ok := section.(*imbachat.Config); ok && c.Guests == "load" {
			shown = "the chat as guests see it"
		}
	}
	return "with these settings only the site's own server tells who is signed in, with CHATPASS_SITE_KEY. This line alone shows " + shown +
		" to every visitor; set CHATPASS_PRESET to a platform whose sessions are known, or `chatpass snippet php` prints what names the signed-in user"
}

func healthCommand(c *call) int {
	cfg, _, code := c.settings("healthcheck")
	if code != exitOK {
		return code
	}
	target := cfg.Listen
	if target.Network == "fd" {
		target = cfg.AdminListen // a socket that a service manager holds has no address we know
	}
	ctx, cancel := context.WithTimeout(c.ctx, 3*time.Second)
	defer cancel()
	body, status, err := askOwn(ctx, target, "/readyz", nil)
	if err != nil {
		c.say("chatpass healthcheck: no answer on %s: %v", target, err)
		return exitFailed
	}
	var answer struct{ Status string }
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status == "" {
		c.say("chatpass healthcheck: what answers on %s is no Chatpass", target)
		return exitFailed
	}
	_, _ = fmt.Fprintf(c.stdout, "%s\n", body)
	if status != http.StatusOK {
		return exitFailed
	}
	return exitOK
}

// askOwn asks a running sidecar on one of its own listeners, whatever their form; a wildcard address is asked on loopback. set may add
// to the request.
func askOwn(ctx context.Context, l config.Listen, path string, set func(*http.Request)) (body []byte, status int, err error) {
	if l.Off() || l.Network == "fd" {
		return nil, 0, errors.New("it has no address that can be asked")
	}
	network, address := "tcp", l.Address
	if l.Network == "unix" {
		network = "unix"
	} else if host, port, err := net.SplitHostPort(address); err == nil {
		if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
			host = "127.0.0.1"
			if ip != nil && ip.To4() == nil {
				host = "::1"
			}
		}
		address = net.JoinHostPort(host, port)
	}
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		DisableKeepAlives: true,
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://chatpass"+path, nil)
	if err != nil {
		return nil, 0, err
	}
	if set != nil {
		set(req)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return body, resp.StatusCode, err
}
