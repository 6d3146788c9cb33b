package mesibo

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chatpass/chatpass/store"
)

// mark is what the store keeps of a scan that ended.
type mark struct {
	at     int64 // milliseconds: when it began
	number int64 // of the last scan that wrote every row
}

// text is a mark as it stands in the store, with the settings it is of.
func (s *sitePeople) text(m mark) string {
	return endPrefix + strconv.FormatInt(m.at, 10) + " " + strconv.FormatInt(m.number, 10) + " " + s.stamp
}

// mark reads a mark; false for one of other settings.
func (s *sitePeople) mark(text string) (m mark, ok bool) {
	at, rest, _ := strings.Cut(strings.TrimPrefix(text, endPrefix), " ")
	number, stamp, _ := strings.Cut(rest, " ")
	var err, also error
	m.at, err = strconv.ParseInt(at, 10, 64)
	m.number, also = strconv.ParseInt(number, 10, 64)
	return m, err == nil && also == nil && stamp == s.stamp
}

// putMark notes that a scan ended, in the place of earlier notes and of those under other settings.
func (s *sitePeople) putMark(ctx context.Context, st state, m mark) error {
	if err := st.PutMesiboPhones(ctx, m.number, []store.MesiboPhone{{SiteUser: s.text(m), Phone: endPhone}}); err != nil {
		return err
	}
	marks, err := st.MesiboSiteUsers(ctx, endPhone)
	if err != nil {
		return err
	}
	return st.DropMesiboPhones(ctx, slices.DeleteFunc(marks, func(text string) bool {
		other, ours := s.mark(text)
		return ours && other.at >= m.at
	}))
}

// lastMark is that of the last scan under these settings that ended, of whatever instance; zero if none did.
func (s *sitePeople) lastMark(ctx context.Context, st state) (last mark, err error) {
	marks, err := st.MesiboSiteUsers(ctx, endPhone)
	for _, text := range marks {
		if m, ours := s.mark(text); ours && m.at > last.at {
			last = m
		}
	}
	return last, err
}

// lastEnd is when that scan was; zero if there was none.
func (s *sitePeople) lastEnd(ctx context.Context, st state) (time.Time, error) {
	last, err := s.lastMark(ctx, st)
	if err != nil || last.at == 0 {
		return time.Time{}, err
	}
	return time.UnixMilli(last.at), nil
}
