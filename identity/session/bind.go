package session

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chatpass/chatpass/userinfo"
)

// Reads returns, by table, the columns that the recipes in use read or compare, in the tables as they are now: what the database account needs rights on, secrets
// among them. faults tells, by recipe, what the tables lack; it wraps userinfo.ErrMapping. err says that the database cannot be asked.
func (r *Resolver) Reads(ctx context.Context) (reads map[string][]string, faults []error, err error) {
	reads = map[string][]string{}
	add := func(table string, columns ...string) {
		for _, c := range columns {
			if !slices.Contains(reads[table], c) {
				reads[table] = append(reads[table], c)
			}
		}
	}
	for i, c := range r.recipes {
		if r.reports[i].Unused {
			continue
		}
		for j := range c.steps {
			err := c.steps[j].reads(ctx, add)
			switch {
			case errors.Is(err, userinfo.ErrMapping):
				faults = append(faults, fmt.Errorf("session recipe %s: %w", c.name, err))
			case err != nil:
				return nil, nil, err
			}
		}
	}
	return reads, faults, nil
}

// reads tells what a step reads.
func (s *step) reads(ctx context.Context, add func(table string, columns ...string)) error {
	switch {
	case s.row != nil:
		for row := s.row; row != nil; row = row.join {
			p, err := row.bind(ctx)
			switch {
			case err != nil:
				return err
			case p.absent:
				continue
			}
			for _, c := range p.columns {
				add(p.name, c.Name)
			}
		}
	case s.settings != nil:
		p, err := s.settings.bind(ctx)
		if err != nil || p.absent {
			return err
		}
		add(p.table, p.reads...)
	case s.file != nil:
		return s.file.usable()
	}
	return nil
}
