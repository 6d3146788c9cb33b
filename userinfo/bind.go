package userinfo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
)

// bindState remembers the last failed bind, so that a broken table is not inspected at every request.
type bindState struct {
	failed time.Time
	logged time.Time
	err    error

	passwords []string // columns that were found of those that tell of new passwords
	blind     string   // of these, what is missing, as it was told
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
	survey  Lookup
	persona *boundPlan // nil when the mapping has no further personas
	visit   *boundPlan // the same with the rules on writing, for look-ups of visitors; nil without rules
	glance  *boundPlan // what Visitor reads; nil when that is everything
	reading *Reading   // glance within queries of others; nil when that cannot be
	whole   *boundPlan // what Whole reads; nil without private fields
	scan    *boundPlan // what Scan reads; nil when that is not wanted
	pages   Lookup     // of Scan's own plan: from a key on
	beyond  Lookup     // likewise, behind a key
	hiding  []Cond     // what pages tell of a row
	lazy    bool       // joins in queries of their own are only asked for rows that need them
	friends [2]Lookup  // nil when not mapped; friend by user, user by friend
	friend  KeyKind    // kind of the friend columns
	// friendKeys are the columns of the table of friendships that are asked.
	friendKeys []Asked
	log        *slog.Logger
	told       sync.Once
	due        due
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
		if p.due.passed() {
			return d.again(ctx, p), nil
		}
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
	d.state.failed, d.state.logged, d.state.err = time.Time{}, time.Time{}, nil
	d.kind.Store(uint32(p.kind))
	d.tellPasswords(ctx, p)
	d.bound.Store(p)
	return p, nil
}

// bindTimeout leaves an answer within a second at the default query timeout.
func (d *Directory) bindTimeout() time.Duration { return d.timeout * 9 / 5 }

func (d *Directory) bind(ctx context.Context) (*boundPlan, []setting.Fault, error) {
	b, found, faults, err := d.bindMapping(ctx, d.mapping)
	if err != nil {
		return nil, faults, err
	}
	if b.sample, err = d.source.Sample(b.sel, b.sel.Columns[0], 5); err != nil {
		return nil, nil, err
	}
	if b.survey, err = d.source.Sample(b.widest().sel, b.sel.Columns[0], MaxSurvey); err != nil {
		return nil, nil, err
	}
	if len(b.plan.search) > 0 {
		if b.search, err = d.source.Search(b.sel, b.plan.search, MaxHits); err != nil {
			return nil, nil, err
		}
	}
	if persona := d.mapping.persona; persona != nil {
		b.persona, _, faults, err = d.bindMapping(ctx, persona)
		if err != nil && (!persona.optional || !errors.Is(err, errNoTable)) {
			return nil, faults, err
		}
		if b.persona != nil && b.kind == KeyText {
			fault := persona.place.fault("cannot be had where the users' key is a text: a persona's user_id could be the key of another user", "map a users key that is an integer or a uuid, or remove profiles")
			return nil, []setting.Fault{fault}, fmt.Errorf("%w: %s", ErrMapping, fault)
		}
	}
	if b.visit != nil {
		b.visit.persona = b.persona
	}
	if faults, err := d.bindVisitor(b, found); err != nil {
		return nil, faults, err
	}
	if faults, err := d.bindPrivate(b, found); err != nil {
		return nil, faults, err
	}
	if f := d.mapping.friends; f != nil {
		faults, err := d.bindFriends(ctx, b, f)
		if err != nil {
			return nil, faults, err
		}
	}
	return b, nil, nil
}

// bindMapping looks at the tables of a mapping and prepares its look-ups by key.
func (d *Directory) bindMapping(ctx context.Context, m *Mapping) (b *boundPlan, found schema, faults []setting.Fault, err error) {
	if found, faults, err = d.look(ctx, m); err != nil {
		return nil, found, faults, err
	}
	b, faults, err = d.bindTo(m, found, false)
	if err == nil && len(m.rules) > 0 {
		b.visit, faults, err = d.bindTo(m, found, true)
	}
	return b, found, faults, err
}

