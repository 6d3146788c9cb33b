package session

import (
	"context"
	"slices"
)

// Reads returns, by table, the columns that the recipes in use read or compare, in the tables as they are now: what the database account needs rights on, secrets
// among them. lacks tells, by recipe, what the tables and folders lack. err says that the database cannot be asked.
func (r *Resolver) Reads(ctx context.Context) (reads map[string][]string, lacks []*Lack, err error) {
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
			if err == nil {
				continue
			}
			lack := c.lack(ctx, &c.steps[j], err)
			if lack == nil {
				return nil, nil, err
			}
			if c.steps[j].file != nil && r.o.Files != "" {
				lack.Setting = "SESSION_FILES"
			}
			if c.applies() {
				lacks = append(lacks, lack)
			}
		}
	}
	return reads, lacks, nil
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
