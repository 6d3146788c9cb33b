package sitefile_test

import (
	"testing"

	"github.com/chatpass/chatpass/sitefile"
)

func TestDotenvIsReadAsLaravelDoes(t *testing.T) {
	parsed{
		"plain values are trimmed":             {"A=b c \nB= x\nC=\n", v{"A": "b c", "B": "x", "C": ""}},
		"a comment begins with a blank":        {"# A=1\nB=a#b # c\nC=#c\nD=\"x\" # y", v{"B": "a#b", "C": "", "D": "x"}},
		"export is allowed":                    {"export A=b\n  export   C = d\n", v{"A": "b", "C": "d"}},
		"single quotes keep everything":        {`A='a\n${B}"#'`, v{"A": `a\n${B}"#`}},
		"double quotes have escapes":           {`A="a\n\"\\\$ \q"`, v{"A": "a\n\"\\$ \\q"}},
		"double quotes may span lines":         {"A=\"x\ny\"\nB=z", v{"A": "x\ny", "B": "z"}},
		"names before can be used":             {"A=x\nB=\"${A}y\"\nC=${A}/${B}\nD=$A", v{"A": "x", "B": "xy", "C": "x/xy", "D": "$A"}},
		"defaults of names can be used":        {"A=${X_Y:-z}\nB=\nC=${B:-w}", v{"A": "z", "B": "", "C": "w"}},
		"a name that is not there is unknown":  {"A=${NO_NE}x\nB=y", v{"B": "y"}},
		"null and empty are nothing":           {"A=null\nB=(null)\nC=empty\nD=Null\nE=nullx", v{"A": "", "B": "", "C": "", "D": "", "E": "nullx"}},
		"the last of two counts":               {"A=1\nA=2", v{"A": "2"}},
		"other lines are passed over":          {"hello\n=x\n1A=y\nA B=z\n- C=d\nD=e", v{"D": "e"}},
		"lines may end as on Windows":          {"\uFEFFA=b\r\nC=\"d\"\r\n", v{"A": "b", "C": "d"}},
		"bytes of Windows-1252 stay":           {"A=p\xf6\nB=\"\xdf\"", v{"A": "p\xf6", "B": "\xdf"}},
		"an unclosed variable is text":         {"A=${B", v{"A": "${B"}},
		"equal signs and hashes of a password": {"A=base64:abc==\nB=\"p#1 #2\"", v{"A": "base64:abc==", "B": "p#1 #2"}},
	}.run(t, "dotenv")
}

func TestYAMLIsReadAsRailsDoes(t *testing.T) {
	parsed{
		"anchors and merge keys":            {"d: &d\n  a: x\n  b: y\np:\n  b: z\n  <<: *d\n", v{"d.a": "x", "d.b": "y", "p.a": "x", "p.b": "z"}},
		"the first of merged mappings wins": {"a: &a {x: 1}\nb: &b {x: 2, y: 3}\nc: {<<: [*a, *b]}", v{"a.x": "1", "b.x": "2", "b.y": "3", "c.x": "1", "c.y": "3"}},
		"numbers stay as they are written":  {"a: 0123\nb: 1_000\nc: 3.10\nd: ~\ne: true\nf: no", v{"a": "0123", "b": "1_000", "c": "3.10", "d": "", "e": "true", "f": "no"}},
		"lists are numbered":                {"a: [x, {b: y}]", v{"a.0": "x", "a.1.b": "y"}},
		"tags of ERB that are constants":    {"a: <%= 'x' %>\nb: <%= 5 -%>\nc: \"<%= \"y\" %>-z\"", v{"a": "x", "b": "5", "c": "y-z"}},
		"tags of ERB with a default":        {"a: <%= ENV.fetch('A_B', \"x: y\") %>\nb: <%= ENV[\"A_B\"] || 'z' %>\nc: <%= ENV.fetch(\"A_B\") { 3306 } %>", v{"a": "x: y", "b": "z", "c": "3306"}},
		"tags of ERB that are computed":     {"a: <%= ENV['A_B'] %>\nb: x-<%= Rails.root %>\nc: <%= \"#{x}\" %>\nd: y", v{"d": "y"}},
		"other tags of ERB are nothing":     {"<% if x %>\na: b\n<% end %>\n<%# c: d %>\ne: f", v{"a": "b", "e": "f"}},
		"a key that stands twice":           {"a: x\na: y", v{"a": "y"}},
		"words that look like our own":      {"a: erbx0z\nb: <%= 'x' %>", v{"a": "erbx0z", "b": "x"}},
		"an open tag of ERB":                {"a: x <% y", v{"a": "x <% y"}},
		"nothing":                           {"", v{}},
		"only the first document":           {"a: b\n---\nc: d", v{"a": "b"}},
	}.run(t, "yaml")
}

