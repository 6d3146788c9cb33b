package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

const (
	maxTaken = 16          // values that one step takes
	keptFor  = time.Minute // how old a site's settings may be
)

// settings is a look-up of the site's own settings, which are the same for every visitor.
type settings struct {
	table       *table
	name, value string
	where       [][2]string
	names       []string
	slots       []int
	plan        *lazy[settingsPlan]

	mu    sync.Mutex
	kept  []string // values by name; nil: none
	until time.Time
}

// settingsPlan is the look-up for the table as it is.
type settingsPlan struct {
	absent bool
	table  string
	reads  []string
	lookup userinfo.Lookup
}

func (s *settings) bind(ctx context.Context) (*settingsPlan, error) {
	name, columns, err := s.table.find(ctx)
	if err != nil || name == "" {
		return &settingsPlan{absent: true}, err
	}
	p := &settingsPlan{table: name}
	for _, wanted := range []string{s.name, s.value} {
		c, err := column(name, columns, wanted)
		if err != nil {
			return nil, err
		}
		if p.reads = append(p.reads, c.Name); len(p.reads) == 1 && c.Type != userinfo.ColumnText && c.Type != userinfo.ColumnBytes {
			return nil, fmt.Errorf("%w: column %s.%s does not hold names", userinfo.ErrMapping, name, c.Name)
		}
	}
	sel := userinfo.Select{Table: name, Columns: slices.Clone(p.reads), Limit: maxRows}
	for _, pair := range s.where {
		c, err := column(name, columns, pair[0])
		if err != nil {
			return nil, err
		}
		arg, ok := constantOf(c, &node{op: opText, text: pair[1]})
		if !ok {
			return nil, fmt.Errorf("%w: column %s.%s cannot be compared with a constant", userinfo.ErrMapping, name, c.Name)
		}
		sel.Where = append(sel.Where, userinfo.Cond{Column: c.Name, Op: userinfo.OpEqual, Values: []any{arg}})
		p.reads = append(p.reads, c.Name)
	}
	p.lookup, err = s.table.source.ByKey(sel, p.reads[0])
	return p, err
}

// settings sets the variables from the site's settings, at most a minute old.
func (r *run) settings(ctx context.Context, s *settings) error {
	values := s.fresh(r.now)
	if values == nil {
		var err error
		if values, err = r.readSettings(ctx, s); err != nil {
			return err
		}
		s.keep(values, r.now)
	}
	for i, slot := range s.slots {
		r.slots[slot] = textValue(values[i])
	}
	return nil
}

func (s *settings) fresh(now time.Time) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.until) && s.until.Sub(now) <= keptFor { // a clock that was set back must not keep them for long
		return s.kept
	}
	return nil
}

func (s *settings) keep(values []string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept, s.until = values, now.Add(keptFor)
}

func (r *run) readSettings(ctx context.Context, s *settings) ([]string, error) {
	p, err := s.plan.get(ctx, r.now, s.bind)
	if err != nil {
		return nil, unavailable(err)
	}
	values := make([]string, len(s.names))
	if p.absent {
		return values, nil
	}
	if err := r.spend(); err != nil {
		return nil, err
	}
	args := make([]any, len(s.names))
	for i, name := range s.names {
		args[i] = name
	}
	rows, err := p.lookup.Rows(ctx, args...)
	if err != nil {
		if errors.Is(err, userinfo.ErrMapping) {
			s.plan.forget(p)
		}
		return nil, unavailable(err)
	}
	for i := range rows.Len() {
		cells := rows.Row(i)
		if at := slices.Index(s.names, string(cells[0])); at >= 0 {
			values[at] = string(cells[1])
		}
	}
	return values, nil
}
