package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
)

// document is a file of settings in the making.
type document struct {
	b   strings.Builder
	err error
}

// heading begins a part.
func (d *document) heading(title string) {
	fmt.Fprintf(&d.b, "\n# ── %s %s\n", title, strings.Repeat("─", max(0, 120-len([]rune(title)))))
}

// remark writes a comment; a line break begins a new line of it.
func (d *document) remark(format string, args ...any) {
	for line := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
		fmt.Fprintf(&d.b, "# %s\n", printable(line))
	}
}

// set writes a variable; without a value as a line to fill in.
func (d *document) set(name, value, example string) {
	if value == "" {
		fmt.Fprintf(&d.b, "#%s%s=%s\n", setting.Prefix, name, example)
		return
	}
	quoted, ok := quoteSetting(value)
	if !ok && d.err == nil {
		d.err = &halt{exitFailed, setting.Prefix + name + " holds characters that a file of settings cannot", "leave it out here, and set it in the environment of the program"}
	}
	fmt.Fprintf(&d.b, "%s%s=%s\n", setting.Prefix, name, quoted)
}

// bare are values that need no quotes in .env.
var bare = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,=?&{}()~^*;<>!|\[\]\\-]+$`)

// quoteSetting writes a value so that .env gives it back; not ok if there is no way to: a backslash at the end hides the quote that ends
// a value, and within double quotes a backslash before a $ and a double quote at the end are lost.
func quoteSetting(value string) (quoted string, ok bool) {
	switch {
	case strings.ContainsAny(value, "\x00\r\n") || strings.TrimSpace(value) == "":
		return "", false
	case bare.MatchString(value):
		return value, true
	case strings.HasSuffix(value, `\`):
		return "", false
	case !strings.Contains(value, "'"):
		return "'" + value + "'", true
	case strings.Contains(value, `\$`), strings.HasSuffix(value, `"`):
		return "", false
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`, true
}

// text is the plan as a file.
func (p *plan) text() (string, error) {
	d := &document{}
	d.remark("Settings of Chatpass, written by chatpass init. .env.example lists every setting there is, and what is not set here has its default.\nThis file is for its owner alone: it holds secrets. Lines that begin with # are remarks; remove it where you fill something in.")
	p.textSite(d)
	p.textDatabase(d)
	if p.file == nil {
		p.textUsers(d)
	}
	p.textVisitors(d)
	p.textProvider(d)
	return d.b.String(), d.err
}

func (p *plan) textSite(d *document) {
	d.heading("The site")
	if p.file == nil {
		d.remark("No platform was recognised: the users are described below.")
	} else {
		d.remark("%s, recognised by %s. chatpass presets %s prints what is read and what is hidden.", p.file.Title, strings.Join(p.reasons, " and "), p.file.Name)
	}
	d.set("PRESET", p.presetName(), "")
	if prefix := p.tablePrefix(); prefix != "" {
		d.remark("What the names of the site's tables begin with; - is nothing.")
		d.set("TABLE_PREFIX", prefix, "")
	}
	d.remark("Public addresses of the site, with commas between them: pages of other sites may not ask. The first is used for links.")
	example := "https://example.com"
	if p.siteURL == "" && p.sampleURL != "" {
		d.remark("%s has %s, as every new site: put the address here that visitors see.", filepath.Base(p.site.File), p.sampleURL)
		example = p.sampleURL
	}
	d.set("SITE_URL", p.siteURL, example)
	if p.basePath != "" {
		d.remark("Where the web server hands over to Chatpass: within the site's folder, since browsers may send the site's cookies only there.")
		d.set("BASE_PATH", p.basePath, "")
	}
	d.remark("Proxies that may say which address a visitor has: a web server on this machine. Add the address of yours if it is on another one.")
	d.set("TRUSTED_PROXIES", trusted, "")
}

func (p *plan) textDatabase(d *document) {
	d.heading("The site's database")
	if p.root != "" {
		d.remark("The site's folder. Its %s is read at the start and again when it changes, so that a changed password is followed.", filepath.Base(p.site.File))
		d.set("SITE_ROOT", p.root, "")
	}
	if p.fromSite {
		d.remark("Address, account and password come from there. An account of its own that may only read what is needed is safer: chatpass grants\nprints the SQL for it. Its address goes here and then wins.")
		d.set("DATABASE_URL", "", "mysql://chatpass:PASSWORD@127.0.0.1:3306/site")
		return
	}
	d.remark("mysql://, mariadb://, postgres:// or sqlite:. An account of its own that may only read what is needed is safest: chatpass grants\nprints the SQL for it.")
	d.set("DATABASE_URL", p.database.Reveal(), "mysql://chatpass:PASSWORD@127.0.0.1:3306/site")
}

// textUsers writes the mapping of a site of its own.
func (p *plan) textUsers(d *document) {
	d.heading("The users table")
	if p.guess.Table == "" {
		d.remark("Fill in at least the first three. A column, or a text with columns in it; \" ?? \" stands between alternatives.")
	} else if !p.confirmed {
		d.remark("Guessed by the names of tables and columns: look at each, and at what chatpass users 1 shows.")
		for _, reason := range p.guess.Reasons {
			d.remark("- %s", reason)
		}
	}
	for _, v := range []struct{ name, remark, value, example string }{
		{"USERS_TABLE", "The table of users.", p.guess.Table, "users"},
		{"USERS_ID", "Its key: whole numbers, text or UUIDs.", p.guess.ID, "id"},
		{"USERS_NAME", "The name other members see.", p.guess.Name, "display_name"},
		{"USERS_AVATAR", "The picture; an address below the site's may begin with /.", p.guess.Avatar, "https://example.com/avatars/{avatar}"},
		{"USERS_PROFILE_URL", "The user's page on the site.", p.guess.ProfileURL, "https://example.com/members/{id}/"},
		{"USERS_EMAIL", "The mail address. It feeds avatars and is never shown.", p.guess.Email, "email"},
		{"USERS_LASTLOGIN", "When the user was last there: a date, or seconds since 1970.", p.guess.LastLogin, "last_login"},
		{"USERS_WHERE", "Which rows are users at all: conditions with ; between them. Leave out who is banned or deleted.", p.guess.Where, "status = 1; deleted_at is null"},
	} {
		d.remark("%s", v.remark)
		d.set(v.name, v.value, v.example)
	}
}

func (p *plan) textVisitors(d *document) {
	d.heading("The chat in the pages")
	d.remark("The web server hands %s/ on to Chatpass: chatpass snippet nginx prints how (or apache, caddy, haproxy).\nThe chat gets into the pages by one line or file: %s.", p.mounted(), strings.ReplaceAll(placed(p.file), "`", ""))
	d.heading("Who is this visitor")
	if p.file != nil && len(p.file.Session) > 0 {
		d.remark("Members are known by the site's own sessions: nothing has to be set for that. chatpass check tells whether they can be read.")
	} else {
		d.remark("docs/sessions.md: with the CHATPASS_SESSION_ variables members are known by the site's own sessions.")
	}
	if snippetFor(p.file) == "wordpress" {
		d.remark("Secret, made for this file. With it the site's own server may say who is signed in (docs/identity.md). The plugin file does not need it.")
	} else {
		d.remark("Secret, made for this file. With it the site's own server may say who is signed in: give PHP the same value in its environment;\nchatpass snippet php prints the code.")
	}
	d.set("SITE_KEY", newKey(), "")
}

// textProvider writes the credentials as lines to fill in.
func (p *plan) textProvider(d *document) {
	d.heading("ImbaChat")
	d.remark("The four fields of the widget's settings in the dashboard, https://dashboard.imbachat.com. All four, here and there the same.")
	for _, v := range []struct{ name, remark string }{
		{"IMBACHAT_WIDGET_ID", "\"Widget id\": the number of the widget, called dev_id in older plugins. It is also the number in the address of the dashboard."},
		{"IMBACHAT_API_LOGIN", "\"API login\": with it ImbaChat asks for users. You choose it; no colon in it."},
		{"IMBACHAT_API_PASSWORD", "\"API password\": you choose it too, at least 12 characters, no colon. Make one with: openssl rand -hex 16"},
		{"IMBACHAT_SECRET_KEY", "\"Secret key\": signs who a visitor is. At least 16 characters."},
	} {
		d.remark("%s", v.remark)
		d.set(v.name, "", "")
	}
	d.remark("chatpass check prints the Users info URL for the same form.")
}
