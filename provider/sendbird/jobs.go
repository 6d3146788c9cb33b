package sendbird

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// The kinds of jobs.
const (
	kindUpdate   = "update"     // name or picture changed
	kindShut     = "deactivate" // the site shows the user no more
	kindRevoke   = "revoke"     // a log-out that could not be told, or a token that may be older than the password
	kindPassword = "password"   // the password changed
)

// Times of the work beside requests.
const (
	jobPause   = time.Second
	jobLease   = 25 * time.Second // more than workTimeout and the noting of its end: who comes after one that crashed waits no longer
	jobRetry   = time.Second      // before the first retry, doubled for the next
	jobMost    = 5 * time.Minute  // between retries
	endTries   = 3                // to note the end of a job, with jobPause in between
	storeLimit = 2 * time.Second  // for a word with the store
)

// Run looks after those who were given a token, and tells the provider what changed, until ctx ends.
func (p *Provider) Run(ctx context.Context) {
	if p.store == nil {
		return
	}
	var work sync.WaitGroup
	work.Go(func() { p.work(ctx) })
	if p.users != nil {
		work.Go(func() { p.watch(ctx) })
	}
	work.Wait()
}

func workerName() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// finish ends a job, or gives it back when the failure may pass.
func (p *Provider) finish(ctx context.Context, j provider.Job, failure error) {
	end := p.endOf(j, failure)
	for try := 1; ; try++ {
		once, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeLimit)
		err := end(once)
		cancel()
		if err == nil {
			return
		}
		if try == endTries || provider.Sleep(ctx, jobPause) != nil {
			p.log.Warn("the end of a job for sendbird cannot be noted; it may be done again", "job", j.Kind, "error", err.Error())
			return
		}
	}
}

// endOf is what the store is told of a job's end.
func (p *Provider) endOf(j provider.Job, failure error) func(ctx context.Context) error {
	var e *apiError
	is := errors.As(failure, &e)
	givenUp := is && e.kind != unwell && e.kind != limited && e.kind != refused && e.kind != garbled && j.Kind != kindShut && j.Kind != kindPassword
	if givenUp {
		p.log.Error("sendbird refuses a change; it is given up", "job", j.Kind, "error", failure.Error())
	}
	if givenUp || failure == nil {
		return func(ctx context.Context) error { return p.store.Done(ctx, j) }
	}
	wait, class := time.Duration(math.Min(float64(jobRetry)*math.Pow(2, float64(j.Attempts)), float64(jobMost))), "other"
	if errors.Is(failure, errBusy) && j.Kind != kindUpdate { // it has not been tried
		wait, class = 2*jobPause, "busy"
	}
	wait = wait/2 + mathrand.N(wait/2)        //nolint:gosec // G404: a pause is no secret
	if errors.Is(failure, context.Canceled) { // the next start is to do it at once
		wait = 0
	}
	if is {
		wait, class = max(wait, e.wait), e.label()
	}
	if is && e.kind == wrong { // of those kinds: the watch would have it done again at once
		p.log.Error("sendbird refuses to shut out a user, or their tokens; it is tried again", "job", j.Kind, "error", failure.Error())
	}
	due := p.now().Add(wait)
	return func(ctx context.Context) error { return p.store.Retry(ctx, j, due, class) }
}

// job does a job by how things are now, whatever they were when it was made.
func (p *Provider) job(ctx context.Context, j provider.Job) error {
	if j.Kind == kindRevoke {
		p.desk.drop(j.User)
		err := p.revoke(ctx, j.Address, begun)
		p.desk.drop(j.User) // what was made meanwhile may be older than the revocation
		return err
	}
	if p.users == nil {
		return nil
	}
	found, err := p.users(ctx, j.User)
	if err != nil {
		return err
	}
	there := len(found) == 1 && found[0].ID == j.User
	switch j.Kind {
	case kindUpdate:
		if !there {
			return nil // which is another job
		}
		m, err := p.member(&found[0])
		if err != nil {
			return nil //nolint:nilerr // a user without an address has no profile there
		}
		return p.update(ctx, m)
	case kindShut:
		if there {
			return nil
		}
		return p.shut(ctx, j)
	case kindPassword:
		if !there {
			return nil // which is another job
		}
		return p.ended(ctx, j, found)
	default:
		p.log.Error("a job for sendbird is of no known kind", "job", j.Kind)
		return nil
	}
}

