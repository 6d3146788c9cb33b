package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

var _ provider.Store = (*keeper)(nil)

const (
	openPause  = time.Second // after a failure nobody tries to open the store for so long, as the answer is the same
	firstSweep = time.Minute // after the store was opened: a start has other work
	sweepEvery = 6 * time.Hour
)

// keeper is the store as providers see it. It is opened when it is first used, and again later if that failed.
type keeper struct {
	options store.Options
	apps    map[string]string // the application of each provider that remembers anything, by its name
	log     *slog.Logger
	ctx     context.Context //nolint:containedctx // lives exactly as long as the keeper
	end     context.CancelFunc
	work    sync.WaitGroup // opening and sweeping
	place   chan struct{}  // holds one token: whoever has it opens

	mu      sync.Mutex
	store   *store.Store // nil: not open
	failure error        // of the last try
	tried   time.Time
	closed  bool
}

// newKeeper returns the keeper of the store that the settings describe. Nothing is opened.
func newKeeper(cfg *config.Config, configs []provider.Config, log *slog.Logger) *keeper {
	derived, apps := map[string][]secret.Secret{}, map[string]string{}
	for _, pc := range configs {
		if r, is := pc.(provider.Remembering); is {
			derived[pc.Name()], apps[pc.Name()] = r.StoreKeys(), r.StoreApp()
		}
	}
	k := &keeper{log: log, apps: apps, place: make(chan struct{}, 1), options: store.Options{
		URL: cfg.StoreURL, Dir: cfg.StateDir, Now: time.Now, Logger: log,
		Keys: store.Keys{Key: cfg.StoreKey, Previous: cfg.StoreKeyPrevious, Derived: derived},
		Retention: store.Retention{
			Tokens: cfg.StoreRetention.Tokens, Jobs: cfg.StoreRetention.Jobs, Audit: cfg.StoreRetention.Audit,
		},
	}}
	k.ctx, k.end = context.WithCancel(context.Background())
	return k
}

// of returns the store for a provider; nil for one that remembers nothing.
func (k *keeper) of(pc provider.Config) provider.Store {
	if _, is := pc.(provider.Remembering); !is {
		return nil
	}
	return k
}

// needed reports whether a provider remembers anything.
func (k *keeper) needed() bool { return len(k.apps) > 0 }

// start opens the store where a provider needs it, and returns what is wrong with its settings. That its server is down is not: it is
// tried again.
func (k *keeper) start(ctx context.Context) []setting.Fault {
	if !k.needed() {
		return nil
	}
	_, err := k.Open(ctx)
	var refused *store.OpenError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && !refused.Temporary:
		return []setting.Fault{refused.Fault}
	default:
		k.log.Warn("the store cannot be opened yet; it is tried again", "error", err.Error())
		return nil
	}
}

// errClosed is told to whoever comes after the end.
var errClosed = errors.New("the store is closed")

