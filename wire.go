package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/all"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// load reads the configuration for a command. Its error is a *config.Refusal when settings are refused.
func (c *call) load(command string) (*config.Config, []provider.Config, error) {
	providers := all.Configs()
	sections := make([]config.Section, len(providers))
	for i, p := range providers {
		sections[i] = p
	}
	cfg, err := config.Load(config.Input{
		Environ: c.environ, Dir: c.dir, Sections: sections, Command: command, CheckDatabaseURL: sitedb.CheckURL, CheckStoreURL: store.CheckURL,
	})
	if err != nil {
		return nil, nil, err
	}
	enabled := providers[:0]
	for _, p := range providers {
		if p.Enabled() {
			enabled = append(enabled, p)
		}
	}
	return cfg, enabled, nil
}

// settings reads the configuration for a command. When it is refused, every fault is told and the exit code is not 0.
func (c *call) settings(command string) (*config.Config, []provider.Config, int) {
	cfg, enabled, err := c.load(command)
	if err != nil {
		return nil, nil, c.unread(err)
	}
	return cfg, enabled, exitOK
}

// unread tells why the configuration cannot be used, and returns the exit code.
func (c *call) unread(err error) int {
	var refusal *config.Refusal
	if errors.As(err, &refusal) {
		c.refuse(refusal.Faults)
		return exitRefused
	}
	c.say("chatpass: %v", err)
	return exitFailed
}

func (c *call) refuse(faults []setting.Fault) {
	c.say("chatpass: the settings are refused:")
	for _, f := range faults {
		c.say("  %s", f)
	}
}

// site is the sidecar's way to the site's users.
type site struct {
	cfg       *config.Config
	log       *slog.Logger
	db        *sitedb.DB
	store     *keeper
	directory *userinfo.Directory
	providers []provider.Provider
	info      provider.UsersInfo // nil without a provider that asks for users
	format    imbachat.Format    // how users are printed without such a provider
	tickets   *identity.UsedTickets
}

// outfit is what a site is opened with beside its settings; the zero value is for a short look.
type outfit struct {
	dbError   func(class string)
	requested func(provider, code string)
	issued    func(provider string)
	keeps     bool // providers get the store, which is made where there is none: by whoever serves, whose file it is then
	existing  bool // a store that is not there is not made
	alone     bool // the users table is not looked at before
}

// open builds everything between the settings and the requests. No connection is made.
func open(cfg *config.Config, configs []provider.Config, log *slog.Logger, o outfit) (*site, error) {
	db, err := sitedb.Open(sitedb.Options{
		URL: cfg.DatabaseURL, MaxOpen: cfg.DatabaseMaxOpen, QueryTimeout: cfg.QueryTimeout, Logger: log, OnError: o.dbError,
	})
	if err != nil {
		return nil, err
	}
	s := &site{cfg: cfg, log: log, db: db, store: newKeeper(cfg, configs, log)}
	s.store.options.Existing = o.existing
	s.directory, err = userinfo.NewDirectory(cfg.Mapping, db, userinfo.Options{
		Readers: cfg.DatabaseMaxOpen, QueryTimeout: cfg.QueryTimeout, Logger: log, Visitor: visitorFields(cfg, configs), Scan: scanFields(cfg, configs),
	})
	if err != nil {
		s.close()
		return nil, err
	}
	s.format = (&imbachat.Config{}).Format(s.directory.KeyKind)
	origins := siteOrigins(cfg)
	for _, pc := range configs {
		var kept provider.Store
		if o.keeps {
			kept = s.store.of(pc)
		}
		p, err := pc.Open(provider.Deps{
			Now: time.Now, KeyKind: s.directory.KeyKind, BasePath: cfg.BasePath, Origins: origins, StateDir: cfg.StateDir, Logger: log,
			Users: s.membersFor(pc), Scan: s.scanFor(pc), Requested: o.requested, Issued: o.issued, Store: kept,
		})
		if err != nil {
			s.close()
			return nil, fmt.Errorf("provider %s: %w", pc.Name(), err)
		}
		s.providers = append(s.providers, p)
	}
	_, s.info = provider.Asking(s.providers)
	return s, nil
}

// siteOrigins are the origins of the site's public addresses.
func siteOrigins(cfg *config.Config) []string {
	origins := make([]string, len(cfg.SiteURL))
	for i, u := range cfg.SiteURL {
		origins[i] = u.Origin
	}
	return origins
}

// close ends what the providers do, the store and the connections to the database.
func (s *site) close() {
	for _, p := range s.providers {
		if closer, ok := p.(io.Closer); ok {
			_ = closer.Close() // there is nobody to tell
		}
	}
	s.store.close()
	_ = s.db.Close()
}

// membersFor looks up users for a provider, with their private fields only for one that asked for such; those who get no chat are left out.
func (s *site) membersFor(pc provider.Config) func(ctx context.Context, ids ...userinfo.ID) ([]userinfo.User, error) {
	read := s.directory.ByID
	if _, asks := pc.(provider.UserFields); asks {
		read = s.directory.Whole
	}
	return func(ctx context.Context, ids ...userinfo.ID) ([]userinfo.User, error) {
		users, err := read(ctx, ids...)
		return s.chatting(users), err
	}
}

