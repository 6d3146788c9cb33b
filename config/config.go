// Package config is the only room that reads the environment. [Load] takes the environment and the file .env, and gives either a
// [Config] in which everything is checked and typed, or a [Refusal] that lists everything that is wrong at once.
//
// A variable is set where it is not empty; the environment is stronger than .env, and .env than the built-in default. Every variable
// NAME may be given as NAME_FILE instead, the name of a file that holds the value. Values of secrets are never part of a message.
package config

import (
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitefile"
	"github.com/chatpass/chatpass/userinfo"
)

// Input is what Load reads.
type Input struct {
	Environ  []string  // NAME=value, as os.Environ gives it; of a name that stands there twice the last counts
	Dir      string    // folder of .env, and of files that *_FILE variables name relatively; empty: no .env
	Sections []Section // settings of all providers, each a pointer to a struct with envconfig tags
	Command  string    // the command that is to run, which decides what must be set; empty is serve
	// CheckDatabaseURL tells what is wrong with a set DATABASE_URL beyond its being there; nil checks nothing.
	CheckDatabaseURL func(secret.Secret) []setting.Fault
	// CheckStoreURL tells what is wrong with a set STORE_URL, beside the address of the site's database; nil checks nothing.
	CheckStoreURL func(store, site secret.Secret) []setting.Fault
}

// Section is the settings of one provider: a pointer to a struct whose exported fields with an envconfig tag are its variables.
// An optional default tag holds the text a variable has when it is not set. Fields of type [secret.Secret] are never shown.
type Section interface {
	// Name is the provider's name in lower case; its variables are CHATPASS_, the name in upper case, and the tag.
	Name() string
	// Faults lists what is wrong with the settings; Load asks only enabled sections.
	Faults() []setting.Fault
	// Secrets lists the secrets that are set or required, for Load to check; it asks only enabled sections.
	Secrets() []setting.Secret
	// Enabled reports whether the provider is on.
	Enabled() bool
}

// Enabler is a Section that wants to be told whether any of its variables is set. Load tells it before it asks Enabled.
type Enabler interface{ SetEnabled(enabled bool) }

// Neighbour is a Section some of whose settings are allowed only while no other machine reaches the address that is listened on. Load tells it before it asks for faults.
type Neighbour interface{ SetLoopback(only bool) }

// UserFields is a Section whose provider has to know more of users than is shown. Load asks it when the provider is on.
type UserFields interface {
	UserFields() []userinfo.PrivateField
}

// Mailer is a Section whose provider writes to users by mail with some settings. Load asks it when the provider is on.
type Mailer interface {
	// MailsBy names the variable, without prefix, that has it write mails; "" while it writes none.
	MailsBy() string
}