// bindTo makes the plan of a mapping and its look-ups by key, with the rules on writing or without.
func (d *Directory) bindTo(m *Mapping, found schema, rules bool) (b *boundPlan, faults []setting.Fault, err error) {
	p, faults := m.bind(found, rules)
	if len(faults) > 0 {
		return nil, faults, fmt.Errorf("%w: %s", ErrMapping, faults[0])
	}
	b = &boundPlan{plan: p, log: d.log}
	sel := p.sel
	if m == d.mapping.persona { // several rows have the same key, and nobody is hidden because somebody has too many
		sel.Limit, sel.Order = max(MaxIDs, maxCrowded)*maxProfiles, p.personaOrder() // also where a query began before there were personas
	}
	if b.byKey, err = d.source.ByKey(sel, sel.Columns[0]); err != nil {
		return nil, nil, err
	}
	return b, nil, p.lookups(d.source)
}

// errNoTable says that a table is missing which may be.
var errNoTable = fmt.Errorf("%w: no such table", ErrMapping)

// look finds the tables of a mapping.
func (d *Directory) look(ctx context.Context, m *Mapping) (found schema, faults []setting.Fault, err error) {
	if found.table, found.columns, err = d.firstTable(ctx, m.tables); err != nil {
		if errors.Is(err, ErrMapping) {
			return found, []setting.Fault{d.missingTable(ctx, m.place, m.tables)}, fmt.Errorf("%w: %w", errNoTable, err)
		}
		return found, nil, inTime(err)
	}
	found.joins = map[string]joined{}
	for _, j := range m.joins {
		table, columns, err := d.firstTable(ctx, j.Tables)
		switch {
		case err == nil:
			found.joins[j.As] = joined{table, columns}
		case !errors.Is(err, ErrMapping):
			return found, nil, inTime(err)
		case !j.Optional && m.uses(j.As):
			return found, []setting.Fault{d.missingTable(ctx, j.Place, j.Tables)}, err
		}
	}
	return found, nil, nil
}

// firstTable is the first of some tables that exists.
func (d *Directory) firstTable(ctx context.Context, names []string) (table string, columns []Column, err error) {
	for _, name := range names {
		if columns, err = d.source.Columns(ctx, name); err == nil || !errors.Is(err, ErrMapping) {
			return name, columns, err
		}
	}
	return "", nil, err
}

func (d *Directory) bindFriends(ctx context.Context, b *boundPlan, f *friendsTable) ([]setting.Fault, error) {
	table, columns, err := d.firstTable(ctx, f.tables)
	switch {
	case errors.Is(err, ErrMapping) && f.optional:
		return nil, nil
	case errors.Is(err, ErrMapping):
		return []setting.Fault{d.missingTable(ctx, f.at, f.tables)}, err
	case err != nil:
		return nil, inTime(err)
	}
	binder := newBinder(&Mapping{}, schema{table: table, columns: columns})
	user, ok1 := binder.column(f.at, f.user)
	friend, ok2 := binder.column(f.at, f.friend)
	for _, column := range []Column{user, friend} {
		if looksSecret(column.Name) { // as in need
			binder.fault(f.at, fmt.Sprintf("names column %s, which looks like a secret", column.Name), "name the two columns that hold user ids")
		}
	}
	kind, ok3 := KindOf(user)
	other, ok4 := KindOf(friend)
	if ok1 && ok2 && (!ok3 || !ok4 || kind != other) {
		binder.fault(f.at, fmt.Sprintf("names columns of types %s and %s, which are not both keys of users", user.DBType, friend.DBType), "name the two columns that hold user ids")
	}
	var where []Cond
	for _, w := range f.where {
		conds, rest := binder.split(w, columns, table)
		if where = append(where, conds...); len(rest) > 0 {
			binder.fault(w.at, "is more than the database is asked here", "use comparisons joined by and")
		}
	}
	if len(binder.faults) > 0 {
		return binder.faults, fmt.Errorf("%w: %s", ErrMapping, binder.faults[0])
	}
	b.friend = kind
	b.friendReads(table, user.Name, friend.Name, where)
	b.friendKeys = []Asked{{table, user.Name, user.Indexed}, {table, friend.Name, friend.Indexed}}
	// The column asked for is read too: a database that ignores letter case gives the rows of other users as well.
	if b.friends[0], err = d.source.ByKey(Select{Table: table, Columns: []string{user.Name, friend.Name}, Where: where, Limit: MaxFriends}, user.Name); err != nil {
		return nil, err
	}
	b.friends[1], err = d.source.ByKey(Select{Table: table, Columns: []string{friend.Name, user.Name}, Where: where, Limit: MaxFriends}, friend.Name)
	return nil, err
}