func TestPythonSettingsAreRead(t *testing.T) {
	parsed{
		"constants":                          {"A = 'x'\nB: str = \"y\"\nC = 1_000\nD = True\nE = None\nF = -5\nG = 'a' \"b\"\nH = ('c'\n 'd')", v{"A": "x", "B": "y", "C": "1000", "D": "true", "E": "", "F": "-5", "G": "ab", "H": "cd"}},
		"kinds of texts":                     {"A = r'\\n'\nB = b'x'\nC = f'{A}'\nD = f'y'\nE = '''a\n'b\n'''\nF = 'a\\\nb\\x41\\u00f6\\101\\q'", v{"A": `\n`, "B": "x", "D": "y", "E": "a\n'b\n", "F": "abAöA\\q"}},
		"lists, tuples and dicts":            {"A = ['x', ('y', 'z'), {'k': ('v')}]\nB = {}\nC = ('x',)", v{"A.0": "x", "A.1.0": "y", "A.1.1": "z", "A.2.k": "v", "C.0": "x"}},
		"what is computed is left out":       {"A = [x for x in 'abc']\nB = {k: 1 for k in A}\nC = f(1)['x']\nD = 'x' if E else 'y'\nF = not True\nG = 'a' % 'b'\nH = 'a,b'.split(',')\nI = 1, 2\nJ = lambda: 'x'\nK = 'y'", v{"K": "y"}},
		"keys may be assigned":               {"A = {'b': {}}\nA['b']['c'] = 'x'\nA['d'] = {'e': 'y'}", v{"A.b.c": "x", "A.d.e": "y"}},
		"names before can be used":           {"A = 'x'\nB = A + 'y'\nC = {'k': A}\nD = C\nE = A.upper()", v{"A": "x", "B": "xy", "C.k": "x", "D.k": "x"}},
		"defaults of the environment":        {"A = os.environ.get('A_B', 'x')\nB = os.getenv('A_B', default='y')\nC = env('A_B', default='z')\nD = config('A_B', default='w')\nE = os.environ['A_B']\nF = os.environ.get('A_B') or 'v'\nG = int(os.environ.get('P_Q', 3306))\nH = env.str('A_B', 'no')", v{"A": "x", "B": "y", "C": "z", "D": "w", "F": "v", "G": "3306"}},
		"paths below a folder nobody knows":  {"A = BASE_DIR / 'a' / 'b.db'\nB = os.path.join(BASE_DIR, 'a', 'c.db')\nC = str(BASE_DIR / 'd')\nD = '/srv' \nE = Path(D) / 'e'", v{"A": "a/b.db", "B": "a/c.db", "C": "d", "D": "/srv", "E": "/srv/e"}},
		"functions and classes do not count": {"def f():\n    A = 'x'\n\n    B = 'y'\nclass C:\n  D = 'z'\nE = 'w'\nif E:\n    F = 'v'", v{"E": "w", "F": "v"}},
		"comments and joined lines":          {"# A = 'x'\nB = 'y' # z\nC = \\\n 'w'\nD = [ # c\n 'v',\n]\n", v{"B": "y", "C": "w", "D.0": "v"}},
		"lines may end as on Windows":        {"\uFEFFA = 'x'\r\nB = [\r\n 'y',\r\n]\r\n", v{"A": "x", "B.0": "y"}},
		"other statements do no harm":        {"import os\nfrom x import *\nprint('a')\nA.append('x')\ndel B\nC += 'y'\n) = 'z'\nD = 'w'", v{"D": "w"}},
	}.run(t, "python")
}

func TestJSONAndINIAreRead(t *testing.T) {
	parsed{
		"names of JSON are joined":             {`{"a":{"b":"x"},"c":[1,{"d":1e3}],"e":null,"f":true,"g":12345678901234567890}`, v{"a.b": "x", "c.0": "1", "c.1.d": "1e3", "e": "", "f": "true", "g": "12345678901234567890"}},
		"of a name that stands twice the last": {`{"a":"x","a":"y"}`, v{"a": "y"}},
		"a bare value gives nothing":           {`"x"`, v{}},
	}.run(t, "json")
	parsed{
		"sections stand before names": {"a = x\n[s t]\nb=y\n", v{"a": "x", "s t.b": "y"}},
		"comments and quotes":         {"; a=1\n# b=2\nc = 3 # d\ne = 'f # g'\nh=\"i;j\"\nk = \"l", v{"c": "3", "e": "f # g", "h": "i;j", "k": "\"l"}},
		"lines without a value":       {"a\n=b\nc=\n", v{"c": ""}},
		"lines may end as on Windows": {"\uFEFFa = x\r\n", v{"a": "x"}},
	}.run(t, "ini")
}

func TestReferencesTakeTheFirstThatIsNotEmpty(t *testing.T) {
	values := sitefile.Values{"A": "x", "EMPTY": "", "$p.q": "y"}
	for name, test := range map[string]struct {
		ref, want string
		known     bool
	}{
		"a name":                         {"A", "x", true},
		"a name that is empty":           {"EMPTY", "", true},
		"a name that is not there":       {"NO", "", false},
		"the second name":                {"NO ?? A", "x", true},
		"an empty one counts as none":    {"EMPTY ?? $p.q", "y", true},
		"a constant":                     {"'mysql'", "mysql", true},
		"a constant at the end":          {"NO ?? EMPTY ?? 'z'", "z", true},
		"a constant with question marks": {"'a ?? b'", "a ?? b", true},
		"no reference":                   {"", "", false},
		"all are empty":                  {"NO ?? EMPTY", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			if got, known := values.Get(test.ref); got != test.want || known != test.known {
				t.Errorf("got %q, %v; want %q, %v", got, known, test.want, test.known)
			}
		})
	}
}
