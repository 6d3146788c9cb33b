package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Bounds of limits.
const (
	maxScope  = 190
	maxWindow = 31 * day
	// maxTimes is the most moments that are kept of a scope, 12 KB. Beyond it neighbours become one, at the later of their times.
	maxTimes = 1024
	// maxAtOnce is the most times that one event happens, so that their sums fit; no address book has as many numbers.
	maxAtOnce = 1_000_000
)

// limitRow is a row of chat_limits: what was counted of one scope.
type limitRow struct {
	Scope   string `gorm:"primaryKey"`
	Times   []byte // see [moment]
	Span    int64  // milliseconds that times are kept: the longest window that was asked about
	EndsAt  int64  // from then on nothing counts any more
	Version int64
}

// TableName names the table for gorm.
func (limitRow) TableName() string { return "chat_limits" }

// moment is when something happened, in Unix milliseconds, and how often. A row has 12 bytes of each.
type moment struct {
	at    int64
	times uint32
}

const momentSize = 8 + 4

func moments(packed []byte) []moment {
	list := make([]moment, 0, len(packed)/momentSize+1)
	for ; len(packed) >= momentSize; packed = packed[momentSize:] {
		list = append(list, moment{at: int64(binary.BigEndian.Uint64(packed)), times: binary.BigEndian.Uint32(packed[8:])})
	}
	return list
}

func pack(list []moment) []byte {
	packed := make([]byte, 0, len(list)*momentSize)
	for _, m := range list {
		packed = binary.BigEndian.AppendUint64(packed, uint64(m.at))
		packed = binary.BigEndian.AppendUint32(packed, m.times)
	}
	return packed
}

// errSpent rolls a transaction back when a limit is reached.
var errSpent = errors.New("a limit is reached")

// Spend counts an event against all limits, or against none of them and returns how long to wait until it may go well. Zero is: go on. Limits
// of one scope with different windows look at the same events, of which this is one. Of callers at the same time, in whatever
// instance, no more get through than one after the other would.
func (s *Store) Spend(ctx context.Context, limits ...Limit) (time.Duration, error) {
	byScope := map[string][]Limit{}
	for _, l := range limits {
		if err := bounded("scope", l.Scope, maxScope); err != nil {
			return 0, err
		}
		if l.Window < time.Millisecond || l.Window > maxWindow || l.Times < 0 || l.Times > maxAtOnce {
			return 0, fmt.Errorf("%w: %d events in %s", ErrInvalid, l.Times, l.Window)
		}
		byScope[l.Scope] = append(byScope[l.Scope], l)
	}
	if len(limits) == 0 {
		return 0, nil
	}
	scopes := make([]string, 0, len(byScope))
	for scope := range byScope {
		scopes = append(scopes, scope)
	}
	slices.SortFunc(scopes, strings.Compare) // all callers lock in one order
	var wait time.Duration
	err := s.inOne(ctx, "count against limits", func(tx *gorm.DB) error {
		wait = 0
		for _, scope := range scopes {
			w, err := s.spend(tx, scope, byScope[scope])
			if err != nil {
				return err
			}
			wait = max(wait, w)
		}
		if wait > 0 {
			return errSpent
		}
		return nil
	})
	if wait > 0 {
		return wait, nil // rolled back
	}
	return 0, err
}

// spend locks the row of a scope, and adds the event or returns how long to wait.
func (s *Store) spend(tx *gorm.DB, scope string, limits []Limit) (time.Duration, error) {
	now := millis(s.now())
	span := int64(0)
	times := 1
	for _, l := range limits {
		span, times = max(span, l.Window.Milliseconds()), max(times, l.Times)
	}
	row := limitRow{Scope: scope, Times: []byte{}, Span: span, EndsAt: now + span, Version: 1}
	lock := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "scope"}},
		DoUpdates: clause.Assignments(map[string]any{"version": gorm.Expr("chat_limits.version + 1")}),
	}).Create(&row)
	if lock.Error != nil {
		return 0, lock.Error
	}
	row = limitRow{}
	if err := tx.Where("scope = ?", scope).Take(&row).Error; err != nil {
		return 0, err
	}
	list, wait := moments(row.Times), time.Duration(0)
	for _, l := range limits {
		wait = max(wait, l.wait(list, now, times))
	}
	if wait > 0 {
		return wait, nil
	}
	span = max(span, row.Span)
	list = slices.DeleteFunc(list, func(m moment) bool { return m.at <= now-span })
	list = append(list, moment{at: now, times: uint32(times)})
	return 0, tx.Model(&limitRow{}).Where("scope = ?", scope).Updates(map[string]any{
		"times": pack(fewer(list)), "span": span, "ends_at": max(row.EndsAt, now+span),
	}).Error
}

// wait is how long an event that happens so many times must wait, 0 if it fits in now.
func (l *Limit) wait(list []moment, now int64, times int) time.Duration {
	window := l.Window.Milliseconds()
	in := make([]moment, 0, len(list))
	sum := times
	for _, m := range list {
		if m.at > now-window {
			in, sum = append(in, m), sum+int(m.times)
		}
	}
	if sum <= l.Most {
		return 0
	}
	slices.SortFunc(in, func(a, b moment) int { return int(a.at - b.at) }) // clocks of instances differ
	for _, m := range in {
		if sum -= int(m.times); sum <= l.Most {
			return time.Duration(min(max(m.at+window-now, 1), window)) * time.Millisecond
		}
	}
	return l.Window // never
}

// fewer keeps a list short. An event counts no shorter for it.
func fewer(list []moment) []moment {
	if len(list) <= maxTimes {
		return list
	}
	short := make([]moment, 0, len(list)/2+1)
	for i := 0; i < len(list); i += 2 {
		m := list[i]
		if i+1 < len(list) {
			sum := uint64(m.times) + uint64(list[i+1].times)
			m = moment{at: max(m.at, list[i+1].at), times: uint32(min(sum, math.MaxUint32))}
		}
		short = append(short, m)
	}
	return short
}
