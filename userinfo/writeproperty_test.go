package userinfo_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

// guess is a condition of a random rule: how it is written, and what it says of a row (nil: it cannot tell).
type guess struct {
	text string
	says func(row map[string]any) *bool
}

func certain(b bool) *bool { return &b }

// leaf is a comparison of one column.
func leaf(r *rand.Rand) guess {
	n := r.IntN(4)
	number := func(row map[string]any) (int, bool) {
		text, ok := row["a"].(string)
		v, _ := strconv.Atoi(text)
		return v, ok
	}
	compare := func(op string, holds func(v int) bool) guess {
		return guess{fmt.Sprintf("a %s %d", op, n), func(row map[string]any) *bool {
			v, ok := number(row)
			if !ok {
				return nil
			}
			return certain(holds(v))
		}}
	}
	switch r.IntN(8) {
	case 0:
		return compare("=", func(v int) bool { return v == n })
	case 1:
		return compare("!=", func(v int) bool { return v != n })
	case 2:
		return compare("<", func(v int) bool { return v < n })
	case 3:
		return compare(">=", func(v int) bool { return v >= n })
	case 4:
		return guess{"a is null", func(row map[string]any) *bool { return certain(row["a"] == nil) }}
	case 5:
		return guess{"not empty(b)", func(row map[string]any) *bool { return certain(row["b"] != nil && row["b"] != "") }}
	case 6:
		word := string("xyz"[r.IntN(3)])
		return guess{"b in ('" + word + "', 'q')", func(row map[string]any) *bool {
			if row["b"] == nil {
				return nil
			}
			return certain(row["b"] == word)
		}}
	default:
		return guess{"b like 'x%'", func(row map[string]any) *bool {
			text, ok := row["b"].(string)
			if !ok {
				return nil
			}
			return certain(strings.HasPrefix(text, "x"))
		}}
	}
}

// compound joins comparisons. What cannot be told is held to be both, and counts only if that makes a difference.
func compound(r *rand.Rand, depth int) guess {
	if depth == 0 || r.IntN(3) == 0 {
		return leaf(r)
	}
	if r.IntN(3) == 0 {
		kid := compound(r, depth-1)
		return guess{"not (" + kid.text + ")", func(row map[string]any) *bool {
			if v := kid.says(row); v != nil {
				return certain(!*v)
			}
			return nil
		}}
	}
	left, right := compound(r, depth-1), compound(r, depth-1)
	word, end := "and", false // one false decides an and, one true an or
	if r.IntN(2) == 0 {
		word, end = "or", true
	}
	return guess{"(" + left.text + ") " + word + " (" + right.text + ")", func(row map[string]any) *bool {
		a, b := left.says(row), right.says(row)
		switch {
		case a != nil && *a == end, b != nil && *b == end:
			return certain(end)
		case a == nil || b == nil:
			return nil
		default:
			return certain(!end)
		}
	}}
}

// guessedRule is a random rule; a nil condition is left out.
type guessedRule struct {
	from, to *guess
	answer   string
}

func guessRule(r *rand.Rand) guessedRule {
	rule := guessedRule{answer: []string{"allow", "ask", "deny"}[r.IntN(3)]}
	for _, side := range []**guess{&rule.from, &rule.to} {
		if r.IntN(3) > 0 {
			g := compound(r, 2)
			*side = &g
		}
	}
	return rule
}

// possible are all answers that rules may give: whoever cannot tell is tried both ways, one after the other.
func possible(rules []guessedRule, from, to map[string]any) map[string]bool {
	if len(rules) == 0 {
		return map[string]bool{"allow": true}
	}
	ways := func(g *guess, row map[string]any) []bool {
		if g == nil {
			return []bool{true}
		}
		if v := g.says(row); v != nil {
			return []bool{*v}
		}
		return []bool{true, false}
	}
	all := map[string]bool{}
	for _, f := range ways(rules[0].from, from) {
		for _, t := range ways(rules[0].to, to) {
			if f && t {
				all[rules[0].answer] = true
				continue
			}
			for answer := range possible(rules[1:], from, to) {
				all[answer] = true
			}
		}
	}
	return all
}

func TestRandomRulesOnWritingAnswerAsANaiveReadingOfThem(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 4))
		var rules []guessedRule
		text := "users: { table: t, key: id }\nfields: { name: \"'x'\" }\nwrite:\n"
		for range 1 + r.IntN(5) {
			rule := guessRule(r)
			rules = append(rules, rule)
			text += "  - { answer: " + rule.answer
			for name, side := range map[string]*guess{"from": rule.from, "to": rule.to} {
				if side != nil {
					text += fmt.Sprintf(", %s: %q", name, side.text)
				}
			}
			text += " }\n"
		}
		from := &source{tables: map[string]*table{"t": {columns: []userinfo.Column{col("id", userinfo.ColumnUint), col("a", userinfo.ColumnInt), col("b", userinfo.ColumnText)}}}}
		var ids []userinfo.ID
		var rows []map[string]any
		for i := range 4 {
			row := map[string]any{"a": nil, "b": nil}
			if r.IntN(3) > 0 {
				row["a"] = strconv.Itoa(r.IntN(4))
			}
			if r.IntN(3) > 0 {
				row["b"] = []string{"", "x", "y", "z"}[r.IntN(4)]
			}
			rows = append(rows, row)
			ids = append(ids, userinfo.ID(strconv.Itoa(i+1)))
			from.tables["t"].rows = append(from.tables["t"].rows, []any{string(ids[i]), row["a"], row["b"]})
		}
		d := site(t, text, userinfo.Settings{}, from)
		users, err := d.ByID(t.Context(), ids...)
		if err != nil || len(users) != len(ids) {
			t.Fatalf("%d users, %v with\n%s", len(users), err, text)
		}
		for i := range users {
			for j := range users {
				want := "allow"
				answers := possible(rules, rows[i], rows[j])
				for _, strict := range []string{"ask", "deny"} {
					if answers[strict] {
						want = strict
					}
				}
				if got := d.MayWrite(&users[i], &users[j]).String(); got != want {
					t.Errorf("seed %d: %v to %v: %s, want %s by\n%s", seed, rows[i], rows[j], got, want, text)
				}
				seen[want]++
				if len(answers) > 1 {
					seen["unsure"]++
				}
			}
		}
	}
	for _, what := range []string{"allow", "ask", "deny", "unsure"} {
		if seen[what] < 300 {
			t.Errorf("%s was tried %d times only", what, seen[what])
		}
	}
}
