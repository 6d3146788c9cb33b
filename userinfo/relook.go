package userinfo

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// blindPause is how often the tables are looked at again while something is missing that would tell of new passwords: nothing fails then that would show that it is back.
const blindPause = time.Minute

// due is when the tables of a plan that is in use are to be looked at again, in nanoseconds since 1970; 0 is never.
type due struct{ at, looked atomic.Int64 }

// passed reports whether it is time, to one caller alone. The next time is a pause later.
func (u *due) passed() bool {
	at := u.at.Load()
	if at == 0 {
		return false
	}
	now := time.Now()
	if now.UnixNano() < at || !u.at.CompareAndSwap(at, now.Add(blindPause).UnixNano()) {
		return false
	}
	u.looked.Store(now.UnixNano())
	return true
}

// soon makes it the next time, but not sooner than rebindPause after the last look.
func (u *due) soon(since time.Time) {
	u.at.Store(max(since.UnixNano(), u.looked.Load()) + int64(rebindPause))
}

// again looks at the tables while a plan serves, which goes on to do so if they cannot be looked at, or do not fit.
func (d *Directory) again(ctx context.Context, p *boundPlan) *boundPlan {
	select {
	case d.binding <- struct{}{}:
		defer func() { <-d.binding }()
	default:
		return p
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), d.bindTimeout())
	defer stop()
	fresh, _, err := d.bind(ctx)
	if err != nil {
		return p
	}
	fresh.since = time.Now()
	if !d.bound.CompareAndSwap(p, fresh) {
		return p
	}
	d.kind.Store(uint32(fresh.kind))
	d.tellPasswords(ctx, fresh)
	return fresh
}

// refused looks at the tables again soon when a right was taken away that the plan could do without: a column that only a digest wants must not end everything else. The rest
// stays refused.
func (p *boundPlan) refused(err error) {
	if errors.Is(err, ErrDenied) && p.whole != nil && p.whole.optional {
		p.due.soon(p.since)
	}
}

// tellPasswords tells once when new passwords cannot be noticed any more as they were, or not at all, and once when they can be again. It is called with the right to bind.
func (d *Directory) tellPasswords(ctx context.Context, p *boundPlan) {
	mapped, _ := d.mapping.Password()
	if len(mapped) == 0 {
		return
	}
	found := p.whole.passwordNames()
	missing := slices.DeleteFunc(slices.Clone(d.state.passwords), func(name string) bool { return slices.Contains(found, name) })
	if len(found) == 0 && len(missing) == 0 {
		missing = mapped
	}
	for _, name := range found {
		if !slices.Contains(d.state.passwords, name) {
			d.state.passwords = append(d.state.passwords, name)
		}
	}
	if len(missing) > 0 {
		p.due.at.Store(p.since.Add(blindPause).UnixNano())
	}
	text := strings.Join(missing, ", ")
	if text == d.state.blind {
		return
	}
	d.state.blind = text
	if text == "" {
		d.log.InfoContext(ctx, "what tells of new passwords can be read again", "columns", strings.Join(found, ", "))
		return
	}
	attrs := []any{
		"variable", d.mapping.passwordVar(), "missing", text, "remedy",
		"give the database account the right: chatpass grants prints the SQL; if there is no such column any more, set CHATPASS_USERS_PASSWORD to what takes its place, or to off",
	}
	if len(found) > 0 {
		d.log.WarnContext(ctx, "not all that tells of new passwords is read any more", attrs...)
		return
	}
	d.log.WarnContext(ctx, "a new password does not end the tokens given before it", attrs...)
}

// passwordVar names where it is said what changes with a password.
func (m *Mapping) passwordVar() string {
	for _, x := range m.private {
		if x.digest && x.at.Text != "" {
			return x.at.Text
		}
	}
	return "CHATPASS_USERS_PASSWORD"
}
