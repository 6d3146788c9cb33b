package imbachat

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/provider"
)

// Config is the settings of ImbaChat: the four credentials of its form and how users appear in it.
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
}
