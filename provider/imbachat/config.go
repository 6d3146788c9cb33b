package imbachat

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
)

// Least lengths of secrets in bytes (CONTRACT §2).
const (
	MinPassword  = 12
	MinSecretKey = 16
)

// Limits of the life of a widget token (CONTRACT §2).
const (
	minTTL = time.Minute
	maxTTL = 24 * time.Hour
)

// CompatRoutes are the old plugins whose routes can be served (ImbaChat §8.1).
var CompatRoutes = []string{"wordpress", "october", "livestreet", "opencart", "kvs"}

// Config is the settings of ImbaChat: the four credentials of its form and how users appear in it.
// Variables start with CHATPASS_IMBACHAT_.
type Config struct {
	WidgetID            string        `envconfig:"WIDGET_ID"`
	APILogin            string        `envconfig:"API_LOGIN"`
	APIPassword         secret.Secret `envconfig:"API_PASSWORD"`
	APIPasswordPrevious secret.Secret `envconfig:"API_PASSWORD_PREVIOUS"`
	SecretKey           secret.Secret `envconfig:"SECRET_KEY"`
	SecretKeyPrevious   secret.Secret `envconfig:"SECRET_KEY_PREVIOUS"`
	TokenTTL            time.Duration `envconfig:"TOKEN_TTL" default:"1h"`
	ScriptBase          string        `envconfig:"SCRIPT_BASE" default:"https://api.imbachat.com"`
	Options             Options       `envconfig:"OPTIONS"`
	Guests              string        `envconfig:"GUESTS" default:"off"`
	UserIDAs            string        `envconfig:"USER_ID_AS"`
	AvatarEmpty         string        `envconfig:"AVATAR_EMPTY" default:"omit"`
	Compat              string        `envconfig:"COMPAT" default:"all"`
	InboundToken        string        `envconfig:"INBOUND_TOKEN" default:"off"`
	IDsPerHour          int           `envconfig:"IDS_PER_HOUR" default:"0"`

	enabled bool
}

// Name returns "imbachat".
func (*Config) Name() string { return "imbachat" }

// VisitorFields returns nothing: tokens and options hold the visitor's id alone.
func (*Config) VisitorFields() []string { return nil }

// Enabled reports whether any of the variables was set.
func (c *Config) Enabled() bool { return c.enabled }

// SetEnabled tells the settings whether any of their variables was set.
func (c *Config) SetEnabled(on bool) { c.enabled = on }

// Secrets lists the secrets that are set or required.
func (c *Config) Secrets() []setting.Secret {
	const form = "copy it from the widget's settings at the provider, where you can also make a new one"
	list := []setting.Secret{
		{Var: "IMBACHAT_API_PASSWORD", Value: c.APIPassword, Min: MinPassword, Remedy: form},
		{Var: "IMBACHAT_SECRET_KEY", Value: c.SecretKey, Min: MinSecretKey, Remedy: form},
	}
	if !c.APIPasswordPrevious.IsZero() {
		list = append(list, setting.Secret{Var: "IMBACHAT_API_PASSWORD_PREVIOUS", Value: c.APIPasswordPrevious, Min: MinPassword, Remedy: form})
	}
	if !c.SecretKeyPrevious.IsZero() {
		list = append(list, setting.Secret{Var: "IMBACHAT_SECRET_KEY_PREVIOUS", Value: c.SecretKeyPrevious, Min: MinSecretKey, Remedy: form})
	}
	return list
}

// Faults lists what is wrong with the settings, but for the secrets' lengths.
func (c *Config) Faults() []setting.Fault {
	var faults []setting.Fault
	add := func(name, problem, remedy string) {
		faults = append(faults, setting.Fault{Var: "IMBACHAT_" + name, Problem: problem, Remedy: remedy})
	}
	switch {
	case c.WidgetID == "":
		add("WIDGET_ID", "is missing", "copy the widget id from the provider's form")
	case !plainWord(c.WidgetID):
		add("WIDGET_ID", fmt.Sprintf("is %q, which is no widget id", setting.Clip(c.WidgetID)), "copy the widget id from the provider's form; it is a number")
	}
	switch {
	case c.APILogin == "":
		add("API_LOGIN", "is missing", "copy the API login from the provider's form")
	case strings.ContainsFunc(c.APILogin, func(r rune) bool { return r == ':' || r < ' ' || r == 0x7f }):
		add("API_LOGIN", "holds a colon or a control character, which Basic auth cannot carry", "choose another API login in the provider's form")
	}
	if c.TokenTTL < minTTL || c.TokenTTL > maxTTL {
		add("TOKEN_TTL", fmt.Sprintf("is %s", c.TokenTTL), "use a time from 1m to 24h")
	}
	if problem := scriptBaseProblem(c.ScriptBase); problem != "" {
		add("SCRIPT_BASE", problem, "use an address such as https://api.imbachat.com")
	}
	choice := func(name, value string, allowed ...string) {
		if !slices.Contains(allowed, value) {
			add(name, fmt.Sprintf("is %q", setting.Clip(value)), "use "+strings.Join(allowed, " or "))
		}
	}
	choice("GUESTS", c.Guests, "off", "load")
	if c.UserIDAs != "" {
		choice("USER_ID_AS", c.UserIDAs, "number", "string")
	}
	choice("AVATAR_EMPTY", c.AvatarEmpty, "omit", "false")
	choice("INBOUND_TOKEN", c.InboundToken, "off", "strict", "lenient")
	for _, name := range c.compat() {
		if !slices.Contains(CompatRoutes, name) {
			add("COMPAT", fmt.Sprintf("names %q", setting.Clip(name)), "use all, none or a list of "+strings.Join(CompatRoutes, ", "))
		}
	}
	if c.IDsPerHour < 0 {
		add("IDS_PER_HOUR", fmt.Sprintf("is %d", c.IDsPerHour), "use 0 for no limit, or a number such as 10000")
	}
	return faults
}

// compat lists the old plugins whose routes are served.
func (c *Config) compat() []string {
	switch c.Compat {
	case "all", "":
		return CompatRoutes
	case "none":
		return nil
	}
	var names []string
	for name := range strings.SplitSeq(c.Compat, ",") {
		names = append(names, strings.TrimSpace(name))
	}
	return names
}

// scriptBaseProblem tells what is wrong with the address of the provider's script: it runs in every visitor's page, so it
// must come by https; plain http is for a provider on this machine only.
func scriptBaseProblem(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(base, "?#") {
		return "is not an address of the form https://host"
	}
	switch u.Scheme {
	case "https":
		return ""
	case "http":
		addr, err := netip.ParseAddr(u.Hostname())
		if u.Hostname() == "localhost" || err == nil && addr.IsLoopback() {
			return ""
		}
		return "is plain http, which browsers refuse on an https page and anyone on the way can change"
	default:
		return "is not an https address"
	}
}

func plainWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	return len(s) <= 64
}
