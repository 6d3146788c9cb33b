package sendbird

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// Limits of looking after passwords.
const (
	siteLimit   = 2 * time.Second        // for a word with the site's database: a visitor waits no longer for a token than patience
	keptLimit   = 500 * time.Millisecond // for a word with the store while a user waits for a token, which is given without it, too
	marksAtOnce = 100                    // marks that one look adds where there are none of this key, and jobs that it makes: after an upgrade, and of a site that hashes all passwords anew, that is everybody's
	many        = 20                     // changed passwords in a look, or a minute, of which the log tells only together
	noticeTime  = 30 * time.Second       // for which a changed password is not noticed again: its job waits
)

// What is known of whether anything tells of passwords.
const (
	passwordsUnknown int32 = iota
	passwordsNone          // of all who were looked at together nobody's: not asked for any more
	passwordsSeen          // somebody's, at some time: it is asked for from then on
)

var (
	// errChanged ends the making of a token during which the password changed. Nobody was given that token, so that it harms nobody; who asks again is looked at again.
	errChanged = errors.New("the password was changed while a token was made")
	errUnseen  = errors.New("it is not known whether the password was changed")
)

// sight is what is known of a user's password before a token is made. Its zero value is nothing.
//
// It is what keeps a token of an old password from staying alive. A token is given only if the password was the same before and after it was made. Whoever puts a mark
// in the place of another has seen the newer password before they ended the tokens; so a token of the older one was either made before that, and is ended, or sees
// the newer password itself and is given to nobody.
type sight struct {
	digest string         // of the site's directory; "" is not known
	marks  passmark.Marks // "" is not known
	kept   provider.Identity
}

// digest asks the site for what changes with a user's password; "" where nothing is known of it, since no column is mapped, the user is not there, or nobody is looked after.
func (p *Provider) digest(ctx context.Context, id userinfo.ID) (string, error) {
	if p.store == nil || p.users == nil || p.passwords.Load() == passwordsNone {
		return "", nil
	}
	limited, cancel := context.WithTimeout(ctx, siteLimit)
	defer cancel()
	found, err := p.users(limited, id)
	if ctx.Err() == nil { // else nobody waits for it any more
		p.news(&p.unseen, err, "it cannot be looked whether passwords were changed; no tokens of sendbird are made meanwhile", "tokens of sendbird can be made again")
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", errUnseen, err)
	}
	return p.digests(found)[id], nil
}

// digests are those of some users.
func (p *Provider) digests(found []userinfo.User) map[userinfo.ID]string {
	known := make(map[userinfo.ID]string, len(found))
	for i := range found {
		if d := found[i].Private[userinfo.PasswordField]; d != "" {
			known[found[i].ID] = d
		}
	}
	if len(known) > 0 {
		p.passwords.Store(passwordsSeen)
	}
	return known
}

// sight looks at a user's password. Without the store a token is made nevertheless, and its note tells the store of it later.
func (p *Provider) sight(ctx context.Context, id userinfo.ID) (sight, error) {
	digest, err := p.digest(ctx, id)
	if err != nil || digest == "" {
		return sight{}, err
	}
	s := sight{digest: digest}
	ctx, cancel := context.WithTimeout(ctx, keptLimit)
	defer cancel()
	marks, err := p.store.PasswordMarks(ctx, id, digest)
	if err != nil {
		return s, nil
	}
	kept, have, err := p.store.Identity(ctx, name, p.app, id)
	if err == nil && have {
		s.marks, s.kept = marks, kept
	}
	return s, nil
}

// make ends the tokens of an older password and makes a token. It returns errChanged if the password is not what it was at first sight, else as issue does.
func (p *Provider) make(ctx context.Context, m member, ends time.Time, paid bool, s sight) (got pass, created bool, calls int, err error) {
	calls, err = p.endFormer(ctx, m, s)
	if err != nil {
		return pass{}, false, calls, err
	}
	got, created, more, err := p.issue(ctx, m, ends, paid)
	return got, created, calls + more, err
}

// unchanged returns an error unless the password still is what it was at first sight.
func (p *Provider) unchanged(ctx context.Context, id userinfo.ID, digest string) error {
	if digest == "" {
		return nil
	}
	now, err := p.digest(ctx, id)
	if err == nil && now != digest {
		return errChanged
	}
	return err
}

