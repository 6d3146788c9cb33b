package userinfo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
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

// ErrSearchTerm says that a search is too short or too long.
var ErrSearchTerm = errors.New("search term refused")

// ErrNoSearch says that searches are off, or that no column of text can be searched.
var ErrNoSearch = errors.New("no search")

// Options is how a Directory reads. Zero values are replaced by the defaults named.
type Options struct {
	Readers      int           // look-ups at a time, the size of the database pool; 10
	Few          int           // look-ups at a time while the database answers at once; two for each processor
	QueryTimeout time.Duration // longest time of one query; 500 ms
	Queue        time.Duration // longest time a look-up waits for its turn; 1 s
	Visitor      []string      // fields that Visitor gives, by their names in users-info, and email; nil is all of them
	Scan         []string      // fields that Scan gives beside the private ones, by the names Visitor has; nil: there is no Scan
	Logger       *slog.Logger  // discards
}

// Directory looks users up in the site's database. What it returns was read after it was asked, never from a cache.
// It meets the database at the first look-up, or in Bind, and again whenever the table changed under it.
type Directory struct {
	mapping *Mapping
	source  Source
	log     *slog.Logger
	gather  *gatherer
	visits  *gatherer // of look-ups that read the rules on writing too, which cannot share with those that do not
	glances *gatherer // of look-ups of visitors, which read less than all others
	wholes  *gatherer // of look-ups with private fields
	visitor *Mapping  // what they read; nil is everything
	scanned *Mapping  // what Scan reads; nil is nothing
	bound   atomic.Pointer[boundPlan]
	kind    atomic.Uint32 // KeyKind, kept when the plan is dropped
	binding chan struct{} // one bind at a time; guards state
	state   bindState
	decoder sync.Pool
	sets    sync.Pool
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
	if o.Few <= 0 {
		o.Few = 2 * runtime.GOMAXPROCS(0)
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
	readers := newReaders(o.Readers, o.Few)
	d.gather, d.visits, d.glances = newGatherer(readers, o.Queue, d.panicked), newGatherer(readers, o.Queue, d.panicked), newGatherer(readers, o.Queue, d.panicked)
	d.wholes = newGatherer(readers, o.Queue, d.panicked)
	if o.Visitor != nil {
		d.visitor = mapping.only(o.Visitor)
	}
	if o.Scan != nil {
		d.scanned = mapping.paged(o.Scan)
	}
	d.scans = make(chan struct{}, max(1, o.Readers/4))
	d.decoder.New = func() any { return new(decoder) }
	d.sets.New = func() any { return new(idSet) }
	return d, nil
}

// KeyKind is the kind of the site's user ids; KeyUnknown until the table has been seen.
func (d *Directory) KeyKind() KeyKind { return KeyKind(d.kind.Load()) }

// found is the answer of a look-up: the rows, and which of them each key has. When it is shared several goroutines read it.
type found struct {
	plan  *boundPlan
	rows  *Rows
	set   *idSet
	users atomic.Int32 // look-ups that have not released it yet; one that never does leaves the memory to the garbage collector
	held  []*Rows      // whose memory rows lie in, rows among them
	one   [1]*Rows
	// personas of the users, by the key they have in their own table
	personas map[ID][]Profile
}

// user decodes a row; the user is valid until the decoder's next.
func (f *found) user(dec *decoder, row Row) *User {
	u := dec.decode(row)
	if u == nil || f.personas == nil {
		return u
	}
	u.Profiles = nil
	if id, ok := f.plan.persona.kind.Parse(string(u.ID)); ok {
		u.Profiles = f.personas[id]
	}
	return u
}

// row returns the one row whose key is id byte for byte. When two rows have it nobody can tell who is meant, so it is nobody.
func (f *found) row(id ID) (Row, bool) {
	at := place(f.set, id)
	if at < 0 || f.set.rows[at] < 0 {
		return nil, false
	}
	return f.rows.Row(f.set.rows[at]), true
}

// release gives the rows' memory back when the last of those who read them has called it, once each. Who has called it may use no row any more.
func (f *found) release() {
	if f.users.Add(-1) == 0 {
		release(f.held)
	}
}

// read looks ids up, at most MaxIDs. Look-ups that have to wait for a free reader share the next query. set must not change until
// what was found is no longer used.
func (d *Directory) read(ctx context.Context, set *idSet) (*found, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	f, err := d.gather.run(ctx, set, p.crowded(), func(set *idSet) (*found, error) { return d.query(p, set) })
	if err != nil {
		return nil, d.failed(p, err)
	}
	return f, nil
}

// failed is the error of a look-up that was made with p, whose own deadline counts as ErrUnavailable. When the table changed it is
// looked at again at the next request, but not more often than a failed look would be.
func (d *Directory) failed(p *boundPlan, err error) error {
	if errors.Is(err, ErrMapping) && time.Since(p.since) >= rebindPause {
		d.bound.CompareAndSwap(p, nil)
	}
	p.refused(err)
	return inTime(err)
}

// inTime makes a deadline of ours ErrUnavailable.
func inTime(err error) error {
	if errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

func (d *Directory) query(p *boundPlan, set *idSet) (*found, error) {
	if set.kind != p.kind { // the ids were parsed before they waited: the key column is of another kind by now
		other := new(idSet)
		other.reset(p.kind, len(set.ids))
		for _, id := range set.ids {
			if canonical, ok := p.kind.Parse(string(id)); ok {
				other.add(canonical)
			}
		}
		set = other
	}
	f := &found{plan: p, set: set}
	if len(set.ids) == 0 {
		f.rows = NewRows(p.width)
		return f, nil
	}
	// Not the request's context: several requests may wait for this query, and none may end it for the others.
	ctx, cancel := context.WithTimeout(context.Background(), d.timeout)
	defer cancel()
	rows, err := p.byKey.Rows(ctx, p.kind.args(set)...)
	if err == nil {
		err = d.complete(ctx, f, rows)
	}
	if err != nil {
		return nil, err
	}
	set.match(f.rows, p.ambiguous)
	return f, nil
}

// complete adds to rows of users what stands in other tables.
func (d *Directory) complete(ctx context.Context, f *found, rows *Rows) (err error) {
	if len(f.plan.more) == 0 && len(f.plan.checks) == 0 && f.plan.persona == nil { // on the path of every users-info answer
		f.rows, f.one[0] = rows, rows
		f.held = f.one[:]
		return nil
	}
	if f.plan.lazy && d.enough(f.plan, rows) {
		f.rows, f.one[0] = rows, rows
		f.held = f.one[:]
		return nil
	}
	if f.rows, f.held, err = d.extend(ctx, f.plan.plan, rows); err == nil && f.plan.persona != nil {
		f.personas, err = d.personas(ctx, f.plan, f.rows)
	}
	return err
}

// visit is read with the rules on writing.
func (d *Directory) visit(ctx context.Context, set *idSet) (*found, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	if p.visit == nil {
		return d.read(ctx, set)
	}
	f, err := d.visits.run(ctx, set, p.visit.crowded(), func(set *idSet) (*found, error) { return d.query(p.visit, set) })
	if err != nil {
		return nil, d.failed(p, err)
	}
	return f, nil
}

// ByID returns the users with these ids in the order asked, each once; unknown and hidden users are left out. They can be asked about with
// MayWrite. More than MaxIDs ids are an error.
func (d *Directory) ByID(ctx context.Context, ids ...ID) ([]User, error) {
	return d.byID(ctx, d.visit, ids)
}

// byID looks ids up with read or visit.
func (d *Directory) byID(ctx context.Context, read func(context.Context, *idSet) (*found, error), ids []ID) ([]User, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	set := d.sets.Get().(*idSet)
	defer func() {
		set.forget()
		d.sets.Put(set)
	}()
	set.reset(p.kind, len(ids))
	for _, id := range ids {
		if canonical, ok := p.kind.Parse(string(id)); ok && len(set.ids) <= MaxIDs {
			set.add(canonical)
		}
	}
	if len(set.ids) == 0 {
		return nil, nil
	}
	if len(set.ids) > MaxIDs {
		return nil, fmt.Errorf("userinfo: more than %d ids", MaxIDs)
	}
	f, err := read(ctx, set)
	if err != nil {
		return nil, err
	}
	defer f.release()
	dec := d.decoderFor(f.plan)
	defer d.decoder.Put(dec)
	users := make([]User, 0, len(set.ids))
	for _, id := range set.ids {
		if row, ok := f.row(id); ok {
			users = appendUser(users, f.user(dec, row))
		}
	}
	if dec.beyond { // time went by since it was enough: a condition on the clock turned
		return d.byID(ctx, d.read, ids)
	}
	return users, nil
}

func (d *Directory) decoderFor(p *boundPlan) *decoder {
	dec := d.decoder.Get().(*decoder)
	dec.plan, dec.beyond = p.plan, false
	return dec
}

// appendUser appends a user that owns its fields; nil is nobody.
func appendUser(users []User, u *User) []User {
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
