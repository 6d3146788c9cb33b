package session_test

import (
	"strings"
	"testing"

	"github.com/chatpass/chatpass/identity/session"
)

// only is a recipe whose single step is a condition; it names user 1 where that holds.
func only(check string) session.Recipe {
	return session.Recipe{
		Name: "only", Cookie: "c", Read: "php", Needs: []string{"pepper"},
		Steps: []session.Step{{Check: check}}, User: "1",
	}
}

func TestConditionsHold(t *testing.T) {
	o := options(sessions(), map[string]string{"pepper": "right", "empty": ""})
	for _, tt := range []struct{ check, value, want string }{
		{"1 = 1", "x", "1"},
		{"1 = 2", "x", "rejected"},
		{"$value = 'x'", "x", "1"},
		{"$value = 'X'", "x", "rejected"},
		{"$value = 'it''s'", "it's", "1"},
		{"$value in ('a', 'b', 'x')", "x", "1"},
		{"$value in ('a', 'b')", "x", "rejected"},
		{"not $value = 'a'", "x", "1"},
		{"$value = 'a' or $value = 'x' and 2 > 1", "x", "1"},
		{"($value = 'a' or $value = 'x') and 2 < 1", "x", "rejected"},
		{"$value > 9", "10", "1"},
		{"$value > 9", "10x", "rejected"},
		{"not ($value > 9)", "x", "rejected"},
		{"$value > 9", "", "rejected"},
		{"$value >= 0 - 5", "-5", "1"},
		{"$value + 2 * 3 - 1 = 6", "1", "1"},
		{"$value + 1 > 0", "9223372036854775807", "rejected"},
		{"$value * 2 > 0", "9223372036854775807", "rejected"},
		{"$value - 1 < 0", "-9223372036854775808", "rejected"},
		{"$value < now()", "1700000000", "1"},
		{"equal($value, secret('pepper'))", "right", "1"},
		{"equal($value, secret('pepper'))", "righT", "rejected"},
		{"equal($value, '')", "", "rejected"},
		{"not equal($value, '')", "", "1"},
		{"has($value)", "x", "1"},
		{"has($value)", "", "rejected"},
		{"item(split($value, '|', 3), 2) = 'c'", "a|b|c", "1"},
		{"item(split($value, '|', 3), 3) = 'c'", "a|b|c", "rejected"},
		{"item(split($value, '|', 2), 0) = 'a'", "a|b|c", "rejected"},
		{"item(split_first($value, '|', 2), 1) = 'b|c'", "a|b|c", "1"},
		{"json($value, 'a', '1') = 'y'", `{"a":["x","y"]}`, "1"},
		{"json($value, 'a') = 'y'", `{"a":["x","y"]}`, "rejected"},
		{"has(first(json($value, 'b'), 'x'))", `{"a":1}`, "1"},
		{"first(json($value, 'b'), 5) > 4", `{"b":null}`, "1"},
		{"item(json($value), 'a') = 1", `{"a":1}`, "1"},
		{"json($value) = 1", `{"a":1}`, "rejected"},
		{"php($value, 'a') = 'x'", `a:1:{s:1:"a"%3Bs:1:"x"%3B}`, "1"},
		{"php($value, 'a') = 'x'", `O:1:"A":1:{s:1:"a"%3Bs:1:"x"%3B}`, "rejected"},
		{"concat($value, '-', 'b') = 'a-b'", "a", "1"},
		{"substr($value, 1, 2) = 'bc'", "abcd", "1"},
		{"substr($value, 5, 2) = ''", "abcd", "rejected"},
		{"lower($value) = 'abc'", "ABC", "1"},
		{"equal(sha256hex($value), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')", "abc", "1"},
		{"unix($value, 'sql') = 1767225600", "2026-01-01 00:00:00", "1"},
		{"unix($value, 'sql') = 0", "0000-00-00 00:00:00", "rejected"},
		{"cookie('d') = 'e'", "x; d=e", "1"},
		{"cookie('d') = 'e'", "x", "rejected"},
		{"cookie('d') = 'e'", "x; d=e; d=f", "rejected"},
		{"not has(cookie('d'))", "x; d=", "rejected"},
		{"first(cookie('d'), 'none') = 'none'", "x; d=", "1"},
		{"cookie($value) = 'e'", "~.*; d=e", "rejected"},
		{"cookie($value) = 'e'", "d*; d=e", "rejected"},
		{"same_network($ip, '203.0.113.200', 3)", "x", "1"},
		{"same_network($ip, '203.0.114.9', 3)", "x", "rejected"},
		{"$host = 'example.com' and $cookie = 'c'", "x", "1"},
		{"when(1 = 1, 'a', 'b') = 'a' and when(1 = 2, 'a', 'b') = 'b'", "x", "1"},
		{"$raw = '%41' and $value = 'A'", "%41", "1"},
	} {
		t.Run(tt.check+" of "+tt.value, func(t *testing.T) {
			if got := ask(t, open(t, o, only(tt.check)), "c="+tt.value); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestExpressionsThatAreRefused(t *testing.T) {
	for _, tt := range []struct{ check, want string }{
		{"", "exactly one of"},
		{"$value", "a value where a condition belongs"},
		{"$value = (1 = 1)", "a condition where a value belongs"},
		{"$other = 1", "names $other"},
		{"nosuch(1) = 1", "is no function"},
		{"splt($value, 'x', 1) = 1", "did you mean split?"},
		{"split($value, 'x') = 1", "takes split(text, separator, parts)"},
		{"secret('pepper') = $value", "compares a secret"},
		{"concat(secret('pepper'), 'x') != $value", "compares a secret"},
		{"$value in (sha256hex($value))", "compares a secret"},
		{"equal(secret('salt'), $value)", "uses the secret salt"},
		{"equal(secret($value), $value)", "takes the name of a secret"},
		{"has(laravel($value, $cookie, $value))", "takes the name of a secret first"},
		{"has(laravel('pepper', $cookie, $value))", "cannot use the secret pepper"},
		{"php_session($value, 'yaml', 'a') = 1", "must be one of"},
		{"unix($value, $cookie) = 1", "must be one of"},
		{"1 = 1 1", "goes on with"},
		{"(1 = 1", "not closed"},
		{"has($value", "not closed"},
		{"$value = 'x", "closing quote"},
		{"$value = 1x", "no whole number"},
		{"$value = #", "means nothing"},
		{"$ = 1", "without a name"},
		{"1 =", "ends where a value belongs"},
		{"value = 1", "where a value belongs"},
		{strings.Repeat("(", 200) + "1 = 1" + strings.Repeat(")", 200), "nested more than"},
		{strings.Repeat("not ", 200) + "1 = 1", "nested more than"},
		{"1 = 1" + strings.Repeat(" ", 2000), "longer than 1024"},
		{"1 in (" + strings.Repeat("1,", 300) + "1)", "more than 256 parts"},
	} {
		t.Run(tt.check, func(t *testing.T) {
			_, faults := session.New([]session.Recipe{only(tt.check)}, options(sessions(), map[string]string{"pepper": "right"}))
			if len(faults) != 1 || !strings.Contains(faults[0].String(), tt.want) {
				t.Errorf("faults %v, want one with %q", faults, tt.want)
			}
		})
	}
}

func TestASecretStaysOneWhereverItGoes(t *testing.T) {
	c := only("$b = 'x'")
	c.Steps = append([]session.Step{{Set: [][2]string{{"a", "secret('pepper')"}, {"b", "concat($a, '')"}}}}, c.Steps...)
	if faults := session.Check([]session.Recipe{c}); len(faults) != 1 || !strings.Contains(faults[0].String(), "compares a secret") {
		t.Errorf("a variable made of a secret: %v", faults)
	}
	c = plain()
	c.Steps[0].Row.Take = append(c.Steps[0].Row.Take, [2]string{"hash", "password_hash"})
	c.Steps = append(c.Steps, session.Step{Check: "$hash = $value"})
	if faults := session.Check([]session.Recipe{c}); len(faults) != 1 || !strings.Contains(faults[0].String(), "compares a secret") {
		t.Errorf("a column that looks like a secret: %v", faults)
	}
}

func TestRecipesThatAreRefused(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		spoil      func(*session.Recipe)
	}{
		{"no name", "name is missing", func(r *session.Recipe) { r.Name = "" }},
		{"no cookie", "cookie:", func(r *session.Recipe) { r.Cookie = "" }},
		{"a broken pattern", "cookie:", func(r *session.Recipe) { r.Cookie = "~(" }},
		{"an unknown reading", "cookie:", func(r *session.Recipe) { r.Read = "json" }},
		{"no user", "user", func(r *session.Recipe) { r.User = "" }},
		{"a stand-in for nothing", "no recipe above", func(r *session.Recipe) { r.Instead = "other" }},
		{"a step of nothing", "exactly one", func(r *session.Recipe) { r.Steps = append(r.Steps, session.Step{}) }},
		{"a step of two things", "exactly one", func(r *session.Recipe) { r.Steps = append(r.Steps, session.Step{Check: "1 = 1", Guest: "1 = 1"}) }},
		{"a column with blanks", "no plain name", func(r *session.Recipe) { r.Steps[0].Row.By[0] = "a b" }},
		{"a table that is SQL", "no plain name", func(r *session.Recipe) { r.Steps[0].Row.Tables = []string{"a; drop"} }},
		{"an unknown variable of a table", "vars does not know", func(r *session.Recipe) { r.Steps[0].Row.Tables = []string{"{x}a"} }},
		{"what the visitor sent", "is not set", func(r *session.Recipe) { r.Steps[0].Row.Take[0][0] = "value" }},
		{"more steps than anybody needs", "more than 32", func(r *session.Recipe) {
			for range 40 {
				r.Steps = append(r.Steps, session.Step{Check: "1 = 1"})
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := plain()
			tt.spoil(&r)
			_, faults := session.New([]session.Recipe{r}, options(sessions(), nil))
			if len(faults) == 0 || !strings.Contains(faults[0].String(), tt.want) {
				t.Errorf("faults %v, want one with %q", faults, tt.want)
			}
		})
	}
	if _, faults := session.New([]session.Recipe{plain(), plain()}, options(sessions(), nil)); len(faults) != 1 {
		t.Errorf("two recipes of one name: %v", faults)
	}
	if _, faults := session.New(nil, session.Options{}); len(faults) != 1 {
		t.Errorf("no options: %v", faults)
	}
}

func FuzzExpression(f *testing.F) {
	for _, seed := range []string{
		"1 = 1", "equal($value, secret('pepper'))", "item(split($value, '|', 4), 0) = 'x' and not ($value in (1, 'a''b'))", "when(has($value), $value, '') < now() + 2 * 3",
		"php($value, 'a', 'b') = json($value)", "first(php_session($value, 'php_binary', 'a'), unix($value, 'sql', 'site')) >= -1", "((((", "laravel('pepper', $cookie, $value)",
	} {
		f.Add(seed, "a|b|c|d")
		f.Add(seed, `{"a":{"b":1}}`)
	}
	f.Fuzz(func(t *testing.T, check, value string) {
		o := options(sessions(), map[string]string{"pepper": "right"})
		r, faults := session.New([]session.Recipe{only(check)}, o)
		if len(faults) > 0 {
			return
		}
		if got := ask(t, r, "c="+value); got != "1" && got != "rejected" && got != "none" {
			t.Errorf("%q of %q gives %s", check, value, got)
		}
	})
}
