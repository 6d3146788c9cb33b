package userinfo_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

// source is a database in memory that can misbehave: fail, stall, panic, answer in any order and with rows nobody asked for.
type source struct {
	mu       sync.Mutex
	tables   map[string]*table
	fail     error                                       // what every query gives
	failBind error                                       // what every look at a table gives
	during   func(ctx context.Context, args []any) error // called in every query by key, outside the lock
	binding  func(ctx context.Context) error             // called in every look at a table, outside the lock
	loose    bool                                        // keys are compared without letter case and spaces at the end, as MySQL does
	reverse  bool                                        // rows come in reverse order
	panics   any                                         // what every query panics with
	queries  [][]any                                     // arguments of the queries by key
	selects  []userinfo.Select
	asks     []string // tables of the queries by key
	binds    int
	refuse   func(userinfo.Select) error // what a query of these columns gives; nil for none
}

type table struct {
	columns []userinfo.Column
	rows    [][]any // string, or nil for NULL
}

func (s *source) Columns(ctx context.Context, name string) ([]userinfo.Column, error) {
	s.mu.Lock()
	s.binds++
	binding, fail, t := s.binding, s.failBind, s.tables[name]
	s.mu.Unlock()
	if binding != nil {
		if err := binding(ctx); err != nil {
			return nil, err
		}
	}
	if fail != nil {
		return nil, fail
	}
	if t == nil {
		return nil, fmt.Errorf("%w: no table %s", userinfo.ErrMapping, name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(t.columns), nil
}

func (s *source) Tables(context.Context) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failBind != nil {
		return nil, s.failBind
	}
	var names []string
	for name := range s.tables {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

type lookup struct {
	source *source
	sel    userinfo.Select
	match  func(t *table, row []any, args []any) bool
	limit  int
	byKey  bool
}

func (s *source) ByKey(sel userinfo.Select, key string) (userinfo.Lookup, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.selects = append(s.selects, sel)
	return &lookup{s, sel, func(t *table, row []any, args []any) bool {
		cell := row[t.place(key)]
		return slices.ContainsFunc(args, func(arg any) bool { return s.equal(cell, arg) })
	}, 0, true}, nil
}

func (s *source) Search(sel userinfo.Select, in []string, limit int) (userinfo.Lookup, error) {
	return &lookup{s, sel, func(t *table, row []any, args []any) bool {
		return slices.ContainsFunc(in, func(column string) bool {
			cell, ok := row[t.place(column)].(string)
			return ok && strings.Contains(strings.ToLower(cell), strings.ToLower(fmt.Sprint(args[0])))
		})
	}, limit, false}, nil
}

func (s *source) Sample(sel userinfo.Select, _ string, limit int) (userinfo.Lookup, error) {
	return &lookup{s, sel, func(*table, []any, []any) bool { return true }, limit, false}, nil
}

// Pages orders integers by their value and all else as text.
func (s *source) Pages(sel userinfo.Select, key string, from userinfo.Op, limit int) (userinfo.Lookup, error) {
	return &pages{lookup{s, sel, nil, limit, false}, key, from}, nil
}

type pages struct {
	lookup

	key  string
	from userinfo.Op
}

func (p *pages) Rows(ctx context.Context, args ...any) (*userinfo.Rows, error) {
	p.source.mu.Lock()
	t := p.source.tables[p.sel.Table]
	at := t.place(p.key)
	ordered := slices.Clone(t.rows)
	numeric := t.columns[at].Type == userinfo.ColumnUint || t.columns[at].Type == userinfo.ColumnInt
	loose := p.source.loose
	p.source.mu.Unlock()
	order := func(a, b string) int {
		if loose {
			a, b = strings.ToLower(strings.TrimRight(a, " ")), strings.ToLower(strings.TrimRight(b, " "))
		}
		if x, y := len(a), len(b); numeric && x != y {
			return x - y
		}
		return strings.Compare(a, b)
	}
	slices.SortStableFunc(ordered, func(a, b []any) int {
		x, _ := cellAt(a, at)
		y, _ := cellAt(b, at)
		return order(x, y)
	})
	p.source.set(func(s *source) { s.tables[p.sel.Table] = &table{t.columns, ordered} })
	l := p.lookup
	l.match = func(t *table, row []any, args []any) bool {
		cell, _ := cellAt(row, t.place(p.key))
		if len(args) == 0 {
			return true
		}
		o := order(cell, fmt.Sprint(args[0]))
		return o > 0 || o == 0 && p.from == userinfo.OpGreaterEqual
	}
	return l.Rows(ctx, args...)
}

func (t *table) place(column string) int {
	return slices.IndexFunc(t.columns, func(c userinfo.Column) bool { return c.Name == column })
}

func (s *source) equal(cell, arg any) bool {
	text, ok := cell.(string)
	if !ok {
		return false
	}
	want := fmt.Sprint(arg)
	if b, is := arg.([]byte); is {
		want = string(b)
	}
	if s.loose {
		return strings.EqualFold(strings.TrimRight(text, " "), strings.TrimRight(want, " "))
	}
	return text == want
}

func (l *lookup) Rows(ctx context.Context, args ...any) (*userinfo.Rows, error) {
	args = spread(args)
	s := l.source
	s.mu.Lock()
	if l.byKey {
		s.queries = append(s.queries, slices.Clone(args))
		s.asks = append(s.asks, l.sel.Table)
	}
	during, fail, panics := s.during, s.fail, s.panics
	s.mu.Unlock()
	if panics != nil {
		panic(panics)
	}
	if during != nil {
		if err := during(ctx, args); err != nil {
			return nil, err
		}
	}
	if fail != nil {
		return nil, fail
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		if err := s.refuse(l.sel); err != nil {
			return nil, err
		}
	}
	t := s.tables[l.sel.Table]
	var chosen [][]any
	for _, row := range t.rows {
		if l.match(t, row, args) && t.holds(row, l.sel.Where) && (l.limit == 0 || len(chosen) < l.limit) {
			chosen = append(chosen, row)
		}
	}
	if s.reverse {
		slices.Reverse(chosen)
	}
	return s.answer(l.sel, chosen)
}

// answer gives the columns that a SELECT names of some rows and of those joined to them.
func (s *source) answer(sel userinfo.Select, chosen [][]any) (*userinfo.Rows, error) {
	width := len(sel.Columns)
	for _, j := range sel.Joins {
		width += len(j.Columns)
	}
	if len(sel.Tell) > 0 {
		width++
	}
	t := s.tables[sel.Table]
	for i := len(sel.Order) - 1; i >= 0; i-- {
		o := sel.Order[i]
		slices.SortStableFunc(chosen, func(a, b []any) int { return inOrder(a[t.place(o.Column)], b[t.place(o.Column)], o.Descending) })
	}
	rows := userinfo.NewRows(width)
	appendCells := func(t *table, row []any, columns []string) error {
		for _, column := range columns {
			i := t.place(column)
			if i < 0 {
				return fmt.Errorf("%w: no column %s", userinfo.ErrMapping, column)
			}
			if text, ok := cellAt(row, i); ok {
				rows.AppendCell([]byte(text))
			} else {
				rows.AppendNull()
			}
		}
		return nil
	}
	for _, row := range chosen {
		found := [][]any{row}
		if err := appendCells(t, row, sel.Columns); err != nil {
			return nil, err
		}
		for _, j := range sel.Joins {
			of := t
			if j.Of > 0 {
				of = s.tables[sel.Joins[j.Of-1].Table]
			}
			var joined []any
			with, ok := cellAt(found[j.Of], of.place(j.With))
			for _, r := range s.tables[j.Table].rows {
				if ok && s.equal(r[s.tables[j.Table].place(j.Column)], with) && s.tables[j.Table].holds(r, j.Where) {
					joined = r
				}
			}
			found = append(found, joined)
			if err := appendCells(s.tables[j.Table], joined, j.Columns); err != nil {
				return nil, err
			}
		}
		if len(sel.Tell) > 0 {
			rows.AppendCell([]byte(map[bool]string{true: "1", false: "0"}[t.holds(row, sel.Tell)]))
		}
	}
	return rows, nil
}

func cellAt(row []any, i int) (string, bool) {
	if row == nil {
		return "", false
	}
	text, ok := row[i].(string)
	return text, ok
}

func inOrder(a, b any, descending bool) int {
	x, ok1 := a.(string)
	y, ok2 := b.(string)
	switch {
	case !ok1 && !ok2:
		return 0
	case !ok1: // rows without a value last
		return 1
	case !ok2:
		return -1
	case descending:
		return strings.Compare(y, x)
	default:
		return strings.Compare(x, y)
	}
}

// holds checks conditions; of operators it knows those that tests of joins use.
func (t *table) holds(row []any, conds []userinfo.Cond) bool {
	for _, c := range conds {
		cell, ok := cellAt(row, t.place(c.Column))
		in := slices.ContainsFunc(c.Values, func(v any) bool { return ok && fmt.Sprint(v) == cell })
		switch c.Op {
		case userinfo.OpEqual, userinfo.OpIn:
			if !in {
				return false
			}
		case userinfo.OpNotEqual, userinfo.OpNotIn:
			if !ok || in {
				return false
			}
		case userinfo.OpNull, userinfo.OpNotNull:
			if ok != (c.Op == userinfo.OpNotNull) {
				return false
			}
		case userinfo.OpLike: // more than it should is what a database may give
			if !ok {
				return false
			}
		default:
			panic(fmt.Sprintf("operator %d", c.Op))
		}
	}
	return true
}

func (s *source) set(change func(*source)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *source) asked() [][]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.queries)
}

func (s *source) looks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.binds
}

