package userinfo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
)

// beside is a join that is read in a query of its own, for all users at once, and what it gives each of them.
type beside struct {
	kind    JoinKind
	on      int     // place in the user's row of what the join is asked with
	key     KeyKind // of the column that is asked
	uuid    uuidForm
	number  bool   // what it is asked with is a number, maybe with decimals
	indexed bool   // it begins an index
	sel     Select // that column first; of a key/value table the name next and then the value
	lookup  Lookup
	where   []*boolean // what the database does not check
	name    int        // place of a key/value table's names in the join's own rows
	outs    []out
}

// Bounds of the rows of a join. Of those with many rows, and of those that conditions need, all must be seen, or a ban could be missed: perKey is
// how many a user may have on average over a look-up. Of those of which one is shown the rest is idle; mostOfOne is for all users of a look-up
// together.
const (
	perKey    = 200
	mostOfOne = 20_000
)

// extend reads what stands in other tables and puts it behind the rows. The rows it returns lie in the memory of all in held.
func (d *Directory) extend(ctx context.Context, p *plan, rows *Rows) (wide *Rows, held []*Rows, err error) {
	held = []*Rows{rows}
	for i := range rows.Len() {
		p.void(rows.Row(i))
	}
	if len(p.more) == 0 {
		return rows, held, nil
	}
	wide = NewRowsFor(p.width, rows.Len())
	for i := range rows.Len() {
		wide.cells = append(wide.cells, rows.Row(i)...)
		for range p.width - rows.width {
			wide.cells = append(wide.cells, nil)
		}
	}
	for _, q := range p.more {
		found, err := d.ask(ctx, p, q, wide)
		if err != nil {
			return nil, nil, err
		}
		held = append(held, found...)
	}
	return wide, append(held, wide), nil
}

// ask runs the query of a join for all rows and fills in what it gives.
func (d *Directory) ask(ctx context.Context, p *plan, q *beside, wide *Rows) (held []*Rows, err error) {
	set := new(idSet)
	set.reset(q.key, wide.Len())
	for i := range wide.Len() {
		if id, ok := q.asked(wide.Row(i)); ok {
			set.add(id)
		}
	}
	groups := make([][]Row, len(set.ids))
	dec := &decoder{plan: p, raw: true}
	for start := 0; start < len(set.ids); start += MaxIDs {
		end := min(start+MaxIDs, len(set.ids))
		part := idSet{kind: q.key, ids: set.ids[start:end], sums: set.sums[start:end]}
		rows, err := q.lookup.Rows(ctx, q.args(&part)...)
		if err != nil {
			return nil, err
		}
		held = append(held, rows)
		var key []byte
		for i := range rows.Len() {
			row := rows.Row(i)
			var ok bool
			if key, ok = q.found(key[:0], row[0]); !ok {
				continue
			}
			at := place(set, key)
			if at < 0 || slices.ContainsFunc(q.where, func(b *boolean) bool { return b.holds(dec, row) != yes }) {
				continue
			}
			groups[at] = append(groups[at], row)
		}
	}
	for i := range wide.Len() {
		row := wide.Row(i)
		id, ok := q.asked(row)
		if !ok {
			continue
		}
		if at := place(set, id); at >= 0 {
			for _, o := range q.outs {
				row[o.at] = q.value(o, groups[at])
			}
		}
	}
	return held, nil
}

// value is what a user's rows of a join give; nil for nothing.
func (q *beside) value(o out, rows []Row) []byte {
	if q.kind == JoinKV {
		return q.keyed(o, rows)
	}
	if o.ref.agg == aggCount {
		return strconv.AppendInt(nil, int64(len(rows)), 10)
	}
	if len(rows) == 0 {
		return nil
	}
	switch o.ref.agg {
	case aggExists:
		return []byte{'1'}
	case aggHas:
		if slices.ContainsFunc(rows, func(r Row) bool { return r[o.column] != nil && string(r[o.column]) == o.ref.arg }) {
			return []byte{'1'}
		}
		return nil
	case aggJoin:
		var cells [][]byte
		for _, r := range rows {
			if len(r[o.column]) > 0 {
				cells = append(cells, r[o.column])
			}
		}
		if joined := bytes.Join(cells, []byte(o.ref.arg)); len(joined) <= MaxCell {
			return joined
		}
		return nil
	case aggMin, aggMax:
		var best []byte
		for _, r := range rows {
			c := r[o.column]
			if c == nil {
				continue
			}
			if order := compareTexts(string(c), string(best)); best == nil || o.ref.agg == aggMin && order < 0 || o.ref.agg == aggMax && order > 0 {
				best = c
			}
		}
		return best
	default:
		return rows[0][o.column]
	}
}

