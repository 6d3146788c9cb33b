package static_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/static"
	"github.com/google/go-cmp/cmp"
)

func source(t *testing.T) string {
	t.Helper()
	js, err := os.ReadFile("loader.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(js)
}

func TestLoaderIsAtMostThreeKilobytesAfterGzip(t *testing.T) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(static.Loader()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, %d after gzip", len(static.Loader()), out.Len())
	if out.Len() > 3000 {
		t.Errorf("the loader has %d bytes after gzip, the limit is 3000", out.Len())
	}
}

func TestLoaderIsTheFileWithoutCommentsAndIndentation(t *testing.T) {
	var want []string
	for line := range strings.Lines(source(t)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			want = append(want, line)
		}
	}
	if len(want) < 50 {
		t.Fatalf("only %d lines of code in loader.js", len(want))
	}
	got := strings.Split(strings.TrimSuffix(string(static.Loader()), "\n"), "\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("served loader differs from the file (-want +got):\n%s", diff)
	}
}

// The rules are those a strict Content-Security-Policy, old browsers (ES2017) and the line-wise shortening put on the file.
func TestLoaderKeepsToItsRules(t *testing.T) {
	rules := []struct{ name, pattern string }{
		{"no text that spans lines, the shortening would damage it", "`|/\\*|\\\\\\n"},
		{"no comment after code, it would be served", `\S.*[;{})] //`},
		{"no eval", `\beval\b|\bFunction\(|set(Timeout|Interval)\(['"]`},
		{"no HTML sinks", `innerHTML|outerHTML|insertAdjacentHTML|document\.write|doc\.write|srcdoc`},
		{"no syntax newer than ES2017", `\?\.[a-zA-Z\[(]|\?\?|catch \{|\{\.\.\.|, \.\.\.\w+\}|\.finally\(|\|\|=|&&=|#\w+\(|\d_\d|\dn\b|for await|import\(`},
		{"no inline handlers or styles, which need unsafe-inline", `setAttribute\(['"](on|style)|\.style\b|\.onclick`},
		{"no storage of its own", `localStorage|sessionStorage|\.cookie\b`},
		{"no address of a provider, the answer names it", `https?://`},
		{"no console", `console\.`},
	}
	code := string(static.Loader())
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			if found := regexp.MustCompile(rule.pattern).FindAllString(code, -1); found != nil {
				t.Errorf("loader.js holds %q", found)
			}
		})
	}
}

func TestLoaderHasOneGlobalName(t *testing.T) {
	found := regexp.MustCompile(`(?m)\b(?:win|window|globalThis|self)\.(\w+) = `).FindAllStringSubmatch(string(static.Loader()), -1)
	if len(found) != 1 || found[0][1] != "chatpass" {
		t.Errorf("assignments to the global object: %q, want only chatpass", found)
	}
	if strings.Contains(string(static.Loader()), "defineProperty") {
		t.Error("loader.js defines properties behind the back of this test")
	}
}

func TestLoaderETagIsAQuotedStrongTag(t *testing.T) {
	if tag := static.LoaderETag(); !regexp.MustCompile(`^"[0-9a-f]{32}"$`).MatchString(tag) {
		t.Errorf("entity tag %s", tag)
	}
}

func ExampleLoader() {
	fmt.Println(bytes.Contains(static.Loader(), []byte("chatpass")))
	// Output: true
}