// Open returns the open store. Opening goes on when the caller does not wait any longer, for those who come after.
func (k *keeper) Open(ctx context.Context) (*store.Store, error) {
	for {
		if s, err, known := k.known(); known {
			return s, err
		}
		select {
		case k.place <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		tried := make(chan struct{})
		if !k.try(tried) {
			<-k.place
			continue
		}
		select {
		case <-tried:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// try opens the store beside its caller, closes tried and gives the place back; false if there is nothing to open any more.
func (k *keeper) try(tried chan<- struct{}) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed || k.store != nil || k.failure != nil && time.Since(k.tried) < openPause {
		return false
	}
	k.work.Go(func() {
		s, err := store.Open(k.ctx, k.options)
		k.mu.Lock()
		k.tried, k.failure, k.store = time.Now(), err, s
		k.mu.Unlock()
		<-k.place
		close(tried)
		if s != nil {
			k.sweep(k.ctx, s)
		}
	})
	return true
}

// known returns the store, or the failure of a moment ago.
func (k *keeper) known() (s *store.Store, err error, known bool) { //nolint:revive // the third says whether the others count
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.closed:
		return nil, errClosed, true
	case k.store != nil:
		return k.store, nil, true
	case k.failure != nil && time.Since(k.tried) < openPause:
		return nil, k.failure, true
	}
	return nil, nil, false
}

// sweep removes what was kept for long enough, until ctx ends.
func (k *keeper) sweep(ctx context.Context, s *store.Store) {
	timer := time.NewTimer(firstSweep)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		swept, err := s.Sweep(ctx)
		if err != nil && ctx.Err() == nil {
			k.log.Warn("old rows of the store cannot be removed", "error", err.Error())
		}
		for table, rows := range swept {
			if rows > 0 {
				k.log.Info("old rows of the store were removed", "table", table, "rows", rows)
			}
		}
		timer.Reset(sweepEvery)
	}
}

// close ends it; calls that run end with an error.
func (k *keeper) close() {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	k.end()
	k.work.Wait()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.store == nil {
		return
	}
	if err := k.store.Close(); err != nil {
		k.log.Warn("the store did not close well", "error", err.Error())
	}
	k.store = nil
}

// Identity returns what is known of a user at a provider; false if nothing is.
func (k *keeper) Identity(ctx context.Context, name, app string, user userinfo.ID) (provider.Identity, bool, error) {
	s, err := k.Open(ctx)
	if err != nil {
		return provider.Identity{}, false, err
	}
	i, err := s.Identity(ctx, name, app, string(user))
	if errors.Is(err, store.ErrNotFound) {
		return provider.Identity{}, false, nil
	}
	return asProviders(i), err == nil, err
}

func asProviders(i store.Identity) provider.Identity {
	return provider.Identity{
		Provider: i.Provider, App: i.App, User: userinfo.ID(i.SiteUser), Address: i.Address, ProfileHash: i.ProfileHash, DisabledAt: i.DisabledAt,
		Password: i.Password,
	}
}

// PutIdentity keeps what is known of a user; the address of one that exists stays.
func (k *keeper) PutIdentity(ctx context.Context, i provider.Identity) (provider.Identity, error) {
	s, err := k.Open(ctx)
	if err != nil {
		return provider.Identity{}, err
	}
	kept, err := s.KeepIdentity(ctx, store.Identity{
		Provider: i.Provider, App: i.App, SiteUser: string(i.User), Address: i.Address, ProfileHash: i.ProfileHash, DisabledAt: i.DisabledAt,
	})
	return asProviders(kept), err
}

// Identities lists those who have a token that ends after alive and are not disabled.
func (k *keeper) Identities(ctx context.Context, name, app string, after userinfo.ID, alive time.Time, n int) ([]provider.Identity, error) {
	s, err := k.Open(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.Alive(ctx, name, app, string(after), alive, n)
	if err != nil {
		return nil, err
	}
	list := make([]provider.Identity, len(found))
	for i := range found {
		list[i] = asProviders(found[i])
	}
	return list, nil
}

// TokenIssued notes that a user was given a token.
func (k *keeper) TokenIssued(ctx context.Context, name, app string, user userinfo.ID, issued, ends time.Time) error {
	s, err := k.Open(ctx)
	if err != nil {
		return err
	}
	i, err := s.Identity(ctx, name, app, string(user))
	if err != nil {
		return err
	}
	return s.TokenIssued(ctx, store.TokenEvent{Provider: name, IdentityID: i.ID, IssuedAt: issued, ExpiresAt: ends})
}

// PasswordMarks are what tells whether a user's password has changed.
func (k *keeper) PasswordMarks(ctx context.Context, user userinfo.ID, digest string) (passmark.Marks, error) {
	s, err := k.Open(ctx)
	if err != nil {
		return "", err
	}
	return s.PasswordMarks(string(user), digest), nil
}

// MarkPassword keeps a mark of a user's password in the place of another.
func (k *keeper) MarkPassword(ctx context.Context, name, app string, user userinfo.ID, was, is string) error {
	s, err := k.Open(ctx)
	if err != nil {
		return err
	}
	return s.MarkPassword(ctx, name, app, string(user), was, is)
}
