package detect

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Guess is a proposal for a site nobody knows, in the words of the CHATPASS_USERS_* variables. Empty means that nothing was found.
type Guess struct {
	Table      string
	ID         string
	Name       string // a column, alternatives ("nick ?? login") or first and last name ("{vorname} {nachname}")
	Avatar     string
	ProfileURL string
	Email      string
	LastLogin  string
	Where      string   // conditions that leave banned and deleted users out
	Reasons    []string // what speaks for it and what was left out, one sentence each
	Score      float64  // the higher the surer
}

// maxGuesses is how many tables a person wants to choose from.
const maxGuesses = 5

// leastScore is below what any table of users reaches: a key, an e-mail address and a name under an unknown name of the table.
const leastScore = 6

// Points of a table, by what speaks for and against its being the users'.
const (
	pointsPassword = 5.0 // people who log in
	pointsEmail    = 3.0
	pointsName     = 3.0
	pointsNoName   = -3.0
	pointsSeen     = 2.0
	pointsAvatar   = 1.0
	pointsState    = 1.0
	pointsUsers    = 4.0 // by the table's name
	pointsPeople   = 2.0
	pointsStaff    = -3.0
	pointsSide     = -5.0
	pointsOwned    = -3.0 // rows that belong to rows of another table
	pointsEmpty    = -1.0 // an estimate, that may be old
	mostForRows    = 2.0
)

// Guesses proposes which table may hold the users of a home-made site and which of its columns mean what; best first, at most five.
// No column that looks like a secret is ever proposed, nor one whose name a mapping could not hold. Without a column for the key a
// table is not proposed; a name may be missing.
func Guesses(tables []Table) []Guess {
	type scored struct {
		Guess
		rows int64
	}
	var found []scored
	for i := range tables {
		if !plain(tables[i].Name) {
			continue
		}
		if g, ok := guess(&tables[i]); ok {
			found = append(found, scored{g, tables[i].Rows})
		}
	}
	slices.SortFunc(found, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.rows, a.rows), cmp.Compare(a.Table, b.Table))
	})
	guesses := make([]Guess, 0, min(len(found), maxGuesses))
	for _, s := range found[:min(len(found), maxGuesses)] {
		guesses = append(guesses, s.Guess)
	}
	return guesses
}

// guess reads one table.
func guess(t *Table) (Guess, bool) {
	r := read(t)
	key, why := r.key()
	if key == nil {
		return Guess{}, false
	}
	g := Guess{Table: t.Name, ID: key.Name}
	g.judgeTable(t)
	g.because(0, "%q is the key: %s", key.Name, why)
	var evidence int
	g.Name = r.name()
	if g.Name != "" {
		evidence++
		g.because(pointsName, "the name is %s", g.Name)
	} else {
		g.because(pointsNoName, "no column looks like a name")
	}
	if c := r.email; c != nil {
		evidence++
		g.Email = c.Name
		g.because(pointsEmail, "%q looks like the e-mail address", c.Name)
	}
	if len(r.passwords) > 0 {
		evidence++
		g.because(pointsPassword, "%q looks like a password, which is never read", r.passwords[0])
	}
	g.rest(r)
	if r.owner != "" && r.owner != key.Name && len(r.passwords) == 0 {
		g.because(pointsOwned, "%q says that its rows belong to another table", r.owner)
	}
	return g, evidence >= 2 && g.Score >= leastScore
}

// rest adds what a mapping can do without.
func (g *Guess) rest(r *reading) {
	if c := r.avatar; c != nil {
		g.Avatar = c.Name
		g.because(pointsAvatar, "%q looks like the picture", c.Name)
	}
	if c := r.profile; c != nil {
		g.ProfileURL = c.Name
		g.because(0, "%q looks like the address of the profile", c.Name)
	}
	if c := r.seen; c != nil {
		g.LastLogin = c.Name
		g.because(pointsSeen, "%q looks like the last visit", c.Name)
	}
	if len(r.where) > 0 {
		g.Where = strings.Join(r.where, "; ")
		g.because(pointsState, "%s leaves hidden users out", g.Where)
	}
	g.Reasons = append(g.Reasons, r.notes...)
}

func (g *Guess) because(points float64, format string, args ...any) {
	g.Score += points
	g.Reasons = append(g.Reasons, fmt.Sprintf(format, args...))
}

// judgeTable weighs the table's name and size.
func (g *Guess) judgeTable(t *Table) {
	list := words(t.Name)
	in := func(set map[string]bool) bool {
		return slices.ContainsFunc(list, func(w string) bool { return set[w] })
	}
	switch {
	case in(userSet) || slices.ContainsFunc(list, endsInUsers):
		g.because(pointsUsers, "the name of the table says users")
	case in(personSet):
		g.because(pointsPeople, "the name of the table says people")
	}
	if in(staffSet) {
		g.because(pointsStaff, "the name of the table says those who run the site")
	}
	if i := slices.IndexFunc(list, func(w string) bool { return sideSet[w] }); i >= 0 {
		g.because(pointsSide, "%q in the name of the table says something beside users", list[i])
	}
	switch {
	case t.Rows == 0:
		g.because(pointsEmpty, "the table seems to be empty")
	case t.Rows > 0:
		g.because(min(mostForRows, math.Log10(float64(t.Rows))/2), "rows, about: %s", grouped(t.Rows))
	}
}

// endsInUsers finds tblusers and siteuser, whose words nothing parts.
func endsInUsers(word string) bool {
	for _, end := range []string{"users", "user", "members", "member", "accounts", "benutzer", "mitglieder"} {
		if strings.HasSuffix(word, end) {
			return true
		}
	}
	return false
}

// grouped writes a number with commas.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
