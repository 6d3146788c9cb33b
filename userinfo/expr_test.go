package userinfo_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

func text(names ...string) (columns []userinfo.Column) {
	for _, n := range names {
		columns = append(columns, col(n, userinfo.ColumnText))
	}
	return columns
}

func TestATextFromColumns(t *testing.T) {
	ab := text("a", "b")
	for name, c := range map[string]struct {
		expression string
		a, b       any
		want       string
	}{
		"a column":                                   {"a", "Ann", "x", "Ann"},
		"a column in other letter case":              {"A", "Ann", "x", "Ann"},
		"a column in braces":                         {"{a}", "Ann", "x", "Ann"},
		"a template":                                 {"{a} ({b})", "Ann", "7", "Ann (7)"},
		"blanks inside braces":                       {"{ a | lower }", "Ann", "x", "ann"},
		"NULL":                                       {"a", nil, "x", ""},
		"a column of spaces is empty":                {"a", "  \t ", "x", ""},
		"spaces around a name stay":                  {"a", " Ann ", "x", " Ann "},
		"an empty column is skipped":                 {"{a} {b}", "Ann", "", "Ann"},
		"an empty column leaves one blank":           {"x {a} y", "", "B", ""},
		"an empty column in the middle":              {"{a} - {b}", nil, "B", "- B"},
		"all columns empty empties a text":           {"Hello {a}{b}!", nil, "", ""},
		"a constant":                                 {"'Member'", nil, nil, "Member"},
		"a constant in double quotes":                {`"Member"`, nil, nil, "Member"},
		"a doubled quote in a constant is one":       {"'it''s me'", nil, nil, "it's me"},
		"a lone quote in a constant":                 {"'it's me'", nil, nil, "it's me"},
		"a constant with braces":                     {"'{a}'", "Ann", nil, "{a}"},
		"a constant with question marks":             {"'a ?? b'", nil, nil, "a ?? b"},
		"an apostrophe in a template":                {"It's {a}'s", "Ann", nil, "It's Ann's"},
		"an apostrophe before a column":              {"O'{a} ?? b", "Neill", nil, "O'Neill"},
		"an apostrophe before other alternatives":    {"O'{a} ?? b", nil, "Bob", "Bob"},
		"the first alternative":                      {"a ?? b", "Ann", "Bob", "Ann"},
		"the second alternative":                     {"a ?? b", "", "Bob", "Bob"},
		"a blank alternative does not count":         {"a ?? b", "  ", "Bob", "Bob"},
		"a constant as last alternative":             {"a ?? b ?? 'nobody'", nil, nil, "nobody"},
		"alternatives of templates":                  {"{a}! ?? {b}?", nil, "Bob", "Bob?"},
		"an open parenthesis is text":                {":( {a} ?? b", nil, "Bob", "Bob"},
		"a parenthesis that opens a quote is text":   {"x ('{a}) ?? b", nil, "Bob", "Bob"},
		"question marks without blanks are text":     {"{a}??{b}", "Ann", "Bob", "Ann??Bob"},
		"a filter":                                   {"{a|upper}", "Ann", nil, "ANN"},
		"two filters, left first":                    {"{a|sub(0,2)|upper}", "Ann", nil, "AN"},
		"four filters":                               {"{a|trim|lower|sub(0,2)|upper}", " Ann ", nil, "AN"},
		"a filter with a bar as argument":            {"{a|repl(-,|)|upper}", "a-b", nil, "A|B"},
		"a filter with a quote as argument":          {"{a|repl(',-)|upper} ?? b", "o'k", nil, "O-K"},
		"a filter that gives nothing":                {"{a|int} ?? b", "x", "Bob", "Bob"},
		"a filter that gives nothing before another": {"{a|int|upper} ?? b", "x", "Bob", "Bob"},
		"a filter does not see NULL":                 {"{a|md5} ?? b", nil, "Bob", "Bob"},
		"HTML entities are decoded on demand":        {"{a|html}", "&lt;b&gt;", nil, "<b>"},
		"HTML stays as it is":                        {"a", "&lt;b&gt;</script>", nil, "&lt;b&gt;</script>"},
		"invalid UTF-8 is marked":                    {"a", "An\xffn", nil, "An\uFFFDn"},
		"invalid UTF-8 in a template is marked":      {"{a}!", "An\xff", nil, "An\uFFFD!"},
		"half a character cut by a filter is marked": {"{a|sub(0,1)}", "\xf0\x9f", nil, "\uFFFD"},
		"the site's address":                         {"{a} at {site}", "Ann", nil, "Ann at https://example.com"},
		"a number of a column reads as it is":        {"#{a}", "007", nil, "#007"},
		"the mapped e-mail address":                  {"{email}", "Ann", "ann@example.com", "ann@example.com"},
		"the mapped e-mail address, bare":            {"email", "Ann", "ann@example.com", "ann@example.com"},
		"the mapped e-mail address, filtered":        {"{email|upper}", "Ann", "ann@example.com", "ANN@EXAMPLE.COM"},
		"the mapped e-mail address has its filter":   {"{email|sub(0,3)}", "Ann", "ANN@example.com", "ann"},
		"an address of an avatar service":            {"{email|trim|lower|md5}", nil, "MyEmailAddress@example.com ", "0bc83cb571cd1c50ba6f3e8a78ef1346"},
		"a text of 1024 bytes":                       {"a", strings.Repeat("x", 1024), nil, strings.Repeat("x", 1024)},
		"a longer text is cut":                       {"a", strings.Repeat("x", 1025), nil, strings.Repeat("x", 1024)},
		"a longer text is cut at a character":        {"a", strings.Repeat("x", 1023) + "éé", nil, strings.Repeat("x", 1023)},
		"a longer text of emoji is cut at one":       {"a", "x" + strings.Repeat("🦊", 300), nil, "x" + strings.Repeat("🦊", 255)},
		"a run of broken bytes is one mark":          {"a", "x" + strings.Repeat("\xff", 2000), nil, "x\uFFFD"},
		"broken bytes are marked before the cut":     {"a", strings.Repeat("\xffx", 1000), nil, strings.Repeat("\uFFFDx", 256)},
	} {
		t.Run(name, func(t *testing.T) {
			got := one(t, userinfo.Settings{Badge: c.expression, Email: "{b|lower}", SiteURL: "https://example.com/"}, ab, c.a, c.b)
			if got.Badge != c.want {
				t.Errorf("got %q, want %q", got.Badge, c.want)
			}
		})
	}
}

