package demo

import (
	"crypto/rand"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
)

const (
	basePath = "/chat" // where the pretend site mounts the sidecar
	widgetID = "1"
	apiLogin = "demo"
)

// world is what the three parts of a demo have agreed on, as a site owner and a chat provider would in the provider's form.
type world struct {
	site, provider string // origins: "http://127.0.0.1:8080"
	database       string // path of the site's SQLite file

	siteKey     secret.Secret // the site's own server proves itself to the sidecar with it
	apiPassword secret.Secret // the provider proves itself to the sidecar with it
	signingKey  secret.Secret // the sidecar signs tokens with it, the provider checks them

	now func() time.Time
}

// newWorld returns a world with fresh random secrets.
func newWorld(site, provider, database string) world {
	return world{
		site: site, provider: provider, database: database,
		siteKey: randomSecret(), apiPassword: randomSecret(), signingKey: randomSecret(),
		now: time.Now,
	}
}

// randomSecret is 52 letters and digits with 260 random bits, twice what any key here must have.
func randomSecret() secret.Secret { return secret.New(rand.Text() + rand.Text()) }

// base is the public address of the sidecar.
func (w world) base() string { return w.site + basePath }

// environ is the whole environment of the sidecar: what a site owner would write into .env.
func (w world) environ() []string {
	return []string{
		"CHATPASS_LISTEN=127.0.0.1:0",
		"CHATPASS_ADMIN_LISTEN=off",
		"CHATPASS_BASE_PATH=" + basePath,
		"CHATPASS_SITE_URL=" + w.site,
		"CHATPASS_TRUSTED_PROXIES=127.0.0.1/32", // the pretend site's proxy
		"CHATPASS_DATABASE_URL=sqlite:" + w.database,
		"CHATPASS_USERS_TABLE=members",
		"CHATPASS_USERS_ID=id",
		"CHATPASS_USERS_NAME=name",
		"CHATPASS_USERS_AVATAR=" + w.site + "/avatars/{avatar}",
		"CHATPASS_USERS_PROFILE_URL=" + w.site + "/members/{id}",
		"CHATPASS_USERS_LASTLOGIN=last_login",
		"CHATPASS_USERS_BADGE=badge",
		"CHATPASS_USERS_WHERE=status = 'active'",
		"CHATPASS_SITE_KEY=" + w.siteKey.Reveal(),
		"CHATPASS_IMBACHAT_WIDGET_ID=" + widgetID,
		"CHATPASS_IMBACHAT_API_LOGIN=" + apiLogin,
		"CHATPASS_IMBACHAT_API_PASSWORD=" + w.apiPassword.Reveal(),
		"CHATPASS_IMBACHAT_SECRET_KEY=" + w.signingKey.Reveal(),
		"CHATPASS_IMBACHAT_SCRIPT_BASE=" + w.provider,
		"CHATPASS_IMBACHAT_GUESTS=load",
		"CHATPASS_LOG_LEVEL=warn",
		"CHATPASS_DRAIN_DELAY=0s",
	}
}
