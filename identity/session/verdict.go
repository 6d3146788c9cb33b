package session

import (
	"errors"
	"fmt"
	"time"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/userinfo"
)

// outcome is what following a recipe comes to.
type outcome uint8

const (
	nothing     outcome = iota // no cookie of this recipe
	skippedHere                // the recipe does not apply to this site
	nobody                     // a living session in which nobody is signed in
	failed                     // err says why
	accepted
)

// verdict is an outcome and its details.
type verdict struct {
	sort outcome
	err  error
	user userinfo.ID
	ends time.Time // zero: no end of its own
	seen *userinfo.Seen
	note error // of nobody: what was found where an id belongs; nil: nothing of note
}

// refusedOrNobody is the verdict of a step that failed. A session in which something else stands where an id belongs is the site's own, and no attempt.
func refusedOrNobody(err error) verdict {
	if errors.Is(err, errNoID) {
		return verdict{sort: nobody, note: err}
	}
	return rejected(err)
}

func rejected(err error) verdict {
	switch {
	case errors.Is(err, identity.ErrUnavailable), errors.Is(err, identity.ErrConflict):
	case !errors.Is(err, identity.ErrRejected):
		err = fmt.Errorf("%w: %w", identity.ErrRejected, err)
	}
	return verdict{sort: failed, err: err}
}

// within weighs values of one cookie name against each other: the browser cannot know which of them the site believes, so that all must hold and name one user.
func (v verdict) within(w verdict) verdict {
	switch {
	case v.sort == nothing:
		return w
	case v.hard(), v.sort == failed && !w.hard():
		return v
	case w.sort == failed:
		return w
	case v.sort == accepted && w.sort == accepted:
		return v.agree(w)
	case v.sort == w.sort:
		return v
	default:
		return rejected(errors.New("two cookies of one name do not agree whether anybody is signed in"))
	}
}

// beside weighs cookies of different names, or different recipes: one that does not hold takes nothing from one that does, such as that of another site on the same host.
func (v verdict) beside(w verdict) verdict {
	switch {
	case v.hard():
		return v
	case w.hard():
		return w
	case v.sort == accepted && w.sort == accepted:
		return v.agree(w)
	case w.sort > v.sort:
		return w
	default:
		return v
	}
}

// hard tells the errors that nothing outweighs.
func (v verdict) hard() bool {
	return errors.Is(v.err, identity.ErrUnavailable) || errors.Is(v.err, identity.ErrConflict)
}

// agree joins two accepted sessions; the earlier end counts.
func (v verdict) agree(w verdict) verdict {
	if v.user != w.user {
		return verdict{sort: failed, err: fmt.Errorf("%w: two sessions of different users", identity.ErrConflict)}
	}
	if v.ends.IsZero() || !w.ends.IsZero() && w.ends.Before(v.ends) {
		v.ends = w.ends
	}
	return v
}

// identity is what the resolver answers.
func (v verdict) identity() (identity.Identity, error) {
	switch v.sort {
	case accepted:
		return identity.Identity{UserID: v.user, Method: "session", ExpiresAt: v.ends, Seen: v.seen}, nil
	case failed:
		return identity.Identity{}, v.err
	case nothing, skippedHere, nobody:
	}
	return identity.Identity{}, identity.ErrNoCredential
}
