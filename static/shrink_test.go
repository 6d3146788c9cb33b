package static_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/static"
	"github.com/google/go-cmp/cmp"
)

func TestShrinkKeepsWhatAScriptDoes(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"comments and white space go", "// why\n  go(1, 2); // not here\n", "go(1,2)"},
		{"words stay apart", "return typeof x in y;", "return typeof x in y"},
		{"signs stay apart", "go(1 - -2, 3 + +4);", "go(1- -2,3+ +4)"},
		{"texts stay as they are", `go('a  //  \' b', 'const name');`, `go('a  //  \' b','const name')`},
		{"regular expressions stay as they are", `go(/a '[/"] \/ x/g.test('a'), 4 / 2, 6 / 3);`, `go(/a '[/"] \/ x/g.test('a'),4/2,6/3)`},
		{"declared names are short", "const first = 1; go(first);", "const e=1;go(e)"},
		{"other names are not", "go(first, document);", "go(first,document)"},
		{"properties keep their names", "const first = {first: 1}; go(first.first);", "const e={first:1};go(e.first)"},
		{"a condition is no property", "const first = 1, more = 2; go(more ? first : more);", "const t=1,e=2;go(e?t:e)"},
		{"spread is no property", "const list = []; go(...list);", "const e=[];go(...e)"},
		{"parameters are short", "const add = (left, right) => left + right; add(1, 2);", "const e=(t,a)=>t+a;e(1,2)"},
		{"one parameter is short", "go(event => event.target);", "go(e=>e.target)"},
		{"caught errors are short", "try { go(); } catch (problem) { go(problem); }", "try{go()}catch(e){go(e)}"},
		{"parts of arrays are short", "const [first, , last] = go(); go(first, last);", "const[e,,t]=go();go(e,t)"},
		{"names that get a value later are short", "let first, last; go(last); last = 2;", "let t,e;go(e);e=2"},
		{"names of loops are short", "for (const item of list) go(item);", "for(const e of list)go(e)"},
		{"a short name never hides another", "const name = 1; go(e, name);", "const t=1;go(e,t)"},
		{"inner names may be those of outer ones out of sight", "const far = 1; const near = it => it; go(far, near);", "const e=1,t=e=>e;go(e,t)"},
		{"inner names are never those of outer ones in sight", "const far = 1; const near = it => it + far; go(far, near);", "const e=1,t=a=>a+e;go(e,t)"},
		{"two constants share a word", "const a = () => { const b = {}; const c = b; return c; }; const d = 1; go(a, d);", "const e=()=>{const t={},o=t;return o},t=1;go(e,t)"},
		{"constants behind other statements do not", "if (go()) stop(); const a = 1; go(a);", "if(go())stop();const e=1;go(e)"},
		{"values have short forms", "go(true, false, undefined); go({true: 1}.true);", "go(!0,!1,void 0);go({true:1}.true)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := string(static.Shrink([]byte("(() => {\n" + test.body + "\n})();\n")))
			if diff := cmp.Diff("(()=>{"+test.want+"})();\n", got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What a browser or a site sees of a script are its texts, its properties and the names it does not declare.
func TestLoaderShrinksWithoutLoss(t *testing.T) {
	full := regexp.MustCompile(`(?m)^\s*//.*$`).ReplaceAllString(source(t), "")
	served := string(static.Loader())
	if len(served) > len(full)*2/3 {
		t.Errorf("%d bytes of %d are left: nothing is shorter", len(served), len(full))
	}
	for what, pattern := range map[string]string{
		"texts":               `'(?:[^'\\]|\\.)*'`,
		"properties":          `[^.]\.[A-Za-z]\w*`,
		"numbers":             `[^\w.]\d[\d.e]*`,
		"regular expressions": `[(,]\s*/(?:[^/\\]|\\.)+/`,
		"functions":           `=>`,
		"awaits":              `\bawait\b`,
	} {
		find := func(js string) []string {
			var found []string
			for _, one := range regexp.MustCompile(pattern).FindAllString(js, -1) {
				if what == "properties" || what == "numbers" { // the character in front is not of it
					one = one[1:]
				}
				found = append(found, strings.Join(strings.Fields(one), ""))
			}
			slices.Sort(found)
			return found
		}
		want, got := find(full), find(served)
		if len(want) < 2 {
			t.Errorf("only %d %s in loader.js", len(want), what)
		}
		if what == "numbers" { // !0 and !1 are more of them
			got = slices.DeleteFunc(got, func(n string) bool { return n == "0" || n == "1" })
			want = slices.DeleteFunc(want, func(n string) bool { return n == "0" || n == "1" })
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s differ (-file +served):\n%s", what, diff)
		}
	}
}
