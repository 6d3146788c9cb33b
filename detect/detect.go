// Package detect recognises a site's platform by the names of its tables and columns, and proposes a mapping where it knows none.
//
// [Platforms] compares a database with the rules of the presets ([preset.Detect]): a table whose name ends as the rule says and has
// its columns, and companions of the same prefix. [Guesses] looks for what a home-made users table would be, by a dictionary in ten
// languages. Both see names and types only, never a row.
package detect

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/userinfo"
)

// Table is a table or view of the site's database.
type Table struct {
	Name    string
	Columns []Column
	Rows    int64 // an estimate; −1 unknown
}

// Column is a column of a table. Of userinfo.Column, names, types and keys count.
type Column struct {
	userinfo.Column
	Charset string // as the database calls it; "" unknown
}

// Rule is how one platform is recognised. An Anchor "*" is any table, "user ?? mwuser" one of several. A name in Companions or an Anchor
// that begins with "=" is the whole name and no end of one; a companion's may have the prefix of the users table before it
// nevertheless, since a platform that is given a prefix gives it to all of its tables. A rule without Anchor or without Columns
// recognises nothing.
type Rule struct {
	Name string // the preset's
	preset.Detect
}

// Match is a platform that was found.
type Match struct {
	Preset     string
	Prefix     string // of its tables, as the database spells it; may be empty and need not end in _
	UsersTable string
	Score      float64 // the higher the surer; comparable between matches of one database
}

// Points, by cms.md §5.1: what a rule's columns say counts once each, and companions far more than their absence can be explained by.
const (
	pointsAnchor    = 2   // a named anchor; a rule for any table has none, so that Django's own auth_user wins over a custom one
	pointsColumn    = 1   // each required column: the more a rule asks, the less is it chance
	pointsCompanion = 3   // with the same prefix
	pointsElsewhere = 0.5 // with another prefix: a users table shared by two installs
	pointsMissing   = -4
)

// anyTable is the anchor of rules for users tables that a site names itself.
const anyTable = "*"

// Platforms lists the platforms whose tables are there, best first: each users table once, as what it most looks like (ties go to
// the higher Rank, then to the name that comes first). Several installs in one database are several matches; of equal ones that with
// more rows comes first. The tables may come in any order.
func Platforms(tables []Table, rules []Rule) []Match {
	ix := newIndex(tables)
	var found []candidate
	for i := range ix.tables {
		if best, ok := ix.best(&ix.tables[i], rules); ok {
			found = append(found, best)
		}
	}
	slices.SortFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.rows, a.rows),
			cmp.Compare(a.UsersTable, b.UsersTable), cmp.Compare(a.Preset, b.Preset))
	})
	matches := make([]Match, len(found))
	for i, c := range found {
		matches[i] = c.Match
	}
	return matches
}

// candidate is a match and what breaks ties.
type candidate struct {
	Match
	rank int
	rows int64
}

// index is the tables by lower-case name.
type index struct {
	tables []entry
	byName map[string][]int // several on a server that tells cases apart
}

type entry struct {
	*Table
	low     string
	columns map[string]bool // lower-case
}

func newIndex(tables []Table) *index {
	ix := &index{tables: make([]entry, len(tables)), byName: make(map[string][]int, len(tables))}
	for i := range tables {
		e := entry{Table: &tables[i], low: lower(tables[i].Name), columns: make(map[string]bool, len(tables[i].Columns))}
		for _, c := range tables[i].Columns {
			e.columns[lower(c.Name)] = true
		}
		ix.tables[i] = e
		ix.byName[e.low] = append(ix.byName[e.low], i)
	}
	return ix
}

// lower folds ASCII only, as identifiers of platforms are: other folding may change the length of a name.
func lower(s string) string {
	for i := range len(s) {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

func (e *entry) has(columns []string) bool {
	for _, c := range columns {
		if !e.columns[lower(c)] {
			return false
		}
	}
	return true
}

// best is the rule that fits a table best.
func (ix *index) best(e *entry, rules []Rule) (candidate, bool) {
	var best candidate
	found := false
	for i := range rules {
		c, ok := ix.match(e, &rules[i])
		if !ok {
			continue
		}
		if !found || cmp.Or(cmp.Compare(c.Score, best.Score), cmp.Compare(c.rank, best.rank), cmp.Compare(best.Preset, c.Preset)) > 0 {
			best, found = c, true
		}
	}
	return best, found
}

// match tries one rule on one table, by the anchor that fits best.
func (ix *index) match(e *entry, r *Rule) (best candidate, found bool) {
	if len(r.Columns) == 0 || !e.has(r.Columns) {
		return candidate{}, false
	}
	for anchor := range strings.SplitSeq(r.Anchor, "??") {
		if prefix, ok := split(e, strings.TrimSpace(anchor)); ok {
			if c, ok := ix.weigh(e, r, prefix); ok && (!found || c.Score > best.Score) {
				best, found = c, true
			}
		}
	}
	return best, found
}

// weigh counts the points of a rule that fits with a prefix.
func (ix *index) weigh(e *entry, r *Rule, prefix string) (candidate, bool) {
	score := float64(len(r.Columns)) * pointsColumn
	if r.Anchor != anyTable {
		score += pointsAnchor
	}
	same, elsewhere := 0, 0
	for name, columns := range r.Companions {
		switch ix.companion(name, columns, lower(prefix)) {
		case pointsCompanion:
			same++
		case pointsElsewhere:
			elsewhere++
		}
	}
	switch total := len(r.Companions); {
	case total > 0 && same+elsewhere == 0:
		return candidate{}, false
	case !endsClean(prefix) && (total == 0 || same < total):
		// my_superusers: the name may end so by chance, unless all the others begin alike
		return candidate{}, false
	default:
		score += pointsCompanion*float64(same) + pointsElsewhere*float64(elsewhere) + pointsMissing*float64(total-same-elsewhere)
	}
	return candidate{Match{Preset: r.Name, Prefix: prefix, UsersTable: e.Name, Score: score}, r.Rank, e.Rows}, true
}

// split takes the anchor from the end of a table's name.
func split(e *entry, anchor string) (prefix string, ok bool) {
	if anchor == anyTable {
		return "", true
	}
	low := lower(anchor)
	if name, whole := strings.CutPrefix(low, "="); whole {
		return "", name != "" && e.low == name
	}
	if low == "" || !strings.HasSuffix(e.low, low) {
		return "", false
	}
	return e.Name[:len(e.Name)-len(low)], true
}

// endsClean tells that a prefix is empty or ends where a word ends.
func endsClean(prefix string) bool {
	if prefix == "" {
		return true
	}
	c := prefix[len(prefix)-1]
	return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80)
}

// companion tells the points for a companion: where it is, if it is.
func (ix *index) companion(name string, columns []string, prefix string) float64 {
	low, fixed := strings.CutPrefix(lower(name), "=")
	if ix.named(prefix+low, columns) || fixed && ix.named(low, columns) {
		return pointsCompanion
	}
	if fixed || low == "" {
		return pointsMissing
	}
	for i := range ix.tables {
		e := &ix.tables[i]
		if rest, ok := strings.CutSuffix(e.low, low); ok && endsClean(rest) && e.has(columns) {
			return pointsElsewhere
		}
	}
	return pointsMissing
}

func (ix *index) named(low string, columns []string) bool {
	return slices.ContainsFunc(ix.byName[low], func(i int) bool { return ix.tables[i].has(columns) })
}
