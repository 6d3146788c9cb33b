package session

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

// maxRows is how many rows a look-up reads. A key finds one; a collation may take a few others for equal, and a user has some remembered devices.
const maxRows = 64

// row is a look-up of one row.
type row struct {
	table *table
	terms []term // the first is what is looked up
	takes []take

	where    userinfo.Conditions
	optional bool // the row may be missing
	secret   bool // the first term is the secret
	join     *row // the row of another table that belongs to it; its first term is what takes[with] gives
	with     int
	key      string // of a joined row: the column that no two rows have the same number in, by which it is found again; empty: it is not
	plan     *lazy[rowPlan]
	own      map[string]ownColumn
}

// term is a column and what it must be equal to.
type term struct {
	column string
	value  *node
}

// take is a column that a variable gets.
type take struct {
	column   string
	optional bool
	slot     int
	user     bool // it is the user's id
}

// rowPlan is a look-up that is ready for the tables as they are.
type rowPlan struct {
	absent  bool // the table is not there and need not be
	name    string
	columns []userinfo.Column // read: those of terms first
	places  []int             // in columns, by take; -1 for one that is missing
	keyAt   int               // in columns, of the key a joined row is found again by; -1 for none
	lookup  userinfo.Lookup
	wide    *wide             // nil: nothing is read with the row
	reading *userinfo.Reading // of visitors when the plan was made; nil: none was known
	lacks   bool              // the join's table could not be read when the plan was made, maybe for a moment only while the site was updated
	until   time.Time         // when a plan that lacks something is made anew; zero: never
}

// bind finds table and columns and prepares the look-up of the row by itself.
func (s *row) bind(ctx context.Context) (*rowPlan, error) {
	p, _, err := s.prepare(ctx)
	return p, err
}

// prepare finds table and columns and prepares the look-up of the row by itself, which is sel.
func (s *row) prepare(ctx context.Context) (p *rowPlan, sel userinfo.Select, err error) {
	name, columns, err := s.table.find(ctx)
	if err != nil || name == "" {
		return &rowPlan{absent: true}, sel, s.named("SESSION_TABLE", err)
	}
	p = &rowPlan{name: name, keyAt: -1}
	for i, t := range s.terms {
		c, err := column(name, columns, t.column)
		switch {
		case err != nil:
		case i == 0 && !searchable(c):
			err = fmt.Errorf("%w: column %s.%s of type %s cannot be searched for a session", userinfo.ErrMapping, name, c.Name, c.DBType)
		case i == 0 && s.secret && guessable(c):
			err = fmt.Errorf("%w: column %s.%s holds numbers, which anybody can guess; sessions are found by their secret", userinfo.ErrMapping, name, c.Name)
		}
		if err != nil {
			return nil, sel, s.named(s.own[t.column].setting, err)
		}
		p.columns = append(p.columns, c)
	}
	for _, t := range s.takes {
		c, err := column(name, columns, t.column)
		switch {
		case err == nil && s.own[t.column].misfit(c) != "":
			return nil, sel, s.named(s.own[t.column].setting, fmt.Errorf("%w: column %s.%s of type %s %s", userinfo.ErrMapping, name, c.Name, c.DBType, s.own[t.column].misfit(c)))
		case err == nil && t.user && yesOrNo(c):
			return nil, sel, s.named(s.own[t.column].setting, fmt.Errorf("%w: column %s.%s of type %s says yes or no, and 1 would be the first user; the user's id is in another", userinfo.ErrMapping, name, c.Name, c.DBType))
		case err == nil:
			p.places = append(p.places, p.place(c))
		case t.optional:
			p.places = append(p.places, -1)
		default:
			return nil, sel, s.named(s.own[t.column].setting, err)
		}
	}
	sel = userinfo.Select{Table: name, Limit: maxRows, Where: s.constants(p)}
	conds, err := s.where.Bind(name, columns)
	if err != nil {
		return nil, sel, s.named("SESSION_WHERE", err)
	}
	for _, cond := range conds {
		c, err := column(name, columns, cond.Column)
		if err != nil {
			return nil, sel, err
		}
		p.place(c)
		sel.Where = append(sel.Where, cond)
	}
	if c, err := column(name, columns, s.key); s.key != "" && err == nil && !c.Unreadable {
		p.keyAt = p.place(c)
	}
	for _, c := range p.columns {
		sel.Columns = append(sel.Columns, c.Name)
	}
	p.lookup, err = s.table.source.ByKey(sel, p.columns[0].Name)
	return p, sel, err
}

