package userinfo

import (
	"context"
	"fmt"
	"slices"

	"github.com/chatpass/chatpass/internal/setting"
)

// Seen is the row of a user of whom something else was read in the same query, such as the session that names them. It belongs to one request: it says how the
// user was when that request asked. Only [Directory.Visitor] of the Directory that the [Reading] came from understands it. A nil Seen is no row.
type Seen struct {
	plan *boundPlan
	row  Row
}

// Reading is how the rows of visitors are read within queries that somebody else makes. It holds until the Directory looks at the table again: where
// [Directory.Reading] gives another, this one is not used any more.
type Reading struct{ plan *boundPlan }

// Table is the users table.
func (r *Reading) Table() string { return r.plan.sel.Table }

// Key is the column of Table with the user's id. No two rows have the same.
func (r *Reading) Key() string { return r.plan.sel.Columns[0] }

// Add adds what is read of a user to a SELECT from Table that has no joins yet, and returns where the cells of the user's row stand in its rows. What hides a user is
// told by the last cell of a row and is no condition of the SELECT, so that its rows are the same as before. The SELECT may be given further joins, but no further
// columns.
func (r *Reading) Add(s *Select) (places []int) {
	sel := &r.plan.sel
	columns := columnList{slices.Clone(s.Columns)}
	for _, name := range sel.Columns {
		places = append(places, columns.at(name))
	}
	next := len(columns.names)
	for _, j := range sel.Joins {
		for range j.Columns {
			places = append(places, next)
			next++
		}
	}
	s.Columns, s.Joins, s.Tell = columns.names, slices.Clone(sel.Joins), sel.Where
	return places
}

// Seen is the user of a row of such a SELECT; nil for one who is hidden. The cells are kept.
func (r *Reading) Seen(row Row, places []int) *Seen {
	if len(r.plan.sel.Where) > 0 && string(row[len(row)-1]) != "1" {
		return nil
	}
	cells := make(Row, len(places))
	for i, at := range places {
		cells[i] = row[at]
	}
	return &Seen{plan: r.plan, row: cells}
}

// Reading returns how visitors are read now; nil while that is not known, and where a key may stand in several rows. Nothing is asked of the database.
func (d *Directory) Reading() *Reading {
	if p := d.bound.Load(); p != nil {
		return p.reading
	}
	return nil
}

// of is the row of a user if it was read as p reads it.
func (s *Seen) of(p *boundPlan, id ID) (Row, bool) {
	if s == nil || p.glance == nil || s.plan != p.glance {
		return nil, false
	}
	key, ok := p.kind.FromCell(s.row[0])
	return s.row, ok && key == id
}

// Visitor returns the user with this id, with the fields that Options.Visitor names and the permission available_chat, as they are now; known is false for a user who
// is unknown or hidden. seen, which may be nil, is their row if it was read for this request already; one of another user or of another state of the tables is not
// used. The user cannot be asked about with MayWrite.
func (d *Directory) Visitor(ctx context.Context, id ID, seen *Seen) (u User, known bool, err error) {
	p, err := d.plan(ctx)
	if err != nil {
		return User{}, false, err
	}
	var users []User
	if row, ok := seen.of(p, id); ok {
		users, err = d.fromSeen(ctx, p, row)
	} else {
		users, err = d.byID(ctx, d.glance, []ID{id})
	}
	if err != nil || len(users) == 0 || users[0].ID != id {
		return User{}, false, err
	}
	return users[0], true, nil
}

// fromSeen decodes a row that was read already. Only where a condition or a field needs more is the database asked for that.
func (d *Directory) fromSeen(ctx context.Context, p *boundPlan, row Row) ([]User, error) {
	dec := d.decoderFor(p.glance)
	defer d.decoder.Put(dec)
	p.glance.void(row)
	if u := dec.decode(row); !dec.beyond {
		return appendUser(nil, u), nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	t, err := d.glances.take(ctx)
	if err != nil {
		return nil, inTime(err)
	}
	defer t.end()
	rows := NewRows(len(row))
	for _, cell := range row {
		if cell == nil {
			rows.AppendNull()
		} else {
			rows.AppendCell(cell)
		}
	}
	wide, held, err := d.extend(ctx, p.glance.plan, rows)
	if err != nil {
		return nil, d.failed(p, err)
	}
	defer release(held)
	dec.beyond = false
	return appendUser(nil, dec.decode(wide.Row(0))), nil
}

// glance reads what Visitor gives.
func (d *Directory) glance(ctx context.Context, set *idSet) (*found, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	if p.glance == nil {
		return d.read(ctx, set)
	}
	f, err := d.glances.run(ctx, set, p.glance.crowded(), func(set *idSet) (*found, error) { return d.query(p.glance, set) })
	if err != nil {
		return nil, d.failed(p, err)
	}
	return f, nil
}

// enough tells whether everybody among rows can be decoded without what stands in other tables.
func (d *Directory) enough(p *boundPlan, rows *Rows) bool {
	dec := d.decoderFor(p)
	defer d.decoder.Put(dec)
	for i := range rows.Len() {
		p.void(rows.Row(i))
		if dec.decode(rows.Row(i)); dec.beyond {
			return false
		}
	}
	return true
}

// bindVisitor makes the plan of what Visitor reads.
func (d *Directory) bindVisitor(b *boundPlan, found schema) (faults []setting.Fault, err error) {
	if d.visitor == nil {
		return nil, nil
	}
	if b.glance, faults, err = d.bindTo(d.visitor, found, false); err != nil {
		return faults, fmt.Errorf("of visitors: %w", err)
	}
	b.glance.lazy = true
	if b.glance.unique {
		b.reading = &Reading{plan: b.glance}
	}
	return nil, nil
}

// only is the mapping without the fields that are not named, and without everything that no visitor's own route needs. What hides users stays.
func (m *Mapping) only(fields []string) *Mapping {
	c := *m
	var named [fieldCount]bool
	for _, name := range fields {
		if field, known := fieldNames[name]; known {
			named[field] = true
		}
	}
	for field := range c.fields {
		if !named[field] {
			c.fields[field] = expr{}
		}
	}
	if !named[fieldRole] {
		c.admin = nil
	}
	c.extra = slices.DeleteFunc(slices.Clone(m.extra), func(x extraField) bool { return !slices.Contains(fields, x.name) })
	c.rights = slices.DeleteFunc(slices.Clone(m.rights), func(r right) bool { return r.name != availableChat })
	c.search, c.friends, c.persona, c.rules = []string{}, nil, nil, nil
	return &c
}
