package mesibo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// Times of scans.
const (
	scanEvery    = 10 * time.Minute       // a user who adds a phone can sign in after it at the latest
	scanAll      = 24 * time.Hour         // between scans that write every row and so find who is gone; who is found in the index is read from the site anyway
	scanRetry    = time.Minute            // after a scan that failed
	scanLease    = 30 * time.Second       // after the end of an instance another scans so late
	scanTold     = 10 * time.Second       // between two lines of progress
	scanLook     = 250 * time.Millisecond // between two looks whether another instance has ended the first scan: log-ins wait for scanWait
	scanFresh    = time.Hour              // an index that is older is not asked before it was made anew
	longestPause = time.Second            // after a page
	pageTries    = 5                      // of a page
	pageAgain    = time.Second            // before the second try, and twice as long before each further
)

// Where the store keeps when a scan ended: as the users of a phone that is nobody's.
const (
	endPhone  = "0"
	endPrefix = "scan "
)

// leaseScope is what instances count who wants to scan.
const leaseScope = "mesibo scan"

// stampOf is a text that changes with the settings that decide what a phone is.
func stampOf(c *Config) string {
	sum := sha256.Sum256([]byte(c.DefaultCountry + "\x00" + c.UsersPhone))
	return hex.EncodeToString(sum[:8])
}

// run scans the users of the site at once and then again and again, until ctx ends. Users who are new, or have another phone, are found after the next scan.
func (s *sitePeople) run(ctx context.Context) {
	if s.scan == nil || s.open == nil {
		return
	}
	s.begun.Store(true)
	s.lookDone(ctx)
	failed := false
	for ctx.Err() == nil {
		pause, err := s.round(ctx)
		if err != nil && ctx.Err() == nil {
			pause = s.retry
			if !failed {
				s.log.Warn("the phones of the site's users cannot be read; it is tried again each minute", "error", err.Error())
			}
		}
		failed = err != nil
		if s.rest(ctx, pause) != nil {
			return
		}
	}
}

// unread reports whether this instance is at work and has no index to ask yet.
func (s *sitePeople) unread() bool {
	select {
	case <-s.ready:
		return false
	default:
		return s.begun.Load()
	}
}

// lookDone opens the index if a scan ended not long ago, of whatever instance.
func (s *sitePeople) lookDone(ctx context.Context) {
	st, err := s.open(ctx)
	if err != nil {
		return // round tells it
	}
	if at, err := s.lastEnd(ctx, st); err == nil && s.now().Sub(at) < scanFresh {
		s.once.Do(func() { close(s.ready) })
	}
}

// rest waits for the next round. While there is no index it looks often whether another instance, which is scanning now, has made one.
func (s *sitePeople) rest(ctx context.Context, pause time.Duration) error {
	for s.unread() && pause > scanLook {
		if err := provider.Sleep(ctx, scanLook); err != nil {
			return err
		}
		pause -= scanLook
		s.lookDone(ctx)
	}
	return provider.Sleep(ctx, pause)
}

// round makes a scan if it is time for one, and returns how long to wait for the next round.
func (s *sitePeople) round(ctx context.Context) (time.Duration, error) {
	st, err := s.open(ctx)
	if err != nil {
		return 0, err
	}
	if s.known() {
		at, err := s.lastEnd(ctx, st)
		if err != nil {
			return 0, err
		}
		if age := s.now().Sub(at); age >= 0 && age < s.every { // by another instance
			return s.every - age, nil
		}
	}
	wait, err := st.Spend(ctx, s.leased())
	if err != nil {
		return 0, err
	}
	if wait > 0 {
		return wait, nil
	}
	if err := s.sweep(ctx, st); err != nil {
		return 0, err
	}
	return s.every, nil
}

// leased is the limit that lets one instance scan at a time.
func (s *sitePeople) leased() store.Limit {
	return store.Limit{Scope: leaseScope, Window: s.lease, Most: 1}
}

// known reports whether this process has been through the users table.
func (s *sitePeople) known() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

// progress is how far a scan is.
type progress struct {
	number        int64 // of the last scan that wrote every row, which may be this one
	all           bool  // it is this one
	began, leased time.Time
	told          time.Time
	users, phones int
}

