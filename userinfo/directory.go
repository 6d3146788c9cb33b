package userinfo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of one look-up.
const (
	MaxIDs     = 500 // ids of one users-info call (CONTRACT §3)
	MaxFriends = 500 // friends of one user
	MaxHits    = 50  // hits of one search
	MinSearch  = 2   // least characters of a search
	MaxSearch  = 64  // most characters of a search
)

// ErrSearchTerm says that a search is too short or too long, or that searches are off.
var ErrSearchTerm = errors.New("search term refused")

// Options is how a Directory reads. Zero values are replaced by the defaults named.
type Options struct {
	Readers      int           // look-ups at a time, the size of the database pool; 10
	QueryTimeout time.Duration // longest time of one query; 500 ms
	Queue        time.Duration // longest time a look-up waits for its turn; 1 s
	Logger       *slog.Logger  // discards
}

// Directory looks users up in the site's database. What it returns was read after it was asked, never from a cache.
// It meets the database at the first look-up, or in Bind, and again whenever the table changed under it.
type Directory struct {
	mapping *Mapping
	source  Source
	log     *slog.Logger
	gather  *gatherer
	bound   atomic.Pointer[boundPlan]
	kind    atomic.Uint32 // KeyKind, kept when the plan is dropped
	binding chan struct{} // one bind at a time; guards state
	state   bindState
	decoder sync.Pool
	timeout time.Duration
	scans   chan struct{} // searches at a time: they read the whole table and must leave readers for everybody else
}

