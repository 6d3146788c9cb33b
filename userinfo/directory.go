package userinfo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/chatpass/chatpass/internal/setting"
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
}

// bindState remembers the last failed bind, so that a broken table is not inspected at every request.
type bindState struct {
	failed time.Time
	logged time.Time
	err    error
	faults []setting.Fault
}

// boundPlan is a plan and its prepared look-ups.
type boundPlan struct {
	*plan
	byKey   Lookup
	search  Lookup // nil when searches are off
	sample  Lookup
	friends [2]Lookup // nil when not mapped; friend by user, user by friend
	friend  KeyKind   // kind of the friend columns
}

// rebindPause is the least time between two failed looks at the table.
const rebindPause = time.Second

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
	d.decoder.New = func() any { return new(decoder) }
	return d, nil
}

// KeyKind is the kind of the site's user ids; KeyUnknown until the table has been seen.
func (d *Directory) KeyKind() KeyKind { return KeyKind(d.kind.Load()) }

// Bind looks at the users table and checks the mapping against it. It returns every fault found (with ErrMapping), or
// ErrUnavailable when the table cannot be looked at now.
func (d *Directory) Bind(ctx context.Context) ([]setting.Fault, error) {
	_, err := d.plan(ctx)
	if errors.Is(err, ErrMapping) {
		d.binding <- struct{}{}
		defer func() { <-d.binding }()
		return d.state.faults, err
	}
	return nil, err
}

func (d *Directory) plan(ctx context.Context) (*boundPlan, error) {
	if p := d.bound.Load(); p != nil {
		return p, nil
	}
	entered := time.Now()
	ctx, cancel := context.WithTimeout(ctx, d.bindTimeout())
	defer cancel()
	select {
	case d.binding <- struct{}{}:
		defer func() { <-d.binding }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: users table not seen yet: %w", ErrUnavailable, ctx.Err())
	}
	if p := d.bound.Load(); p != nil {
		return p, nil
	}
	if err := d.state.err; err != nil && (d.state.failed.After(entered) || errors.Is(err, ErrMapping) && time.Since(d.state.failed) < rebindPause) {
		return nil, err // somebody tried while we waited, or only just
	}
	p, faults, err := d.bind(ctx)
	if err != nil {
		if errors.Is(err, ErrMapping) && time.Since(d.state.logged) > time.Minute {
			d.log.ErrorContext(ctx, "mapping does not fit the users table", "faults", len(faults), "error", err.Error())
			d.state.logged = time.Now()
		}
		d.state.failed, d.state.err, d.state.faults = time.Now(), err, faults
		return nil, err
	}
	d.state = bindState{}
	d.kind.Store(uint32(p.kind))
	d.bound.Store(p)
	return p, nil
}

// bindTimeout leaves an answer within a second at the default query timeout.
func (d *Directory) bindTimeout() time.Duration { return d.timeout * 9 / 5 }

func (d *Directory) bind(ctx context.Context) (*boundPlan, []setting.Fault, error) {
	columns, err := d.source.Columns(ctx, d.mapping.table)
	if err != nil {
		if errors.Is(err, ErrMapping) {
			return nil, []setting.Fault{d.missingTable(ctx, "USERS_TABLE", d.mapping.table)}, err
		}
		return nil, nil, err
	}
	p, faults := d.mapping.bind(columns)
	if len(faults) > 0 {
		return nil, faults, fmt.Errorf("%w: %s", ErrMapping, faults[0])
	}
	b := &boundPlan{plan: p}
	if b.byKey, err = d.source.ByKey(p.sel, p.sel.Columns[0]); err != nil {
		return nil, nil, err
	}
	if b.sample, err = d.source.Sample(p.sel, p.sel.Columns[0], 5); err != nil {
		return nil, nil, err
	}
	if len(p.search) > 0 {
		if b.search, err = d.source.Search(p.sel, p.search, MaxHits); err != nil {
			return nil, nil, err
		}
	}
	if f := d.mapping.friends; f != nil {
		faults, err := d.bindFriends(ctx, b, *f)
		if err != nil {
			return nil, faults, err
		}
	}
	return b, nil, nil
}

func (d *Directory) bindFriends(ctx context.Context, b *boundPlan, f friendsTable) ([]setting.Fault, error) {
	columns, err := d.source.Columns(ctx, f.table)
	if errors.Is(err, ErrMapping) {
		return []setting.Fault{d.missingTable(ctx, "USERS_FRIENDS", f.table)}, err
	}
	if err != nil {
		return nil, err
	}
	m := &Mapping{table: f.table}
	binder := binder{mapping: m, byName: map[string]Column{}, place: map[string]int{}}
	for _, c := range columns {
		binder.byName[c.Name] = c
	}
	user, ok1 := binder.column("USERS_FRIENDS", f.user)
	friend, ok2 := binder.column("USERS_FRIENDS", f.friend)
	kind, ok3 := KindOf(user)
	other, ok4 := KindOf(friend)
	if ok1 && ok2 && (!ok3 || !ok4 || kind != other) {
		binder.fault("USERS_FRIENDS", fmt.Sprintf("names columns of types %s and %s, which are not both keys of users", user.DBType, friend.DBType), "name the two columns that hold user ids")
	}
	if len(binder.faults) > 0 {
		return binder.faults, fmt.Errorf("%w: %s", ErrMapping, binder.faults[0])
	}
	b.friend = kind
	if b.friends[0], err = d.source.ByKey(Select{Table: f.table, Columns: []string{friend.Name}}, user.Name); err != nil {
		return nil, err
	}
	b.friends[1], err = d.source.ByKey(Select{Table: f.table, Columns: []string{user.Name}}, friend.Name)
	return nil, err
}

