package sendbird

import (
	"context"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// mostPlaces bounds the jobs that are done side by side.
const mostPlaces = 32

// places is how many jobs are done side by side at a pace: as many as get their turn within some seconds, so that none waits for it for as long as a job may take, and that
// a place is free in a moment for a ban.
func places(rate int) int { return min(2*rate, mostPlaces) }

// bench is where jobs are done, side by side but for those of one user. Only its owner uses it.
type bench struct {
	places int
	doing  int
	latest map[userinfo.ID]chan struct{} // closed at the end of the latest job of a user
	ended  chan ended
}

type ended struct {
	user userinfo.ID
	end  chan struct{}
}

func newBench(places int) *bench {
	return &bench{places: places, latest: map[userinfo.ID]chan struct{}{}, ended: make(chan ended, places)}
}

// work does jobs, and makes them of profiles that changed.
func (p *Provider) work(ctx context.Context) {
	worker, b := workerName(), newBench(places(p.rate))
	var unread, unkept provider.Spell
	for {
		for _, m := range p.looks.changed() {
			err := p.enqueue(ctx, kindUpdate, m.id, m.address)
			p.news(&unkept, err, "changed profiles cannot be noted; they are at the next log-in", "changed profiles can be noted again")
			if err != nil {
				break
			}
		}
		if free := b.places - b.doing; free > 0 {
			jobs, err := p.store.Claim(ctx, name, p.app, worker, free, jobLease)
			if ctx.Err() == nil {
				p.news(&unread, err, "jobs for sendbird cannot be read", "jobs for sendbird can be read again")
			}
			for _, j := range jobs {
				p.begin(ctx, b, j)
			}
		}
		if p.rest(ctx, b) != nil {
			break
		}
	}
	for b.doing > 0 {
		b.clear(<-b.ended)
	}
}

// begin has a job done, after those of the same user.
func (p *Provider) begin(ctx context.Context, b *bench, j provider.Job) {
	before, end := b.latest[j.User], make(chan struct{})
	b.latest[j.User] = end
	b.doing++
	go func() {
		p.finish(ctx, j, p.after(ctx, before, j))
		close(end)
		b.ended <- ended{j.User, end}
	}()
}

// after does a job after another, if there is one.
func (p *Provider) after(ctx context.Context, other <-chan struct{}, j provider.Job) error {
	ctx, cancel := context.WithTimeout(ctx, workTimeout)
	defer cancel()
	if other != nil {
		select {
		case <-other:
		case <-ctx.Done():
			return errBusy
		}
	}
	return p.job(ctx, j)
}

// clear frees the place of a job.
func (b *bench) clear(e ended) {
	b.doing--
	if b.latest[e.user] == e.end {
		delete(b.latest, e.user)
	}
}

// rest waits until jobs are to be looked for again: for a while, until one comes that is not to wait, or until there is a place again.
func (p *Provider) rest(ctx context.Context, b *bench) error {
	timer := time.NewTimer(jobPause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.wake:
	case e := <-b.ended:
		b.clear(e)
	case <-ctx.Done():
	}
	return ctx.Err()
}