// NewDirectory returns a directory of the users that mapping finds in source. No query is sent.
func NewDirectory(mapping *Mapping, source Source, o Options) (*Directory, error) {
	if mapping == nil || source == nil {
		return nil, errors.New("userinfo: a directory needs a mapping and a source")
	}
	if o.Readers <= 0 {
		o.Readers = 10
	}
	if o.QueryTimeout <= 0 {
		o.QueryTimeout = 500 * time.Millisecond
	}
	if o.Queue <= 0 {
		o.Queue = time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	d := &Directory{mapping: mapping, source: source, log: o.Logger, timeout: o.QueryTimeout, binding: make(chan struct{}, 1)}
	d.gather = newGatherer(o.Readers, o.Queue, d.panicked)
	d.scans = make(chan struct{}, max(1, o.Readers/4))
	d.decoder.New = func() any { return new(decoder) }
	return d, nil
}

// KeyKind is the kind of the site's user ids; KeyUnknown until the table has been seen.
func (d *Directory) KeyKind() KeyKind { return KeyKind(d.kind.Load()) }

// found is the answer of a shared look-up: the rows and where each key stands. It is read by several goroutines.
type found struct {
	plan *boundPlan
	rows *Rows
	at   map[ID]int // place of an asked id in of; nil when there are so few that comparing is cheaper
	of   []int      // row of each asked id, noRow, or twoRows
}

// What found.of holds for an id without exactly one row.
const (
	noRow   = -1
	twoRows = -2
)

// row returns the one row whose key is id byte for byte. When two rows have it nobody can tell who is meant, so it is nobody.
func (f *found) row(id ID) (Row, bool) {
	if f.at != nil {
		i, ok := f.at[id]
		if !ok || f.of[i] < 0 {
			return nil, false
		}
		return f.rows.Row(f.of[i]), true
	}
	var key [40]byte
	var match Row
	for i := range f.rows.Len() {
		row := f.rows.Row(i)
		if text, ok := f.plan.kind.appendKey(key[:0], row[0]); ok && sameBytes(text, id) {
			if match != nil {
				f.plan.ambiguous()
				return nil, false
			}
			match = row
		}
	}
	return match, match != nil
}

// fewIDs is the number of ids up to which comparing is cheaper than a map.
const fewIDs = 8

// read looks ids up, at most MaxIDs. Look-ups that have to wait for a free reader share the next query.
func (d *Directory) read(ctx context.Context, ids []ID) (*found, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	f, err := d.gather.run(ctx, ids, func(ids []ID) (*found, error) { return d.query(p, ids) })
	return f, d.failed(p, err)
}

// failed is the error of a look-up that was made with p, whose own deadline counts as ErrUnavailable. When the table changed it is
// looked at again at the next request, but not more often than a failed look would be.
func (d *Directory) failed(p *boundPlan, err error) error {
	if errors.Is(err, ErrMapping) && time.Since(p.since) >= rebindPause {
		d.bound.CompareAndSwap(p, nil)
	}
	return inTime(err)
}

// inTime makes a deadline of ours ErrUnavailable.
func inTime(err error) error {
	if errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

func (d *Directory) query(p *boundPlan, ids []ID) (*found, error) {
	// Not the request's context: several requests may wait for this query, and none may end it for the others.
	ctx, cancel := context.WithTimeout(context.Background(), d.timeout)
	defer cancel()
	args := make([]any, 0, len(ids))
	for _, id := range ids {
		// The ids were parsed before they waited: the key column may be of another kind by now.
		if _, ok := p.kind.Parse(string(id)); ok {
			args = append(args, p.kind.Arg(id))
		}
	}
	if len(args) == 0 {
		return &found{plan: p, rows: NewRows(len(p.sel.Columns))}, nil
	}
	rows, err := p.byKey.Rows(ctx, args...)
	if err != nil {
		return nil, err
	}
	f := &found{plan: p, rows: rows}
	if len(ids) > fewIDs {
		f.at, f.of = make(map[ID]int, len(ids)), make([]int, len(ids))
		for i, id := range ids {
			f.at[id], f.of[i] = i, noRow
		}
		var key []byte
		for i := range rows.Len() {
			var ok bool
			if key, ok = p.kind.appendKey(key[:0], rows.Row(i)[0]); !ok {
				continue
			}
			switch place, asked := f.at[ID(key)]; {
			case !asked:
			case f.of[place] == noRow:
				f.of[place] = i
			default:
				f.of[place] = twoRows
				p.ambiguous()
			}
		}
	}
	return f, nil
}

// ByID returns the users with these ids in the order asked, each once; unknown and hidden users are left out.
// More than MaxIDs ids are an error.
func (d *Directory) ByID(ctx context.Context, ids ...ID) ([]User, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	asked := make([]ID, 0, len(ids))
	seen := make(map[ID]bool, len(ids))
	for _, id := range ids {
		if canonical, ok := p.kind.Parse(string(id)); ok && !seen[canonical] {
			seen[canonical] = true
			asked = append(asked, canonical)
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	if len(asked) > MaxIDs {
		return nil, fmt.Errorf("userinfo: %d ids, at most %d", len(asked), MaxIDs)
	}
	f, err := d.read(ctx, asked)
	if err != nil {
		return nil, err
	}
	dec := d.decoderFor(f.plan)
	defer d.decoder.Put(dec)
	users := make([]User, 0, len(asked))
	for _, id := range asked {
		if row, ok := f.row(id); ok {
			users = appendUser(users, dec, row)
		}
	}
	return users, nil
}

func (d *Directory) decoderFor(p *boundPlan) *decoder {
	dec := d.decoder.Get().(*decoder)
	dec.plan = p.plan
	return dec
}

// appendUser decodes a row into a user that owns its fields.
func appendUser(users []User, dec *decoder, row Row) []User {
	u := dec.decode(row)
	if u == nil {
		return users
	}
	users = append(users, *u)
	last := &users[len(users)-1]
	last.Extra = append([]Field(nil), u.Extra...)
	return users
}

// panicked turns a panic on a goroutine of ours into an error for those who wait, so that one bad row cannot end the program.
// The stack goes to the log; the value does not, since it could hold a row's text.
func (d *Directory) panicked(cause any) error {
	d.log.Error("panic while looking users up", "type", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
	return fmt.Errorf("%w: internal error", ErrUnavailable)
}
