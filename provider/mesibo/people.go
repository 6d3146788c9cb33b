package mesibo

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// phoneField is the private field of users that holds their phone.
const phoneField = "phone"

const (
	scanWait     = 2 * time.Second // a log-in waits so long for the first scan (CONTRACT §6)
	newcomersGap = 2 * time.Second // least time between two looks for new users: what a crowd of log-ins costs the site
	maxNoted     = 10_000          // users in memory whose phone the index is known to have: 1 MB
	manyPhones   = 3               // users of one phone that the index tells at the most
	maxFormer    = 100             // users who had a phone and are looked at for it; a phone that more had is no stranger's
)

// sitePeople finds users of the site by what the site says now. Of an index of phones, which a scan of the users table keeps in the store, it takes no more than whom to
// look at: somebody counts only if their phone is still the one that was asked for when they are read in this call.
type sitePeople struct {
	users   func(ctx context.Context, ids ...userinfo.ID) ([]userinfo.User, error)
	scan    func(ctx context.Context, after userinfo.Cursor) (userinfo.Page, error) // nil: no phones are mapped
	open    func(ctx context.Context) (state, error)                                // nil: nothing is remembered
	kind    func() userinfo.KeyKind
	now     func() time.Time
	log     *slog.Logger
	country string // default country of phones; empty: none
	column  string // what is mapped as the phone by the settings; empty: by a preset
	needed  bool   // nobody gets in without a phone
	free    bool   // phones that nobody has are strangers', so it matters who had one
	stamp   string // of the settings that decide what a phone is: an index made under others is not used

	begun    atomic.Bool   // run is at work
	ready    chan struct{} // closed when there is an index to ask
	once     sync.Once     // closes ready
	looking  chan struct{} // holds one token: whoever has it looks for new users, and may use the next two
	failed   time.Time     // when looking failed last
	failure  error         // of it
	mu       sync.Mutex
	decoy    userinfo.ID            // a user with a phone, who is read where a phone is nobody's
	end      userinfo.Cursor        // where the last scan of this process ended
	ended    bool                   // end is known
	bare     bool                   // the last scan of this process found no phone
	looked   time.Time              // when new users were last looked for
	noted    map[userinfo.ID]string // phones that were put into the index beside a scan
	told     map[string]time.Time   // phones of several users, hashed, and when the operator was last told
	every    time.Duration          // between two scans
	retry    time.Duration          // after a scan that failed
	lease    time.Duration          // how long an instance scans alone
	pageWait time.Duration          // least pause after a page
	again    time.Duration          // before a page is read for the second time
}

// newPeople returns the people of the site that d gives. open is the store; nil for none, and then nobody is found by phone.
func newPeople(c *Config, d provider.Deps, open func(ctx context.Context) (state, error)) *sitePeople {
	log := d.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &sitePeople{
		users: d.Users, scan: d.Scan, open: open, kind: d.KeyKind, now: d.Now, log: log, country: c.DefaultCountry, column: c.UsersPhone, stamp: stampOf(c),
		needed: c.needsPhones(), free: c.Signup == wordOpen,
		ready: make(chan struct{}), looking: make(chan struct{}, 1), noted: map[userinfo.ID]string{}, told: map[string]time.Time{},
		every: scanEvery, retry: scanRetry, lease: scanLease, pageWait: time.Millisecond, again: pageAgain,
	}
}

// phoneOf is the normalised phone of a user who was read with private fields, empty for none.
func (s *sitePeople) phoneOf(u *userinfo.User) string {
	if u == nil {
		return ""
	}
	phone, _ := normalise(u.Private[phoneField], "", s.country)
	return phone
}

