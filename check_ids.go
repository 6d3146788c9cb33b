package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/chatpass/chatpass/provider/imbachat"
)

// tokenID is the id as a widget token has it; nil for none.
func tokenID(token string) json.RawMessage {
	_, rest, _ := strings.Cut(token, ".")
	part, _, _ := strings.Cut(rest, ".")
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil
	}
	return userID(text)
}

// userID is the id in a JSON object; nil for none.
func userID(object []byte) json.RawMessage {
	var o struct {
		ID json.RawMessage `json:"user_id"`
	}
	if json.Unmarshal(object, &o) != nil {
		return nil
	}
	return o.ID
}

// Forms of an id.
const (
	number = "a number"
	text   = "a text in quotes"
)

func form(id json.RawMessage) string {
	if bytes.HasPrefix(id, []byte{'"'}) {
		return text
	}
	return number
}

// oldForms is how the provider's own plugins and its published sample wrote ids in users-info (ImbaChat §1.1). Their tokens always
// had a number, whatever the key was (ImbaChat §1.4 S10).
var oldForms = map[string]string{
	"wordpress": number, "october": number, "october3": number, "winter": number, "livestreet": text, "opencart": text, "kvs": text,
}

// ids tells how one user is named in users-info and in the token, and how an old plugin did: what the provider takes for another user
// has other dialogs.
func (r *report) ids(s *site, found *seen) {
	if found.token == nil || found.info == nil {
		return // told already
	}
	if !bytes.Equal(found.token, found.info) {
		r.fail("ids", "the id is "+form(found.info)+" in users-info and "+form(found.token)+" in the token: the provider may take them for two users", "this is a fault of Chatpass; please report it")
		return
	}
	ours := form(found.info)
	old, had := oldForms[s.cfg.Preset]
	switch {
	case !had && ours == number:
		r.ok("ids", "the id is a number in users-info and in the token, as with the provider's plugins; its PHP sample wrote a text in users-info")
	case !had:
		r.ok("ids", "the id is %s in users-info and in the token", ours)
	case !s.directory.KeyKind().Numeric():
		r.warn("ids", "the id is "+ours+" in users-info and in the token; the provider's old plugin cut such ids to numbers, so that its dialogs belong to other ids",
			"nothing has to be done for a new chat; from an old one dialogs cannot be taken along")
	case ours == old && old == number:
		r.ok("ids", "the id is a number in users-info and in the token, as the provider's old plugin had it")
	case r.chosen(s):
		r.ok("ids", "the id is %s in users-info and in the token, as CHATPASS_IMBACHAT_USER_ID_AS says; the provider's old plugin had %s in users-info and a number in the token", ours, old)
	default:
		r.warn("ids", "the id is "+ours+" in users-info and in the token; the provider's old plugin had "+old+" in users-info and a number in the token. Should the provider tell them apart, a change splits the dialogs of a chat that ran with it",
			"set CHATPASS_IMBACHAT_USER_ID_AS, and keep it: number is what tokens always had, string what the old users-info had; for a new chat number")
	}
}

// chosen reports whether the owner set how ids are written.
func (*report) chosen(s *site) bool {
	for _, section := range s.cfg.Sections {
		if c, ok := section.(*imbachat.Config); ok && c.UserIDAs != "" {
			return true
		}
	}
	return false
}