func col(name string, t userinfo.ColumnType) userinfo.Column {
	return userinfo.Column{Name: name, Type: t, DBType: "some type", Indexed: name == "id"}
}

// members is a small users table.
func members() *source {
	return &source{tables: map[string]*table{
		"members": {
			columns: []userinfo.Column{col("id", userinfo.ColumnUint), col("nick", userinfo.ColumnText), col("mail", userinfo.ColumnText), col("seen", userinfo.ColumnTime)},
			rows: [][]any{
				{"1", "Ann", "ann@example.com", "2026-01-01 00:00:00"},
				{"2", "Bob", nil, "0000-00-00 00:00:00"},
				{"3", "annabel", "a@example.com", nil},
				{"10", "Joanna", "", nil},
			},
		},
		"friends": {
			columns: []userinfo.Column{col("user_id", userinfo.ColumnUint), col("friend_id", userinfo.ColumnUint)},
			rows:    [][]any{{"1", "2"}, {"3", "1"}, {"2", "1"}, {"1", "1"}, {"1", nil}, {"1", "99"}},
		},
	}}
}

var plainSettings = userinfo.Settings{Table: "members", ID: "id", Name: "nick"}

func mapping(tb testing.TB, s userinfo.Settings) *userinfo.Mapping {
	tb.Helper()
	m, faults := userinfo.ParseMapping(s)
	if len(faults) > 0 {
		tb.Fatalf("mapping %+v: %v", s, faults)
	}
	return m
}

