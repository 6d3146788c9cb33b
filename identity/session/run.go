package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/userinfo"
)

// request is one request while recipes are followed. It is for one goroutine.
type request struct {
	resolver *Resolver
	http     *http.Request
	cookies  decode.Cookies
	now      time.Time
	host     string // without port
	queries  int    // that may still be sent
	sent     int    // so far
	skipped  map[string]bool
}

// run is a recipe that is followed for one cookie value.
type run struct {
	*request

	recipe *recipe
	slots  []value
	args   []value         // of functions that are being called; none keeps them
	parsed wordpressCookie // that was read last
	found  []finding       // rows to be remembered if the recipe goes through
	seen   *userinfo.Seen  // of the last row of the users table
	passed error           // why the last value that first passed over cannot be computed
}

// hostOf is the host the visitor asked for, in lower case and without its port.
func hostOf(r *http.Request) string {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(host)
}

// recipe follows a recipe for every cookie it matches.
func (q *request) recipe(ctx context.Context, c *recipe) verdict {
	type seen struct{ name, value string }
	done := map[seen]bool{}
	byName := map[string]verdict{}
	var names []string
	matched := 0
	for _, m := range q.cookies.Find(c.cookie, c.read) {
		if done[seen{m.Name, m.Value}] {
			continue
		}
		done[seen{m.Name, m.Value}] = true
		if matched++; matched > maxCookies {
			return rejected(fmt.Errorf("more than %d cookies that could be sessions", maxCookies))
		}
		if _, known := byName[m.Name]; !known {
			names = append(names, m.Name)
		}
		v := q.follow(ctx, c, m)
		if v.err != nil {
			v.err = fmt.Errorf("recipe %s: %w", c.name, v.err)
		}
		q.tell(ctx, c, v)
		if byName[m.Name] = byName[m.Name].within(v); v.hard() {
			return v
		}
	}
	var all verdict
	for _, name := range names {
		all = all.beside(byName[name])
	}
	return all
}

// follow takes the steps of a recipe for one cookie.
func (q *request) follow(ctx context.Context, c *recipe, m decode.Match) verdict {
	r := q.begin(c)
	defer r.end()
	for slot, text := range c.given(m, q) {
		r.slots[slot] = textValue(text)
	}
	for i := range c.steps {
		s := &c.steps[i]
		if end, v := r.step(ctx, s); end {
			return v
		}
	}
	v := r.result()
	if v.sort == accepted { // nobody else's visits shall say who was here, or take their places
		for _, f := range r.found {
			f.of.put(f.text, f.cell, r.now)
		}
	}
	return v
}

// runs are used again: they hold what a recipe computes.
var runs = sync.Pool{New: func() any { return new(run) }}

// begin returns a run without any values.
func (q *request) begin(c *recipe) *run {
	r := runs.Get().(*run)
	r.request, r.recipe = q, c
	if cap(r.slots) < len(c.names) {
		r.slots = make([]value, len(c.names))
	}
	r.slots = r.slots[:len(c.names)]
	return r
}

// end gives the memory back, without what was in it.
func (r *run) end() {
	clear(r.slots[:cap(r.slots)])
	clear(r.args[:cap(r.args)])
	*r = run{slots: r.slots[:0], args: r.args[:0]}
	runs.Put(r)
}

// step takes one step; end tells that the recipe ends with it.
func (r *run) step(ctx context.Context, s *step) (end bool, v verdict) {
	var err error
	switch {
	case s.condition != nil:
		holds, err := r.holds(s.condition)
		switch {
		case err != nil:
			return true, rejected(err)
		case s.then == nothing: // a check
			if !holds {
				return true, rejected(errors.New(s.what))
			}
		case holds:
			return true, verdict{sort: s.then, note: r.passed}
		}
		return false, verdict{}
	case s.value != nil:
		r.slots[s.slot], err = r.eval(s.value)
	case s.row != nil:
		err = r.row(ctx, s.row)
	case s.settings != nil:
		err = r.settings(ctx, s.settings)
	case s.file != nil:
		err = r.file(ctx, s.file)
	}
	if err != nil {
		return true, refusedOrNobody(err)
	}
	return false, verdict{}
}

// tell writes down, for who looks closer, why a cookie names nobody; no value of the visitor's or the site's is in it.
func (q *request) tell(ctx context.Context, c *recipe, v verdict) {
	log := q.resolver.o.Logger
	if log == nil || !log.Enabled(ctx, slog.LevelDebug) || v.hard() {
		return
	}
	var reason string
	switch {
	case v.sort == failed:
		reason = v.err.Error()
	case v.sort == nobody && v.note != nil:
		reason = "nobody is signed in: " + v.note.Error()
	case v.sort == nobody:
		reason = "nobody is signed in"
	default:
		return
	}
	log.LogAttrs(ctx, slog.LevelDebug, "a session names nobody", slog.String("recipe", c.name), slog.String("reason", reason))
}

// lastSecond is the end of the year 9999, beyond which nothing can show a time.
const lastSecond = 253_402_300_799

// result is the user and the end of a recipe that went through.
func (r *run) result() verdict {
	text, err := r.idText(&r.recipe.user)
	if err != nil {
		return refusedOrNobody(err)
	}
	id, err := r.userID(text)
	if err != nil {
		return rejected(err)
	}
	v := verdict{sort: accepted, user: id, seen: r.seen}
	if r.recipe.expires == nil {
		return v
	}
	ends, err := r.eval(r.recipe.expires)
	if err != nil {
		return rejected(err)
	}
	if text, err := ends.read(); err == nil && text == "" {
		return v
	}
	seconds, err := ends.number()
	switch {
	case err != nil:
		return rejected(err)
	case seconds == 0:
		return v
	case seconds <= r.now.Unix():
		return rejected(errors.New("the session has ended"))
	}
	v.ends = time.Unix(min(seconds, lastSecond), 0).UTC()
	return v
}

// userID is the id a text spells as the users table's key.
func (r *run) userID(text string) (userinfo.ID, error) {
	kind := r.resolver.o.KeyKind()
	if kind == userinfo.KeyUnknown {
		return "", fmt.Errorf("%w: the users table has not been read yet", identity.ErrUnavailable)
	}
	if id, ok := kind.Parse(text); ok {
		return id, nil
	}
	if kind == userinfo.KeyUUIDBytes {
		if id, ok := kind.FromCell([]byte(text)); ok {
			return id, nil
		}
	}
	return "", noValue("no user can have this id")
}

// otherCookie is the value of a cookie beside the one that is followed. Two that differ are as good as none, since the site may believe either, and so is an empty
// one: no recipe may take what a visitor left empty for what the site does not ask.
func (r *run) otherCookie(name string) (value, error) {
	names, err := decode.NewNames(name)
	if err != nil || strings.HasPrefix(name, "~") || strings.HasSuffix(name, "*") {
		return value{}, noValue("no name of a cookie")
	}
	found := r.cookies.Find(names, r.recipe.read)
	if len(found) == 0 || found[0].Value == "" {
		return value{}, noValue("a cookie is missing")
	}
	for _, m := range found[1:] {
		if m.Value != found[0].Value {
			return value{}, noValue("a cookie stands twice")
		}
	}
	return textValue(found[0].Value), nil
}

// spend takes one from the queries of the request.
func (q *request) spend() error {
	if q.queries == 0 {
		return fmt.Errorf("%w: more than %d queries", identity.ErrRejected, maxQueries)
	}
	q.queries--
	q.sent++
	return nil
}
