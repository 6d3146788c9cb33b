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

// recall finds what was found before by the key of the joined row, which costs a database far less than looking for it among everything that belongs to the same
// user. Only where the row stands is remembered, nothing of what it says or of what a visitor sent: the rows are read anew each time and compared as ever, and where
// anything differs they are looked for as if for the first time.
type recall struct {
	lookup *shared
	kind   userinfo.KeyKind
	place  int          // of the key's cell in the joined row
	off    atomic.Int64 // until when, in nanoseconds since 1970: the database refused to be asked so
	seed   maphash.Seed
	known  []atomic.Pointer[spot]
}

// spot is where the row joined to another was found. It never changes.
type spot struct {
	sum  uint64 // of what the other row was looked up by; two that have the same only take each other's place
	cell string // the key
	key  any
	at   time.Time
}

// finding is a spot that is remembered once the visitor has proven who they are.
type finding struct {
	of   *recall
	text string
	cell string
}

// get is where the row joined to one with this text stood a short while ago; nil where that is not known.
func (c *recall) get(text string, now time.Time) *spot {
	if now.UnixNano() < c.off.Load() {
		return nil
	}
	at, sum := c.of(text)
	if s := at.Load(); s != nil && s.sum == sum && now.Sub(s.at) < spotAge {
		return s
	}
	return nil
}

// put remembers where a joined row was found.
func (c *recall) put(text, cell string, now time.Time) {
	id, ok := c.kind.Parse(cell)
	if !ok {
		return
	}
	at, sum := c.of(text)
	at.Store(&spot{sum: sum, cell: strings.Clone(cell), key: c.kind.Arg(id), at: now}) // the cell is a piece of a whole answer, which must not be kept
}

func (c *recall) of(text string) (at *atomic.Pointer[spot], sum uint64) {
	sum = maphash.String(c.seed, text)
	return &c.known[sum&(spots-1)], sum
}

// turned is the SELECT of a wide look-up with the table of its last join, which is with the first, before all others, so that its rows can be found by that table's
// key. The cells of its rows are those of the wide one, the last join's before all others but that of Tell.
func turned(sel userinfo.Select) userinfo.Select {
	last := len(sel.Joins) - 1
	j := sel.Joins[last]
	// What the joined row must be is compared when it is there: as a condition it would have the database consider its index, at half the cost of the whole query.
	out := userinfo.Select{Table: j.Table, Columns: j.Columns, Limit: sel.Limit, Tell: sel.Tell, TellOf: 1}
	out.Joins = append(out.Joins, userinfo.Join{Table: sel.Table, Column: j.With, With: j.Column, Columns: sel.Columns, Where: sel.Where})
	for _, other := range sel.Joins[:last] {
		other.Of++
		out.Joins = append(out.Joins, other)
	}
	return out
}

// turnedBack is a row of the turned SELECT as the wide one would have it.
func (w *wide) turnedBack(row userinfo.Row) userinfo.Row {
	first, rest := row[:len(w.join.columns)], row[len(w.join.columns):]
	cells := append(make(userinfo.Row, 0, len(row)), rest[:w.joined]...)
	cells = append(cells, first...)
	return append(cells, rest[w.joined:]...) // what Tell says
}

// remember makes the look-up by the key of the joined row; none where the row has no such key, or the rows cannot be read from there.
func (s *row) remember(w *wide, sel userinfo.Select) error {
	at := w.join.keyAt
	if at < 0 {
		return nil
	}
	c := w.join.columns[at]
	kind, is := userinfo.KindOf(c)
	if !is || !c.Unique || kind != userinfo.KeyUint && kind != userinfo.KeyInt {
		return nil
	}
	r := &recall{lookup: &shared{turns: s.table.turns}, kind: kind, place: at, seed: maphash.MakeSeed(), known: make([]atomic.Pointer[spot], spots)}
	err := r.lookup.prepare(s.table.source, turned(sel), c.Name)
	switch {
	case errors.Is(err, userinfo.ErrMapping): // the database cannot join these columns this way round
		return nil
	case err != nil:
		return err
	}
	w.recall = r
	return nil
}

// recall reads rows where they were found before and sets the variables of both. known is false, and nothing set, where they are not known or not the ones asked for.
func (r *run) recall(ctx context.Context, s *row, p *rowPlan, want []string) (known bool, err error) {
	c := p.wide.recall
	if c == nil {
		return false, nil
	}
	before := c.get(want[0], r.now)
	if before == nil {
		return false, nil
	}
	if err := r.spend(); err != nil {
		return false, err
	}
	rows, _, err := c.lookup.rows(ctx, before.key)
	switch {
	case errors.Is(err, userinfo.ErrMapping):
		c.off.Store(r.now.Add(spotAge).UnixNano()) // whatever it is, the usual way tells
		r.queries++
		return false, nil
	case err != nil:
		return false, unavailable(err)
	}
	for i := range rows.Len() {
		row := rows.Row(i)
		if string(row[c.place]) != before.cell {
			continue
		}
		cells := p.wide.turnedBack(row)
		if !matches(cells, want) {
			break
		}
		with := &r.slots[s.takes[s.with].slot] // a variable that no recipe can name
		was := *with
		*with = textValue(string(cells[p.wide.with]))
		joined, err := r.joined(s.join, p.wide, []userinfo.Row{cells})
		if err != nil {
			*with = was
			break
		}
		r.take(s, p, cells)
		r.see(p.wide, cells)
		r.take(s.join, p.wide.join, joined)
		return true, nil
	}
	at, _ := c.of(want[0])
	at.CompareAndSwap(before, nil)
	r.queries++ // the look-up that follows is the one that counts, or a few stale cookies would leave none for a living one
	return false, nil
}