func TestAnAddressFromColumns(t *testing.T) {
	for name, c := range map[string]struct {
		expression, site string
		a, b             any
		want             string
	}{
		"an absolute address":                 {"a", "", "https://x.example/1.jpg", nil, "https://x.example/1.jpg"},
		"a relative address":                  {"a", "https://s.example", "/img/1.jpg", nil, "https://s.example/img/1.jpg"},
		"a relative address without a site":   {"a", "", "/img/1.jpg", nil, "/img/1.jpg"},
		"without a scheme":                    {"a", "", "//x.example/1.jpg", nil, "https://x.example/1.jpg"},
		"a template":                          {"https://x.example/{a}/{b}", "", "6", "1.jpg", "https://x.example/6/1.jpg"},
		"any empty column empties it":         {"https://x.example/{a}/{b}", "", "6", "", ""},
		"NULL empties it":                     {"https://x.example/{a}", "", nil, "", ""},
		"the next alternative":                {"https://x.example/{a} ?? /{b}", "https://s.example", nil, "b.png", "https://s.example/b.png"},
		"a constant as last alternative":      {"https://x.example/{a} ?? /none.png", "https://s.example", nil, nil, "https://s.example/none.png"},
		"a constant address":                  {"a ?? https://x.example/none.png", "", nil, nil, "https://x.example/none.png"},
		"the site's address":                  {"{site}/m/{a}", "https://s.example/", "6", nil, "https://s.example/m/6"},
		"a refused address asks the next":     {"a ?? b", "", "javascript:alert(1)", "https://x.example/", "https://x.example/"},
		"a script":                            {"a", "", "javascript:alert(1)", nil, ""},
		"data":                                {"a", "", "data:text/html,x", nil, ""},
		"a user name in it":                   {"a", "", "https://u:p@x.example/", nil, ""},
		"a control character":                 {"a", "", "https://x.example/\n", nil, "https://x.example/"},
		"a control character inside":          {"a", "", "https://x.example/a\nb", nil, ""},
		"bytes that are not UTF-8":            {"a", "", "https://x.example/\xff", nil, ""},
		"what ends an attribute":              {"a", "", `https://x.example/"><script>`, nil, "https://x.example/%22%3E%3Cscript%3E"},
		"a path from a filter":                {"https://x.example/{a|url}", "", "a b/c?d", nil, "https://x.example/a%20b%2Fc%3Fd"},
		"a folder from a number":              {"/a/{a|div(1000)}/{a}.jpg", "https://s.example", "12345", nil, "https://s.example/a/12/12345.jpg"},
		"a host that grows from the template": {"https://x.example{a}", "", "@evil.example/", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := userinfo.Settings{Avatar: c.expression, ProfileURL: c.expression, SiteURL: c.site}
			got := one(t, s, text("a", "b"), c.a, c.b)
			if got.AvatarURL != c.want || got.ProfileURL != c.want {
				t.Errorf("got %q and %q, want %q", got.AvatarURL, got.ProfileURL, c.want)
			}
		})
	}
}