// keyed is the value of a name in a key/value table: the first that is not NULL. A pattern never gives what looks like a secret.
func (q *beside) keyed(o out, rows []Row) []byte {
	if o.ref.like {
		rows = slices.Clone(rows)
		slices.SortStableFunc(rows, func(a, b Row) int { return bytes.Compare(a[q.name], b[q.name]) })
	}
	for _, r := range rows {
		if r[o.column] == nil {
			continue
		}
		name := string(r[q.name])
		if !o.ref.like && name == o.ref.name || o.ref.like && matches(name, o.ref.name, false) && !looksSecret(name) {
			return r[o.column]
		}
	}
	return nil
}

// Profile is a further persona of a user.
type Profile struct {
	Key       string // names it in the answer
	UserID    string // tells it from all users and personas
	Name      string
	AvatarURL string
}

// personas reads the further personas of users, by the users' keys.
func (d *Directory) personas(ctx context.Context, p *boundPlan, rows *Rows) (map[ID][]Profile, error) {
	q := p.persona
	set := new(idSet)
	set.reset(q.kind, rows.Len())
	var key []byte
	for i := range rows.Len() {
		var ok bool
		if key, ok = p.kind.appendKey(key[:0], rows.Row(i)[0]); !ok {
			continue
		}
		if id, ok := q.kind.Parse(string(key)); ok {
			set.add(id)
		}
	}
	if len(set.ids) == 0 {
		return nil, nil
	}
	found, err := q.byKey.Rows(ctx, q.kind.args(set)...)
	if err != nil {
		return nil, err
	}
	wide, held, err := d.extend(ctx, q.plan, found)
	if err != nil {
		return nil, err
	}
	dec := &decoder{plan: q.plan}
	profiles := map[ID][]Profile{}
	for i := range wide.Len() {
		u := dec.decode(wide.Row(i))
		if u == nil || u.Name == "" {
			continue
		}
		profile := Profile{Name: u.Name, AvatarURL: u.AvatarURL}
		for _, x := range u.Extra {
			switch x.Name {
			case personaKey:
				profile.Key = x.Text
			case "user_id":
				profile.UserID = x.Text
			}
		}
		if _, asUser := p.kind.Parse(profile.UserID); asUser {
			continue // it would be taken for that user
		}
		if profile.Key != "" && profile.UserID != "" && len(profiles[u.ID]) < maxProfiles {
			profiles[u.ID] = append(profiles[u.ID], profile)
		}
	}
	release(held)
	return profiles, nil
}

// personaOrder puts personas in order: by the user's key, then by their own.
func (p *plan) personaOrder() []Order {
	order := []Order{{Column: p.sel.Columns[0]}}
	for _, x := range p.extra {
		if x.name == personaKey && x.expr.single >= 0 && x.expr.single < len(p.sel.Columns) {
			order = append(order, Order{Column: p.sel.Columns[x.expr.single]})
		}
	}
	return order
}

// maxProfiles bounds the personas of one user; of more the first by their keys are shown. What joins give those of a whole look-up must fit into one idSet.
const maxProfiles = 50

func release(held []*Rows) {
	for _, r := range held {
		r.release()
	}
}

// lookups prepares the queries of a plan's joins.
func (p *plan) lookups(source Source) error {
	for _, q := range p.more {
		var err error
		if q.lookup, err = source.ByKey(q.sel, q.sel.Columns[0]); err != nil {
			return fmt.Errorf("table %s: %w", q.sel.Table, err)
		}
	}
	return nil
}
