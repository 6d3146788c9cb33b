package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/userinfo"
)

// maxTables is how many names a table may be chosen from.
const maxTables = 4

// table is a table that is looked for in the database when it is first needed.
type table struct {
	names    []string
	optional bool
	source   userinfo.Source
	turns    chan struct{} // of queries that are shared; one for all recipes
}

// find returns the table's name and columns; no name for an optional one that is not there.
func (t *table) find(ctx context.Context) (string, []userinfo.Column, error) {
	for _, name := range t.names {
		columns, err := t.source.Columns(ctx, name)
		switch {
		case err == nil:
			return name, columns, nil
		case !errors.Is(err, userinfo.ErrMapping):
			return "", nil, err
		}
	}
	if t.optional {
		return "", nil, nil
	}
	return "", nil, fmt.Errorf("%w: there is no table %s, or no right on it", userinfo.ErrMapping, strings.Join(slices.Compact(slices.Clone(t.names)), " or "))
}

// column finds a column as it is spelled, or else in other letter case, as MySQL does.
func column(table string, columns []userinfo.Column, name string) (userinfo.Column, error) {
	var names []string
	for _, c := range columns {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	for _, c := range columns {
		if strings.EqualFold(c.Name, name) {
			return c, nil
		}
	}
	hint := ""
	if near := userinfo.Nearest(name, names); near != "" {
		hint = "; did you mean " + near + "?"
	}
	return userinfo.Column{}, fmt.Errorf("%w: table %s has no column %s, or there is no right on it%s", userinfo.ErrMapping, table, name, hint)
}

// pause is how long a table that does not fit is not looked at again: the site may be in the middle of an update, and every visitor would have it looked at.
const pause = 5 * time.Second

// lazy is something that is made when it is first needed and can be forgotten. It is safe for concurrent use.
type lazy[T any] struct {
	made  atomic.Pointer[T]
	fault atomic.Pointer[fault]
	turn  chan struct{} // holds one while somebody makes it
}

type fault struct {
	err   error
	until time.Time
}

func newLazy[T any]() *lazy[T] { return &lazy[T]{turn: make(chan struct{}, 1)} }

// get returns what was made, or makes it. Who waits for another gives up with ctx.
func (l *lazy[T]) get(ctx context.Context, now time.Time, build func(context.Context) (*T, error)) (*T, error) {
	if made := l.made.Load(); made != nil {
		return made, nil
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if made := l.made.Load(); made != nil {
		return made, nil
	}
	if f := l.fault.Load(); f != nil && now.Before(f.until) {
		return nil, f.err
	}
	made, err := build(ctx)
	if err != nil {
		if errors.Is(err, userinfo.ErrMapping) {
			l.fault.Store(&fault{err: err, until: now.Add(pause)})
		}
		return nil, err
	}
	l.fault.Store(nil)
	l.made.Store(made)
	return made, nil
}

// forget has it made anew, unless somebody else did so already.
func (l *lazy[T]) forget(old *T) { l.made.CompareAndSwap(old, nil) }

// unavailable is the error of a database or folder that could not be asked: nobody can tell who the visitor is.
func unavailable(err error) error { return fmt.Errorf("%w: %w", identity.ErrUnavailable, err) }
