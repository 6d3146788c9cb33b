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

func (d *database) ByKey(s userinfo.Select, key string) (userinfo.Lookup, error) {
	return lookup{d, s, key}, nil
}

type lookup struct {
	d   *database
	sel userinfo.Select
	key string
}

func (l lookup) Rows(ctx context.Context, args ...any) (*userinfo.Rows, error) {
	l.d.mu.Lock()
	defer l.d.mu.Unlock()
	l.d.queries++
	if l.d.fail != nil {
		return nil, l.d.fail
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t := l.d.tables[l.sel.Table]
	rows := userinfo.NewRows(len(l.sel.Columns))
	for _, row := range t.rows {
		wanted := slices.ContainsFunc(args, func(arg any) bool { return loosely(t.cell(row, l.key), arg) })
		for _, c := range l.sel.Where {
			wanted = wanted && loosely(t.cell(row, c.Column), c.Values[0])
		}
		if !wanted || l.sel.Limit > 0 && rows.Len() == l.sel.Limit {
			continue
		}
		for _, column := range l.sel.Columns {
			if text, ok := t.cell(row, column).(string); ok {
				rows.AppendCell([]byte(text))
			} else {
				rows.AppendNull()
			}
		}
	}
	return rows, nil
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

// rows makes a table: "name type" columns, then rows.
func rows(columns string, list ...[]any) *table {
	t := &table{rows: list}
	for _, c := range strings.Split(columns, ",") {
		name, kind, _ := strings.Cut(strings.TrimSpace(c), " ")
		column := userinfo.Column{Name: name, DBType: kind, Type: map[string]userinfo.ColumnType{
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
