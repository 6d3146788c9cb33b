package userinfo

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
)

// checkOutputs refuses to show what looks like a secret. A time may be taken out of a serialized value: WordPress keeps its last log-ins
// in session_tokens.
func (m *Mapping) checkOutputs(e expr, isTime bool) (err error) {
	e.refs(func(r ref, inside bool) {
		if looksSecret(r.name) && (!isTime || !inside) {
			err = errSecret(r)
		} else if m.ofSecrets(r) {
			err = fmt.Errorf("maps %s to an output, whose join is on what looks like a secret", r)
		}
	})
	if !isTime {
		e.pathNames(func(name string) {
			if looksSecret(name) {
				err = fmt.Errorf("maps %q of a path, which looks like a secret, to an output", setting.Clip(name))
			}
		})
	}
	e.conditions(func(c *boolean) {
		if bad := m.checkAnswer(c); bad != nil {
			err = bad
		}
	})
	return err
}

func errSecret(r ref) error {
	what := "column"
	if r.alias != "" {
		what = "column or key"
	}
	return fmt.Errorf("maps %s %s, which looks like a secret, to an output", what, r.name)
}

// checkAnswer refuses conditions whose outcome is shown and would tell more of a secret than whether there is one.
func (m *Mapping) checkAnswer(c *boolean) error {
	if err := m.checkOf(c); err != nil {
		return err
	}
	var err error
	c.each(func(k *boolean) {
		if (looksSecret(k.ref.name) || m.ofSecrets(k.ref)) && !k.asksWhetherEmpty() {
			err = fmt.Errorf("compares %s, which looks like a secret, for an output: only ask whether it is empty", k.ref.name)
		}
	})
	return err
}

// checkOf refuses secrets in the expressions of a condition.
func (m *Mapping) checkOf(c *boolean) (err error) {
	c.exprs(func(e expr) {
		if bad := m.checkOutputs(e, false); bad != nil {
			err = bad
		}
	})
	return err
}

// ofSecrets tells references to a join whose rows hold secrets. That there are such rows may be told.
func (m *Mapping) ofSecrets(r ref) bool {
	return r.alias != "" && r.agg != aggExists && slices.ContainsFunc(m.joins, func(j join) bool { return j.As == r.alias && j.secret })
}

// picksSecrets tells conditions that choose rows by a text that looks like the name of a secret: k = 'auth_key'. not says that they
// stand within a not.
func (b *boolean) picksSecrets(not bool) bool {
	switch b.op {
	case opNot, opNever:
		not = !not
	case opLike:
		return !not && patternOfSecrets(b.like)
	case opTest:
		if (b.test.op == OpNotEqual || b.test.op == OpNotIn) != not {
			return false // leaves them out
		}
		return slices.ContainsFunc(b.test.values, func(l literal) bool { return l.quoted && looksSecret(l.text) })
	}
	return slices.ContainsFunc(b.kids, func(k *boolean) bool { return k.picksSecrets(not) })
}

// asksWhetherEmpty tells conditions that any value fulfils, or none.
func (b *boolean) asksWhetherEmpty() bool {
	switch b.op {
	case opEmpty:
		return true
	case opTest:
		switch b.test.op {
		case OpNull, OpNotNull:
			return true
		case OpEqual, OpNotEqual:
			return !b.now && b.test.values[0] == literal{quoted: true}
		}
	}
	return false
}

// usualSecrets are names under which platforms keep secrets in tables of names and values.
var usualSecrets = []string{
	"_application_passwords", "_password_reset_key", "access_token", "activation_key", "activation-key", "api_key", "apikey", "auth_key", "auth_token",
	"authtoken", "backup_codes", "cookie", "hash", "jwt", "login_hash", "login_key", "otp", "otp_secret", "pass", "passwd", "password", "passwordhash", "private_key", "pwd", "refresh_token",
	"remember_token", "reset_code", "reset_token", "salt", "secret", "session_id", "session_tokens", "sessiontokens", "token", "totp_secret", "two_factor_secret", "user_pass",
	"user_pwd", "user_salt", "user_token", "verification_code", "wp_session_tokens",
}

// patternOfSecrets tells patterns of keys that would show a secret sooner or later. Whatever a pattern finds, a key that looks like a
// secret is never given, see [keyed]; this is for the person who wrote it.
func patternOfSecrets(pattern string) bool {
	return looksSecret(pattern) || slices.ContainsFunc(usualSecrets, func(key string) bool { return matches(key, strings.ToLower(pattern), false) })
}

func checkTime(e expr) error {
	for _, t := range e.alts {
		if t.node == nil && (len(t.parts) != 1 || t.parts[0].ref == (ref{})) {
			return errors.New("must be a column with a point in time, or several with ?? between them")
		}
	}
	return nil
}