// missingTable is the fault of a table that does not exist, with the table that was probably meant.
func (d *Directory) missingTable(ctx context.Context, variable, table string) setting.Fault {
	fault := setting.Fault{Var: variable, Problem: fmt.Sprintf("names table %s, which the database does not have", table), Remedy: "correct the name, or the database in DATABASE_URL"}
	tables, err := d.source.Tables(ctx)
	if err != nil {
		return fault
	}
	names := make(map[string]Column, len(tables))
	for _, t := range tables {
		names[t] = Column{}
	}
	if near := nearest(table, names); near != "" {
		fault.Remedy = "did you mean " + near + "?"
	}
	return fault
}

// found is the answer of a shared look-up: the rows and where each key stands. It is read by several goroutines.
type found struct {
	plan *boundPlan
	rows *Rows
	at   map[ID]int // nil for a single row set that is searched by comparing
}

// row returns the row whose key is id byte for byte.
func (f *found) row(id ID) (Row, bool) {
	if f.at != nil {
		i, ok := f.at[id]
		if !ok {
			return nil, false
		}
		return f.rows.Row(i), true
	}
	var key [40]byte
	for i := range f.rows.Len() {
		row := f.rows.Row(i)
		if text, ok := f.plan.kind.appendKey(key[:0], row[0]); ok && sameBytes(text, id) {
			return row, true
		}
	}
	return nil, false
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
	if errors.Is(err, ErrMapping) {
		d.bound.CompareAndSwap(p, nil) // the table changed: look at it again at the next request
	}
	return f, err
}

func (d *Directory) query(p *boundPlan, ids []ID) (*found, error) {
	// Not the request's context: several requests may wait for this query, and none may end it for the others.
	ctx, cancel := context.WithTimeout(context.Background(), d.timeout)
	defer cancel()
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = p.kind.Arg(id)
	}
	rows, err := p.byKey.Rows(ctx, args...)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		return nil, err
	}
	f := &found{plan: p, rows: rows}
	if len(ids) > fewIDs {
		f.at = make(map[ID]int, rows.Len())
		var key []byte
		for i := range rows.Len() {
			var ok bool
			if key, ok = p.kind.appendKey(key[:0], rows.Row(i)[0]); ok {
				if _, twice := f.at[ID(key)]; !twice {
					f.at[ID(key)] = i
				}
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
	u, ok := dec.decode(row)
	if !ok {
		return users
	}
	u.Extra = append([]Field(nil), u.Extra...)
	return append(users, u)
}

// Search returns users in whose search columns term occurs, best first: equal, then beginning with it, then containing it.
// Wildcards in term mean themselves. It returns ErrSearchTerm for a term of less than MinSearch or more than MaxSearch characters.
func (d *Directory) Search(ctx context.Context, term string) ([]User, error) {
	term = strings.TrimSpace(term)
	if n := utf8.RuneCountInString(term); n < MinSearch || n > MaxSearch || !utf8.ValidString(term) || containsControl(term) {
		return nil, ErrSearchTerm
	}
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	if p.search == nil {
		return nil, ErrSearchTerm
	}
	users, err := d.list(ctx, p, p.search, term)
	if err != nil {
		return nil, err
	}
	rank := func(u *User) int {
		name, low := strings.ToLower(u.Name), strings.ToLower(term)
		switch {
		case name == low:
			return 0
		case strings.HasPrefix(name, low):
			return 1
		default:
			return 2
		}
	}
	sort.SliceStable(users, func(i, j int) bool { return rank(&users[i]) < rank(&users[j]) })
	return users, nil
}

// Sample returns up to five users, for checking a mapping by eye.
func (d *Directory) Sample(ctx context.Context) ([]User, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	return d.list(ctx, p, p.sample)
}

func (d *Directory) list(ctx context.Context, p *boundPlan, lookup Lookup, args ...any) ([]User, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	rows, err := lookup.Rows(ctx, args...)
	if err != nil {
		return nil, err
	}
	dec := d.decoderFor(p)
	defer d.decoder.Put(dec)
	var users []User
	for i := range rows.Len() {
		users = appendUser(users, dec, rows.Row(i))
	}
	return users, nil
}

// Friends returns the friends of a user, in the order of the table; none when no table of friendships is mapped.
func (d *Directory) Friends(ctx context.Context, id ID) ([]User, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	id, ok := p.kind.Parse(string(id))
	if !ok || p.friends[0] == nil {
		return nil, nil
	}
	var ids []ID
	for _, lookup := range p.friends {
		queryCtx, cancel := context.WithTimeout(ctx, d.timeout)
		rows, err := lookup.Rows(queryCtx, p.friend.Arg(id))
		cancel()
		if err != nil {
			return nil, err
		}
		for i := range rows.Len() {
			if friend, ok := p.friend.FromCell(rows.Row(i)[0]); ok && friend != id && len(ids) < MaxFriends {
				ids = append(ids, friend)
			}
		}
	}
	return d.ByID(ctx, ids...)
}

// panicked turns a panic on a goroutine of ours into an error for those who wait, so that one bad row cannot end the program.
// The stack goes to the log; the value does not, since it could hold a row's text.
func (d *Directory) panicked(cause any) error {
	d.log.Error("panic while looking users up", "type", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
	return fmt.Errorf("%w: internal error", ErrUnavailable)
}

// Facts is what check tells about the table.
type Facts struct {
	Kind       KeyKind
	KeyIndexed bool
	Columns    []string // columns read, the key first
	Searches   []string // columns searched
}

// Facts returns what is known of the table.
func (d *Directory) Facts(ctx context.Context) (Facts, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return Facts{}, err
	}
	return Facts{Kind: p.kind, KeyIndexed: p.indexed, Columns: p.sel.Columns, Searches: p.plan.search}, nil
}
