package demo

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxText = 4000 // characters of a message
	maxID   = 768  // bytes of a user id, as the sidecar's
	maxRef  = 64   // bytes of a request's own name
)

// request is what a widget sends.
type request struct {
	Type  string `json:"type"`            // hello, open, send, read
	Ref   string `json:"ref,omitempty"`   // comes back in the answer
	Token string `json:"token,omitempty"` // hello: widget token; open: open-dialog token, may be missing
	With  string `json:"with,omitempty"`  // the other user
	Text  string `json:"text,omitempty"`
}

// event is what a widget receives.
type event struct {
	Type     string    `json:"type"` // welcome, dialog, message, read, error
	Ref      string    `json:"ref,omitempty"`
	Me       *profile  `json:"me,omitempty"`
	With     *profile  `json:"with,omitempty"`
	Contacts []contact `json:"contacts,omitempty"`
	Messages []message `json:"messages,omitempty"`
	Message  *message  `json:"message,omitempty"`
	Unread   int       `json:"unread,omitempty"`
	Notice   string    `json:"notice,omitempty"` // what does not work right now, for the visitor
	Error    string    `json:"error,omitempty"`
}

// contact is a line of the contact list.
type contact struct {
	With   profile `json:"with"`
	Last   message `json:"last"`
	Unread int     `json:"unread"`
}

const (
	noticeNames = "The site does not tell names and pictures right now. They come back by themselves."
	errUnknown  = "This person is not a member of the site (any more)."
)

var errNotMember = errors.New("not a member of the site")

// greet lets a visitor in: own profile, contacts, and the place in the hub. A user the site does not know (banned since
// the token was signed) is refused; a site that does not answer is not a reason to.
func (p *provider) greet(ctx context.Context, t *tab) error {
	users, err := p.users.profiles(ctx, append(p.hub.partners(t.user), t.user)...)
	notice := ""
	if err != nil {
		notice = noticeNames
	} else if _, known := users[t.user]; !known {
		return errNotMember
	}
	return p.hub.join(t.user, t, func(dialogs []summary) event {
		me := orNumber(users, t.user)
		welcome := event{Type: "welcome", Me: &me, Notice: notice}
		for _, d := range dialogs {
			welcome.Contacts = append(welcome.Contacts, contact{With: orNumber(users, d.with), Last: d.last, Unread: d.unread})
		}
		return welcome
	})
}

// orNumber is the profile of a user, or one with a neutral name.
func orNumber(users map[string]profile, id string) profile {
	if p, ok := users[id]; ok {
		return p
	}
	return profile{ID: id, Name: "Member " + id}
}

// handle answers one request.
func (t *tab) handle(in request) {
	if len(in.Ref) > maxRef {
		in.Ref = ""
	}
	if in.With == "" || len(in.With) > maxID {
		t.refuse(in, errUnknown)
		return
	}
	if in.With == t.user {
		t.refuse(in, "This is you.")
		return
	}
	switch in.Type {
	case "open":
		t.open(in)
	case "send":
		t.send(in)
	case "read":
		_ = t.provider.hub.read(t.user, in.With) // a dialog that was forgotten meanwhile has nothing unread
	default:
		t.refuse(in, "This message could not be read.")
	}
}

func (t *tab) refuse(in request, text string) {
	t.push(event{Type: "error", Ref: in.Ref, Error: text})
}

// open shows a dialog. The open-dialog token is checked when there is one; ImbaChat does not demand it.
func (t *tab) open(in request) {
	p := t.provider
	if in.Token != "" {
		claims, err := p.verifier.Dialog(in.Token)
		switch {
		case err != nil:
			p.logger.Warn("open-dialog token refused", "error", err)
			t.refuse(in, "This button is out of date. Reload the page and try again.")
			return
		case claims.To != in.With || claims.From != t.user:
			p.logger.Warn("open-dialog token of other users refused")
			t.refuse(in, "This button belongs to somebody else. Reload the page and try again.")
			return
		case claims.Status != 0:
			t.refuse(in, "You may not write to this person.")
			return
		}
	}
	users, notice, known := t.both(in.With)
	if !known {
		t.refuse(in, errUnknown)
		return
	}
	with := orNumber(users, in.With)
	p.hub.history(t.user, in.With, t, func(messages []message) event {
		return event{Type: "dialog", Ref: in.Ref, With: &with, Messages: messages, Notice: notice}
	})
}

// send passes a message on.
func (t *tab) send(in request) {
	text := cleanText(in.Text)
	switch {
	case text == "":
		t.refuse(in, "There is nothing to send.")
		return
	case utf8.RuneCountInString(text) > maxText:
		t.refuse(in, "This message is too long: 4,000 characters at most.")
		return
	}
	users, _, known := t.both(in.With)
	if !known {
		t.refuse(in, errUnknown)
		return
	}
	me, with := orNumber(users, t.user), orNumber(users, in.With)
	t.provider.hub.send(t.user, in.With, text,
		func(m message, unread int) event {
			return event{Type: "message", Ref: in.Ref, With: &with, Message: &m, Unread: unread}
		},
		func(m message, unread int) event {
			return event{Type: "message", With: &me, Message: &m, Unread: unread}
		})
}

// both looks up the visitor and the other user. Known is false only when the site says so.
func (t *tab) both(with string) (users map[string]profile, notice string, known bool) {
	users, err := t.provider.users.profiles(t.provider.lifetime, t.user, with)
	if err != nil {
		return users, noticeNames, true
	}
	_, known = users[with]
	return users, "", known
}

// cleanText drops what is invisible at the ends and control characters but line breaks and tabs.
func cleanText(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || r == utf8.RuneError {
			return -1
		}
		return r
	}, s))
}