// friendReads adds the table of friendships to what is read.
func (p *boundPlan) friendReads(table, user, friend string, where []Cond) {
	columns := []string{user, friend}
	for _, c := range where {
		columns = append(columns, c.Column)
	}
	for _, c := range columns {
		if !slices.Contains(p.reads[table], c) {
			p.reads[table] = append(p.reads[table], c)
		}
	}
}

// missingTable is the fault of a table that does not exist, with the table that was probably meant.
func (d *Directory) missingTable(ctx context.Context, at Place, names []string) setting.Fault {
	wanted := strings.Join(names, " or ")
	fault := at.fault(fmt.Sprintf("names table %s, which the database does not have", wanted), "correct the name, or the database in CHATPASS_DATABASE_URL; a table the account has no rights on looks the same (GRANT SELECT)")
	tables, err := d.source.Tables(ctx)
	if err != nil || len(names) == 0 {
		return fault
	}
	if near := nearest(names[0], tables); near != "" {
		fault.Remedy = "did you mean " + near + "?"
		if at.Text != "" {
			fault.Remedy += " (the prefix of tables is CHATPASS_TABLE_PREFIX)"
		}
	}
	return fault
}

// Facts is what check tells about the table.
type Facts struct {
	Table      string
	Kind       KeyKind
	KeyIndexed bool
	KeyUnique  bool
	Columns    []string            // columns read, the key first
	Searches   []string            // columns searched
	Reads      map[string][]string // by table: every column that is read or compared
	Queries    int                 // of one look-up, however many users it asks for
	Asked      []Asked             // how the tables beside the users table are asked
	Password   []string            // columns that PasswordField is a digest of, behind their tables: "users.password"; none where it is not read
	PasswordOf []PasswordColumn    // the same, and what they are
	Unread     []Unread            // columns that it would be a digest of too
}

// Facts returns what is known of the table.
func (d *Directory) Facts(ctx context.Context) (Facts, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return Facts{}, err
	}
	return p.facts(), nil
}

func (p *boundPlan) facts() Facts {
	f := Facts{
		Table: p.sel.Table, Reads: p.allReads(), Queries: p.queries(), Kind: p.kind, KeyIndexed: p.indexed, KeyUnique: p.unique, Columns: p.widest().sel.Columns, Searches: p.plan.search,
		Asked: p.asked(), Password: p.whole.passwordNames(),
	}
	if p.whole != nil {
		f.PasswordOf, f.Unread = p.whole.password, p.whole.unread
	}
	return f
}

// allReads is every column that is read, those of personas too.
func (p *boundPlan) allReads() map[string][]string {
	all := map[string][]string{}
	for _, reads := range []map[string][]string{p.widest().reads, p.reads, p.personaReads(), p.whole.readsIfAny()} { // those of searches and friends are in p's
		for table, columns := range reads {
			for _, c := range columns {
				if !slices.Contains(all[table], c) {
					all[table] = append(all[table], c)
				}
			}
		}
	}
	return all
}

// widest is the plan that reads the most.
func (p *boundPlan) widest() *boundPlan {
	if p.visit != nil {
		return p.visit
	}
	return p
}

func (p *boundPlan) personaReads() map[string][]string {
	if p.persona == nil {
		return nil
	}
	return p.persona.reads
}

// queries is how many queries a look-up takes at the most.
func (p *boundPlan) queries() int {
	n := 1 + len(p.widest().more)
	if p.persona != nil {
		n += p.persona.queries()
	}
	return n
}
