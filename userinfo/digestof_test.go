package userinfo_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/userinfo"
)

// vaults are two tables of passwords beside the users.
func vaults() *source {
	s := locked()
	for i, name := range []string{"vault", "safe"} {
		key := col("user_id", userinfo.ColumnUint)
		key.Unique = i == 0
		s.tables[name] = &table{
			columns: []userinfo.Column{key, col("hash", userinfo.ColumnText), col("k", userinfo.ColumnText), col("at", userinfo.ColumnUint), col("other_id", userinfo.ColumnUint)},
			rows:    [][]any{{"1", "$2y$vault", "hash", "7", "1"}},
		}
	}
	s.tables["people"] = s.tables["members"]
	return s
}

// digestsBy is the digest of user 1 where passwords are mapped so.
func digestsBy(t *testing.T, spec userinfo.Spec, s userinfo.Settings, from *source) string {
	t.Helper()
	s.Private = []userinfo.PrivateField{{Name: userinfo.PasswordField}}
	m, faults := userinfo.NewMapping(&spec, s)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	d, err := userinfo.NewDirectory(m, from, userinfo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := passwordOf(t, d, "1")
	if len(got) <= passmark.DigestOf {
		t.Fatalf("digest %q", got)
	}
	return got
}

// of maps passwords to an expression of a mapping file.
func of(e userinfo.ExprSpec, joins ...userinfo.JoinSpec) userinfo.Spec {
	return userinfo.Spec{Private: []userinfo.FieldSpec{{Name: userinfo.PasswordField, Expr: e}}, Joins: joins}
}

func asWritten(s string) userinfo.ExprSpec { return userinfo.ExprSpec{Text: s} }

func vault(change func(*userinfo.JoinSpec)) userinfo.JoinSpec {
	j := userinfo.JoinSpec{As: "v", Tables: []string{"vault"}, Column: "user_id", Ref: "id", Kind: userinfo.JoinOne}
	if change != nil {
		change(&j)
	}
	return j
}

func TestAnEditedMappingIsNoNewPasswordOfEverybody(t *testing.T) {
	base := userinfo.Settings{Table: "members", ID: "id", Name: "nick"}
	with := func(change func(*userinfo.Settings)) userinfo.Settings {
		s := base
		change(&s)
		return s
	}
	node := func(form string, args map[string]string, operands ...string) userinfo.ExprSpec {
		e := userinfo.ExprSpec{Form: form, Args: args}
		for _, o := range operands {
			e.Of = append(e.Of, asWritten(o))
		}
		return e
	}
	choice := func(when string) userinfo.ExprSpec {
		other := asWritten("old_pass")
		return userinfo.ExprSpec{Form: "case", Cases: []userinfo.CaseSpec{{If: userinfo.CondSpec{Text: when}, Then: asWritten("pass")}}, Else: &other}
	}
	mapped := func(to string) userinfo.ExprSpec {
		return userinfo.ExprSpec{Form: "map", Of: []userinfo.ExprSpec{asWritten("pass")}, Pairs: [][2]string{{"x", to}}, Else: &userinfo.ExprSpec{Text: "else " + to}}
	}
	kv := func(value string) userinfo.JoinSpec {
		return vault(func(j *userinfo.JoinSpec) { j.Kind, j.Key, j.Value = userinfo.JoinKV, "k", value })
	}
	type how struct {
		spec     userinfo.Spec
		settings userinfo.Settings
	}
	plain := func(s string) how { return how{of(asWritten(s)), base} }
	joined := func(e string, change func(*userinfo.JoinSpec)) how { return how{of(asWritten(e), vault(change)), base} }
	for name, c := range map[string]struct {
		a, b how
		same bool
	}{
		"the same":                              {plain("pass"), plain("pass"), true},
		"braces":                                {plain("pass"), plain("{pass}"), true},
		"letter case":                           {plain("{pass}"), plain("{PASS}"), true},
		"one that may be missing, and is there": {plain("pass"), plain("{pass?}"), true},
		"in the settings":                       {plain("pass"), how{userinfo.Spec{}, with(func(s *userinfo.Settings) { s.Password = "pass" })}, true},
		"another column":                        {plain("pass"), plain("nick"), false},
		"a text between columns":                {plain("{pass}{nick}"), plain("{pass}|{nick}"), false},
		"another text between columns":          {plain("{pass}:{nick}"), plain("{pass}|{nick}"), false},
		"the order of columns":                  {plain("{pass}{nick}"), plain("{nick}{pass}"), false},
		"alternatives":                          {plain("{pass}{nick}"), plain("{pass} ?? {nick}"), false},
		"a converter":                           {plain("pass"), plain("{pass|lower}"), false},
		"another converter":                     {plain("{pass|upper}"), plain("{pass|lower}"), false},
		"another argument of a converter":       {plain("{id|mod(5)}"), plain("{id|mod(6)}"), false},
		"a join that nothing needs":             {joined("v.at", nil), how{of(asWritten("v.at"), vault(nil), vault(func(j *userinfo.JoinSpec) { j.As, j.Tables = "w", []string{"safe"} })), base}, true},
		"what a join of a join is on": {
			how{of(asWritten("w.k"), vault(nil), vault(func(j *userinfo.JoinSpec) { j.As, j.Ref = "w", "v.other_id" })), base},
			how{of(asWritten("w.k"), vault(nil), vault(func(j *userinfo.JoinSpec) { j.As, j.Ref = "w", "v.user_id" })), base},
			false,
		},
		"a missing column comes":       {plain("{pass}{pwd?}"), plain("{pass}{nick?}"), false},
		"another users table":          {plain("pass"), how{of(asWritten("pass")), with(func(s *userinfo.Settings) { s.Table = "people" })}, false},
		"another form":                 {how{of(node("max", nil, "pass", "nick")), base}, how{of(node("join", nil, "pass", "nick")), base}, false},
		"another text of a form":       {how{of(node("join", map[string]string{"sep": "-"}, "pass", "nick")), base}, how{of(node("join", map[string]string{"sep": "+"}, "pass", "nick")), base}, false},
		"another pair":                 {how{of(mapped("1")), base}, how{of(mapped("2")), base}, false},
		"another condition of a case":  {how{of(choice("nick != ''")), base}, how{of(choice("nick != 'x'")), base}, false},
		"a join's alias":               {joined("v.hash", nil), joined("w.hash", func(j *userinfo.JoinSpec) { j.As = "w" }), true},
		"a join's column":              {joined("v.hash", nil), joined("v.k", nil), false},
		"a join's table":               {joined("v.hash", nil), joined("v.hash", func(j *userinfo.JoinSpec) { j.Tables = []string{"safe"} }), false},
		"what a join is on":            {joined("v.hash", nil), joined("v.hash", func(j *userinfo.JoinSpec) { j.Column = "other_id" }), false},
		"what a join is compared with": {joined("v.at", nil), how{of(asWritten("v.at"), vault(nil), userinfo.JoinSpec{As: "w", Tables: []string{"safe"}, Column: "user_id", Ref: "v.at", Kind: userinfo.JoinOne}), base}, true},
		"a join's where":               {joined("v.hash", nil), joined("v.hash", func(j *userinfo.JoinSpec) { j.Where = []userinfo.CondSpec{{Text: "at = 7"}} }), false},
		"a join's other where": {
			joined("v.hash", func(j *userinfo.JoinSpec) { j.Where = []userinfo.CondSpec{{Text: "at in (6, 7)"}} }),
			joined("v.hash", func(j *userinfo.JoinSpec) { j.Where = []userinfo.CondSpec{{Text: "at in (7, 8)"}} }), false,
		},
		"a join's order": {
			joined("v.hash", func(j *userinfo.JoinSpec) { j.Order = []string{"at"} }), joined("v.hash", func(j *userinfo.JoinSpec) { j.Order = []string{"at desc"} }), false,
		},
		"the column of values": {how{of(asWritten("v.hash"), kv("at")), base}, how{of(asWritten("v.hash"), kv("other_id")), base}, false},
		"one or many":          {joined("v.hash", nil), joined("v.hash", func(j *userinfo.JoinSpec) { j.Kind = userinfo.JoinMany }), false},
		"a prefix in a table":  {joined("v.hash", func(j *userinfo.JoinSpec) { j.Tables = []string{"{p}vault"} }), joined("v.hash", nil), true},
	} {
		t.Run(name, func(t *testing.T) {
			from := vaults()
			a, b := digestsBy(t, c.a.spec, c.a.settings, from), digestsBy(t, c.b.spec, c.b.settings, from)
			if got := a[:passmark.DigestOf] == b[:passmark.DigestOf]; got != c.same {
				t.Errorf("seem to be of one thing: %t (%q, %q)", got, a, b)
			}
		})
	}
}

func TestBlanksAtTheEndOfAColumnAreNoPassword(t *testing.T) {
	for _, e := range []string{"pass", "{pass}|{nick}", "{pass|lower}"} {
		var found []string
		for _, hash := range []string{"$2y$a", "$2y$a   ", "$2y$a\t", " $2y$a"} {
			from := locked()
			from.tables["members"].rows[0][4] = hash
			found = append(found, digestsBy(t, of(asWritten(e)), userinfo.Settings{Table: "members", ID: "id", Name: "nick"}, from))
		}
		if found[0] != found[1] || found[0] == found[2] || found[0] == found[3] {
			t.Errorf("%s: %q", e, found)
		}
	}
}

func TestWhatADigestIsOfIsTheSameInEveryProcess(t *testing.T) {
	e := of(userinfo.ExprSpec{Form: "join", Args: map[string]string{"sep": "-", "a": "1", "b": "2", "c": "3"}, Of: []userinfo.ExprSpec{asWritten("pass"), asWritten("{nick|lower}")}})
	var all []string
	for range 20 {
		all = append(all, digestsBy(t, e, userinfo.Settings{Table: "members", ID: "id", Name: "nick"}, locked()))
	}
	if slices.Sort(all); all[0] != all[len(all)-1] || strings.Contains(all[0], "canary") {
		t.Errorf("%q", all)
	}
}
