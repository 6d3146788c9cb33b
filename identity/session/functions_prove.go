package session

import (
	"strconv"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
)

// formulas are the checks and row keys of single platforms.
func formulas() map[string]*function {
	return map[string]*function{
		"wordpress_mac": {args: "cookie, password hash, key, salt", min: 4, max: 4, truth: true, call: proof(func(r *run, s []string) error {
			w, err := r.wordpress(s[0])
			if err != nil {
				return err
			}
			return w.CheckMAC(s[1], secret.New(s[2]), secret.New(s[3]), r.now)
		})},
		"wordpress_until": {args: "cookie, session_tokens", min: 2, max: 2, call: onTexts(func(r *run, s []string) (string, error) {
			w, err := r.wordpress(s[0])
			if err != nil {
				return "", err
			}
			until, err := w.CheckTokens(s[1], r.now)
			return strconv.FormatInt(until.Unix(), 10), err
		})},
		"smf": {args: "hash, passwd, password_salt", min: 3, max: 3, truth: true, open: func(keys []secret.Secret) (call, error) {
			return proof(func(_ *run, s []string) error { return decode.CheckSMF(s[0], s[1], s[2], keys[0]) }), nil
		}},
		"vbulletin_remembers": {args: "cookie, password", min: 2, max: 2, truth: true, open: func(keys []secret.Secret) (call, error) {
			return proof(func(_ *run, s []string) error { return decode.CheckVBulletinRemember(s[0], s[1], keys[0]) }), nil
		}},
		"vbulletin_idhash": {args: "user agent, address, octets", min: 3, max: 3, gives: givesSecret, call: onTexts(func(_ *run, s []string) (string, error) {
			octets, err := strconv.Atoi(s[2])
			if err != nil {
				return "", noValue("not a whole number")
			}
			return decode.VBulletinIDHash(s[0], s[1], octets)
		})},
		"mediawiki_token": {args: "cookie, user_token", min: 2, max: 2, truth: true, call: proof(func(_ *run, s []string) error {
			return decode.CheckMediaWikiToken(s[0], s[1])
		})},
		"mediawiki_versioned_token": {args: "cookie, user_token", min: 2, max: 2, truth: true, open: func(keys []secret.Secret) (call, error) {
			return proof(func(_ *run, s []string) error {
				return decode.CheckMediaWikiVersionedToken(s[0], s[1], keys[0].Reveal())
			}), nil
		}},
		"keygrip": {args: "key, cookie name, raw value, signature", min: 4, max: 4, truth: true, call: proof(func(_ *run, s []string) error {
			return decode.CheckKeygrip(s[1], s[2], s[3], secret.New(s[0]))
		})},
		"devise_salt": {args: "encrypted_password", min: 1, max: 1, gives: givesSecret, call: onTexts(func(_ *run, s []string) (string, error) {
			return decode.DeviseSalt(s[0]), nil
		})},
		"discourse_token": {args: "token", min: 1, max: 1, gives: givesSecret, open: func(keys []secret.Secret) (call, error) {
			return onTexts(func(_ *run, s []string) (string, error) { return decode.DiscourseToken(s[0], keys[0]) }), nil
		}},
		"same_network": {args: "address, address, octets", min: 3, max: 3, truth: true, call: func(_ *run, args []value) (value, error) {
			s, err := texts(args)
			if err != nil {
				return value{}, err
			}
			octets, err := args[2].number()
			if err != nil {
				return value{}, err
			}
			return truthValue(octets >= 0 && octets <= 4 && decode.SameNetwork(s[0], s[1], int(octets))), nil
		}},
		"same_browser": {args: "user agent, stored", min: 2, max: 2, truth: true, call: func(_ *run, args []value) (value, error) {
			s, err := texts(args)
			if err != nil {
				return value{}, err
			}
			return truthValue(decode.SameBrowser(s[0], s[1])), nil
		}},
	}
}