func directory(tb testing.TB, s userinfo.Settings, from userinfo.Source, o userinfo.Options) *userinfo.Directory {
	tb.Helper()
	d, err := userinfo.NewDirectory(mapping(tb, s), from, o)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// one returns what a mapping makes of a single row with these columns.
func one(tb testing.TB, s userinfo.Settings, columns []userinfo.Column, row ...any) userinfo.User {
	tb.Helper()
	s.Table, s.ID = "t", "id"
	if s.Name == "" {
		s.Name = "'nobody'"
	}
	from := &source{tables: map[string]*table{"t": {
		columns: append([]userinfo.Column{col("id", userinfo.ColumnUint)}, columns...), rows: [][]any{append([]any{"1"}, row...)},
	}}}
	users, err := directory(tb, s, from, userinfo.Options{}).ByID(tb.Context(), "1")
	if err != nil || len(users) != 1 {
		tb.Fatalf("got %v, %v; want one user", users, err)
	}
	return users[0]
}

func uuidBytes(s string) string {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil {
		panic(err)
	}
	return string(b)
}

// nameOf writes a user as its id and name.
func nameOf(dst []byte, u *userinfo.User) []byte {
	dst = append(append(dst, `{"id":"`...), u.ID...)
	return append(userinfo.AppendString(append(dst, `","name":`...), u.Name), '}')
}

func answers(tb testing.TB, d *userinfo.Directory, o userinfo.AnswersOptions) *userinfo.Answers {
	tb.Helper()
	if o.Encode == nil {
		o.Encode = nameOf
	}
	a, err := userinfo.NewAnswers(d, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(a.Close)
	return a
}

// logBuffer keeps what is logged.
type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func (l *logBuffer) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// spread turns a list of keys, which a look-up may get instead of keys one by one, into these.
func spread(args []any) []any {
	if len(args) != 1 {
		return args
	}
	var keys []any
	switch list := args[0].(type) {
	case []uint64:
		for _, k := range list {
			keys = append(keys, k)
		}
	case []int64:
		for _, k := range list {
			keys = append(keys, k)
		}
	default:
		return args
	}
	return keys
}
