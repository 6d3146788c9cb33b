package mesibo

import (
	"time"

	"github.com/chatpass/chatpass/internal/secret"
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

	enabled bool
}
