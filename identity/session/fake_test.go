package session_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo"
)

// database is a database in memory that compares texts as MySQL does, without letter case and blanks at the end, and can fail.
type database struct {
	mu      sync.Mutex
	tables  map[string]*table
	fail    error // what every query gives
	queries int
	looks   int
	refuse  func(userinfo.Select) error                                    // what a look-up cannot be; nil: nothing
	during  func(ctx context.Context, s userinfo.Select, keys []any) error // called in every query, outside the lock; nil: nothing
}

type table struct {
	columns []userinfo.Column
	rows    [][]any // string, or nil for NULL
}

func (d *database) Columns(_ context.Context, name string) ([]userinfo.Column, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.looks++
	t := d.tables[name]
	if t == nil {
		return nil, fmt.Errorf("%w: no table %s", userinfo.ErrMapping, name)
	}
	return slices.Clone(t.columns), nil
}

func (d *database) Tables(context.Context) ([]string, error) { return nil, nil }

func (d *database) Search(userinfo.Select, []string, int) (userinfo.Lookup, error) {
	return nil, errors.New("not asked")
}

func (d *database) Sample(userinfo.Select, string, int) (userinfo.Lookup, error) {
	return nil, errors.New("not asked")
}

func (d *database) Pages(userinfo.Select, string, userinfo.Op, int) (userinfo.Lookup, error) {
	return nil, errors.New("not asked")
}

func (d *database) ByKey(s userinfo.Select, key string) (userinfo.Lookup, error) {
	if d.refuse != nil {
		if err := d.refuse(s); err != nil {
			return nil, err
		}
	}
	return lookup{d, s, key}, nil
}

type lookup struct {
	d   *database
	sel userinfo.Select
	key string
}

