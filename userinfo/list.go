package userinfo

import (
	"context"
	"sort"
	"strings"
	"unicode/utf8"
)

// Search returns users in whose search columns term occurs, best first: equal, then beginning with it, then containing it.
// Wildcards in term mean themselves. It returns ErrSearchTerm for a term of less than MinSearch or more than MaxSearch characters, and
// ErrNoSearch where nothing can be searched.
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
		return nil, ErrNoSearch
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

// MaxSurvey is how many users Survey gives at the most: enough to meet the usual roles, few enough for any table.
const MaxSurvey = 200

// Survey returns the first users in the order of their keys, at most MaxSurvey. They can be asked about with MayWrite.
func (d *Directory) Survey(ctx context.Context) ([]User, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	return d.list(ctx, p.widest(), p.survey)
}

func (d *Directory) list(ctx context.Context, p *boundPlan, lookup Lookup, args ...any) ([]User, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	select {
	case d.scans <- struct{}{}:
		defer func() { <-d.scans }()
	case <-ctx.Done():
		return nil, inTime(ctx.Err())
	}
	t, err := d.gather.take(ctx)
	if err != nil {
		return nil, err
	}
	defer t.end()
	rows, err := lookup.Rows(ctx, args...)
	f := &found{plan: p}
	if err == nil {
		err = d.complete(ctx, f, rows)
	}
	if err != nil {
		return nil, d.failed(p, err)
	}
	dec := d.decoderFor(p)
	defer d.decoder.Put(dec)
	var users []User
	for i := range f.rows.Len() {
		users = appendUser(users, f.user(dec, f.rows.Row(i)))
	}
	return users, nil
}

// Friends returns the friends of a user, in the order of the table; none when no table of friendships is mapped.
func (d *Directory) Friends(ctx context.Context, id ID) ([]User, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	// The table of friendships may spell keys its own way; an id it cannot hold has no friends in it.
	if p.friends[0] == nil {
		return nil, nil
	}
	if _, ok := p.friend.Parse(string(id)); !ok {
		return nil, nil
	}
	ids := make([]ID, 0, 8)
	seen := map[ID]bool{id: true}
	for _, lookup := range p.friends {
		rows, err := d.one(ctx, p, lookup, p.friend.Arg(id))
		if err != nil {
			return nil, err
		}
		for i := 0; i < rows.Len() && len(ids) < MaxFriends; i++ {
			row := rows.Row(i)
			user, ok := p.friend.FromCell(row[0])
			friend, is := p.friend.FromCell(row[1])
			if ok && is && user == id && !seen[friend] {
				seen[friend] = true
				ids = append(ids, friend)
			}
		}
	}
	return d.byID(ctx, d.read, ids)
}

// one runs a look-up that nobody can share.
func (d *Directory) one(ctx context.Context, p *boundPlan, lookup Lookup, arg any) (*Rows, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	t, err := d.gather.take(ctx)
	if err != nil {
		return nil, err
	}
	defer t.end()
	rows, err := lookup.Rows(ctx, arg)
	return rows, d.failed(p, err)
}

// Probe asks for one key that hardly any table has, the way users are looked up: it tells whether users can be read now, where a
// mere sign of life would not (rights taken away, a locked table).
func (d *Directory) Probe(ctx context.Context) error {
	p, err := d.plan(ctx)
	if err != nil {
		return err
	}
	arg := any("")
	switch p.kind {
	case KeyUint:
		arg = uint64(0)
	case KeyInt:
		arg = int64(0)
	case KeyUUID:
		arg = uuidText(make([]byte, 16))
	case KeyUUIDBytes:
		arg = make([]byte, 16)
	case KeyText, KeyUnknown:
	}
	lookup := p.byKey
	if p.whole != nil { // reads what that does, and what providers ask for without which they give nobody a token
		lookup = p.whole.byKey
	}
	_, err = d.one(ctx, p, lookup, arg)
	return err
}