// constants are the conditions of the terms that the database can compare.
func (s *row) constants(p *rowPlan) (conds []userinfo.Cond) {
	for i, t := range s.terms[1:] {
		c := p.columns[1+i]
		if arg, ok := constantOf(c, t.value); ok {
			conds = append(conds, userinfo.Cond{Column: c.Name, Op: userinfo.OpEqual, Values: []any{arg}})
		}
	}
	return conds
}

// planFor is the plan of a look-up, made anew when visitors are read in another way than when it was made.
func (r *run) planFor(ctx context.Context, s *row) (*rowPlan, error) {
	build := func(ctx context.Context) (*rowPlan, error) {
		reading := r.resolver.o.Visitors()
		p, sel, err := s.prepare(ctx)
		if err != nil || p.absent {
			return p, err
		}
		p.reading = reading
		if p.wide, err = s.widen(ctx, p, sel); p.lacks {
			p.until = r.now.Add(pause)
		}
		return p, err
	}
	p, err := s.plan.get(ctx, r.now, build)
	if err != nil || p.absent || p.reading == r.resolver.o.Visitors() && (p.until.IsZero() || r.now.Before(p.until)) {
		return p, err
	}
	s.plan.forget(p)
	return s.plan.get(ctx, r.now, build)
}

// place is where a column is read, which is added if it is new.
func (p *rowPlan) place(c userinfo.Column) int {
	for i := range p.columns {
		if p.columns[i].Name == c.Name {
			return i
		}
	}
	p.columns = append(p.columns, c)
	return len(p.columns) - 1
}

// searchable tells the columns that can be asked for a value of a visitor's without any conversion in the database.
func searchable(c userinfo.Column) bool {
	_, key := userinfo.KindOf(c)
	return key || c.Type == userinfo.ColumnBytes
}

// guessable tells the columns whose values can be counted up.
func guessable(c userinfo.Column) bool {
	switch c.Type {
	case userinfo.ColumnInt, userinfo.ColumnUint, userinfo.ColumnBool, userinfo.ColumnNumber:
		return true
	default:
		return false
	}
}

// yesOrNo tells the columns that hold no ids though what they hold reads like one: tinyint(1) is how MySQL keeps a boolean.
func yesOrNo(c userinfo.Column) bool {
	return c.Type == userinfo.ColumnBool || strings.HasPrefix(strings.ToLower(c.DBType), "tinyint(1)")
}

// keyOf is a text as a typed value of a column, and what the column's cell must hold then; ok is false if the column can hold no such value.
func keyOf(c userinfo.Column, text string) (arg any, cell string, ok bool) {
	if c.Type == userinfo.ColumnBytes {
		if id, is := userinfo.KeyUUIDBytes.Parse(text); is && c.Size == 16 {
			raw, err := hex.DecodeString(strings.ReplaceAll(string(id), "-", ""))
			return raw, string(raw), err == nil
		}
		return []byte(text), text, text != "" && len(text) <= userinfo.MaxIDLength
	}
	kind, _ := userinfo.KindOf(c)
	id, ok := kind.Parse(text)
	if !ok {
		return nil, "", false
	}
	return kind.Arg(id), text, true
}

