package main

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatpass/chatpass/detect"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitefile"
	"github.com/chatpass/chatpass/userinfo"
)

// plan is what init is going to write.
type plan struct {
	file      *preset.File // nil: a site of its own
	reasons   []string     // what the platform was recognised by
	prefix    string       // of tables; counts when hasPrefix
	hasPrefix bool
	root      string          // the site's folder; empty when nothing of it is used
	site      *sitefile.Found // its configuration
	fromSite  bool            // the configuration tells the database, so that its password is not copied
	database  secret.Secret   // may be unset
	siteURL   string
	basePath  string       // where Chatpass is mounted when that is not the usual path
	sampleURL string       // the framework's sample address, which the site's configuration still has; empty elsewhere
	guess     detect.Guess // of a site of its own
	confirmed bool         // its owner looked at the guess
	warnings  []string
}

// unfinished reports whether more than the provider's credentials is missing or guessed.
func (p *plan) unfinished() bool {
	return p.siteURL == "" || p.database.IsZero() || p.file == nil && !p.confirmed
}

// tablePrefix is the value of TABLE_PREFIX; empty where it says nothing that is not known without it.
func (p *plan) tablePrefix() string {
	if p.file == nil || !p.hasPrefix {
		return ""
	}
	known := p.file.Users.Vars["p"]
	if p.site != nil && p.site.HasPrefix {
		known = p.site.Prefix
	}
	switch p.prefix {
	case known:
		return ""
	case "":
		return userinfo.NoPrefix
	}
	return p.prefix
}

// mounted is the path at which the web server hands over to Chatpass.
func (p *plan) mounted() string {
	if p.basePath != "" {
		return p.basePath
	}
	return usualPath
}

// usualPath is what CHATPASS_BASE_PATH is where nobody sets it.
const usualPath = "/chat"

// presetName is the value of PRESET.
func (p *plan) presetName() string {
	if p.file == nil {
		return custom
	}
	return p.file.Name
}

// trusted are the addresses from which the site's own web server comes when it is on the same machine.
const trusted = "127.0.0.1/32,::1/128"

// mapping is the variables of the users of a site of its own.
func (p *plan) mapping() []string {
	g := p.guess
	return []string{
		"USERS_TABLE", g.Table, "USERS_ID", g.ID, "USERS_NAME", g.Name, "USERS_AVATAR", g.Avatar, "USERS_PROFILE_URL", g.ProfileURL,
		"USERS_EMAIL", g.Email, "USERS_LASTLOGIN", g.LastLogin, "USERS_WHERE", g.Where,
	}
}

// environ is the plan as the environment of a program.
func (p *plan) environ() []string {
	pairs := []string{"PRESET", p.presetName(), "TABLE_PREFIX", p.tablePrefix(), "SITE_ROOT", p.root, "SITE_URL", p.siteURL, "BASE_PATH", p.basePath, "TRUSTED_PROXIES", trusted}
	if !p.fromSite {
		pairs = append(pairs, "DATABASE_URL", p.database.Reveal())
	}
	if p.file == nil {
		pairs = append(pairs, p.mapping()...)
	}
	return variables(pairs...)
}

// look warns where the account of the sidecar may not be able to read the site's configuration.
func (p *plan) look() {
	info, err := os.Stat(p.site.File)
	if err == nil && info.Mode().Perm()&0o004 == 0 {
		p.warnings = append(p.warnings, p.site.File+" is not for every account to read: the one Chatpass runs as needs it, being the file's owner or in its group")
	}
}

// within warns of settings that a web server may hand out.
func (p *plan) within(path string) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return
	}
	if rel, err := filepath.Rel(p.root, abs); err == nil && filepath.IsLocal(rel) {
		p.warnings = append(p.warnings, "the settings lie in the site's folder, where a web server may hand them to anybody who asks for "+filepath.Base(path)+
			": better move them to a folder of their own, such as /etc/chatpass")
	}
}

// newKey makes a key of 260 random bits.
func newKey() string { return rand.Text() + rand.Text() }

// siteURL finds the public address of the site: what is given, what its configuration says, what its settings in the database say.
func (i *initiation) siteURL(ctx context.Context, p *plan) error {
	p.siteURL = i.o.siteURL
	if p.siteURL == "" && p.site != nil {
		if p.siteURL = i.usable(p.site.SiteURL); isSample(p.siteURL) {
			p.siteURL, p.sampleURL = "", p.siteURL
		}
	}
	if p.siteURL == "" {
		p.siteURL = i.usable(i.settingsRow(ctx, p))
	}
	if p.siteURL != "" || i.asker == nil {
		return nil
	}
	text, err := i.asker.text(ctx, "Public address of the site, such as https://example.com (may stay empty)", "", func(text string) error {
		if text = strings.TrimSpace(text); text != "" && i.usable(text) == "" {
			return errNoAddress
		}
		return nil
	})
	p.siteURL = strings.TrimSpace(text)
	return err
}

// mount chooses where Chatpass is mounted: within the folder of a site that lives in one, since its cookies may go no further.
func (i *initiation) mount(p *plan) {
	folder := strings.TrimRight(pathOf(p.siteURL), "/")
	if folder == "" {
		return
	}
	p.basePath = folder + usualPath
	if _, faults, err := i.load(variables("BASE_PATH", p.basePath), "init"); err != nil || len(faults) > 0 {
		p.basePath = ""
		p.warnings = append(p.warnings, "the site lives in the folder "+folder+"/, whose name cannot stand in CHATPASS_BASE_PATH: if members are taken for guests, let the site set its cookies for /")
	}
}

// isSample tells the address that frameworks put into a new site's configuration, which no visitor's browser has.
func isSample(address string) bool { return address == "http://localhost" }

// usable is an address as SITE_URL takes it; empty if it takes none such.
func (i *initiation) usable(address string) string {
	address = strings.TrimRight(strings.TrimSpace(address), "/")
	if address == "" || strings.ContainsAny(address, ", \t\r\n") {
		return ""
	}
	if _, faults, err := i.load(variables("SITE_URL", address), "init"); err != nil || len(faults) > 0 {
		return ""
	}
	return address
}

// settingsRow reads the site's address from where the platform keeps its settings; empty if it is not there.
func (i *initiation) settingsRow(ctx context.Context, p *plan) string {
	if p.file == nil || p.file.Detect == nil || i.db == nil {
		return ""
	}
	row, ok := p.file.Detect.Settings["url"]
	if !ok {
		return ""
	}
	prefix := p.file.Users.Vars["p"]
	if p.hasPrefix {
		prefix = p.prefix
	}
	table := strings.ReplaceAll(row.Table, "{p}", prefix)
	if !i.has(table, row.Key, row.Value) {
		return ""
	}
	const stores = 20 // a shop with several has a row for each
	lookup, err := i.db.ByKey(userinfo.Select{Table: table, Columns: []string{row.Key, row.Value}, Limit: stores}, row.Key)
	if err != nil {
		return i.unreadRow(table, err)
	}
	rows, err := lookup.Rows(ctx, row.Name)
	if err != nil {
		return i.unreadRow(table, err)
	}
	for n := range rows.Len() {
		if cells := rows.Row(n); string(cells[0]) == row.Name && len(cells[1]) > 0 {
			return string(cells[1])
		}
	}
	return ""
}

// unreadRow tells that an address could not be read, which is no reason to give up.
func (i *initiation) unreadRow(table string, err error) string {
	i.say("note: the site's address cannot be read from the table %s: %s", table, printable(err.Error()))
	return ""
}
