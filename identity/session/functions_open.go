package session

import (
	"strconv"
	"time"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
)

// openers are the formats the site encrypts or signs. What they give was written by who has the key.
func openers() map[string]*function {
	return map[string]*function{
		"laravel": {args: "cookie name, value", min: 2, max: 2, open: laravel(func(l *decode.Laravel) call {
			return onTexts(func(_ *run, s []string) (string, error) { return l.Cookie(s[0], s[1]) })
		})},
		"laravel_text": {args: "text", min: 1, max: 1, open: laravel(func(l *decode.Laravel) call {
			return onTexts(func(_ *run, s []string) (string, error) { return ofBytes(l.Decrypt(s[0])) })
		})},
		"laravel_remembers": {args: "recaller, remember token, password", min: 3, max: 3, truth: true, open: laravel(func(l *decode.Laravel) call {
			return proof(func(_ *run, s []string) error {
				r, err := decode.ParseRecaller(s[0])
				if err != nil {
					return err
				}
				return l.CheckRecaller(r, s[1], s[2])
			})
		})},
		"rails":        {args: "cookie name, value [, name, …]", min: 2, max: -1, open: rails((*decode.Rails).Encrypted)},
		"rails_signed": {args: "cookie name, value [, name, …]", min: 2, max: -1, open: rails((*decode.Rails).Signed)},
		"django": {args: "salt, text [, name, …]", min: 2, max: -1, open: django(func(d *decode.Django) call {
			return onTree(func(s []string) (decode.Value, []string, error) {
				v, _, err := d.Session(s[0], s[1])
				return v, s[2:], err
			})
		})},
		"django_time": {args: "salt, text", min: 2, max: 2, open: django(func(d *decode.Django) call {
			return onTexts(func(_ *run, s []string) (string, error) {
				_, at, err := d.Session(s[0], s[1])
				return strconv.FormatInt(at.Unix(), 10), err
			})
		})},
		"django_legacy": {args: "text [, name, …]", min: 1, max: -1, open: django(func(d *decode.Django) call {
			return onTree(func(s []string) (decode.Value, []string, error) {
				v, err := d.Legacy(s[0])
				return v, s[1:], err
			})
		})},
		"django_password": {args: "auth hash, password", min: 2, max: 2, truth: true, open: django(func(d *decode.Django) call {
			return proof(func(_ *run, s []string) error { return d.CheckAuthHash(s[0], s[1]) })
		})},
		"defuse": {args: "text", min: 1, max: 1, open: func(keys []secret.Secret) (call, error) {
			d, err := decode.NewDefuse(keys[0])
			if err != nil {
				return nil, err
			}
			return onTexts(func(_ *run, s []string) (string, error) { return ofBytes(d.Decrypt(s[0])) }), nil
		}},
		"jwt": {args: "token [, name, …]", min: 1, max: -1, open: func(keys []secret.Secret) (call, error) {
			return func(r *run, args []value) (value, error) {
				s, err := texts(args)
				if err != nil {
					return value{}, err
				}
				v, err := decode.JWT(s[0], keys[0], r.now)
				return found(v, err, s[1:])
			}, nil
		}},
		"typo3": {args: "value, path", min: 2, max: 2, open: typo3(func(t *decode.TYPO3) call {
			return onTexts(func(r *run, s []string) (string, error) { return t.Session(s[0], r.host, s[1], r.now) })
		})},
		"typo3_row": {args: "session id", min: 1, max: 1, gives: givesSecret, open: typo3(func(t *decode.TYPO3) call {
			return onTexts(func(_ *run, s []string) (string, error) { return t.RowKey(s[0]) })
		})},
	}
}

// opener is how a function with keys is prepared.
type opener = func(keys []secret.Secret) (call, error)

// opening prepares a decoder once and gives it to the function.
func opening[T any](open func(...secret.Secret) (T, error), use func(T) call) opener {
	return func(keys []secret.Secret) (call, error) {
		d, err := open(keys...)
		if err != nil {
			return nil, err
		}
		return use(d), nil
	}
}

func laravel(use func(*decode.Laravel) call) opener { return opening(decode.NewLaravel, use) }
func django(use func(*decode.Django) call) opener   { return opening(decode.NewDjango, use) }

func typo3(use func(*decode.TYPO3) call) opener {
	return opening(func(keys ...secret.Secret) (*decode.TYPO3, error) { return decode.NewTYPO3(keys[0]) }, use)
}

func rails(open func(*decode.Rails, string, string, time.Time) (decode.Value, error)) opener {
	return opening(decode.NewRails, func(d *decode.Rails) call {
		return func(r *run, args []value) (value, error) {
			s, err := texts(args)
			if err != nil {
				return value{}, err
			}
			v, err := open(d, s[0], s[1], r.now)
			return found(v, err, s[2:])
		}
	})
}

// onTree is a function that reads a structure and gives what stands under names in it.
func onTree(read func(s []string) (decode.Value, []string, error)) call {
	return func(_ *run, args []value) (value, error) {
		s, err := texts(args)
		if err != nil {
			return value{}, err
		}
		v, names, err := read(s)
		return found(v, err, names)
	}
}
