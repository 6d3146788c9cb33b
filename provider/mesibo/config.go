package mesibo

import (
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// MinAppToken is the least length of the app token in bytes; real ones have 44 and more.
const MinAppToken = 16

// The words of settings with a choice.
const (
	wordOff      = "off"
	wordOpen     = "open"
	wordMutual   = "mutual"
	wordLocal    = "local"
	wordPhone    = "phone"
	wordOpaque   = "opaque"
	wordV1       = "v1"
	wordV2       = "v2"
	linkDelivery = "linkcode"
)

// Limits of the life of a token.
const (
	minTTL    = time.Minute               // Mesibo counts in minutes
	maxTTL    = 10 * 365 * 24 * time.Hour // longer than any phone is used
	legacyTTL = 365 * 24 * time.Hour      // of the stock messengers, which ask again only when they are signed out (reference C4)
	ownTTL    = 30 * 24 * time.Hour       // of POST /mesibo/token (reference C4)
)

// Config is the settings of Mesibo. Variables start with CHATPASS_MESIBO_.
type Config struct {
	AppToken       secret.Secret `envconfig:"APP_TOKEN"`
	AppIDs         []string      `envconfig:"APP_IDS"`
	BaseURL        string        `envconfig:"BASE_URL" default:"https://api.mesibo.com/backend/"`
	Legacy         string        `envconfig:"LEGACY" default:"v1,v2"` // v1, v2, or off
	LegacyPaths    []string      `envconfig:"LEGACY_PATHS" default:"/messenger/api.php,/messenger/,/api.php"`
	Origins        []string      `envconfig:"ORIGINS"`                 // of web messengers that may call the legacy paths
	UsersPhone     string        `envconfig:"USERS_PHONE"`             // expression of the mapping
	Address        string        `envconfig:"ADDRESS" default:"phone"` // or opaque
	DefaultCountry string        `envconfig:"DEFAULT_COUNTRY"`
	OTP            string        `envconfig:"OTP" default:"local"`             // or mesibo
	OTPDelivery    secret.Secret `envconfig:"OTP_DELIVERY" default:"linkcode"` // linkcode, webhook:URL, smtp:URL or log; may hold a password
	OTPTemplate    string        `envconfig:"OTP_TEMPLATE"`
	Signup         string        `envconfig:"SIGNUP" default:"off"`
	TokenTTL       time.Duration `envconfig:"TOKEN_TTL"` // 0: a year for legacy app ids, 30 days for POST /mesibo/token
	Files          string        `envconfig:"FILES"`     // folder; empty: mesibo in STATE_DIR
	Privacy        string        `envconfig:"PRIVACY" default:"open"`
	Share          string        `envconfig:"SHARE"` // text of an invitation; empty: one that names the site
	// ImportFrom is the address of the PHP backend's database, for `chatpass mesibo import` alone.
	ImportFrom secret.Secret `envconfig:"IMPORT_FROM"`

	enabled  bool
	loopback bool // only this machine reaches the address that is listened on
}

// Name returns "mesibo".
func (*Config) Name() string { return name }

// VisitorFields returns none: the name is always read, and phones are read when they are needed.
func (*Config) VisitorFields() []string { return nil }

// UserFields returns the phone, which who signs in by phone must have, and which the address is unless that is opaque, and what tells that a password has changed.
func (c *Config) UserFields() []userinfo.PrivateField {
	return []userinfo.PrivateField{
		{Name: phoneField, Var: "MESIBO_USERS_PHONE", Expr: c.UsersPhone, Required: c.needsPhones()}, {Name: userinfo.PasswordField},
	}
}

// needsPhones reports whether nobody gets in without a phone.
func (c *Config) needsPhones() bool { return c.legacy() || c.Address != wordOpaque }

// MailsBy names OTP_DELIVERY where codes go by mail, which users must have addresses for.
func (c *Config) MailsBy() string {
	if kind, _, _ := strings.Cut(c.OTPDelivery.Reveal(), ":"); c.legacy() && kind == bySMTP {
		return "MESIBO_OTP_DELIVERY"
	}
	return ""
}

// Enabled reports whether any of the variables was set.
func (c *Config) Enabled() bool { return c.enabled }

// SetEnabled tells the settings whether any of their variables was set.
func (c *Config) SetEnabled(on bool) { c.enabled = on }

// SetLoopback tells the settings whether only this machine reaches the address that is listened on.
func (c *Config) SetLoopback(only bool) { c.loopback = only }

// Secrets lists the app token.
func (c *Config) Secrets() []setting.Secret {
	return []setting.Secret{{
		Var: "MESIBO_APP_TOKEN", Value: c.AppToken, Min: MinAppToken, Remedy: "copy the app token of your application from the console of Mesibo",
	}}
}

// StoreKeys lists the app token: whoever has it can make tokens of any user anyway.
func (c *Config) StoreKeys() []secret.Secret { return []secret.Secret{c.AppToken} }

// StoreApp is Application.
func (c *Config) StoreApp() string { return Application }

// generations tells which of the legacy protocol's are served.
func (c *Config) generations() (v1, v2 bool) {
	for _, word := range words(c.Legacy) {
		v1 = v1 || word == wordV1
		v2 = v2 || word == wordV2
	}
	return v1, v2
}

// legacy reports whether the legacy paths are served.
func (c *Config) legacy() bool {
	v1, v2 := c.generations()
	return v1 || v2
}

// life is how long a token lives, in whole minutes as Mesibo counts.
func (c *Config) life(own bool) time.Duration {
	switch {
	case c.TokenTTL != 0:
		return c.TokenTTL.Truncate(time.Minute)
	case own:
		return ownTTL
	default:
		return legacyTTL
	}
}
