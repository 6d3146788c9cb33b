package userinfo

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chatpass/chatpass/userinfo/convert"
)

// Bounds of what one field may hold; longer texts are cut at a character, longer addresses left out.
const (
	maxText  = 1024 // bytes of name, badge, role, e-mail
	maxExtra = 4096 // bytes of a further field
)

// decoder turns rows into users. It is reused for all rows of an answer and is for one goroutine.
type decoder struct {
	plan  *plan
	text  []byte // the texts of a user, one after the other
	a, b  []byte // what converters work in
	ends  []int
	extra []Field
	user  User
	spare [][]byte // buffers of nodes
	raw   bool     // rows are not of users: their first cell is no key
	trims bool     // blanks at the end of a cell mean nothing: whether a CHAR shows them is up to the database and its modes
	// beyond notes that a cell was asked for that its row does not have, since a lazy plan has not read it: what was decoded counts for nothing then.
	beyond bool
}

// zone is that of times without one.
func (d *decoder) zone() *time.Location { return d.plan.local }

// decode returns the user of a row, nil if its key is no id or the user is hidden. All its strings share one allocation; the user itself and Extra are
// valid until the next call.
func (d *decoder) decode(row Row) *User {
	p := d.plan
	d.text, d.ends = d.text[:0], d.ends[:0]
	var ok bool
	if d.text, ok = p.kind.appendKey(d.text, row[0]); !ok {
		return nil
	}
	d.ends = append(d.ends, len(d.text))
	for _, h := range p.hidden {
		if h.holds(d, row) != yes {
			return nil
		}
	}
	var lastLogin time.Time
	for field := range p.fields {
		e := &p.fields[field]
		switch {
		case len(e.alts) == 0:
		case field == fieldLastLogin:
			lastLogin = d.time(e, row)
		case e.address:
			d.address(e, row)
		default:
			d.clean(e, row, maxText)
		}
		d.ends = append(d.ends, len(d.text))
	}
	for i := range p.extra {
		d.clean(&p.extra[i].expr, row, maxExtra)
		d.ends = append(d.ends, len(d.text))
	}
	for i := range p.private {
		d.private(&p.private[i], row)
		d.ends = append(d.ends, len(d.text))
	}
	all := string(d.text)
	cut := func(i int) string { return all[d.ends[i]:d.ends[i+1]] }
	u := &d.user
	*u = User{} // a literal with the fields would be made elsewhere and copied
	u.ID, u.Name, u.AvatarURL, u.ProfileURL = ID(all[:d.ends[0]]), cut(fieldName), cut(fieldAvatar), cut(fieldProfile)
	u.Email, u.LastLogin, u.Badge, u.Role = cut(fieldEmail), lastLogin, cut(fieldBadge), cut(fieldRole)
	d.extra = d.extra[:0]
	for i := range p.extra {
		if text := cut(fieldCount + i); text != "" {
			d.extra = append(d.extra, Field{p.extra[i].name, p.extra[i].kind, text})
		}
	}
	d.user.Extra = d.extra
	for i := range p.private {
		if text := cut(fieldCount + len(p.extra) + i); text != "" {
			if d.user.Private == nil {
				d.user.Private = make(Private, len(p.private))
			}
			d.user.Private[p.private[i].name] = text
		}
	}
	if p.admin != nil && d.user.Role == "" && p.admin.holds(d, row) == yes {
		d.user.Role = roleAdmin
	}
	d.user.Permissions = nil
	for _, r := range p.rights {
		d.user.Permissions = append(d.user.Permissions, Permission{r.name, r.cond.holds(d, row) == yes})
	}
	if len(p.rules) > 0 {
		d.user.Standing = p.standing(d, row)
	}
	return &d.user
}

// roleAdmin is ImbaChat's chat_role of a moderator.
const roleAdmin = "admin"

