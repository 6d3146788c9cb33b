package mesibo

import (
	"context"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// own is what the page's own code needs to start a chat.
type own struct {
	AppIDs   []string `json:"app_ids"`
	UserID   string   `json:"user_id"` // the site's; the address at Mesibo comes with the token
	Name     string   `json:"name"`
	TokenURL string   `json:"token_url"`
}

// Widget returns where the page's own code gets a token; never a token, which would cost a call to Mesibo for every page, and never a phone. It is nil for guests, and for
// users whose id cannot be kept.
func (p *Provider) Widget(_ context.Context, u *userinfo.User, _ time.Time) (*provider.Widget, error) {
	if u == nil || !keepable(u.ID) {
		return nil, nil //nolint:nilnil // the seam's way to say that nothing is shown
	}
	text, err := json.Marshal(own{AppIDs: p.apps, UserID: string(u.ID), Name: u.Name, TokenURL: p.base + tokenPath})
	if err != nil {
		return nil, err
	}
	return &provider.Widget{Own: text}, nil
}

// keepable reports whether the store can keep a user's id and tell it from others.
func keepable(id userinfo.ID) bool {
	return id != "" && len(id) <= maxSiteUser && utf8.ValidString(string(id)) && !strangers(string(id))
}
