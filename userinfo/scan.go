package userinfo

import (
	"context"
	"fmt"
	"time"
)

// MaxPage is how many rows of the users table a page of Scan has: enough to make what a query costs beside its rows small, few enough to be read in a moment.
const MaxPage = 1000

// ErrNoScan says that Options.Scan does not let a directory be read from end to end.
var ErrNoScan = fmt.Errorf("%w: users are not scanned here", ErrMapping)

// Cursor is a place in the order of the users' keys. The zero value stands before all of them. It is good only for the Directory it came from.
type Cursor struct {
	key  any                 // as Lookup takes it; nil before all keys
	seen map[string]struct{} // keys of the page that ended here, which the next may give again: a collation takes ADMIN and admin for one place
	past bool                // nothing but such keys came: go on behind them
}

// Page is a piece of the users table in the order of its keys.
type Page struct {
	Users []User // those who are shown, with the fields of Options.Scan and the private ones
	Last  Cursor // its end, where the next page begins; of a page without rows, where it began
	Rows  int    // rows read, those of hidden users too
	More  bool   // there may be rows behind Last
}

// Scan returns the users behind a place in the order of their keys, at most MaxPage. Following Last from the zero Cursor on meets every user who is there from beginning
// to end at least once, those with equal keys in a page of others excepted, who are nobody to ByID either. It takes one of the turns of searches, so that look-ups always
// find readers; its time is bounded by that of its queries.
func (d *Directory) Scan(ctx context.Context, after Cursor) (Page, error) {
	if d.scanned == nil {
		return Page{}, ErrNoScan
	}
	b, err := d.plan(ctx)
	if err != nil {
		return Page{}, err
	}
	p := b.scan
	ctx, cancel := context.WithTimeout(ctx, d.pageTimeout(p))
	defer cancel()
	select {
	case d.scans <- struct{}{}:
		defer func() { <-d.scans }()
	case <-ctx.Done():
		return Page{}, inTime(ctx.Err())
	}
	t, err := d.gather.take(ctx)
	if err != nil {
		return Page{}, err
	}
	defer t.end()
	page, err := d.page(ctx, p, after)
	if err != nil {
		return Page{}, d.failed(b, err)
	}
	return page, nil
}

// pageTimeout bounds a page: its own query, and two for each table beside, which are asked for MaxIDs users at a time.
func (d *Directory) pageTimeout(p *boundPlan) time.Duration {
	return d.timeout * time.Duration(2+len(p.more)*(MaxPage/MaxIDs))
}

// page reads one page.
func (d *Directory) page(ctx context.Context, p *boundPlan, after Cursor) (Page, error) {
	lookup, args := p.pages, []any(nil)
	if after.key != nil {
		args = append(args, after.key)
		if after.past {
			lookup = p.beyond
		}
	}
	rows, err := lookup.Rows(ctx, args...)
	if err != nil {
		return Page{}, err
	}
	page := Page{Rows: rows.Len(), More: rows.Len() >= MaxPage}
	shown, fresh := p.turn(&page, rows, after)
	if page.More && fresh == 0 { // no progress
		if after.past || after.key == nil {
			return Page{}, fmt.Errorf("%w: a whole page of the users table has no key that is an id", ErrMapping)
		}
		page.Last = Cursor{key: after.key, past: true}
	}
	f := &found{plan: p}
	if err := d.complete(ctx, f, shown); err != nil {
		return Page{}, err
	}
	dec := d.decoderFor(p)
	defer d.decoder.Put(dec)
	for i := range f.rows.Len() {
		page.Users = appendUser(page.Users, f.user(dec, f.rows.Row(i)))
	}
	release(f.held)
	return page, nil
}

// turn sets where a page ends and returns the rows of users who are not hidden, without the cell that tells it. fresh is how many rows the page before did not have.
func (p *boundPlan) turn(page *Page, rows *Rows, after Cursor) (shown *Rows, fresh int) {
	width := p.plan.rowWidth()
	shown = NewRowsFor(width, rows.Len())
	page.Last = after
	seen := make(map[string]struct{}, rows.Len())
	for i := range rows.Len() {
		row := rows.Row(i)
		key := string(row[0])
		if _, again := after.seen[key]; again || row[0] == nil {
			if again {
				seen[key] = struct{}{}
			}
			continue
		}
		arg, ok := p.cursor(row[0])
		if !ok {
			continue // of SQLite, whose column of integers may end in texts, or no id at all
		}
		fresh++
		seen[key] = struct{}{}
		page.Last = Cursor{key: arg}
		if len(p.hiding) > 0 && string(row[len(row)-1]) != "1" {
			continue
		}
		shown.cells = append(shown.cells, row[:width]...)
	}
	if p.kind == KeyText && fresh > 0 {
		page.Last.seen = seen
	}
	return shown, fresh
}

// cursor is the argument of a look-up that goes on behind a key.
func (p *boundPlan) cursor(cell []byte) (any, bool) {
	id, ok := p.kind.FromCell(cell)
	if !ok {
		return nil, false
	}
	return p.kind.Arg(id), true
}

// rowWidth is how many cells a row of the users' own query has.
func (p *plan) rowWidth() int {
	width := len(p.sel.Columns)
	for _, j := range p.sel.Joins {
		width += len(j.Columns)
	}
	return width
}

// bindPages prepares the queries of Scan. What hides a user is told by a cell and is no condition: a page is always as quick, however few of its users are shown.
func (d *Directory) bindPages(b *boundPlan) (err error) {
	p := b.scan
	sel := p.sel
	key := sel.Columns[0]
	p.hiding = sel.Where
	sel.Tell, sel.Where = sel.Where, []Cond{{Column: key, Op: OpNotNull}}
	from := OpGreater
	if p.kind == KeyText {
		from = OpGreaterEqual
	}
	if p.pages, err = d.source.Pages(sel, key, from, MaxPage); err != nil {
		return err
	}
	p.beyond, err = d.source.Pages(sel, key, OpGreater, MaxPage)
	return err
}
