package mesibo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/chatpass/chatpass/provider"
)

// checkGroup is a group that nobody has: gids are counted up from small numbers.
const checkGroup = int64(1)<<62 - 1

// Check calls Mesibo: whether it takes the app token, by asking for the members of a group that does not exist, which changes nothing. Whether it takes the app ids nobody can
// try without making a user there.
func (p *Provider) Check(ctx context.Context) []provider.Finding {
	findings := []provider.Finding{p.checkToken(ctx)}
	add := func(level, text, remedy string) {
		findings = append(findings, provider.Finding{Level: level, Text: text, Remedy: remedy})
	}
	add(provider.LevelOK, fmt.Sprintf("apps that may sign in: %s; that Mesibo knows them was not tried, since that makes a user there", strings.Join(p.apps, ", ")), "")
	add(provider.LevelWarn, "calls to Mesibo must come from five addresses at most, over all instances, trials and colleagues: from more it disables the application (TOKENBREACH)",
		"have all instances reach Mesibo by the same fixed address, and use another application for trials")
	findings = append(findings, p.survey(ctx)...)
	if !p.c.legacy() {
		return findings
	}
	if v1, _ := p.c.generations(); v1 {
		findings = append(findings, p.checkFolder())
	}
	switch kind, _, _ := strings.Cut(p.c.OTPDelivery.Reveal(), ":"); kind {
	case byLink:
		add(provider.LevelOK, "log-in codes are shown to users who are signed in to the site: POST "+p.base+linkPath, "")
	case byLog:
		add(provider.LevelWarn, "log-in codes are written into the log", "use linkcode, webhook or smtp for CHATPASS_MESIBO_OTP_DELIVERY before others use it")
	default:
		add(provider.LevelOK, "log-in codes are sent by "+kind+"; that one arrives was not tried", "")
	}
	if p.c.Signup == wordOpen {
		add(provider.LevelWarn, "whoever has a phone may sign in, also without being a user of the site", "set CHATPASS_MESIBO_SIGNUP=off unless that is wanted")
	}
	if p.c.DefaultCountry == "" {
		add(provider.LevelOK, "phones without a country code are refused; CHATPASS_MESIBO_DEFAULT_COUNTRY gives them one", "")
	}
	return findings
}

// checkFolder looks whether uploads can be kept.
func (p *Provider) checkFolder() provider.Finding {
	const remedy = "name a folder that the account which serves may write to, in CHATPASS_MESIBO_FILES"
	err := p.private.folder.probe()
	switch {
	case err == nil:
		return provider.Finding{Level: provider.LevelOK, Text: "pictures are kept in " + p.private.folder.dir}
	case errors.Is(err, fs.ErrPermission):
		return provider.Finding{Level: provider.LevelWarn, Text: "this account can keep no pictures: " + err.Error(), Remedy: "run check as the account that serves; if that is this one, " + remedy}
	default:
		return provider.Finding{Level: provider.LevelFail, Text: "pictures cannot be kept: " + err.Error(), Remedy: remedy}
	}
}

// checkToken tries the app token.
func (p *Provider) checkToken(ctx context.Context) provider.Finding {
	_, err := p.client.call(ctx, opGroupList, struct {
		GID   int64 `json:"gid"`
		Count int   `json:"count"`
	}{checkGroup, 1})
	var e *apiError
	switch is := errors.As(err, &e); {
	case err == nil, is && e.kind == kindWrong && e.code != "" && e.code != codeAuth && e.code != codeBadOp:
		return provider.Finding{Level: provider.LevelOK, Text: "Mesibo takes the app token"}
	case is && e.code == codeBreach:
		return provider.Finding{
			Level: provider.LevelFail, Text: err.Error() + ": the application is disabled, since its app token was used from more than five addresses",
			Remedy: "settle it in Mesibo's console, make a new app token, and have all calls leave by few fixed addresses",
		}
	case is && e.kind == kindRefused:
		return provider.Finding{Level: provider.LevelFail, Text: err.Error(), Remedy: "copy the app token of your application from Mesibo's console into CHATPASS_MESIBO_APP_TOKEN"}
	case is && e.code == codeBadOp: // on-premise, the hosted API knows users alone
		return provider.Finding{Level: provider.LevelWarn, Text: "Mesibo answers, but does not know the operation by which the app token is tried", Remedy: "try a log-in"}
	case is && strings.Contains(e.cause, "certificate"):
		return provider.Finding{
			Level: provider.LevelFail, Text: err.Error(),
			Remedy: "install the certificates of the public authorities (Debian: ca-certificates), or correct CHATPASS_MESIBO_BASE_URL",
		}
	case is && e.kind == kindUnwell:
		return provider.Finding{Level: provider.LevelFail, Text: err.Error(), Remedy: "look whether this machine reaches the address of CHATPASS_MESIBO_BASE_URL"}
	default:
		return provider.Finding{Level: provider.LevelFail, Text: err.Error(), Remedy: "look whether CHATPASS_MESIBO_BASE_URL is the address of Mesibo's backend API"}
	}
}
