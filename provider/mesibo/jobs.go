package mesibo

import (
	"context"
	"crypto/rand"
	"errors"
	"math"
	mathrand "math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// The kinds of jobs.
const (
	kindRevoke = "revoke"  // tokens of a user were forgotten here; with the hash of an app behind it those of the app
	kindStray  = "stray"   // before the hash of an address: it was given up while a token of it was made
	kindGroups = "groups"  // a user was made anew at Mesibo, and is in groups
	kindShut   = "disable" // the site shows the user no more
	// kindPassword: the password is another than when tokens were given.
	kindPassword = "password"
)

// Times of the work beside requests.
const (
	jobPause = time.Second      // also the longest that a log-out waits to be told
	jobLease = 30 * time.Second // prolonged while a job is done; then another instance, or the next start of a killed one, does it
	jobRetry = time.Second      // before the first retry, doubled for the next
	jobMost  = 5 * time.Minute  // between retries
)

// userPart is what is to be another at a user of Mesibo.
type userPart struct {
	Address string     `json:"address"`
	Active  *bool      `json:"active,omitempty"`
	Token   *tokenPart `json:"token,omitempty"`
}

type tokenPart struct {
	Remove bool `json:"remove"`
}

func (p *Provider) enqueue(ctx context.Context, kind string, u store.MesiboUser) error {
	if p.jobs == nil {
		return errNoStore
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout) // who logs out leaves, often before the answer
	defer cancel()
	return p.jobs.Enqueue(ctx, provider.Job{
		Provider: name, App: Application, Kind: kind, User: userinfo.ID(u.SiteUser), Address: u.Address, Urgent: kind != kindPassword, // of which there may be many
	})
}

// work does jobs until ctx ends.
func (p *Provider) work(ctx context.Context) {
	worker := rand.Text()[:16]
	var unread provider.Spell
	for {
		jobs, err := p.jobs.Claim(ctx, name, Application, worker, 1, jobLease)
		if ctx.Err() == nil {
			p.news(&unread, err, "jobs for mesibo cannot be read", "jobs for mesibo can be read again")
		}
		for _, j := range jobs {
			p.finish(ctx, j, p.prolonged(ctx, j))
		}
		if len(jobs) > 0 && ctx.Err() == nil {
			continue
		}
		if provider.Sleep(ctx, jobPause) != nil {
			return
		}
	}
}

// prolonged does a job, and keeps it claimed as long as that takes.
func (p *Provider) prolonged(ctx context.Context, j provider.Job) error {
	done := make(chan struct{})
	var beside sync.WaitGroup
	beside.Go(func() {
		tick := time.NewTicker(jobLease / 3)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				p.prolong(ctx, j)
			}
		}
	})
	defer beside.Wait()
	defer close(done)
	return p.job(ctx, j)
}

// prolong has the lease of a job begin anew. That it cannot is no more than that the job may be done twice.
func (p *Provider) prolong(ctx context.Context, j provider.Job) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := p.jobs.Prolong(ctx, j, jobLease); err != nil && ctx.Err() == nil {
		p.log.Debug("a job for mesibo cannot be kept", "job", j.Kind, "error", err.Error())
	}
}

// finish ends a job, or gives it back when the failure may pass.
func (p *Provider) finish(ctx context.Context, j provider.Job, failure error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	var e *apiError
	var err error
	switch {
	case failure == nil:
		err = p.jobs.Done(ctx, j)
	case errors.As(failure, &e) && e.kind == kindWrong:
		p.log.Error("mesibo refuses a change; it is given up", "job", j.Kind, "error", failure.Error())
		err = p.jobs.Done(ctx, j)
	default:
		wait := time.Duration(math.Min(float64(jobRetry)*math.Pow(2, float64(j.Attempts)), float64(jobMost)))
		wait = wait/2 + mathrand.N(wait/2) //nolint:gosec // G404: a pause is no secret
		class := "other"
		if e != nil {
			class = e.label()
		}
		err = p.jobs.Retry(ctx, j, p.now().Add(wait), class)
	}
	if err != nil {
		p.log.Warn("the end of a job for mesibo cannot be noted; it may be done again", "job", j.Kind, "error", err.Error())
	}
}

