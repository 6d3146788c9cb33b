package userinfo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
)

// bindState remembers the last failed bind, so that a broken table is not inspected at every request.
type bindState struct {
	failed time.Time
	logged time.Time
	err    error
}

// bindError is a mapping that does not fit, with everything that is wrong with it.
type bindError struct {
	error
	faults []setting.Fault
}

func (e *bindError) Unwrap() error { return e.error }

// boundPlan is a plan and its prepared look-ups.
type boundPlan struct {
	*plan
	since   time.Time
	byKey   Lookup
	search  Lookup // nil when searches are off
	sample  Lookup
	friends [2]Lookup // nil when not mapped; friend by user, user by friend
	friend  KeyKind   // kind of the friend columns
	log     *slog.Logger
	told    sync.Once
}

// ambiguous tells once that the key column is not unique.
func (p *boundPlan) ambiguous() {
	p.told.Do(func() {
		p.log.Warn("two rows of the users table have the same key; nobody can tell who is meant, so such users are left out; map a unique column to CHATPASS_USERS_ID")
	})
}

// rebindPause is the least time between two failed looks at the table.
const rebindPause = time.Second

// Bind looks at the users table and checks the mapping against it. It returns every fault found (with ErrMapping), or
// ErrUnavailable when the table cannot be looked at now.
func (d *Directory) Bind(ctx context.Context) ([]setting.Fault, error) {
	_, err := d.plan(ctx)
	if unfit := (*bindError)(nil); errors.As(err, &unfit) {
		return unfit.faults, err
	}
	return nil, err
}

func (d *Directory) plan(ctx context.Context) (*boundPlan, error) {
	if p := d.bound.Load(); p != nil {
		return p, nil
	}
	entered := time.Now()
	wait, cancel := context.WithTimeout(ctx, d.bindTimeout())
	defer cancel()
	select {
	case d.binding <- struct{}{}:
		defer func() { <-d.binding }()
	case <-wait.Done():
		return nil, fmt.Errorf("%w: not looked at yet: %w", ErrUnavailable, wait.Err())
	}
	// Those who wait get what this look at the table finds, so it must not end when this visitor leaves.
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), d.bindTimeout())
	defer stop()
	if p := d.bound.Load(); p != nil {
		return p, nil
	}
	if err := d.state.err; err != nil && (d.state.failed.After(entered) || errors.Is(err, ErrMapping) && time.Since(d.state.failed) < rebindPause) {
		return nil, err // somebody tried while we waited, or only just
	}
	p, faults, err := d.bind(ctx)
	if err != nil {
		if errors.Is(err, ErrMapping) {
			if time.Since(d.state.logged) > time.Minute {
				d.log.ErrorContext(ctx, "mapping does not fit the users table", "faults", len(faults), "error", err.Error())
				d.state.logged = time.Now()
			}
			err = &bindError{err, faults}
		}
		d.state.failed, d.state.err = time.Now(), err
		return nil, err
	}
	p.since = time.Now()
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
		return nil, nil, inTime(err)
	}
	p, faults := d.mapping.bind(columns)
	if len(faults) > 0 {
		return nil, faults, fmt.Errorf("%w: %s", ErrMapping, faults[0])
	}
	b := &boundPlan{plan: p, log: d.log}
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
		return nil, inTime(err)
	}
	binder := binder{mapping: &Mapping{table: f.table}, columns: columns, place: map[string]int{}}
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
	// The column asked for is read too: a database that ignores letter case gives the rows of other users as well.
	if b.friends[0], err = d.source.ByKey(Select{Table: f.table, Columns: []string{user.Name, friend.Name}, Limit: MaxFriends}, user.Name); err != nil {
		return nil, err
	}
	b.friends[1], err = d.source.ByKey(Select{Table: f.table, Columns: []string{friend.Name, user.Name}, Limit: MaxFriends}, friend.Name)
	return nil, err
}

// missingTable is the fault of a table that does not exist, with the table that was probably meant.
func (d *Directory) missingTable(ctx context.Context, variable, table string) setting.Fault {
	fault := setting.Fault{Var: variable, Problem: fmt.Sprintf("names table %s, which the database does not have", table), Remedy: "correct the name, or the database in CHATPASS_DATABASE_URL; a table the account has no rights on looks the same (GRANT SELECT)"}
	tables, err := d.source.Tables(ctx)
	if err != nil {
		return fault
	}
	if near := nearest(table, tables); near != "" {
		fault.Remedy = "did you mean " + near + "?"
	}
	return fault
}

// Facts is what check tells about the table.
type Facts struct {
	Kind       KeyKind
	KeyIndexed bool
	KeyUnique  bool
	Columns    []string // columns read, the key first
	Searches   []string // columns searched
}

// Facts returns what is known of the table.
func (d *Directory) Facts(ctx context.Context) (Facts, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return Facts{}, err
	}
	return Facts{Kind: p.kind, KeyIndexed: p.indexed, KeyUnique: p.unique, Columns: p.sel.Columns, Searches: p.plan.search}, nil
}
