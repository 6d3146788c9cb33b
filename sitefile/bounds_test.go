package sitefile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/sitefile"
)

// repeated is a text many times, up to a length.
func repeated(text string, length int) string { return strings.Repeat(text, length/len(text)) }

func TestWhatIsTooMuchIsRefused(t *testing.T) {
	numbered := func(format string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, test := range map[string]struct{ format, text, want string }{
		"a text of more than 1 MiB":   {"ini", repeated("x", sitefile.MaxSize+1), "longer than 1048576 bytes"},
		"more values of PHP":          {"php", "<?php " + numbered("$a%d=1;", sitefile.MaxValues+1), "more than 10000 values"},
		"more elements of PHP":        {"php", "<?php $a=[" + repeated("1,", 500_000) + "];", "more than 10000 values"},
		"more values of dotenv":       {"dotenv", numbered("A%d=1\n", sitefile.MaxValues+1), "more than 10000 values"},
		"more values of ini":          {"ini", numbered("a%d=1\n", sitefile.MaxValues+1), "more than 10000 values"},
		"more values of JSON":         {"json", "[" + repeated("1,", 500_000) + "1]", "more than 10000 values"},
		"more values of Python":       {"python", "A=[" + repeated("1,", 500_000) + "1]", "more than 10000 values"},
		"deep arrays of PHP":          {"php", "<?php\n$a=" + repeated("[", 100_000), "line 2: is nested"},
		"deep keys of PHP":            {"php", "<?php\n$a" + repeated("['x']", 100_000) + "=1;", "line 2: is nested"},
		"arrays of PHP in each other": {"php", "<?php $a=1;" + repeated("$a=[$a];", 1000), "is nested"},
		"deep JSON":                   {"json", repeated("[", 100_000), "line 1: is nested"},
		"deep Python":                 {"python", "A=" + repeated("[", 100_000), "line 1: is nested"},
		"deep brackets of YAML":       {"yaml", "a: " + repeated("[", 60_000), "line 1: is nested"},
		"deep dashes of YAML":         {"yaml", repeated("- ", 60_000), "line 1: is nested"},
		"deep lines of YAML": {"yaml", func() string {
			var b strings.Builder
			for i := range 40 {
				b.WriteString(strings.Repeat(" ", i) + "a:\n")
			}
			return b.String()
		}(), "line 18: is nested"},
		"a long YAML":            {"yaml", repeated("a: b\n", 1<<17), "longer than 65536 bytes"},
		"aliases that multiply":  {"yaml", "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d]\n", "more than 10000 values"},
		"an alias within itself": {"yaml", "a: &a [x, *a]\n", "is nested"},
	} {
		t.Run(name, func(t *testing.T) {
			values, err := sitefile.Parse(test.format, []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v and %v, want %q", values, err, test.want)
			}
		})
	}
}

// TestHostileTextsTakeNoLongerThanTheyAreLong gives each 1 MiB the time a slow machine needs for a linear reader; one that is quadratic
// in any of these would need minutes.
func TestHostileTextsTakeNoLongerThanTheyAreLong(t *testing.T) {
	const size = sitefile.MaxSize - 64
	for name, test := range map[string]struct{ format, text string }{
		"comments that close PHP":      {"php", repeated("<?php # ?>", size)},
		"open tags":                    {"php", repeated("<?", size)},
		"parentheses":                  {"php", "<?php $a=" + repeated("(", size)},
		"assignments in each other":    {"php", "<?php " + repeated("$a=", size)},
		"alternatives":                 {"php", "<?php $a=" + repeated("$b??", size)},
		"negations":                    {"php", "<?php $a=" + repeated("!", size)},
		"casts":                        {"php", "<?php $a=" + repeated("(int)", size)},
		"calls":                        {"php", "<?php $a=" + repeated("env('A',", size)},
		"doubling texts":               {"php", "<?php $a='xxxxxxxx';" + repeated("$a.=$a;", size)},
		"copies of arrays":             {"php", "<?php $a=[" + repeated("1,", 9000) + "];" + repeated("f($a);$b=$a;", 9000)},
		"variables in quotes":          {"php", "<?php $a='x';$b=\"" + repeated("$a", size) + "\";"},
		"open braces in quotes":        {"php", "<?php $a='x';$b=\"" + repeated("{$a", size) + "\";"},
		"heredocs":                     {"php", "<?php " + repeated("<<<A\nA;\n", size)},
		"a heredoc that is not closed": {"php", "<?php <<<A\n" + repeated("\n", size)},
		"functions":                    {"php", "<?php " + repeated("function f(", size)},
		"classes":                      {"php", "<?php " + repeated("class A{", size)},
		"objects":                      {"php", "<?php " + repeated("$a->b", size)},
		"brackets that do not match":   {"php", "<?php $a=" + repeated("[(])", 4000)},
		"appending":                    {"php", "<?php " + repeated("$a[]=1;", 60_000)},
		"quotes of dotenv":             {"dotenv", repeated("A='\n'", 90_000)},
		"variables of dotenv":          {"dotenv", "A=x\nB=\"" + repeated("${A}", size) + "\""},
		"open variables of dotenv":     {"dotenv", "B=\"" + repeated("${", size) + "\""},
		"lines of dotenv":              {"dotenv", repeated("\n", size)},
		"one line of dotenv":           {"dotenv", repeated("A=", size)},
		"parentheses of Python":        {"python", "A=" + repeated("(", size)},
		"sums of Python":               {"python", "A='x'" + repeated("+'x'", size)},
		"texts of Python":              {"python", "A=" + repeated("'x'", size)},
		"calls of Python":              {"python", "A=" + repeated("str(", size)},
		"attributes of Python":         {"python", "A=" + repeated("a.", size)},
		"indexes of Python":            {"python", "A" + repeated("[1]", size)},
		"lambdas of Python":            {"python", repeated("A=lambda:(\n", size)},
		"tags of ERB":                  {"yaml", "a: " + repeated("<%=1%>", 60_000)},
		"open tags of ERB":             {"yaml", "a: " + repeated("<%", 60_000)},
		"words like our own":           {"yaml", "a: " + repeated("erbx", 60_000)},
		"anchors":                      {"yaml", repeated("- &a x\n- *a\n", 60_000)},
		"names of JSON":                {"json", "{" + repeated(`"a":1,`, 50_000) + `"b":2}`},
		"references to nothing":        {"ini", repeated("[a]\n", size)},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			_, err := sitefile.Parse(test.format, []byte(test.text))
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("took %v (%v)", took, err)
			}
		})
	}
}
