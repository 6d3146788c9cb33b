package mesibo

import (
	"context"
	"time"
)

// newcomers puts users into the index who have signed up since the last scan, where new users have greater keys than old ones. It looks at most every newcomersGap;
// who comes meanwhile waits for the look.
func (s *sitePeople) newcomers(ctx context.Context, st state) error {
	if !s.kind().Numeric() {
		return nil
	}
	came := time.Now()
	select {
	case s.looking <- struct{}{}:
		defer func() { <-s.looking }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.failed.After(came) { // it failed while this one waited: a crowd shall not wait for one failure after the other
		return s.failure
	}
	err := s.look(ctx, st)
	if err != nil && ctx.Err() == nil {
		s.failed, s.failure = time.Now(), err
	}
	return err
}

// look reads the users behind the last scan if it is time for it. One caller at a time.
func (s *sitePeople) look(ctx context.Context, st state) error {
	s.mu.Lock()
	at, known, looked := s.end, s.ended, s.looked
	s.mu.Unlock()
	if now := s.now(); !known || now.Sub(looked) >= 0 && now.Sub(looked) < newcomersGap {
		return nil
	}
	page, err := s.scan(ctx, at)
	if err != nil {
		return err
	}
	fresh := page.Users[:0]
	s.mu.Lock()
	for _, u := range page.Users { // those behind the last scan are read again and again, since who waits for activation is not shown yet
		if s.noted[u.ID] != s.phoneOf(&u) {
			fresh = append(fresh, u)
		}
	}
	s.mu.Unlock()
	if err := s.keep(ctx, st, s.now().UnixMilli(), fresh, nil); err != nil {
		return err
	}
	for i := range fresh {
		s.remember(fresh[i].ID, s.phoneOf(&fresh[i]))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looked = s.now()
	if page.More {
		s.end = page.Last
	}
	return nil
}
