package sendbird

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// MinAPIToken is the least length of the API token in bytes; real ones have 40.
const MinAPIToken = 12

// Limits of the life of a session token. The provider names none; its default are 7 days.
const (
	minTTL     = time.Minute
	maxTTL     = 30 * 24 * time.Hour
	defaultTTL = 7 * 24 * time.Hour
)

// Limits of the pace: one call in a second, and what the provider allows its largest customers.
const (
	minPace = 1
	maxPace = 1000
)

// Config is the settings of Sendbird. Variables start with CHATPASS_SENDBIRD_.
type Config struct {
	AppID           string        `envconfig:"APP_ID"`
	APIToken        secret.Secret `envconfig:"API_TOKEN"`
	BaseURL         string        `envconfig:"BASE_URL"`
	TokenTTL        time.Duration `envconfig:"TOKEN_TTL"` // 0: the provider's default
	LoginPath       string        `envconfig:"LOGIN_PATH" default:"/login"`
	Compat500       bool          `envconfig:"COMPAT_500" default:"false"`
	UserID          string        `envconfig:"USER_ID" default:"{id}"`
	WritesPerSecond int           `envconfig:"WRITES_PER_SECOND" default:"4"`

	enabled bool
}

// Name returns "sendbird".
func (*Config) Name() string { return "sendbird" }

// VisitorFields returns the picture; the name is always read.
func (*Config) VisitorFields() []string { return []string{"avatar_url"} }

// UserFields returns what tells that a password has changed.
func (*Config) UserFields() []userinfo.PrivateField {
	return []userinfo.PrivateField{{Name: userinfo.PasswordField}}
}

// Enabled reports whether any of the variables was set.
func (c *Config) Enabled() bool { return c.enabled }

// SetEnabled tells the settings whether any of their variables was set.
func (c *Config) SetEnabled(on bool) { c.enabled = on }

// Secrets lists the API token.
func (c *Config) Secrets() []setting.Secret {
	return []setting.Secret{{
		Var: "SENDBIRD_API_TOKEN", Value: c.APIToken, Min: MinAPIToken,
		Remedy: "make a secondary API token in the dashboard, under Settings, Application, General, API tokens",
	}}
}

var (
	appID     = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`) // it is a part of a host name
	loginPath = regexp.MustCompile(`^(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}){1,8}$`)   // none of gin's wildcards, no dot segment
	// No digit touches the id: with site{id} before, or beside it in the same application, user 6 of site1{id} would be its user 16.
	userIDs = regexp.MustCompile(`^(?:[A-Za-z0-9_-]{0,39}[A-Za-z_-])?\{id\}(?:[A-Za-z_-][A-Za-z0-9_-]{0,39})?$`)
)

// Faults lists what is wrong with the settings, but for the secret's length.
func (c *Config) Faults() []setting.Fault {
	var faults []setting.Fault
	add := func(name, problem, remedy string) {
		faults = append(faults, setting.Fault{Var: "SENDBIRD_" + name, Problem: problem, Remedy: remedy})
	}
	switch {
	case c.AppID == "":
		add("APP_ID", "is missing", "copy the application id from the dashboard")
	case !appID.MatchString(c.AppID):
		add("APP_ID", fmt.Sprintf("is %q, which is no application id", setting.Clip(c.AppID)), "copy the application id from the dashboard; it has letters, digits and hyphens")
	}
	if strings.ContainsFunc(c.APIToken.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) { // it is a header's value
		add("API_TOKEN", "holds a space, a line break or another character that no API token has", "copy the API token anew from the dashboard, in one line and without anything around it")
	}
	if problem := baseProblem(c.BaseURL); problem != "" {
		add("BASE_URL", problem, "remove it, or use an address such as https://api-your-app-id.sendbird.com, without /v3")
	}
	if c.TokenTTL != 0 && (c.TokenTTL < minTTL || c.TokenTTL > maxTTL) {
		add("TOKEN_TTL", fmt.Sprintf("is %s", c.TokenTTL), "use a time from 1m to 720h, such as 24h, or remove it for the provider's 7 days")
	}
	if len(c.LoginPath) > 128 || !loginPath.MatchString(c.LoginPath) {
		add("LOGIN_PATH", fmt.Sprintf("is %q, which is no path", setting.Clip(c.LoginPath)), "use a path such as /login")
	}
	if !userIDs.MatchString(c.UserID) {
		add("USER_ID", fmt.Sprintf("is %q", setting.Clip(c.UserID)), "use {id} once, with letters, digits, _ and - around it and no digit next to it, such as prod-{id}")
	}
	if c.WritesPerSecond < minPace || c.WritesPerSecond > maxPace {
		add("WRITES_PER_SECOND", fmt.Sprintf("is %d", c.WritesPerSecond), "use 80 % of the writes a second that your plan allows, 1 to 1000; 4 suits a free trial")
	}
	return faults
}

// baseProblem tells what is wrong with the address of the API: the API token goes there, so it must be https but on this machine.
func baseProblem(base string) string {
	if base == "" {
		return ""
	}
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(base, "?#"):
		return "is not an address of the form https://host"
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/v3"):
		return "ends in /v3, which Chatpass adds itself"
	}
	switch u.Scheme {
	case "https":
		return ""
	case "http":
		addr, err := netip.ParseAddr(u.Hostname())
		if u.Hostname() == "localhost" || err == nil && addr.IsLoopback() {
			return ""
		}
		return "is plain http, by which the API token would go in clear text"
	default:
		return "is not an https address"
	}
}

// base is the address of the API with /v3.
func (c *Config) base() string {
	base := c.BaseURL
	if base == "" {
		base = "https://api-" + c.AppID + ".sendbird.com"
	}
	return strings.TrimRight(base, "/") + "/v3"
}
