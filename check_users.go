package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/jwt"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

// seen is what users show of the way ids are written.
type seen struct {
	id    userinfo.ID     // of a user whom the provider can name; a made-up one where there is none
	token json.RawMessage // the id as the provider's token has it; nil without a token
	info  json.RawMessage // the id as users-info has it; nil where it was not answered
}

// users shows a few users, masked, and what is missing in them, and plays the provider for one of them.
func (r *report) users(ctx context.Context, s *site) *seen {
	found := &seen{id: "1"}
	users, err := s.directory.Sample(ctx)
	switch {
	case err != nil:
		r.fail("users", err.Error(), s.remedy(err))
		return found
	case len(users) == 0:
		r.warn("users", "the table has no visible user", "loosen CHATPASS_USERS_WHERE, or check that this is the right table")
		r.callback(ctx, s, found)
		return found
	}
	times := false
	for i := range users {
		r.user(&users[i], s.info != nil)
		times = times || !users[i].LastLogin.IsZero()
	}
	if s.cfg.Mapping.MapsLastLogin() && !times {
		r.warn("CHATPASS_USERS_LASTLOGIN", "gives no time for any of the users looked at", "map a column with a date or with seconds since 1970")
	}
	r.tokens(ctx, s, users, found)
	r.visible(ctx, s)
	r.callback(ctx, s, found)
	r.ids(s, found)
	return found
}

// user shows one user. asked says that a provider asks users-info for them.
func (r *report) user(u *userinfo.User, asked bool) {
	shown := []string{"id " + mask(string(u.ID), 2), "name " + mask(u.Name, 1)}
	for what, has := range map[string]bool{"picture": u.AvatarURL != "", "profile": u.ProfileURL != "", "last log-in": !u.LastLogin.IsZero(), "badge": u.Badge != ""} {
		if has {
			shown = append(shown, what)
		}
	}
	slices.Sort(shown[2:]) // id and name come first
	r.ok("user", "%s", strings.Join(shown, ", "))
	if u.Name == "" {
		r.warn("CHATPASS_USERS_NAME", "is empty for user "+mask(string(u.ID), 2), "add an alternative: display_name ?? username ?? 'Member {id}'")
	}
	if asked && separated(u.ID) {
		r.warn("CHATPASS_USERS_ID", "holds a separator of users-info (, ; | or a blank) in the id of user "+mask(string(u.ID), 2)+": the provider can never ask for such users",
			"map a key without them, such as a numeric one")
	}
}

// separators stand between the ids of a users-info call (CONTRACT §3).
const separators = ",;| "

// separated reports whether users-info would take an id for several.
func separated(id userinfo.ID) bool { return strings.ContainsAny(string(id), separators) }

// mask shows the first characters of a text: enough to recognise a row of one's own, too little to pass on.
func mask(s string, keep int) string {
	n := utf8.RuneCountInString(s)
	if n == 0 {
		return "(empty)"
	}
	if n <= keep {
		keep = n - 1
	}
	return printable(string([]rune(s)[:max(keep, 0)])) + "***"
}

// tokens signs one for each provider, and notes a user whom the first one can name, or else any.
func (r *report) tokens(ctx context.Context, s *site, users []userinfo.User, found *seen) {
	found.id = users[0].ID
	for i, p := range s.providers {
		if _, asks := p.(provider.Issuer); asks {
			continue // its tokens are the provider's own; what can be told of them the provider's check tells
		}
		if u, w := r.token(ctx, s, p, users); u != nil && i == 0 {
			found.id, found.token = u.ID, tokenID(w.Token)
		}
	}
}

// nobody is the id that stands for guests at providers.
const nobody = "0"

// token signs for the first user the provider can name, and returns that one. A row with id 0 or with a number too large to be
// exact is no fault of the settings as long as there are others.
func (r *report) token(ctx context.Context, s *site, p provider.Provider, users []userinfo.User) (named *userinfo.User, pass *provider.Widget) {
	const report = "this is a fault of Chatpass; please report it"
	var large *userinfo.User
	for i := range users {
		u := &users[i]
		w, err := p.Widget(ctx, u, time.Time{})
		switch {
		case errors.Is(err, provider.ErrNoToken) && u.ID == nobody:
		case errors.Is(err, provider.ErrNoToken):
			large = u
		case err != nil:
			r.fail("token", fmt.Sprintf("%s: %v", p.Name(), err), report)
			return nil, nil
		case named == nil:
			named, pass = u, w
			if err := s.verify(p, w, u.ID); err != nil {
				r.fail("token", fmt.Sprintf("%s: signed, but it does not hold: %v", p.Name(), err), report)
				return nil, nil
			}
			r.ok("token", "%s: signed for %s and verified", p.Name(), time.Until(w.ExpiresAt).Round(time.Minute))
		}
	}
	switch {
	case large != nil:
		add := r.fail
		if named != nil {
			add = r.warn
		}
		add("token", fmt.Sprintf("%s: the id %s, and perhaps others, is beyond 2^53 or no number at all: such users get no token and are left out of users-info", p.Name(), mask(string(large.ID), 2)),
			"set CHATPASS_IMBACHAT_USER_ID_AS=string, or map a smaller key")
	case named == nil:
		r.warn("token", p.Name()+": the only id seen is 0, which is a guest to providers: such a row gets no token", "nothing has to be done if the site has no other users yet")
	}
	return named, pass
}

// verify checks a token as the provider does: signature, form, end and user.
func (s *site) verify(p provider.Provider, w *provider.Widget, id userinfo.ID) error {
	for _, section := range s.cfg.Sections {
		c, ok := section.(*imbachat.Config)
		if !ok || c.Name() != p.Name() {
			continue
		}
		v, err := jwt.NewVerifier([]secret.Secret{c.SecretKey}, 1, time.Now)
		if err != nil {
			return err
		}
		got, _, err := v.Widget(w.Token)
		if err == nil && got != string(id) {
			err = errors.New("it names another user")
		}
		return err
	}
	return nil
}