// begin tells what kind of scan is due: mostly one that writes what changed, and once in scanAll one that writes every row and removes those of users who are gone.
func (s *sitePeople) begin(ctx context.Context, st state) (*progress, error) {
	now := s.now()
	p := &progress{number: now.UnixMilli(), all: true, began: now, leased: now, told: now}
	last, err := s.lastMark(ctx, st)
	if err != nil {
		return nil, err
	}
	if age := now.Sub(time.UnixMilli(last.number)); age >= 0 && age < scanAll {
		p.number, p.all = last.number, false
		return p, nil
	}
	s.mu.Lock()
	clear(s.noted)
	s.mu.Unlock()
	return p, nil
}

// sweep goes through the users table once. It removes phones of users who are gone only when it has come to the end.
func (s *sitePeople) sweep(ctx context.Context, st state) error {
	p, err := s.begin(ctx, st)
	if err != nil {
		return err
	}
	var at userinfo.Cursor
	for {
		began := time.Now()
		page, err := s.page(ctx, at)
		if err == nil {
			err = s.keep(ctx, st, p.number, page.Users, p)
		}
		if err != nil {
			return err
		}
		p.users += page.Rows
		at = page.Last
		if !page.More {
			break
		}
		s.report(ctx, st, p)
		if err := provider.Sleep(ctx, min(max(time.Since(began), s.pageWait), longestPause)); err != nil { // the database is everybody else's for as long
			return err
		}
	}
	return s.finish(ctx, st, p, at)
}

// page reads a page, more than once if it must.
func (s *sitePeople) page(ctx context.Context, at userinfo.Cursor) (userinfo.Page, error) {
	pause := s.again
	for try := 1; ; try++ {
		page, err := s.scan(ctx, at)
		if err == nil || try == pageTries {
			return page, err
		}
		if ended := provider.Sleep(ctx, pause); ended != nil {
			return page, ended
		}
		pause *= 2
	}
}

// keep puts the phones of some users into the index. p may be nil.
func (s *sitePeople) keep(ctx context.Context, st state, number int64, users []userinfo.User, p *progress) error {
	phones, none := make([]store.MesiboPhone, 0, len(users)), []string(nil)
	s.mu.Lock()
	for i := range users {
		id, phone := users[i].ID, s.phoneOf(&users[i])
		if s.noted[id] != phone { // it is changed back perhaps, and then has to be put there again
			delete(s.noted, id)
		}
		switch {
		case !keepable(id):
		case phone == "":
			none = append(none, string(id))
		default:
			phones = append(phones, store.MesiboPhone{SiteUser: string(id), Phone: phone})
		}
	}
	s.mu.Unlock()
	if err := st.DropMesiboPhones(ctx, none); err != nil {
		return err
	}
	if len(phones) == 0 {
		return nil
	}
	s.mu.Lock()
	s.decoy = userinfo.ID(phones[0].SiteUser)
	s.mu.Unlock()
	if p != nil {
		p.phones += len(phones)
	}
	return st.PutMesiboPhones(ctx, number, phones)
}

// report tells how far a long scan is, and keeps other instances from beginning one.
func (s *sitePeople) report(ctx context.Context, st state, p *progress) {
	now := s.now()
	if now.Sub(p.leased) >= s.lease {
		if wait, err := st.Spend(ctx, s.leased()); err == nil && wait == 0 {
			p.leased = now
		}
	}
	if now.Sub(p.told) >= scanTold {
		p.told = now
		s.log.Info("reading the phones of the site's users", "users", p.users, "phones", p.phones)
	}
}

// finish removes the phones of those whom the scan has not found, and notes that it ended.
func (s *sitePeople) finish(ctx context.Context, st state, p *progress, at userinfo.Cursor) error {
	if p.all {
		if err := st.EndMesiboScan(ctx, p.number); err != nil {
			return err
		}
	}
	if err := s.putMark(ctx, st, mark{at: p.began.UnixMilli(), number: p.number}); err != nil {
		return err
	}
	s.mu.Lock()
	s.end, s.ended, s.looked = at, true, time.Time{}
	news := s.needed && p.users > 0 && p.phones == 0 && !s.bare
	s.bare = p.users > 0 && p.phones == 0
	s.mu.Unlock()
	if news {
		s.log.Warn("no user of the site has a phone that can be used, so that nobody can sign in to mesibo; look at CHATPASS_MESIBO_USERS_PHONE and CHATPASS_MESIBO_DEFAULT_COUNTRY, and run chatpass check",
			"users", p.users)
	}
	first := false
	s.once.Do(func() { close(s.ready); first = true })
	level := s.log.Debug
	if first {
		level = s.log.Info
	}
	level("the phones of the site's users were read", "users", p.users, "phones", p.phones, "took", s.now().Sub(p.began).Round(time.Millisecond).String())
	return nil
}