// job does a job by how things are now, whatever they were when it was made.
func (p *Provider) job(ctx context.Context, j provider.Job) error {
	s, err := p.open(ctx)
	if err != nil {
		return err
	}
	if j.Kind == kindOld {
		return p.endOldOf(ctx, s, j)
	}
	u, err := s.MesiboUser(ctx, string(j.User))
	known := err == nil && u.Address == j.Address // else the address is another's now, or nobody's
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	kind, _, _ := strings.Cut(j.Kind, "-")
	switch {
	case kind == kindStray:
		return p.endStray(ctx, s, j)
	case !known: // the user at Mesibo was deleted when the address was given up
		return nil
	case kind == kindRevoke:
		return p.endTokens(ctx, s, u, p.revokedApp(j.Kind), 0)
	case kind == kindGroups:
		return p.joinGroups(ctx, s, u)
	case kind == kindPassword:
		return p.endFormerOf(ctx, s, u)
	case kind == kindShut:
		return p.lockOut(ctx, s, u)
	default:
		p.log.Error("a job for mesibo is of no known kind", "job", j.Kind)
		return nil
	}
}

// lockOut makes a user inactive at Mesibo, and ends their tokens there, unless they are back.
func (p *Provider) lockOut(ctx context.Context, s state, u store.MesiboUser) error {
	if u.DisabledAt.IsZero() || strings.HasPrefix(u.Address, parkedPrefix) {
		return nil
	}
	if _, err := holder(ctx, s, u.Address); !errors.Is(err, store.ErrNotFound) { // the address is another's now
		return err
	}
	active := false
	if _, err := p.client.call(ctx, opUserSet, userPart{Address: u.Address, Active: &active, Token: &tokenPart{Remove: true}}); err != nil {
		return err
	}
	p.log.Info("a user whom the site does not show any more was shut out of mesibo")
	// Meanwhile the user may be back, or the address another's: who has it is let in again.
	if err := p.spare(ctx, s, u.Address); err != nil {
		return err
	}
	return p.amend(ctx, s, u)
}

// amend sees to somebody who signed in while a job about them was done: a token that was made meanwhile may have been ended with the others, and is made anew at the next
// log-in; who was let in again is let in at Mesibo too.
func (p *Provider) amend(ctx context.Context, s state, u store.MesiboUser) error {
	now, err := s.MesiboUserByID(ctx, u.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && now.Address != u.Address {
		return nil
	}
	if err == nil && !u.DisabledAt.IsZero() && now.DisabledAt.IsZero() {
		active := true
		_, err = p.client.call(ctx, opUserSet, userPart{Address: u.Address, Active: &active})
	}
	if err != nil {
		return err
	}
	_, err = s.DropMesiboTokens(ctx, u.ID, 0)
	return err
}

// shutOut ends all that a user may do here, at once, and has Mesibo told.
func (p *Provider) shutOut(ctx context.Context, s state, u store.MesiboUser) error {
	for range enrollTries {
		if u.DisabledAt.IsZero() {
			after := u
			after.DisabledAt = p.now()
			if err := s.SetMesiboUser(ctx, u, after); errors.Is(err, store.ErrConflict) {
				if u, err = s.MesiboUserByID(ctx, u.ID); err != nil {
					return err
				}
				continue
			} else if err != nil {
				return err
			}
		}
		// The tokens last: while there are any, the watch finds the user again if this fails.
		if err := p.enqueue(ctx, kindShut, u); err != nil {
			return err
		}
		_, err := s.DropMesiboTokens(ctx, u.ID, 0)
		return err
	}
	return store.ErrConflict
}