// endFormer ends the tokens that a user was given with an older password, so that the next one is not among them. calls is how many it took.
func (p *Provider) endFormer(ctx context.Context, m member, s sight) (calls int, err error) {
	if !s.marks.Changed(s.kept.Password) {
		return 0, nil
	}
	calls, err = p.revokeAll(ctx, m.id, s.kept.Address, begun)
	p.desk.forget(m.id, all)
	switch {
	case kindOf(err) == disabled: // whom we shut out is made active with the token, and its note, which finds the old mark, has all tokens ended
		return calls, nil
	case err != nil:
		return calls, err
	}
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	_ = p.store.MarkPassword(ctx, name, p.app, m.id, s.kept.Password, s.marks.Now()) // else the note finds the old mark, likewise
	return calls, nil
}

// revokeAll makes all tokens of a user worthless: those of the address that is kept, and of the one that the settings make now.
func (p *Provider) revokeAll(ctx context.Context, id userinfo.ID, kept string, first urgency) (calls int, err error) {
	addresses := []string{kept}
	if now := p.before + string(id) + p.behind; now != kept {
		addresses = append(addresses, now)
	}
	for _, address := range addresses {
		calls++
		if err := p.revoke(ctx, address, first); err != nil {
			return calls, err
		}
	}
	return calls, nil
}

// ended ends the tokens of a user whose password is another than when they were given, unless somebody has done so meanwhile.
func (p *Provider) ended(ctx context.Context, j provider.Job, found []userinfo.User) error {
	digest := p.digests(found)[j.User]
	marks, err := p.store.PasswordMarks(ctx, j.User, digest)
	if err != nil {
		return err
	}
	known, have, err := p.store.Identity(ctx, name, p.app, j.User)
	if err != nil || !have || !marks.Changed(known.Password) {
		return err
	}
	_, err = p.revokeAll(ctx, j.User, known.Address, ending)
	p.desk.drop(j.User) // what was made until now may be older than the revocation
	if err != nil {
		return err
	}
	if p.told.take(kindPassword) == 0 { // of a crowd compare tells
		p.log.Info("the password of a user was changed; their former tokens of sendbird were ended")
	}
	return p.store.MarkPassword(ctx, name, p.app, j.User, known.Password, marks.Now())
}

// keepMark keeps a mark of the password that a user had when given a token. If what is kept is of another password, all the user's tokens are ended: which of the two is the
// older one is not known here.
func (p *Provider) keepMark(ctx context.Context, n *note) error {
	marks, err := p.store.PasswordMarks(ctx, n.id, n.digest)
	if err != nil {
		return err
	}
	known, _, err := p.store.Identity(ctx, name, p.app, n.id)
	if err == nil && (marks.Renews(known.Password) || marks.Foreign(known.Password)) {
		if err = p.store.MarkPassword(ctx, name, p.app, n.id, known.Password, marks.Now()); err == nil {
			known, _, err = p.store.Identity(ctx, name, p.app, n.id) // another instance may have been faster
		}
	}
	if err == nil && marks.Changed(known.Password) {
		err = p.enqueue(ctx, kindRevoke, n.id, n.address)
	}
	return err
}

// noticed are changed passwords whose job was made, so that not every look makes it again.
type noticed map[userinfo.ID]notice

type notice struct {
	mark string // of the new one
	at   time.Time
}

// lately reports whether a password was noticed a moment ago.
func (n noticed) lately(user userinfo.ID, mark string, now time.Time) bool {
	one := n[user]
	return one.mark == mark && now.Sub(one.at) < noticeTime
}

// compare has the tokens ended of those of a page whose password is another than when they were given. Those that memory holds are compared when somebody asks for them.
func (p *Provider) compare(ctx context.Context, page []provider.Identity, digests map[userinfo.ID]string, before noticed) error {
	marked, changed, made := 0, 0, 0
	for _, one := range page {
		marks, err := p.store.PasswordMarks(ctx, one.User, digests[one.User])
		if err != nil {
			return err
		}
		if !marks.Changed(one.Password) {
			delete(before, one.User)
			if marks.Renews(one.Password) && marked < marksAtOnce {
				marked++
				err = p.store.MarkPassword(ctx, name, p.app, one.User, one.Password, marks.Now())
			}
		} else if changed++; made < marksAtOnce && !before.lately(one.User, marks.Now(), p.now()) { // the others at the next look
			made++
			if err = p.enqueue(ctx, kindPassword, one.User, one.Address); err == nil {
				before[one.User] = notice{marks.Now(), p.now()}
			}
		}
		if err != nil {
			return err
		}
	}
	if changed > many {
		p.news(&p.anew, errCrowd, "many passwords were changed at once; the tokens of their users are ended one after the other, beside the log-ins", "", "users", changed)
	}
	return nil
}