// constantOf is a constant as the database compares it with a column; ok is false for what is only compared here.
func constantOf(c userinfo.Column, n *node) (any, bool) {
	if n.op != opText {
		return nil, false
	}
	switch c.Type {
	case userinfo.ColumnText:
		return n.text, true
	case userinfo.ColumnInt, userinfo.ColumnUint:
		v, err := strconv.ParseInt(n.text, 10, 64)
		return v, err == nil
	default:
		return nil, false
	}
}

// errNoRow says that the database does not hold what the cookie says.
var errNoRow = errors.New("there is no such row")

// errSeveral says that it cannot be told which row is meant. It is never the same as none, also where the row may be missing.
var errSeveral = errors.New("there are several such rows")

// row looks a row up and sets the variables.
func (r *run) row(ctx context.Context, s *row) error {
	p, err := r.planFor(ctx, s)
	if err != nil {
		return unavailable(err)
	}
	if p.wide != nil {
		if again, err := r.wide(ctx, s, p); !again {
			return err
		}
	}
	var cells userinfo.Row
	var by sought
	if !p.absent {
		if by, err = r.wanted(s, p); err == nil {
			cells, err = r.find(ctx, s, p, by)
		}
	}
	if errors.Is(err, errNoRow) && s.optional {
		cells, err = nil, nil
	}
	if err != nil {
		return err
	}
	r.take(s, p, cells)
	if s.join == nil {
		return nil
	}
	return r.apart(ctx, s, p, by, cells)
}

// take sets the variables of a row; nil is one that is missing and may be.
func (r *run) take(s *row, p *rowPlan, cells userinfo.Row) {
	for i, t := range s.takes {
		text := ""
		if at := placeOf(p, i); cells != nil && at >= 0 {
			text = string(cells[at])
		}
		r.slots[t.slot] = textValue(text)
	}
}

func placeOf(p *rowPlan, i int) int {
	if p.absent {
		return -1
	}
	return p.places[i]
}

// sought is what a row is looked up by: the key, and what the first cells of the row must hold.
type sought struct {
	arg  any
	want []string
}

// wanted reads the variables as they are now.
func (r *run) wanted(s *row, p *rowPlan) (by sought, err error) {
	by.want = make([]string, len(s.terms))
	for i, t := range s.terms {
		text, err := r.idText(t.value)
		switch {
		case err != nil:
			return by, err
		case text == "":
			return by, fmt.Errorf("%w: nothing to look for in %s", errNoRow, t.column)
		}
		if i > 0 {
			by.want[i] = text
			continue
		}
		var ok bool
		if by.arg, by.want[0], ok = keyOf(p.columns[0], text); !ok {
			return by, fmt.Errorf("%w: %s cannot hold the value", errNoRow, t.column)
		}
	}
	return by, nil
}

// find is the only row that has all the values asked for, byte for byte.
func (r *run) find(ctx context.Context, s *row, p *rowPlan, by sought) (userinfo.Row, error) {
	if err := r.spend(); err != nil {
		return nil, err
	}
	rows, err := p.lookup.Rows(ctx, by.arg)
	if err != nil {
		if errors.Is(err, userinfo.ErrMapping) { // the site was updated since
			s.plan.forget(p)
		}
		return nil, unavailable(err)
	}
	var only userinfo.Row
	for i := range rows.Len() {
		cells := rows.Row(i)
		if !matches(cells, by.want) {
			continue
		}
		if only != nil {
			return nil, fmt.Errorf("%w in %s", errSeveral, p.name)
		}
		only = cells
	}
	switch {
	case only == nil && rows.Len() == maxRows: // it may stand among those that were not read
		return nil, fmt.Errorf("%w in %s", errSeveral, p.name)
	case only == nil:
		return nil, fmt.Errorf("%w in %s", errNoRow, p.name)
	}
	return only, nil
}

// matches compares the first cells of a row in a time that does not tell where they differ.
func matches(cells userinfo.Row, want []string) bool {
	equal := 1
	for i, text := range want {
		if cells[i] == nil {
			return false
		}
		equal &= subtle.ConstantTimeCompare(cells[i], []byte(text))
	}
	return equal == 1
}