func (l lookup) Rows(ctx context.Context, args ...any) (*userinfo.Rows, error) {
	if list, is := args[0].([]uint64); is && len(args) == 1 {
		args = nil
		for _, n := range list {
			args = append(args, n)
		}
	}
	l.d.mu.Lock()
	l.d.queries++
	l.d.mu.Unlock()
	if l.d.during != nil {
		if err := l.d.during(ctx, l.sel, args); err != nil {
			return nil, err
		}
	}
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	if l.d.fail != nil {
		return nil, l.d.fail
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t := l.d.tables[l.sel.Table]
	width := len(l.sel.Columns)
	for _, j := range l.sel.Joins {
		width += len(j.Columns)
	}
	if len(l.sel.Tell) > 0 {
		width++
	}
	rows := userinfo.NewRows(width)
	for _, row := range t.rows {
		if !slices.ContainsFunc(args, func(arg any) bool { return loosely(t.cell(row, l.key), arg) }) || !t.fits(row, l.sel.Where) {
			continue
		}
		l.d.joined(rows, l.sel, t, [][]any{row}, nil)
	}
	return rows, nil
}

// joined appends the rows of an answer that begin with a row of the first table; a join may find several.
func (d *database) joined(rows *userinfo.Rows, s userinfo.Select, t *table, found [][]any, cells []any) {
	if len(found) == 1 {
		for _, column := range s.Columns {
			cells = append(cells, t.cell(found[0], column))
		}
	}
	if next := len(found) - 1; next < len(s.Joins) {
		j := s.Joins[next]
		other, some := d.tables[j.Table], false
		of := t
		if j.Of > 0 {
			of = d.tables[s.Joins[j.Of-1].Table]
		}
		for _, row := range other.rows {
			with, ok := of.cell(found[j.Of], j.With).(string)
			if !ok || !loosely(other.cell(row, j.Column), with) || !other.fits(row, j.Where) {
				continue
			}
			some = true
			more := slices.Clone(cells)
			for _, column := range j.Columns {
				more = append(more, other.cell(row, column))
			}
			d.joined(rows, s, t, append(slices.Clone(found), row), more)
		}
		if !some {
			d.joined(rows, s, t, append(slices.Clone(found), make([]any, len(other.columns))), append(slices.Clone(cells), make([]any, len(j.Columns))...))
		}
		return
	}
	if len(s.Tell) > 0 {
		of := t
		if s.TellOf > 0 {
			of = d.tables[s.Joins[s.TellOf-1].Table]
		}
		cells = append(cells, map[bool]string{true: "1", false: "0"}[of.fits(found[s.TellOf], s.Tell)])
	}
	if s.Limit > 0 && rows.Len() == s.Limit {
		return
	}
	for _, cell := range cells {
		if text, ok := cell.(string); ok {
			rows.AppendCell([]byte(text))
		} else {
			rows.AppendNull()
		}
	}
}

// fits tells whether conditions of equality and of difference hold for a row.
func (t *table) fits(row []any, where []userinfo.Cond) bool {
	for _, c := range where {
		cell := t.cell(row, c.Column)
		if loosely(cell, c.Values[0]) != (c.Op == userinfo.OpEqual) || cell == nil {
			return false
		}
	}
	return true
}

func (t *table) cell(row []any, column string) any {
	return row[slices.IndexFunc(t.columns, func(c userinfo.Column) bool { return c.Name == column })]
}

func loosely(cell, arg any) bool {
	text, ok := cell.(string)
	want := fmt.Sprint(arg)
	if b, is := arg.([]byte); is {
		return ok && text == string(b)
	}
	return ok && strings.EqualFold(strings.TrimRight(text, " "), strings.TrimRight(want, " "))
}

// rows makes a table: "name type" or "name type unique" columns, then rows.
func rows(columns string, list ...[]any) *table {
	t := &table{rows: list}
	for _, c := range strings.Split(columns, ",") {
		name, kind, _ := strings.Cut(strings.TrimSpace(c), " ")
		kind, unique := strings.CutSuffix(kind, " unique")
		column := userinfo.Column{Name: name, DBType: kind, Unique: unique, Type: map[string]userinfo.ColumnType{
			"uint": userinfo.ColumnUint, "int": userinfo.ColumnInt, "text": userinfo.ColumnText, "bytes": userinfo.ColumnBytes, "time": userinfo.ColumnTime, "float": userinfo.ColumnNumber,
		}[kind]}
		t.columns = append(t.columns, column)
	}
	return t
}

const (
	address = "203.0.113.9"
	browser = "Mozilla/5.0 (X11)"
)

var now = time.Unix(1_767_225_600, 0) // 2026-01-01

func options(d *database, keys map[string]string) session.Options {
	o := session.Options{
		Source: d, KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, Now: func() time.Time { return now },
		ClientIP: func(*http.Request) string { return address }, Vars: map[string]string{"p": "t_", "base": "t_"}, Secrets: map[string]secret.Secret{},
	}
	for name, value := range keys {
		o.Secrets[name] = secret.New(value)
	}
	return o
}

func open(tb testing.TB, o session.Options, recipes ...session.Recipe) *session.Resolver {
	tb.Helper()
	r, faults := session.New(recipes, o)
	if len(faults) > 0 {
		tb.Fatal(faults)
	}
	return r
}

// visit is a request with this Cookie header.
func visit(tb testing.TB, cookie string) *http.Request {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, "https://example.com/chat/identity", nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	r.Header.Set("User-Agent", browser)
	return r
}

// ask is who a cookie header names: an id, or the name of an error.
func ask(tb testing.TB, r *session.Resolver, cookie string) string {
	tb.Helper()
	id, err := r.Resolve(tb.Context(), visit(tb, cookie))
	return said(tb, string(id.UserID), err)
}

// vectors are the ones of package decode.
func vector(tb testing.TB, id string) map[string]any {
	tb.Helper()
	text, err := os.ReadFile("../decode/testdata/vectors.json")
	if err != nil {
		tb.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(text, &list); err != nil {
		tb.Fatal(err)
	}
	for _, v := range list {
		if v["id"] == id {
			return v
		}
	}
	tb.Fatalf("there is no vector %s", id)
	return nil
}