// byID returns a user who may chat now; errNobody for anybody else. A phone that is new is in the index at once.
func (s *sitePeople) byID(ctx context.Context, id userinfo.ID) (*userinfo.User, error) {
	found, err := s.read(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(found) != 1 || found[0].ID != id {
		return nil, errNobody
	}
	s.note(ctx, &found[0])
	return &found[0], nil
}

// read looks users up in the site's database.
func (s *sitePeople) read(ctx context.Context, ids ...userinfo.ID) ([]userinfo.User, error) {
	if s.users == nil {
		return nil, errNobody
	}
	return s.users(ctx, ids...)
}

// byPhone returns the one user of the site with a phone. What it does, and so the time it takes, is the same whether there is one or not (SEC-94).
func (s *sitePeople) byPhone(ctx context.Context, phone string) (*userinfo.User, error) {
	if s.scan == nil || s.open == nil {
		return nil, errNobody
	}
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	st, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.newcomers(ctx, st); err != nil {
		return nil, err
	}
	listed, err := st.MesiboSiteUsers(ctx, phone)
	if err != nil {
		return nil, err
	}
	ids := make([]userinfo.ID, 0, manyPhones)
	for _, id := range listed {
		ids = append(ids, userinfo.ID(id))
	}
	if s.free {
		if ids, err = s.former(ctx, st, phone, ids); err != nil {
			return nil, err
		}
	}
	asked := ids
	if len(asked) == 0 {
		asked = []userinfo.ID{s.someone()}
	}
	found, err := s.read(ctx, asked[:min(len(asked), maxFormer)]...)
	if err != nil {
		return nil, err
	}
	one, err := s.only(st, found, len(listed), phone)
	if err == nil && !slices.Contains(ids[:len(listed)], one.ID) {
		one, err = nil, errNobody // of nobody else than the index tells
	}
	if errors.Is(err, errNobody) && s.free && s.barred(ids, found, phone) {
		return nil, errBarred
	}
	return one, err
}

// former adds those who signed in with a phone before, who may be hidden by now, and are in the index no more.
func (s *sitePeople) former(ctx context.Context, st state, phone string, ids []userinfo.ID) ([]userinfo.ID, error) {
	rows, err := st.MesiboUsersByPhone(ctx, []string{phone})
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if id := userinfo.ID(rows[i].SiteUser); !strangers(rows[i].SiteUser) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// barred reports whether a phone is no stranger's: one of those who have or had it is gone or hidden, and so perhaps has it still, or has it and is not in the index yet.
func (s *sitePeople) barred(ids []userinfo.ID, found []userinfo.User, phone string) bool {
	return slices.ContainsFunc(ids, func(id userinfo.ID) bool {
		i := slices.IndexFunc(found, func(u userinfo.User) bool { return u.ID == id })
		return i < 0 || s.phoneOf(&found[i]) == phone
	})
}

// only returns the one of some users who has a phone now.
func (s *sitePeople) only(st state, found []userinfo.User, listed int, phone string) (*userinfo.User, error) {
	var one *userinfo.User
	several := listed >= manyPhones && len(found) > 0 // there may be more whom the index did not tell
	for i := range found {
		if s.phoneOf(&found[i]) != phone {
			continue
		}
		several = several || one != nil
		one = &found[i]
	}
	switch {
	case several:
		s.tellSeveral(st, found, phone)
		return nil, errSeveral
	case one == nil || listed == 0: // the one who was read in the place of nobody
		return nil, errNobody
	}
	return one, nil
}

// tellSeveral tells the operator, once a day for each phone, that users share it. Ids that may be names are not told.
func (s *sitePeople) tellSeveral(st state, found []userinfo.User, phone string) {
	const most = 1000 // phones that are remembered as told
	key, now := st.KeyedHash("mesibo several", phone), s.now()
	s.mu.Lock()
	last, known := s.told[key]
	if known = known && now.Sub(last) < 24*time.Hour; !known {
		if len(s.told) >= most {
			clear(s.told)
		}
		s.told[key] = now
	}
	s.mu.Unlock()
	if known {
		return
	}
	var ids []string
	if s.kind() != userinfo.KeyText {
		for i := range found {
			if s.phoneOf(&found[i]) == phone {
				ids = append(ids, string(found[i].ID))
			}
		}
	}
	s.log.Warn("several users of the site have one phone; nobody can sign in to mesibo with it until only one of them has it", "users", strings.Join(ids, ","))
}

// wait waits for the first scan, scanWait at the most.
func (s *sitePeople) wait(ctx context.Context) error {
	select {
	case <-s.ready:
		return nil
	default:
	}
	timer := time.NewTimer(scanWait)
	defer timer.Stop()
	select {
	case <-s.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return errNotYet
	}
}

// someone is a user to read in the place of nobody.
func (s *sitePeople) someone() userinfo.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.decoy != "" {
		return s.decoy
	}
	return "1"
}

// note puts the phone of a user into the index if that was not done before. That it fails is no matter: the next scan does it.
func (s *sitePeople) note(ctx context.Context, u *userinfo.User) {
	phone := s.phoneOf(u)
	if phone == "" || s.scan == nil || s.open == nil || !keepable(u.ID) {
		return
	}
	s.mu.Lock()
	known := s.noted[u.ID] == phone
	s.mu.Unlock()
	if known {
		return
	}
	st, err := s.open(ctx)
	if err == nil {
		err = st.PutMesiboPhones(ctx, s.now().UnixMilli(), []store.MesiboPhone{{SiteUser: string(u.ID), Phone: phone}})
	}
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			s.log.Debug("a phone cannot be put into the index yet", "error", err.Error())
		}
		return
	}
	s.remember(u.ID, phone)
}

// remember notes that the index has the phone of a user.
func (s *sitePeople) remember(id userinfo.ID, phone string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.noted) >= maxNoted {
		clear(s.noted)
	}
	s.noted[id] = phone
}
