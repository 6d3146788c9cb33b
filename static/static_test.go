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
)

func source(t *testing.T) string {
	t.Helper()
	js, err := os.ReadFile("loader.js")
	if err != nil {
		t.Fatal(err)
	}
	return string(js)
}

// maxLoader is the most the loader may weigh for a visitor, in bytes after gzip at its best level, as the sidecar serves it.
const maxLoader = 3072

func TestLoaderIsAtMost3072BytesAfterGzip(t *testing.T) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
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
	if out.Len() > maxLoader {
		t.Errorf("the loader has %d bytes after gzip, the limit is %d", out.Len(), maxLoader)
	}
}

// The rules are those a strict Content-Security-Policy, old browsers (ES2017) and the shortening put on the file.
func TestLoaderKeepsToItsRules(t *testing.T) {
	rules := []struct{ name, pattern string }{
		{"no templates and no block comments, the shortening does not know them", "`|/\\*[^$]"},
		{"no double quotes but inside texts", `^[^']*"`},
		{"no shorthand properties, the shortening would rename them", `[{,] *\w+ *(?:, *\w+ *)*\}`},
		{"no labels and no cases, whose colon looks like a key's", `\bcase\b|\bdefault:`},
		{"no eval", `\beval\b|\bFunction\(|set(Timeout|Interval)\(['"]`},
		{"no HTML sinks", `innerHTML|outerHTML|insertAdjacentHTML|document\.write|doc\.write|srcdoc`},
		{"no syntax newer than ES2017", `\?\.[a-zA-Z\[(]|\?\?|catch \{|\{\.\.\.|, \.\.\.\w+\}|\.finally\(|\|\|=|&&=|#\w+\(|\d_\d|\dn\b|for await|import\(`},
		{"no inline handlers or styles, which need unsafe-inline", `setAttribute\(['"](on|style)|\.on(click|load|error)\b`},
		{"no storage of its own", `localStorage|sessionStorage|\.cookie\b`},
		{"no address of a provider, the answer names it", `https?://`},
		{"no console", `console\.`},
	}
	code := regexp.MustCompile(`(?m)^\s*//.*$`).ReplaceAllString(source(t), "")
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			if found := regexp.MustCompile(rule.pattern).FindAllString(code, -1); found != nil {
				t.Errorf("loader.js holds %q", found)
			}
		})
	}
}

func TestLoaderHasOneGlobalName(t *testing.T) {
	found := regexp.MustCompile(`(?m)\b(?:win|window|globalThis|self)\.(\w+) = `).FindAllStringSubmatch(source(t), -1)
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