// scanFor reads users from end to end for a provider; nil for one that does not ask for private fields, or for none that is mapped.
func (s *site) scanFor(pc provider.Config) func(ctx context.Context, after userinfo.Cursor) (userinfo.Page, error) {
	asks, is := pc.(provider.UserFields)
	if !is || !slices.ContainsFunc(asks.UserFields(), func(f userinfo.PrivateField) bool {
		return f.Name != userinfo.PasswordField && s.cfg.Mapping.MapsPrivate(f.Name)
	}) {
		return nil
	}
	return func(ctx context.Context, after userinfo.Cursor) (userinfo.Page, error) {
		page, err := s.directory.Scan(ctx, after)
		page.Users = s.chatting(page.Users)
		return page, err
	}
}

// chatting are those of some users who get the chat.
func (s *site) chatting(users []userinfo.User) []userinfo.User {
	return slices.DeleteFunc(users, func(u userinfo.User) bool { return !u.MayChat(s.cfg.WidgetRoles) })
}

// run lets the providers work beside the requests, until the end it returns is called.
func (s *site) run() (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	for _, p := range s.providers {
		if runner, ok := p.(provider.Runner); ok {
			work.Go(func() { runner.Run(ctx) })
		}
	}
	return func() {
		cancel()
		work.Wait()
	}
}

// visitorFields are the fields of a visitor that anybody asks for; nil is all of them.
func visitorFields(cfg *config.Config, configs []provider.Config) []string {
	fields := []string{"name"} // of the identity answer
	if len(cfg.WidgetRoles) > 0 {
		fields = append(fields, "chat_role")
	}
	for _, pc := range configs {
		few, ok := pc.(provider.VisitorFields)
		if !ok {
			return nil
		}
		fields = append(fields, few.VisitorFields()...)
	}
	return fields
}

// scanFields are the fields beside the private ones without which nobody can tell who gets the chat; nil where no provider has private fields.
func scanFields(cfg *config.Config, configs []provider.Config) []string {
	if !slices.ContainsFunc(configs, func(pc provider.Config) bool { _, asks := pc.(provider.UserFields); return asks }) {
		return nil
	}
	if len(cfg.WidgetRoles) > 0 {
		return []string{"chat_role"}
	}
	return []string{}
}

// appendUser writes a user as the provider would get it.
func (s *site) appendUser(dst []byte, u *userinfo.User) []byte {
	if s.info != nil {
		return s.info.AppendUser(dst, u)
	}
	return s.format.AppendUser(dst, u)
}

// goneName is what CHATPASS_USERS_GONE=placeholder shows for a user who is deleted or hidden.
const goneName = "Deleted user"

func (s *site) answers(count func(result string, n int)) (*userinfo.Answers, error) {
	o := userinfo.AnswersOptions{TTL: s.cfg.CacheTTL, Stale: s.cfg.CacheStale, Size: s.cfg.CacheSize, Count: count, Encode: s.appendUser}
	if s.cfg.CacheSize == 0 {
		o.TTL = 0
	}
	if s.cfg.UsersGone == config.GonePlaceholder {
		o.Gone = func(id userinfo.ID) *userinfo.User { return &userinfo.User{ID: id, Name: goneName} }
	}
	return userinfo.NewAnswers(s.directory, o)
}

// alive reports whether the users table can be read now.
func (s *site) alive(ctx context.Context) error {
	return s.directory.Probe(ctx)
}

func (s *site) server(log *slog.Logger, access io.Writer, jsonLog bool, m *handlers.Metrics) (*handlers.Server, *userinfo.Answers, error) {
	answers, err := s.answers(m.Cache)
	if err != nil {
		return nil, nil, err
	}
	chain, err := s.chain(log, m)
	if err != nil {
		return nil, nil, err
	}
	server, err := handlers.New(handlers.Options{
		BasePath: s.cfg.BasePath, SiteOrigins: siteOrigins(s.cfg), TrustedProxies: s.cfg.TrustedProxies, IdentityHeader: s.identityHeader(),
		Inline: s.cfg.WidgetMode == config.WidgetInline, HideOn: strings.Join(s.cfg.WidgetHideOn, ","), Roles: s.cfg.WidgetRoles,
		Searches: !s.cfg.Mapping.SearchesOff(), Friends: s.cfg.Mapping.MapsFriends(),
		Version: version, Directory: s.directory, Answers: answers, Identity: chain, Providers: s.providers,
		Database: s.alive, Waiting: s.store.waiting, Now: time.Now, Logger: log, AccessLog: access, JSONLog: jsonLog, Metrics: m,
	})
	return server, answers, err
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// value is the value of a variable that is not one of ours, "" if it is not set.
func (c *call) value(name string) string {
	for _, v := range slices.Backward(c.environ) { // the last one counts, as os/exec has it
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// dumb reports a terminal that takes no escape sequences.
func (c *call) dumb() bool { return c.value("TERM") == "dumb" }

// newLogger returns the logger the settings ask for, and whether it writes JSON.
func newLogger(cfg *config.Config, out, terminal io.Writer) (*slog.Logger, bool) {
	o := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == config.FormatText || cfg.LogFormat == config.FormatAuto && isTerminal(terminal) {
		return slog.New(slog.NewTextHandler(out, o)), false
	}
	return slog.New(slog.NewJSONHandler(out, o)), true
}