// Config is the checked configuration.
type Config struct {
	Listen         Listen         // where visitors and providers are answered
	AdminListen    Listen         // where metrics and health are answered; zero when off
	BasePath       string         // "/chat"; "" is the root
	SiteURL        []SiteURL      // public addresses of the site, the first is used for links; may be empty
	TrustedProxies []netip.Prefix // peers whose forwarded headers count; empty trusts none

	DatabaseURL     secret.Secret     // holds a password; unset only for commands that need no database
	DatabaseMaxOpen int               // connections, 1 … 200
	QueryTimeout    time.Duration     // 50 ms … 30 s
	Preset          string            // name of a preset, or "custom"
	SiteRoot        string            // folder of the site, absolute; empty when it is not used
	DatabaseFile    string            // configuration file of the site that DatabaseURL was read from; empty when it was set
	SiteFile        string            // configuration file of the site that was read; empty when none was
	SiteCookies     *sitefile.Cookies // where the site's cookies go; nil when its configuration does not tell
	Platform        *preset.File      // the preset or mapping in force; nil for variables alone

	Mapping    *userinfo.Mapping // nil only for commands that need no database, when no mapping is set
	UsersGone  string            // GoneOmit or GonePlaceholder
	CacheTTL   time.Duration     // 0 is off
	CacheStale time.Duration     // how much longer than CacheTTL a row is shown while the database is down; 0 is off
	CacheSize  int               // users; 0 is off

	Identity  []string      // resolvers in the order they are asked; empty: every visitor is a guest
	SiteKey   secret.Secret // unset: no resolver "site"
	TicketKey secret.Secret // unset: no resolver "ticket"
	// SessionSecrets are the site's own secrets by the names its platform's recipes use; what is set wins over the site's configuration.
	SessionSecrets map[string]secret.Secret
	// Sessions are how the site's own sessions are followed: as variables describe them, else as the platform's. None: not at all.
	Sessions        []session.Recipe
	SessionFiles    string        // folder of session files that wins over the recipes'; "": theirs
	SessionLifetime time.Duration // of sessions whose end the site does not tell; 0: as the recipes say
	// IdentityHeader is the header of the resolver "header" as net/http spells it; of peers outside TrustedProxies it never counts.
	IdentityHeader string
	WhoamiURL      string // http or https; "": no resolver "whoami"
	WhoamiField    string // path of the id in its answer, with dots between the names
	WidgetMode     string // WidgetLoader or WidgetInline
	// WidgetRoles are the roles whose users get the chat; empty: all users.
	WidgetRoles []string
	// WidgetHideOn are patterns of paths whose pages show no widget, as browsers spell paths; * is any text.
	WidgetHideOn []string

	StateDir string        // folder of own files, absolute; "" when the environment names none
	StoreURL secret.Secret // Chatpass's own database; unset: a file in StateDir
	// StoreKey seals what is kept secret there; unset: keys are derived from the providers' secrets.
	StoreKey, StoreKeyPrevious secret.Secret
	StoreRetention             Retention

	DrainDelay       time.Duration // between "not ready" and the end of listening, 0 … 5 min
	LogLevel         slog.Level
	LogFormat        string // FormatAuto, FormatJSON or FormatText
	AllowWeakSecrets bool   // weak secrets are warned of, not refused

	Sections []Section       // the enabled ones, in the order of Input.Sections
	Warnings []setting.Fault // what is allowed but not wise, to be told at every start
}

// The words of settings with a choice.
const (
	GoneOmit        = "omit"        // a deleted or hidden user is left out
	GonePlaceholder = "placeholder" // a deleted or hidden user has a neutral name
	WidgetLoader    = "loader"      // no identity in the HTML
	WidgetInline    = "inline"      // the widget token in the HTML
	FormatAuto      = "auto"        // text on a terminal, else JSON
	FormatJSON      = "json"
	FormatText      = "text"
)

// Refusal is the error of Load when settings are refused; it lists everything that is wrong.
type Refusal struct {
	Faults   []setting.Fault // at least one
	Warnings []setting.Fault // as Config.Warnings would have them
}

