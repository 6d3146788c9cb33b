package sendbird

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/chatpass/chatpass/provider"
)

// Check calls the provider: whether it takes the application id and the API token, and whether it lets anybody in without a token. For the
// latter it signs in as a user of a name made up, and deletes that user if the provider made one.
func (p *Provider) Check(ctx context.Context) []provider.Finding {
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	var list struct {
		Users []struct{} `json:"users"`
	}
	if err := p.client.do(ctx, call{method: http.MethodGet, path: "/users?limit=1", out: &list}); err != nil {
		return []provider.Finding{{Level: provider.LevelFail, Text: err.Error(), Remedy: remedy(err)}}
	}
	return []provider.Finding{
		{Level: provider.LevelOK, Text: "the application id and the API token are accepted"},
		p.denyLogin(ctx),
	}
}

// remedy tells what to do about an error of the cheap call.
func remedy(err error) string {
	var e *apiError
	switch {
	case !errors.As(err, &e), e.kind == unwell:
		return "look whether this machine reaches the address of CHATPASS_SENDBIRD_BASE_URL, and https://status.sendbird.com"
	case e.code == 400401 || e.code == 400108:
		return "copy an API token of this application from the dashboard into CHATPASS_SENDBIRD_API_TOKEN"
	case e.code == 400304 || e.code == 403100:
		return "copy the application id from the dashboard into CHATPASS_SENDBIRD_APP_ID; upper and lower case count"
	case e.code == 400306:
		return "look at the application's plan in the dashboard"
	case e.kind == limited:
		return "wait a minute, or lower CHATPASS_SENDBIRD_WRITES_PER_SECOND"
	case strings.Contains(e.cause, "certificate"):
		return "install the certificates of the public authorities (Debian: ca-certificates), or correct CHATPASS_SENDBIRD_BASE_URL"
	default:
		return "look whether CHATPASS_SENDBIRD_BASE_URL is the address of Sendbird's Platform API"
	}
}

// denyLogin tries to sign in as somebody without a token, as any browser could.
func (p *Provider) denyLogin(ctx context.Context) provider.Finding {
	address := "chatpass-check-" + strings.ToLower(rand.Text())
	err := p.client.send(ctx, call{
		method: http.MethodPost, path: user(address, "/login"), bare: true, out: &struct{}{},
		body: struct {
			AppID string `json:"app_id"`
		}{p.app},
	})
	const where = "in the dashboard under Settings, Application, Security, Access token permission, choose Deny login for users without a token"
	var e *apiError
	switch {
	case err == nil:
		text := "anybody may sign in as any user without a token, who was not given one yet"
		if err := p.client.do(ctx, call{method: http.MethodDelete, path: user(address)}); err != nil && kindOf(err) != missing {
			text += fmt.Sprintf("; the user %s that was made for this test could not be deleted", address)
		}
		return provider.Finding{Level: provider.LevelWarn, Text: text, Remedy: where}
	case errors.As(err, &e) && (e.kind == forbidden || e.kind == refused || e.kind == missing || e.kind == disabled):
		return provider.Finding{Level: provider.LevelOK, Text: "a log-in without a token is refused"}
	default:
		return provider.Finding{Level: provider.LevelWarn, Text: "it could not be found out whether a log-in without a token is refused", Remedy: where}
	}
}
