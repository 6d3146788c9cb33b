package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chatpass/chatpass/userinfo"
)

// wide is a look-up that reads, in the same query, what belongs to a row: the row of its join, and how the Directory sees the user whose row it is. The rows of the
// look-up itself are the same as without, so that it comes to the same outcome.
type wide struct {
	lookup  *shared
	reading *userinfo.Reading // nil: no users are read along
	users   []int             // places of their cells
	join    *rowPlan          // nil: the join is looked up by itself
	joined  int               // place of its first cell
	with    int               // place of the cell it must be equal to; no two rows have the same
	recall  *recall           // nil: rows are always looked for as if for the first time
}

// widen makes the look-up that reads more than the row; nil where there is nothing more that could be read with it. Its error says that the database cannot be asked.
func (s *row) widen(ctx context.Context, p *rowPlan, sel userinfo.Select) (*wide, error) {
	w := &wide{}
	at := len(p.columns)
	if p.isUser(p.reading) {
		w.reading, w.users = p.reading, p.reading.Add(&sel)
		at = len(sel.Columns)
		for _, j := range sel.Joins {
			at += len(j.Columns)
		}
	}
	if err := s.widenJoin(ctx, p, w, &sel, at); err != nil {
		return nil, err
	}
	if w.reading == nil && w.join == nil {
		return nil, nil //nolint:nilnil // documented
	}
	w.lookup = &shared{turns: s.table.turns}
	err := w.lookup.prepare(s.table.source, sel, p.columns[0].Name)
	switch {
	case errors.Is(err, userinfo.ErrMapping):
		return nil, nil //nolint:nilnil // the database cannot join these columns
	case err != nil:
		return nil, err
	case w.join == nil:
		return w, nil
	}
	return w, s.remember(w, sel)
}

// isUser tells whether the row is one of the users table, and says whose it is.
func (p *rowPlan) isUser(reading *userinfo.Reading) bool {
	return reading != nil && p.name == reading.Table() && slices.ContainsFunc(p.columns, func(c userinfo.Column) bool { return c.Name == reading.Key() })
}

// widenJoin adds the row's join to a SELECT if rows that belong together can be told by the columns they are joined on.
func (s *row) widenJoin(ctx context.Context, p *rowPlan, w *wide, sel *userinfo.Select, at int) error {
	if s.join == nil || p.places[s.with] < 0 {
		return nil
	}
	join, err := s.join.bind(ctx)
	switch {
	case errors.Is(err, userinfo.ErrMapping): // told when it is looked up
		p.lacks = true
		return nil
	case err != nil:
		return err
	}
	with := p.columns[p.places[s.with]]
	if join.absent || !with.Unique || !sameKinds(with, join.columns[0]) {
		return nil
	}
	j := userinfo.Join{Table: join.name, Column: join.columns[0].Name, With: with.Name}
	for _, c := range join.columns {
		j.Columns = append(j.Columns, c.Name)
	}
	j.Where = s.join.constants(join)
	sel.Joins = append(sel.Joins, j)
	w.join, w.joined, w.with = join, at, p.places[s.with]
	return nil
}

// sameKinds tells columns whose values a database compares as it compares the column with a value of a visitor's.
func sameKinds(a, b userinfo.Column) bool {
	kind, key := userinfo.KindOf(a)
	other, is := userinfo.KindOf(b)
	if !key || !is {
		return false
	}
	whole := func(k userinfo.KeyKind) bool { return k == userinfo.KeyUint || k == userinfo.KeyInt }
	return whole(kind) && whole(other) || kind == userinfo.KeyText && other == userinfo.KeyText
}

// wide looks a row up with what belongs to it and sets the variables of both. again says that it cannot be done so, and nothing was set.
func (r *run) wide(ctx context.Context, s *row, p *rowPlan) (again bool, err error) {
	by, err := r.wanted(s, p)
	if err != nil {
		return false, r.absent(ctx, s, p, err)
	}
	if known, err := r.recall(ctx, s, p, by.want); known || err != nil {
		return false, err
	}
	if err := r.spend(); err != nil {
		return false, err
	}
	rows, cut, err := p.wide.lookup.rows(ctx, by.arg)
	switch {
	case errors.Is(err, userinfo.ErrMapping): // the site was updated since, maybe in a table that does not matter here
		s.plan.forget(p)
		return true, nil
	case err != nil:
		return false, unavailable(err)
	}
	cells, all, err := p.wide.only(p, rows, cut, by.want)
	if err != nil {
		return false, r.absent(ctx, s, p, err)
	}
	r.take(s, p, cells)
	r.see(p.wide, cells)
	switch {
	case s.join == nil:
		return false, nil
	case p.wide.join == nil:
		return false, r.apart(ctx, s, p, by, cells[:len(p.columns)])
	}
	joined, err := r.joined(s.join, p.wide, all)
	if errors.Is(err, errNoRow) && s.join.optional {
		joined, err = nil, nil
	}
	if err == nil {
		r.take(s.join, p.wide.join, joined)
	}
	if c := p.wide.recall; joined != nil && c != nil {
		r.found = append(r.found, finding{c, by.want[0], string(joined[c.place])})
	}
	return false, err
}

// see keeps how the Directory sees the user of a row.
func (r *run) see(w *wide, cells userinfo.Row) {
	if w.reading == nil {
		return
	}
	if seen := w.reading.Seen(cells, w.users); seen != nil {
		r.seen = seen
	}
}

// absent goes on without a row that may be missing.
func (r *run) absent(ctx context.Context, s *row, p *rowPlan, err error) error {
	if !errors.Is(err, errNoRow) || !s.optional {
		return err
	}
	r.take(s, p, nil)
	if s.join != nil {
		return r.row(ctx, s.join)
	}
	return nil
}

// only finds the one row that has all the values asked for, byte for byte. Where rows are joined it may stand in several rows of the answer, which are all of them.
func (w *wide) only(p *rowPlan, rows *userinfo.Rows, cut bool, want []string) (cells userinfo.Row, all []userinfo.Row, err error) {
	for i := range rows.Len() {
		row := rows.Row(i)
		if !matches(row, want) {
			continue
		}
		if len(all) > 0 && (w.join == nil || row[w.with] == nil || !bytes.Equal(row[w.with], all[0][w.with])) {
			return nil, nil, fmt.Errorf("%w in %s", errSeveral, p.name)
		}
		all = append(all, row)
	}
	switch {
	case cut && (w.join != nil || len(all) == 0): // others may stand among those that were not read
		return nil, nil, fmt.Errorf("%w in %s", errSeveral, p.name)
	case len(all) == 0:
		return nil, nil, fmt.Errorf("%w in %s", errNoRow, p.name)
	}
	return all[0], all, nil
}

// joined is the one row joined to those of an answer that has all the values asked for.
func (r *run) joined(s *row, w *wide, all []userinfo.Row) (userinfo.Row, error) {
	by, err := r.wanted(s, w.join)
	if err != nil {
		return nil, err
	}
	var only userinfo.Row
	for _, row := range all {
		cells := cellsOf(row, w.joined, len(w.join.columns))
		if !matches(cells, by.want) {
			continue
		}
		if only != nil {
			return nil, fmt.Errorf("%w in %s", errSeveral, w.join.name)
		}
		only = cells
	}
	if only == nil {
		return nil, fmt.Errorf("%w in %s", errNoRow, w.join.name)
	}
	return only, nil
}

func cellsOf(row userinfo.Row, from, width int) userinfo.Row {
	return row[from : from+width : from+width]
}
