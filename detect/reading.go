package detect

import (
	"fmt"
	"strings"

	"github.com/chatpass/chatpass/userinfo"
)

// reading is what the columns of a table seem to hold.
type reading struct {
	table     *Table
	shared    string
	email     *Column
	shown     *Column
	full      *Column
	login     *Column
	first     *Column
	last      *Column
	avatar    *Column
	profile   *Column
	seen      *Column
	owner     string
	passwords []string
	where     []string
	notes     []string

	costs map[kind]int
	keys  map[*Column]int // columns whose name is a key's, and their place in the dictionary
}

// formCost is how much worse each further form of a name is; about the length of a line of the dictionary.
const formCost = 10

// read looks every column up.
func read(t *Table) *reading {
	r := &reading{table: t, shared: sharedWord(t), costs: map[kind]int{}, keys: map[*Column]int{}}
	for i := range t.Columns {
		c := &t.Columns[i]
		if !plain(c.Name) {
			continue
		}
		all := forms(c.Name, r.shared)
		if isSecret(c.Name, all) {
			if isPassword(c.Name, all) {
				r.passwords = append(r.passwords, c.Name)
			}
			continue
		}
		seen := map[kind]bool{}
		for cost, form := range all {
			for _, p := range columnKinds[spelling.Replace(form)] {
				if !seen[p.kind] {
					seen[p.kind] = true
					r.take(c, p.kind, p.rank+formCost*cost)
				}
			}
		}
	}
	return r
}

// isSecret tells of a column that must not be proposed.
func isSecret(name string, all []string) bool {
	if userinfo.LooksSecret(name) {
		return true
	}
	for _, form := range all {
		if secretSet[form] {
			return true
		}
	}
	return false
}

// isPassword tells of a secret that it is what people log in with.
func isPassword(name string, all []string) bool {
	low := lower(name)
	for _, part := range []string{"reset", "token", "old", "hint"} {
		if strings.Contains(low, part) {
			return false
		}
	}
	for _, form := range all {
		if passSet[form] || strings.Contains(form, "pass") || strings.Contains(form, "pwd") || form == "pw" || form == "psw" || strings.HasSuffix(form, "hash") {
			return true
		}
	}
	return false
}

// take notes a column for what its name says, if its type can hold that.
func (r *reading) take(c *Column, k kind, cost int) {
	better := func(slot **Column) {
		if *slot == nil || cost < r.costs[k] {
			*slot, r.costs[k] = c, cost
		}
	}
	text := c.Type == userinfo.ColumnText || c.Type == userinfo.ColumnBytes && !isBlob(c)
	switch k {
	case kindKey:
		r.keys[c] = cost
	case kindOwner:
		if r.owner == "" {
			r.owner = c.Name
		}
	case kindAvatar:
		switch {
		case text:
			better(&r.avatar)
		case c.Type != userinfo.ColumnBool:
			r.notes = append(r.notes, fmt.Sprintf("%q is not used as the picture: %s is no address", c.Name, typeWords(c)))
		}
	case kindSeen:
		if c.Type != userinfo.ColumnBool && c.Type != userinfo.ColumnOther && c.Type != userinfo.ColumnUUID && !isBlob(c) {
			better(&r.seen)
		}
	case kindGone, kindActive, kindState:
		r.condition(c, k)
	default:
		if slot := r.slot(k); slot != nil && text {
			better(slot)
		}
	}
}

// slot is where a text of this kind is noted.
func (r *reading) slot(k kind) **Column {
	switch k {
	case kindEmail:
		return &r.email
	case kindShown:
		return &r.shown
	case kindFull:
		return &r.full
	case kindLogin:
		return &r.login
	case kindFirst:
		return &r.first
	case kindLast:
		return &r.last
	case kindProfile:
		return &r.profile
	default:
		return nil
	}
}

func isBlob(c *Column) bool {
	low := lower(c.DBType)
	return strings.Contains(low, "blob") && low != "tinyblob" || low == "bytea"
}

// typeWords names a type to a person.
func typeWords(c *Column) string {
	switch {
	case c.Type == userinfo.ColumnInt || c.Type == userinfo.ColumnUint || c.Type == userinfo.ColumnNumber:
		return "a number"
	case isBlob(c):
		return "a binary file"
	case c.DBType != "":
		return c.DBType
	default:
		return "its type"
	}
}

// lastToo are words that mean the whole name, unless there is a column for the first name: vorname, name.
var lastToo = set("name nom naam")

// name is the text for CHATPASS_USERS_NAME: what is made to be shown before the whole name, the login before the names of a passport.
func (r *reading) name() string {
	full, last := r.full, r.last
	if full != nil && (full == r.first || full == last) && r.first != nil && last != nil {
		full = nil
	}
	if last == nil && full != nil && r.first != nil && full != r.first && r.isOneOf(full, lastToo) {
		last, full = full, nil
	}
	best := full
	if r.shown != nil {
		best = r.shown
	}
	switch {
	case best != nil && r.login != nil && r.login != best:
		return best.Name + " ?? " + r.login.Name
	case best != nil:
		return best.Name
	case r.login != nil:
		return r.login.Name
	case r.first != nil && last != nil && r.first != last:
		return "{" + r.first.Name + "} {" + last.Name + "}"
	case r.first != nil:
		return r.first.Name
	case last != nil:
		return last.Name
	default:
		return ""
	}
}

func (r *reading) isOneOf(c *Column, set map[string]bool) bool {
	for _, form := range forms(c.Name, r.shared) {
		if set[form] {
			return true
		}
	}
	return false
}

// Weights of what makes a column the key; a column needs an index of its own or a key's name.
const (
	keyUnique  = 400
	keyNamed   = 300 // less its place in the dictionary
	keyNamedID = 200 // a table that has id has given it to the key
	keyInteger = 150 // integer before text: an account's number before its login
	keyUUID    = 120
	keyFirst   = 20
)

// longestKey is the most characters of a text key: a hash in hexadecimal.
const longestKey = 64

// key picks the column users are known by.
func (r *reading) key() (best *Column, why string) {
	most := 0
	for i := range r.table.Columns {
		c := &r.table.Columns[i]
		cost, named := r.keys[c]
		if !plain(c.Name) || !c.Unique && !named || isSecret(c.Name, forms(c.Name, r.shared)) || c == r.email || c == r.avatar {
			continue
		}
		points, what := keyType(c)
		if points < 0 {
			continue
		}
		if named {
			points += keyNamed - min(cost, keyNamed-1)
			if cost == 0 {
				points += keyNamedID
			}
		}
		if c.Unique {
			points += keyUnique
			what += " with an index of its own"
		} else {
			what += ", but nothing keeps two rows from having the same"
		}
		if i == 0 {
			points += keyFirst
		}
		if points > most {
			best, why, most = c, what, points
		}
	}
	return best, why
}

// keyType tells what a column of this type is worth as a key, negative if it cannot be one.
func keyType(c *Column) (points int, what string) {
	switch c.Type {
	case userinfo.ColumnInt, userinfo.ColumnUint:
		return keyInteger, "an integer"
	case userinfo.ColumnUUID:
		return keyUUID, "a UUID"
	case userinfo.ColumnText:
		if c.Size > longestKey {
			return 0, "a text"
		}
		if c.Size == 36 {
			return keyUUID, "a text of 36 characters, as UUIDs have"
		}
		return 10, "a short text"
	case userinfo.ColumnBytes:
		if c.Size == 16 {
			return keyUUID, "16 bytes, as UUIDs have"
		}
		return -1, ""
	default:
		return -1, ""
	}
}