// Error lists the faults, one in a line.
func (r *Refusal) Error() string {
	lines := make([]string, len(r.Faults))
	for i, f := range r.Faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Load reads, decodes and checks the settings. Its error is a *[Refusal], but for a section that is no pointer to a struct
// or has a default of the wrong type, which are mistakes in the program.
func Load(in Input) (*Config, error) {
	vars, raw, err := declare(in.Sections)
	if err != nil {
		return nil, err
	}
	l := &loader{in: in, vars: vars, raw: raw, faulty: map[string]bool{}}
	l.collect()
	l.platform()
	if err := l.decode(); err != nil {
		return nil, err
	}
	c := &Config{}
	l.fill(c)
	l.sections(c)
	l.secrets(c)
	l.strike()
	if len(l.faults) > 0 {
		return nil, &Refusal{Faults: l.faults, Warnings: l.warnings}
	}
	c.Warnings = l.warnings
	return c, nil
}

// loader is one run of Load.
type loader struct {
	in       Input
	vars     *variables
	raw      *settings
	values   map[string]value
	faults   []setting.Fault
	warnings []setting.Fault
	faulty   map[string]bool // variables with a fault, so that none is told twice
	file     *preset.File    // the preset or mapping; nil for variables alone
	preset   string          // its name, or "custom"
	root     string          // the site's folder
	found    *sitefile.Found // what the site's own configuration says; nil when it was not read
}

// fault notes what is wrong with a variable, once.
func (l *loader) fault(name, problem, remedy string) {
	l.faulty[name] = true
	l.faults = append(l.faults, setting.Fault{Var: name, Problem: problem, Remedy: remedy})
}

func (l *loader) warn(name, problem, remedy string) {
	l.warnings = append(l.warnings, setting.Fault{Var: name, Problem: problem, Remedy: remedy})
}

// isSet reports whether a variable has a value of its own.
func (l *loader) isSet(name string) bool { return l.values[name].text != "" }

// serving reports whether the command is the one that answers requests.
func (l *loader) serving() bool { return l.in.Command == "" || l.in.Command == "serve" }

// needsDatabase reports whether the command reads the site's database.
func (l *loader) needsDatabase() bool {
	switch l.in.Command {
	case "demo", "healthcheck", "init", "presets", "snippet", "version":
		return false
	default:
		return true
	}
}

// sections asks each enabled provider what is wrong with its settings.
func (l *loader) sections(c *Config) {
	for _, s := range l.in.Sections {
		if !s.Enabled() {
			continue
		}
		c.Sections = append(c.Sections, s)
		if n, ok := s.(Neighbour); ok {
			n.SetLoopback(c.Listen.local())
		}
		for _, f := range s.Faults() {
			if !l.faulty[f.Var] {
				l.fault(f.Var, f.Problem, f.Remedy)
			}
		}
		l.addresses(c, s)
	}
	if len(c.Sections) > 0 || len(l.in.Sections) == 0 && !l.serving() {
		return
	}
	names := make([]string, len(l.in.Sections))
	for i, s := range l.in.Sections {
		names[i] = setting.Prefix + sectionPrefix(s) + "*"
	}
	problem, remedy := "no chat provider is set up", "set the variables "+strings.Join(names, " or ")
	if l.serving() {
		l.fault("", problem, remedy)
	} else {
		l.warn("", problem, remedy)
	}
}

// addresses looks whether users have mail addresses where a provider writes to them.
func (l *loader) addresses(c *Config, s Section) {
	m, ok := s.(Mailer)
	if !ok || c.Mapping == nil || c.Mapping.MapsEmail() || l.faulty["USERS_EMAIL"] {
		return
	}
	if by := m.MailsBy(); by != "" {
		l.fault("USERS_EMAIL", "is missing, and "+setting.Prefix+by+" has codes sent to the mail addresses of users", "set it to the column with them, such as email, or have codes sent another way")
	}
}

// strike removes the values of secrets from all messages: a value may have been pasted into the wrong variable too, or a provider
// may quote it. Values shorter than leastStruck bytes are left, since they occur in ordinary words and are refused as too short anyway.
func (l *loader) strike() {
	var pairs []string
	for _, v := range l.vars.list {
		if text := l.values[v.name].text; v.secret && len(text) >= leastStruck {
			for _, shown := range []string{text, clean(text), strings.TrimSuffix(setting.Clip(clean(text)), "…")} {
				pairs = append(pairs, shown, secret.Redacted)
			}
		}
	}
	r := strings.NewReplacer(pairs...)
	pasted := l.pasted()
	for _, list := range []*[]setting.Fault{&l.faults, &l.warnings} {
		kept := (*list)[:0]
		told := map[string]bool{}
		for _, f := range *list {
			origin, is := pasted[f.Var]
			switch {
			case is && told[f.Var]:
				continue
			case is:
				// Its own message may quote any piece of the value, so nothing of it is kept.
				told[f.Var] = true
				f = setting.Fault{Var: f.Var, Problem: "holds the value of " + setting.Prefix + origin, Remedy: "write its own value, and change the secret if it was shown anywhere"}
			default:
				f = setting.Fault{Var: f.Var, Problem: r.Replace(f.Problem), Remedy: r.Replace(f.Remedy)}
			}
			kept = append(kept, f)
		}
		*list = kept
	}
}

// pasted lists the variables that are no secrets but hold the value of one, by the secret's name.
func (l *loader) pasted() map[string]string {
	found := map[string]string{}
	for _, v := range l.vars.list {
		if v.secret {
			continue
		}
		for _, s := range l.vars.list {
			if text := l.values[s.name].text; s.secret && len(text) >= leastStruck && strings.Contains(l.values[v.name].text, text) {
				found[v.name] = s.name
			}
		}
	}
	return found
}

// leastStruck is the length from which a secret's value is looked for in messages: shorter ones occur in ordinary words.
const leastStruck = 8
