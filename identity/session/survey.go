package session

import (
	"context"
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
	Zoneless bool      // the times are of a column without a zone, so that CHATPASS_USERS_TIMEZONE says what they mean
}

// Survey looks at the newest sessions; nil without an error where variables describe no table of them. Its errors are those of userinfo.Source.
func (r *Resolver) Survey(ctx context.Context) (*Survey, error) {
	for _, c := range r.recipes {
		for i := range c.steps {
			if s := c.steps[i].row; s != nil && s.own != nil && len(c.missing) == 0 {
				return r.survey(ctx, s)
			}
		}
	}
	return nil, nil //nolint:nilnil // documented
}

func (r *Resolver) survey(ctx context.Context, s *row) (*Survey, error) {
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
