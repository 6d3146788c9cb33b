package userinfo

import (
	"fmt"
	"slices"

	"github.com/chatpass/chatpass/internal/setting"
)

// Writing tells whether a user may write to another. The zero value is the strictest.
type Writing uint8

// The answers of rules on writing, from the strictest on.
const (
	WriteDenied  Writing = iota // no button
	WriteAsked                  // the other one must agree first
	WriteAllowed                // just so
)

// String is the answer's word in the mapping language.
func (w Writing) String() string {
	switch w {
	case WriteAllowed:
		return "allow"
	case WriteAsked:
		return "ask"
	default:
		return "deny"
	}
}

// writings are the answers by their words.
var writings = map[string]Writing{"deny": WriteDenied, "ask": WriteAsked, "allow": WriteAllowed}

// WriteSpec is a rule on who may write to whom. A condition that is nil holds for everybody.
type WriteSpec struct {
	From, To *CondSpec // on the row of who writes, and of whom they write to
	Answer   string    // allow, ask or deny
	Place    Place
}

// maxRules bounds the rules of a mapping: what they say of a user is kept in the bits of a word.
const maxRules = 64

// rule is a rule on who may write to whom.
type rule struct {
	from, to placed // without a condition: everybody
	answer   Writing
}

// boundRule is a rule whose columns have a place in the row.
type boundRule struct{ from, to *boolean }

// Standing is what the rules on writing say of one user. It belongs to the Directory that made it.
type Standing struct{ from, to matches64 }

// matches64 has for each rule whether its condition holds for a user, or may hold.
type matches64 struct{ holds, unsure uint64 }

// MayChat reports whether the site gives the user the chat: roles, unless there are none, has the user's role, and the permission
// available_chat, where it is mapped, holds. The names of others stay known to those who have the chat.
func (u *User) MayChat(roles []string) bool {
	if len(roles) > 0 && !slices.Contains(roles, u.Role) {
		return false
	}
	for _, p := range u.Permissions {
		if p.Name == availableChat && !p.Allowed {
			return false
		}
	}
	return true
}

// availableChat is the permission without which a user gets no chat at all.
const availableChat = "available_chat"

// MapsWriting reports whether the mapping has rules on who may write to whom.
func (m *Mapping) MapsWriting() bool { return len(m.rules) > 0 }

// MapsAvailable reports whether the mapping says who gets the chat.
func (m *Mapping) MapsAvailable() bool {
	return slices.ContainsFunc(m.rights, func(r right) bool { return r.name == availableChat })
}

// MayWrite tells what the rules of the mapping answer when from wants to write to to. The first rule that fits decides; where none does,
// writing is allowed. A rule that cannot tell, since a condition compares NULL or what cannot be compared, may fit or not: of all answers
// that are possible then the strictest counts. Both users must come from ByID; anybody else is denied as soon as there is a rule.
func (d *Directory) MayWrite(from, to *User) Writing {
	rules := d.mapping.rules
	switch {
	case from == nil || to == nil:
		return WriteDenied
	case len(rules) == 0:
		return WriteAllowed
	case from.Standing == nil || to.Standing == nil:
		return WriteDenied
	}
	strictest := WriteAllowed
	for i := range rules {
		switch f, t := from.Standing.from.of(i), to.Standing.to.of(i); {
		case f == no || t == no:
		case f == yes && t == yes:
			return min(strictest, rules[i].answer)
		default:
			strictest = min(strictest, rules[i].answer)
		}
	}
	return strictest
}

// of is what condition i says.
func (m matches64) of(i int) truth {
	switch bit := uint64(1) << i; {
	case m.holds&bit != 0:
		return yes
	case m.unsure&bit != 0:
		return unknown
	default:
		return no
	}
}

// add notes what condition i says of a row; nil holds for everybody.
func (m *matches64) add(i int, b *boolean, d *decoder, row Row) {
	result := yes
	if b != nil {
		result = b.holds(d, row)
	}
	switch bit := uint64(1) << i; result {
	case yes:
		m.holds |= bit
	case unknown:
		m.unsure |= bit
	case no:
	}
}

// standing is what the rules say of the user of a row.
func (p *plan) standing(d *decoder, row Row) *Standing {
	s := &Standing{}
	for i, r := range p.rules {
		s.from.add(i, r.from, d, row)
		s.to.add(i, r.to, d, row)
	}
	return s
}

// Unsure lists the conditions of rules on writing that cannot tell of this user, where they stand in the mapping.
func (d *Directory) Unsure(u *User) (places []string) {
	if u.Standing == nil {
		return nil
	}
	for i, r := range d.mapping.rules {
		if u.Standing.from.of(i) == unknown {
			places = append(places, r.from.at.Text)
		}
		if u.Standing.to.of(i) == unknown {
			places = append(places, r.to.at.Text)
		}
	}
	return places
}

// write reads the rules on who may write to whom.
func (c *compiler) write(specs []WriteSpec) {
	if len(specs) > maxRules {
		c.fault(specs[maxRules].Place, fmt.Sprintf("is one rule too many: at most %d", maxRules), "join some with and, or and not")
		return
	}
	for _, s := range specs {
		answer, known := writings[s.Answer]
		if !known {
			c.fault(s.Place.in("answer"), fmt.Sprintf("is %q", setting.Clip(s.Answer)), "write allow, ask or deny")
			continue
		}
		r := rule{answer: answer}
		for _, side := range []struct {
			spec *CondSpec
			cond *placed
		}{{s.From, &r.from}, {s.To, &r.to}} {
			if side.spec != nil { // its outcome shows: there is a button or not
				*side.cond = placed{c.answer(*side.spec), side.spec.Place}
			}
		}
		c.m.rules = append(c.m.rules, r)
	}
}

// ruleConditions visits the conditions of the rules.
func (m *Mapping) ruleConditions(visit func(placed)) {
	for _, r := range m.rules {
		for _, p := range []placed{r.from, r.to} {
			if p.boolean != nil {
				visit(p)
			}
		}
	}
}

// rules gives the columns of the rules their places.
func (b *binder) rules() (bound []boundRule) {
	place := func(p placed) *boolean {
		if p.boolean == nil {
			return nil
		}
		return b.boolean(p.boolean)
	}
	for _, r := range b.mapping.rules {
		bound = append(bound, boundRule{place(r.from), place(r.to)})
	}
	return bound
}
