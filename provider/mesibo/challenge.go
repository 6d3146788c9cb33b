package mesibo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/chatpass/chatpass/store"
)

const (
	codeDigits = 6               // CONTRACT §6
	codeLife   = 5 * time.Minute // SEC-90
)

// codes is how many codes there are: all of six digits, each as likely as any other.
var codes = big.NewInt(1_000_000)

// newCode makes a code.
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, codes)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%0*d", codeDigits, n.Int64()), nil
}

// typedCode returns the digits of a code as somebody typed it.
func typedCode(text string) string {
	if len(text) > maxSpelling {
		return ""
	}
	return strings.Map(plainRune, text)
}

// errNoKey: without a key, hashes of codes could be turned back into codes by trying all.
var errNoKey = errors.New("mesibo: there is no key to keep codes with")

// codeMAC is what is kept of a code: a keyed hash that binds it to its phone and app.
func codeMAC(s state, phone, app, code string) string {
	return s.KeyedHash(codeLabel, phone+"\x00"+app+"\x00"+code)
}

// challenge keeps a code, in the place of one of the same kind. c has its kind, the app it is bound to, and whose it is; with no SiteUser nobody can solve it, whoever asked.
func (p *Provider) challenge(ctx context.Context, s state, c store.MesiboChallenge, phone, code string) (ends time.Time, err error) {
	now := p.now()
	c.PhoneMAC, c.CodeMAC = s.KeyedHash(phoneLabel, phone), codeMAC(s, phone, c.App, code)
	c.CreatedAt, c.ExpiresAt = now, now.Add(codeLife)
	if c.PhoneMAC == "" || c.CodeMAC == "" {
		return time.Time{}, errNoKey
	}
	return c.ExpiresAt, s.PutMesiboChallenge(ctx, c)
}

// solve uses a code up, and returns the challenge it was the code of; false for one that is none, or none any more. Each try that could have been right counts against the
// day's of the phone, right ones too: what is refused tells nothing then. One that met no live code could not, and counts against nobody, so that nobody is locked out by
// tries without codes. It costs the same.
func (p *Provider) solve(ctx context.Context, s state, phone, app, code string) (store.MesiboChallenge, bool, error) {
	mac := s.KeyedHash(phoneLabel, phone)
	if mac == "" {
		return store.MesiboChallenge{}, false, errNoKey
	}
	c, verdict, err := s.TryMesiboChallenge(ctx, mac, func(c store.MesiboChallenge) string {
		bound := app
		if c.App == "" {
			bound = ""
		}
		return codeMAC(s, phone, bound, code)
	})
	if err != nil {
		return c, false, err
	}
	if verdict == store.VerdictIdle {
		_, err := s.Spend(ctx, counted(nil, "mesibo idle phone "+mac, tryLimits)...) // as much work as below
		return c, false, err
	}
	if err := count(ctx, s, counted(nil, "mesibo try phone "+mac, tryLimits)); err != nil {
		return c, false, err
	}
	return c, verdict == store.VerdictSolved && c.SiteUser != "", nil
}