// private appends the text of a private field, or the digest of it.
func (d *decoder) private(f *boundField, row Row) {
	if f.digest == "" {
		d.clean(&f.expr, row, maxExtra)
		return
	}
	start := len(d.text)
	d.trims = true
	d.text = d.first(d.text, &f.expr, row)
	d.trims = false
	whole := d.text[start:]
	d.a = digest(d.a[:0], f.digest, whole)
	clear(whole) // the next user's texts end before it, and it would stay in memory for long; rows and what converters work in are not cleared
	d.text = append(d.text[:start], d.a...)
}

// clean appends the text of an expression as valid UTF-8 of bounded length.
func (d *decoder) clean(e *boundExpr, row Row, limit int) {
	start := len(d.text)
	if e.single >= 0 {
		d.text = append(d.text, d.cell(row, e.single)...)
	} else {
		d.text = d.first(d.text, e, row)
	}
	added := d.text[start:]
	if !utf8.Valid(added) {
		d.text = append(d.text[:start], bytes.ToValidUTF8(added, []byte("\uFFFD"))...)
		added = d.text[start:]
	}
	if len(added) > limit {
		for limit > 0 && !utf8.RuneStart(added[limit]) {
			limit--
		}
		d.text = d.text[:start+limit]
		added = d.text[start:]
	}
	if len(bytes.TrimSpace(added)) == 0 {
		d.text = d.text[:start]
	}
}

// address appends the first alternative that is an address that may leave us.
func (d *decoder) address(e *boundExpr, row Row) {
	start := len(d.text)
	for i := range e.alts {
		d.a = d.alternative(d.a[:0], &e.alts[i], row)
		if !utf8.Valid(d.a) {
			continue
		}
		if d.text = convert.AppendURL(d.text, d.a, d.plan.site); len(d.text) > start {
			return
		}
	}
}

// time is the first alternative that is a point in time after 1970.
func (d *decoder) time(e *boundExpr, row Row) time.Time {
	for i := range e.alts {
		d.a = d.alternative(d.a[:0], &e.alts[i], row)
		if t := convert.Time(d.a, e.zones[i]); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// first appends the first alternative that is not blank.
func (d *decoder) first(dst []byte, e *boundExpr, row Row) []byte {
	start := len(dst)
	for i := range e.alts {
		dst = d.alternative(dst, &e.alts[i], row)
		if len(bytes.TrimSpace(dst[start:])) > 0 {
			return dst
		}
		dst = dst[:start]
	}
	return dst
}

// cell is a cell as text: the key as its id, so that a template can name users whose key is bytes.
func (d *decoder) cell(row Row, i int) []byte {
	if i == 0 && !d.raw {
		return d.text[:d.ends[0]]
	}
	if i >= len(row) {
		d.beyond = true
		return nil
	}
	if d.trims {
		return bytes.TrimRight(row[i], " ")
	}
	return row[i]
}

// alternative appends the text of a template, or nothing when its columns are empty: any of them for an address, all of them for a text.
func (d *decoder) alternative(dst []byte, t *template, row Row) []byte {
	if t.node != nil {
		return d.value(dst, t.node, row)
	}
	start, columns, filled := len(dst), 0, 0
	for i := range t.parts {
		p := &t.parts[i]
		if p.index == constant {
			dst = append(dst, p.text...)
			continue
		}
		columns++
		before := len(dst)
		if p.index >= 0 {
			dst = d.part(dst, p, d.cell(row, p.index))
		}
		if len(dst) > before {
			filled++
		} else if t.whole {
			return dst[:start]
		}
	}
	if columns > 0 && filled == 0 {
		return dst[:start]
	}
	if filled < columns {
		return append(dst[:start], strings.Join(strings.Fields(string(dst[start:])), " ")...)
	}
	return dst
}

func (d *decoder) part(dst []byte, p *part, cell []byte) []byte {
	if len(cell) == 0 || len(p.filters) == 0 {
		return append(dst, cell...)
	}
	in := cell
	for i, f := range p.filters {
		if i == len(p.filters)-1 {
			return f(dst, in)
		}
		// Two buffers in turn: a converter reads one while it fills the other.
		if i%2 == 0 {
			d.b = f(d.b[:0], in)
			in = d.b
		} else {
			out := f(nil, in)
			in = out
		}
		if len(in) == 0 {
			return dst
		}
	}
	return dst
}
