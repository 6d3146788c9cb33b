package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// users shows a few users, masked, and what is missing in them.
func (r *report) users(ctx context.Context, s *site) {
	users, err := s.directory.Sample(ctx)
	if err != nil {
		r.fail("users", err.Error(), s.remedy(err))
		return
	}
	if len(users) == 0 {
		r.warn("users", "the table has no visible user", "loosen CHATPASS_USERS_WHERE, or check that this is the right table")
		r.callback(ctx, s, "1")
		return
	}
	seen := false
	for i := range users {
		r.user(&users[i])
		seen = seen || !users[i].LastLogin.IsZero()
	}
	if s.cfg.Mapping.MapsLastLogin() && !seen {
		r.warn("CHATPASS_USERS_LASTLOGIN", "gives no time for any of the users looked at", "map a column with a date or with seconds since 1970")
	}
	r.callback(ctx, s, r.tokens(ctx, s, users).ID)
}

// user shows one user.
func (r *report) user(u *userinfo.User) {
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
	if separated(u.ID) {
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

// tokens signs one for each provider, and returns a user whom the first one can name, or else any.
func (r *report) tokens(ctx context.Context, s *site, users []userinfo.User) *userinfo.User {
	chosen := &users[0]
	for i, p := range s.providers {
		if u := r.token(ctx, p, users); u != nil && i == 0 {
			chosen = u
		}
	}
	return chosen
}

// nobody is the id that stands for guests at providers.
const nobody = "0"

// token signs for the first user the provider can name, and returns that one. A row with id 0 or with a number too large to be
// exact is no fault of the settings as long as there are others.
func (r *report) token(ctx context.Context, p provider.Provider, users []userinfo.User) (named *userinfo.User) {
	var large *userinfo.User
	for i := range users {
		u := &users[i]
		w, err := p.Widget(ctx, u)
		switch {
		case errors.Is(err, provider.ErrNoToken) && u.ID == nobody:
		case errors.Is(err, provider.ErrNoToken):
			large = u
		case err != nil:
			r.fail("token", fmt.Sprintf("%s: %v", p.Name(), err), "this is a fault of Chatpass; please report it")
			return nil
		case named == nil:
			named = u
			var options struct {
				ID json.RawMessage `json:"user_id"`
			}
			spelled := "a number"
			if err := json.Unmarshal(w.Options, &options); err == nil && bytes.HasPrefix(options.ID, []byte{'"'}) {
				spelled = "a string"
			}
			r.ok("token", "%s: signed for %s; the id is %s there and in users-info", p.Name(), time.Until(w.ExpiresAt).Round(time.Minute), spelled)
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
	return named
}