func TestFurtherFieldsKeepTheirOrderAndType(t *testing.T) {
	s := userinfo.Settings{
		Email:  "mail",
		Fields: `city=city; vip={vip|bool};age={age|int};user_mail={email};both={vip|int} ?? {age|number};mixed={vip|bool} ?? {age|int};none=empty;when={at|unix};pair={age|int}!; note='a; b = c' ;semi={city|repl(a,;)};`,
	}
	columns := append(text("city", "vip", "age", "mail", "empty"), col("at", userinfo.ColumnTime))
	got := one(t, s, columns, "Riga", "1", "42.0", "a@example.com", "", "2026-01-01 00:00:00")
	want := []userinfo.Field{
		{"city", userinfo.FieldText, "Riga"},
		{"vip", userinfo.FieldBool, "true"},
		{"age", userinfo.FieldNumber, "42"},
		{"user_mail", userinfo.FieldText, "a@example.com"},
		{"both", userinfo.FieldNumber, "1"},
		{"mixed", userinfo.FieldText, "true"},
		{"when", userinfo.FieldNumber, "1767225600"},
		{"pair", userinfo.FieldText, "42!"},
		{"note", userinfo.FieldText, "a; b = c"},
		{"semi", userinfo.FieldText, "Rig;"},
	}
	if diff := cmp.Diff(want, got.Extra); diff != "" {
		t.Error(diff)
	}
	if got.Email != "a@example.com" {
		t.Errorf("e-mail is %q", got.Email)
	}
}

func TestAFurtherFieldHoldsFourKibibytes(t *testing.T) {
	got := one(t, userinfo.Settings{Fields: "a=a"}, text("a"), strings.Repeat("x", 5000))
	if len(got.Extra) != 1 || len(got.Extra[0].Text) != 4096 {
		t.Errorf("got %d fields", len(got.Extra))
	}
}

// FuzzExpression: whatever stands in a setting and in a row, the texts are bounded UTF-8 and addresses are safe.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{
		"a", "{a}", "{a|lower}", "https://x.example/{a}?{b|q}", "a ?? b ?? 'x'", "'it''s'", "{a|sub(0,2)|upper} ?? \"y\"", "{email}", "{site}/{a}",
		"{a|repl(',x)} ?? b", "{", "}", "{{a}}", "{a|}", "{a|sub(99999999999,1)}", "'", "a ?? ", "/x'{a}", "{a|div(3)}{b|ext}", ":( {a} ?? b",
	} {
		f.Add(seed, "value", "https://x.example/")
	}
	f.Add("{a|split3|html|trim}", "&#x202e;\xff", " \x00")
	f.Fuzz(func(t *testing.T, expression, a, b string) {
		s := userinfo.Settings{
			Table: "t", ID: "id", Name: "'x'", Badge: expression, Avatar: expression, Email: "b", Role: "a",
			Fields: "x=" + expression, SiteURL: "https://s.example",
		}
		if _, faults := userinfo.ParseMapping(s); len(faults) > 0 {
			for _, fault := range faults {
				if fault.Var == "" || fault.Remedy == "" || !utf8.ValidString(fault.Problem) && utf8.ValidString(expression) {
					t.Errorf("fault %+v", fault)
				}
			}
			return
		}
		from := &source{tables: map[string]*table{"t": {
			columns: append([]userinfo.Column{col("id", userinfo.ColumnUint)}, text("a", "b")...), rows: [][]any{{"1", a, b}},
		}}}
		users, err := directory(t, s, from, userinfo.Options{}).ByID(t.Context(), "1")
		if err != nil {
			return // names a column that is not there
		}
		u := users[0]
		for _, text := range []string{u.Badge, u.Role, u.Email} {
			if !utf8.ValidString(text) || len(text) > 1024 {
				t.Errorf("text %q", text)
			}
		}
		for _, field := range u.Extra {
			if field.Text == "" || !utf8.ValidString(field.Text) || len(field.Text) > 4096 {
				t.Errorf("field %+v", field)
			}
		}
		if u.AvatarURL != "" && !strings.HasPrefix(u.AvatarURL, "http") || strings.ContainsAny(u.AvatarURL, "\"'<> \\\x00\n") {
			t.Errorf("address %q", u.AvatarURL)
		}
	})
}
