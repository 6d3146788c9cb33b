package mesibo

import (
	"hash/maphash"
	"sync"
	"time"
)

// maxSeen bounds the numbers that are remembered as asked about today, of all users together: 40 MB at most. Beyond it they are forgotten, and cost once more.
const maxSeen = 1_000_000

// seen knows the numbers that users asked about today, since a client asks about the same ones again and again. It is safe for concurrent use.
type seen struct {
	seed maphash.Seed

	mu      sync.Mutex
	day     int64
	numbers map[seenKey]struct{}
}

type seenKey struct {
	user   int64
	number uint64 // a hash
}

func newSeen() *seen { return &seen{seed: maphash.MakeSeed(), numbers: map[seenKey]struct{}{}} }

// fresh returns those of numbers that the user has not asked about today.
func (s *seen) fresh(user int64, numbers []string, now time.Time) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(now)
	var fresh []string
	for _, n := range numbers {
		if _, known := s.numbers[s.key(user, n)]; !known {
			fresh = append(fresh, n)
		}
	}
	return fresh
}

// add remembers numbers.
func (s *seen) add(user int64, numbers []string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(now)
	if len(s.numbers)+len(numbers) > maxSeen {
		clear(s.numbers)
	}
	for _, n := range numbers {
		s.numbers[s.key(user, n)] = struct{}{}
	}
}

func (s *seen) key(user int64, number string) seenKey {
	return seenKey{user, maphash.String(s.seed, number)}
}

// turn begins a new day.
func (s *seen) turn(now time.Time) {
	if day := now.Unix() / int64(24*time.Hour/time.Second); day != s.day {
		s.day = day
		clear(s.numbers)
	}
}
