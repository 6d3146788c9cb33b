package session

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/chatpass/chatpass/userinfo"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// surveyed is how many of the newest sessions are looked at.
const surveyed = 20

// Survey is what the newest sessions of a table that variables describe look like. No value of them is in it.
type Survey struct {
	Sessions int       // looked at, at most 20
	Shortest int       // length of the shortest secret, in bytes; 0 without a session
	Newest   time.Time // the latest end, as it is read here; zero where none can be told
	Living   int       // sessions whose end is still to come
	Active   time.Time // the latest last activity; zero without such a column
	NoIDs    int       // sessions in which something else stands where the user's id belongs, such as true
	Found    string    // what that is, for a person
	Zoneless bool      // the times are of a column without a zone, so that CHATPASS_USERS_TIMEZONE says what they mean
}

// Survey looks at the newest sessions; nil without an error where variables describe no table of them. Its errors are those of userinfo.Source.
func (r *Resolver) Survey(ctx context.Context) (*Survey, error) {
	for _, c := range r.recipes {
		for i := range c.steps {
			if s := c.steps[i].row; s != nil && s.own != nil && len(c.missing) == 0 {
				return r.survey(ctx, c, i)
			}
		}
	}
	return nil, nil //nolint:nilnil // documented
}

// survey looks at the sessions that step at of a recipe finds.
func (r *Resolver) survey(ctx context.Context, c *recipe, at int) (*Survey, error) {
	s := c.steps[at].row
	p, sel, err := s.prepare(ctx)
	if err != nil {
		return nil, err
	}
	ends, since := -1, -1
	for i, t := range s.takes {
		switch s.own[t.column].setting {
		case "SESSION_EXPIRES":
			ends = p.places[i]
		case "SESSION_SINCE":
			since = p.places[i]
		}
	}
	newest := max(since, ends)
	if ends >= 0 {
		newest = ends
	}
	if newest >= 0 {
		sel.Order = []userinfo.Order{{Column: p.columns[newest].Name, Descending: true}}
	}
	sel.Limit = 0
	look, err := s.table.source.Sample(sel, p.columns[0].Name, surveyed)
	if err != nil {
		return nil, err
	}
	rows, err := look.Rows(ctx)
	if err != nil {
		return nil, err
	}
	out := &Survey{Sessions: rows.Len()}
	now := r.o.Now()
	for i := range rows.Len() {
		cells := rows.Row(i)
		if n := len(cells[0]); n > 0 && (out.Shortest == 0 || n < out.Shortest) {
			out.Shortest = n
		}
		if why := r.noID(ctx, c, at, p, cells); why != nil {
			out.NoIDs++
			out.Found = why.Error()
		}
		if at, ok := r.moment(s, p, ends, cells); ok {
			if at.After(out.Newest) {
				out.Newest = at
			}
			if at.After(now) {
				out.Living++
			}
		}
		if at, ok := r.moment(s, p, since, cells); ok && at.After(out.Active) {
			out.Active = at
		}
	}
	for _, place := range []int{ends, since} {
		out.Zoneless = out.Zoneless || place >= 0 && (p.columns[place].Type == userinfo.ColumnTime || p.columns[place].Type == userinfo.ColumnText)
	}
	return out, nil
}

// noID says why nobody can be named by a session that holds something where the id belongs; nil for one that names somebody, and for a guest's.
func (r *Resolver) noID(ctx context.Context, c *recipe, at int, p *rowPlan, cells userinfo.Row) error {
	run := &run{request: &request{resolver: r, http: &http.Request{}, now: r.o.Now()}, recipe: c, slots: make([]value, len(c.names))}
	run.take(c.steps[at].row, p, cells)
	for i := range c.steps[at+1:] {
		if s := &c.steps[at+1+i]; s.value != nil {
			if end, v := run.step(ctx, s); end {
				return v.note
			}
		}
	}
	if v := run.result(); v.note != nil {
		return v.note
	}
	if errors.Is(run.passed, errList) {
		return run.passed
	}
	return nil
}

// moment reads the time in a cell, as a recipe would.
func (r *Resolver) moment(s *row, p *rowPlan, place int, cells userinfo.Row) (time.Time, bool) {
	if place < 0 || cells[place] == nil {
		return time.Time{}, false
	}
	form := ""
	for i, t := range s.takes {
		if own := s.own[t.column]; p.places[i] == place && own.form != "" {
			form = own.form
		}
	}
	read, err := convert.NewTime(form, r.o.Zone)
	if err != nil {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(string(read(nil, cells[place])), 10, 64)
	if err != nil || seconds <= 0 {
		return time.Time{}, false
	}
	return time.Unix(min(seconds, lastSecond), 0), true
}