// errBusy puts off what has not got its turn, so that no job waits behind it.
var errBusy = errors.New("others go first")

// update tells the provider of a user's name and picture, unless it knows them.
func (p *Provider) update(ctx context.Context, m member) error {
	select {
	case p.updating <- struct{}{}:
		defer func() { <-p.updating }()
	default:
		return errBusy
	}
	if p.client.pace.busy() {
		return errBusy
	}
	known, have, err := p.store.Identity(ctx, name, p.app, m.id)
	if err != nil || have && known.ProfileHash == m.hash() {
		return err
	}
	if !have || known.ProfileHash == "" { // perhaps it knows them from before
		var there struct {
			Nickname   string `json:"nickname"`
			ProfileURL string `json:"profile_url"`
		}
		err := p.client.do(ctx, call{method: http.MethodGet, path: user(m.address), out: &there})
		if kindOf(err) == missing {
			return nil // made with the right ones at the first log-in
		}
		if err == nil && there.Nickname == m.nickname && there.ProfileURL == m.picture {
			return p.put(ctx, m, m.hash(), time.Time{})
		}
	}
	err = p.client.do(ctx, call{method: http.MethodPut, path: user(m.address), body: change{Nickname: &m.nickname, ProfileURL: &m.picture}, first: idle})
	if err != nil && kindOf(err) != missing {
		return err
	}
	return p.put(ctx, m, m.hash(), time.Time{})
}

// shut deactivates a user and makes all their tokens worthless.
func (p *Provider) shut(ctx context.Context, j provider.Job) error {
	p.desk.drop(j.User)
	// Another instance may have noticed it too while this was done.
	if known, have, err := p.store.Identity(ctx, name, p.app, j.User); err != nil || have && !known.DisabledAt.IsZero() {
		return err
	}
	gone := func(err error) bool { return err == nil || kindOf(err) == missing || kindOf(err) == disabled }
	active := false
	addresses := []string{j.Address}
	if now := p.before + string(j.User) + p.behind; now != j.Address {
		addresses = append(addresses, now)
	}
	for _, address := range addresses {
		err := p.client.do(ctx, call{method: http.MethodPut, path: user(address), body: change{IsActive: &active}})
		if !gone(err) {
			return err
		}
		if err := p.revoke(ctx, address, begun); !gone(err) {
			return err
		}
	}
	p.log.Info("a user whom the site does not show any more was shut out of sendbird")
	if _, have, err := p.store.Identity(ctx, name, p.app, j.User); err != nil || !have { // whom chatpass forget has erased meanwhile stays so
		return err
	}
	return p.put(ctx, member{id: j.User, address: j.Address}, "", p.now())
}

// revoke makes all tokens of a user worthless. A user whom the provider does not know has none.
func (p *Provider) revoke(ctx context.Context, address string, first urgency) error {
	err := p.client.do(ctx, call{method: http.MethodDelete, path: user(address, "/token"), first: first})
	if kindOf(err) == missing {
		return nil
	}
	return err
}

func (p *Provider) put(ctx context.Context, m member, hash string, disabled time.Time) error {
	_, err := p.store.PutIdentity(ctx, provider.Identity{Provider: name, App: p.app, User: m.id, Address: m.address, ProfileHash: hash, DisabledAt: disabled})
	if err == nil && hash != "" {
		p.looks.known(m)
	}
	return err
}

func (p *Provider) enqueue(ctx context.Context, kind string, id userinfo.ID, address string) error {
	ctx, cancel := context.WithTimeout(ctx, storeLimit)
	defer cancel()
	urgent := kind != kindUpdate && kind != kindPassword // a ban does not wait behind a crowd
	err := p.store.Enqueue(ctx, provider.Job{Provider: name, App: p.app, Kind: kind, User: id, Address: address, Urgent: urgent})
	if err == nil && kind != kindUpdate {
		select {
		case p.wake <- struct{}{}:
		default: // it is awake
		}
	}
	return err
}

// shutOutByUs reports whether a user is deactivated since the site did not show them, and not by somebody at the provider.
func (p *Provider) shutOutByUs(ctx context.Context, m member) bool {
	if p.store == nil {
		return false
	}
	known, have, err := p.store.Identity(ctx, name, p.app, m.id)
	return err == nil && have && !known.DisabledAt.IsZero()
}
