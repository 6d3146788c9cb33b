package detect

import (
	"fmt"
	"strings"

	"github.com/chatpass/chatpass/userinfo"
)

// maxConditions bounds the conditions of a guess: more columns that hide a user are a table of something else.
const maxConditions = 4

// condition adds what a column says about users nobody should see, where its type leaves no doubt; else a note.
func (r *reading) condition(c *Column, k kind) {
	text, ok := condition(c, k)
	switch {
	case ok && len(r.where) < maxConditions:
		r.where = append(r.where, text)
	case !ok && k != kindState:
		r.notes = append(r.notes, fmt.Sprintf("%q may tell who is hidden, but not by which value", c.Name))
	case !ok:
		r.notes = append(r.notes, fmt.Sprintf("%q may tell by one of its values who is hidden", c.Name))
	}
}

func condition(c *Column, k kind) (string, bool) {
	if values := enumValues(c.DBType); len(values) > 0 {
		return enumCondition(c.Name, k, values)
	}
	if k == kindState {
		return "", false
	}
	gone := k == kindGone
	switch c.Type {
	case userinfo.ColumnBool:
		return c.Name + choose(gone, " = false", " = true"), true
	case userinfo.ColumnInt, userinfo.ColumnUint:
		if isMoment(c.Name) { // seconds, and nobody knows whether 0 or NULL means never
			return "", false
		}
		return c.Name + choose(gone, " = 0", " = 1"), true
	case userinfo.ColumnTime, userinfo.ColumnTimestamp, userinfo.ColumnDate:
		return c.Name + choose(gone, " is null", " is not null"), true
	default:
		return "", false
	}
}

func choose(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// isMoment tells that a name speaks of a time: deleted_at, ban_date.
func isMoment(name string) bool {
	list := words(name)
	return len(list) > 1 && list[len(list)-1] != "on" && (fillersBehind[list[len(list)-1]] || fillersBehind[list[0]])
}

func enumCondition(name string, k kind, values []string) (string, bool) {
	wanted := activeSet
	switch k {
	case kindGone:
		wanted = noSet
	case kindActive:
		wanted = yesSet
	}
	for _, v := range values {
		if wanted[lower(v)] {
			return name + " = '" + v + "'", true
		}
	}
	return "", false
}

// enumValues are the values of MySQL's enum('a','b') that are plain words; of a set or another type none.
func enumValues(dbType string) []string {
	if len(dbType) < len("enum()") || lower(dbType[:len("enum(")]) != "enum(" {
		return nil
	}
	var values []string
	for part := range strings.SplitSeq(strings.TrimSuffix(dbType[len("enum("):], ")"), ",") {
		v, ok := strings.CutPrefix(strings.TrimSpace(part), "'")
		if !ok {
			continue
		}
		if v, ok = strings.CutSuffix(v, "'"); ok && plain(v) {
			values = append(values, v)
		}
	}
	return values
}
