package session

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chatpass/chatpass/userinfo"
)

// Lack is why a recipe cannot be followed with the tables and folders as they are: visitors whose cookie it matches are told that nobody can tell who they are.
// It wraps userinfo.ErrMapping, and [ErrFolder] where it is about a folder.
type Lack struct {
	Recipe  string
	Setting string   // variable that names what is missing, without its prefix; empty where a preset does
	Table   string   // that cannot be read as it should, or cannot be seen; empty for a folder
	Columns []string // that are read of it, as far as names tell; nil for a folder
	Err     error
}

// Error names the recipe and what is missing.
func (l *Lack) Error() string { return "session recipe " + l.Recipe + ": " + l.Err.Error() }

// Unwrap returns what is missing.
func (l *Lack) Unwrap() error { return l.Err }

// ownColumn is a column that a variable names, and what the column must hold for it.
type ownColumn struct {
	setting string
	form    string // of a time
	inside  bool   // the id is inside of what it holds
}

// settingError is an error and the variable it is about.
type settingError struct {
	error

	setting string
}

func (e *settingError) Unwrap() error { return e.error }

// named says which variable an error is about, for a row that variables describe.
func (s *row) named(setting string, err error) error {
	if err == nil || s.own == nil || setting == "" {
		return err
	}
	return &settingError{err, setting}
}

// misfit says why a column cannot hold what it should; empty if it may. What cannot be read makes a guest of everybody, without a word.
func (o ownColumn) misfit(c userinfo.Column) string {
	whole := c.Type == userinfo.ColumnInt || c.Type == userinfo.ColumnUint
	moment := c.Type == userinfo.ColumnTime || c.Type == userinfo.ColumnTimestamp || c.Type == userinfo.ColumnDate
	switch {
	case o.inside && (whole || moment || c.Type == userinfo.ColumnNumber || c.Type == userinfo.ColumnBool || c.Type == userinfo.ColumnUUID):
		return "holds nothing in which an id could be; name it without filters if it is the id, or the column of the session's data"
	case moment && slices.Contains([]string{"unix", "unix_ms", "unix_ns", "ticks"}, o.form):
		return "holds dates, which are not of the form " + o.form + "; leave the form away"
	case whole && slices.Contains([]string{"sql", "iso"}, o.form):
		return "holds numbers, which are not of the form " + o.form + "; write unix, or leave the form away"
	}
	return ""
}

// lack describes an error of a step; nil for one that says that the database cannot be asked.
func (r *recipe) lack(ctx context.Context, s *step, err error) *Lack {
	if !errors.Is(err, userinfo.ErrMapping) {
		return nil
	}
	l := &Lack{Recipe: r.name, Err: err}
	if named := (*settingError)(nil); errors.As(err, &named) {
		l.Setting = named.setting
	}
	if l.Setting == "SESSION_TABLE" {
		if tables, err := s.row.table.source.Tables(ctx); err == nil {
			if near := userinfo.Nearest(s.row.table.names[0], tables); near != "" {
				l.Err = fmt.Errorf("%w; did you mean %s?", l.Err, near)
			}
		}
	}
	for row := s.row; row != nil; row = row.join {
		if _, err := row.bind(ctx); err != nil {
			l.Table, l.Columns = row.table.names[0], row.columns()
			break
		}
	}
	if s.settings != nil {
		l.Table, l.Columns = s.settings.table.names[0], []string{s.settings.name, s.settings.value}
		for _, pair := range s.settings.where {
			l.Columns = append(l.Columns, pair[0])
		}
	}
	return l
}

// columns are the columns that a look-up reads of its table, by their names; those that may be missing are left out.
func (s *row) columns() (names []string) {
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, t := range s.terms {
		add(t.column)
	}
	for _, t := range s.takes {
		if !t.optional {
			add(t.column)
		}
	}
	for _, name := range s.where.Columns() {
		add(name)
	}
	return names
}

// applies reports whether the recipe applies to the site as far as its settings alone tell.
func (r *recipe) applies() bool {
	for i := range r.steps {
		s := &r.steps[i]
		if s.condition == nil || s.then != skippedHere {
			continue
		}
		if holds, known := constantly(s.condition); known && holds {
			return false
		}
	}
	return true
}

// constantly decides a condition on constants; known is false for any other.
func constantly(n *node) (holds, known bool) {
	if !constantOnly(n) {
		return false, false
	}
	holds, err := (&run{}).holds(n)
	return holds, err == nil
}

func constantOnly(n *node) bool {
	switch n.op {
	case opText:
	case opEqual, opNotEqual, opIn, opNot, opAnd, opOr:
	default:
		return false
	}
	for i := range n.kids {
		if !constantOnly(&n.kids[i]) {
			return false
		}
	}
	return true
}
