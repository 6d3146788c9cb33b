package session

import (
	"context"
	"errors"
	"hash/maphash"
	"strings"
	"sync/atomic"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// Bounds of what is remembered of where rows were found.
const (
	spots   = 1 << 14          // about two megabytes when all are taken
	spotAge = 10 * time.Minute // then a row is looked for as if it were new, which also tells whether it is still the only one
)

// again finds what was found before by the key of the joined row, which costs a database far less than looking for it among everything that belongs to the same
// user. Only where the row stands is remembered, nothing of what it says: the rows are read anew each time and compared as ever, and where anything differs they are
// looked for as if for the first time.
type again struct {
	lookup *shared
	kind   userinfo.KeyKind
	place  int         // of the key's cell in the joined row
	off    atomic.Bool // the database would not be asked so
	seed   maphash.Seed
	known  []atomic.Pointer[spot]
}

// spot is where the row joined to one with this text was found. It never changes.
type spot struct {
	text string // what the row was looked up by
	cell string // the key
	key  any
	at   time.Time
}

// get is where the row joined to one with this text stood a short while ago; nil where that is not known.
func (a *again) get(text string, now time.Time) *spot {
	if a.off.Load() {
		return nil
	}
	s := a.of(text).Load()
	if s == nil || s.text != text || now.Sub(s.at) >= spotAge {
		return nil
	}
	return s
}

// put remembers where a joined row was found.
func (a *again) put(text string, joined userinfo.Row, now time.Time) {
	id, ok := a.kind.FromCell(joined[a.place])
	if !ok {
		return
	}
	// The text is a part of the visitor's cookie, the id one of a whole answer; neither shall be kept.
	a.of(text).Store(&spot{text: strings.Clone(text), cell: strings.Clone(string(id)), key: a.kind.Arg(id), at: now})
}

func (a *again) of(text string) *atomic.Pointer[spot] {
	return &a.known[maphash.String(a.seed, text)&(spots-1)]
}

// turned is the SELECT of a wide look-up with the table of its last join first, so that its rows can be found by that table's key. The cells of its rows are those of
// the wide one, the last join's before all others but that of Tell. ok is false where that cannot be said.
func turned(sel userinfo.Select) (out userinfo.Select, ok bool) {
	last := len(sel.Joins) - 1
	j := sel.Joins[last]
	if j.Of != 0 || sel.TellOf != 0 || len(sel.Order) > 0 {
		return out, false
	}
	// What the joined row must be is compared when it is there: as a condition it would have the database consider its index, at half the cost of the whole query.
	out = userinfo.Select{Table: j.Table, Columns: j.Columns, Limit: sel.Limit, Tell: sel.Tell, TellOf: 1}
	out.Joins = append(out.Joins, userinfo.Join{Table: sel.Table, Column: j.With, With: j.Column, Columns: sel.Columns, Where: sel.Where})
	for _, other := range sel.Joins[:last] {
		other.Of++
		out.Joins = append(out.Joins, other)
	}
	return out, true
}

// turnedBack is a row of the turned SELECT as the wide one would have it.
func (w *wide) turnedBack(row userinfo.Row) userinfo.Row {
	first, rest := row[:len(w.join.columns)], row[len(w.join.columns):]
	cells := append(make(userinfo.Row, 0, len(row)), rest[:w.joined]...)
	cells = append(cells, first...)
	return append(cells, rest[w.joined:]...) // what Tell says
}

// again makes the look-up by the key of the joined row; none where the row has no such key, or the rows cannot be read from there.
func (s *row) again(w *wide, sel userinfo.Select) error {
	at := w.join.keyAt
	if at < 0 {
		return nil
	}
	c := w.join.columns[at]
	kind, is := userinfo.KindOf(c)
	if !is || !c.Unique || kind != userinfo.KeyUint && kind != userinfo.KeyInt {
		return nil
	}
	sel, ok := turned(sel)
	if !ok {
		return nil
	}
	a := &again{lookup: &shared{turns: s.table.turns}, kind: kind, place: at, seed: maphash.MakeSeed(), known: make([]atomic.Pointer[spot], spots)}
	err := a.lookup.prepare(s.table.source, sel, c.Name)
	switch {
	case errors.Is(err, userinfo.ErrMapping): // the database cannot join these columns this way round
		return nil
	case err != nil:
		return err
	}
	w.again = a
	return nil
}

// again reads rows where they were found before and sets the variables of both. found is false where they are not known or not the ones asked for.
func (r *run) again(ctx context.Context, s *row, p *rowPlan, want []string) (found bool, err error) {
	a := p.wide.again
	if a == nil {
		return false, nil
	}
	known := a.get(want[0], r.now)
	if known == nil {
		return false, nil
	}
	if err := r.spend(); err != nil {
		return false, err
	}
	rows, _, err := a.lookup.rows(ctx, known.key)
	switch {
	case errors.Is(err, userinfo.ErrMapping):
		a.off.Store(true) // whatever it is, the usual way tells
		return false, nil
	case err != nil:
		return false, unavailable(err)
	}
	for i := range rows.Len() {
		row := rows.Row(i)
		if string(row[a.place]) != known.cell {
			continue
		}
		cells := p.wide.turnedBack(row)
		if !matches(cells, want) {
			break
		}
		r.take(s, p, cells)
		joined, err := r.joined(s.join, p.wide, []userinfo.Row{cells})
		if err != nil {
			break
		}
		r.see(p.wide, cells)
		r.take(s.join, p.wide.join, joined)
		return true, nil
	}
	a.of(want[0]).CompareAndSwap(known, nil)
	return false, nil
}
