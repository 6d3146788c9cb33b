package templates_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/templates"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// element is what a browser finds in a page.
type element struct {
	Name  string
	Attrs map[string]string
	Text  string // directly inside it
}

// elements are those that stand in the fragment, without those that the parser adds; text is what stands outside of them.
func elements(t *testing.T, fragment string) (found []element, text string) {
	t.Helper()
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(fragment), body)
	if err != nil {
		t.Fatal(err)
	}
	for _, top := range nodes {
		if top.Type == html.TextNode {
			text += top.Data
		}
		for n := range walk(top) {
			if n.Type != html.ElementNode {
				continue
			}
			e := element{Name: n.Data, Attrs: map[string]string{}}
			for _, a := range n.Attr {
				e.Attrs[a.Key] = a.Val
			}
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				if c.Type == html.TextNode {
					e.Text += c.Data
				}
			}
			found = append(found, e)
		}
	}
	return found, strings.TrimSpace(text)
}

func walk(n *html.Node) func(yield func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		if !yield(n) {
			return
		}
		for d := range n.Descendants() {
			if !yield(d) {
				return
			}
		}
	}
}

// language is a template language and the program that renders it.
type language struct {
	kind, script, engine string
	program              func(t *testing.T) string
}

var languages = []language{
	{"twig", "page.php", "twig", withPackage(php, `require 'Twig/autoload.php';`, "php-twig")},
	{"blade", "page.php", "blade", withPackage(php, `require 'Illuminate/View/autoload.php';`, "php-illuminate-view")},
	{"django", "page.py", "", withPackage(python, "import django", "python3-django")},
}

// python returns a Python that has Django; the first in PATH may be another one than the system's.
func python(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"python3", "/usr/bin/python3"} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		err := exec.CommandContext(ctx, program, "-c", "import django").Run()
		cancel()
		if err == nil {
			return program
		}
	}
	return "/usr/bin/python3"
}

// withPackage finds a program and makes sure that it has what a Debian package gives it.
func withPackage(find func(*testing.T) string, code, deb string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		program := find(t)
		option := "-c"
		if strings.Contains(code, ";") {
			option = "-r"
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if out, err := exec.CommandContext(ctx, program, option, code).CombinedOutput(); err != nil {
			missing := t.Skipf
			if os.Getenv("REQUIRE_SERVICES") == "1" {
				missing = t.Fatalf
			}
			missing("%s is not installed (Debian: %s): %v\n%s", deb, deb, err, out)
		}
		return program
	}
}

// runScript runs a program of testdata/snippets with in as JSON on its standard input and returns what it prints.
func runScript(t *testing.T, program, name string, in any) string {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("testdata", "snippets", name))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, file)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "TMPDIR="+cmd.Dir, "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stdin = bytes.NewReader(data)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil || errs.Len() > 0 {
		t.Fatalf("%s: %v\n%s%s", name, err, &out, &errs)
	}
	return out.String()
}

// render is what the language makes of a template; the members of the site have this id.
func (l language) render(t *testing.T, text string, id any, nonce string) string {
	t.Helper()
	return runScript(t, l.program(t), l.script, map[string]any{
		"engine": l.engine, "text": text, "vars": map[string]any{"id": id, "pk": id}, "nonce": nonce, "escape": true,
	})
}

// line is the only line of a snippet that has all the parts.
func line(t *testing.T, text string, parts ...string) string {
	t.Helper()
	var found []string
	for l := range strings.Lines(text) {
		if !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(l, p) }) {
			found = append(found, l)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d lines have %q, want one, in:\n%s", len(found), parts, text)
	}
	return found[0]
}

// hostileTexts try to leave their attribute, in HTML and in each of the languages.
var hostileTexts = []string{
	`"><script>alert(1)</script>`, `'/onload='x`, `a&amp;b&lt;`, `{{ 7*7 }}`, `{% if 1 %}`, `{# x #}`, `{!! x !!}`, `{{-- x --}}`,
	`@php echo 1; @endphp`, `@if(true)`, `<?php echo 1; ?>`, `<x-slot>`, "\U0001F600 \u2028ü", `\'\"\\`, `$x ${x} $1 %s`,
}

func TestTemplateSnippetsAreOneScript(t *testing.T) {
	for _, l := range languages {
		t.Run(l.kind, func(t *testing.T) {
			all := "/x" + strings.Join(hostileTexts, "")
			for _, d := range []templates.SnippetData{
				{BasePath: "/chat"},
				{BasePath: ""},
				{BasePath: "/chat", HideOn: "/checkout/*,/admin"},
				{BasePath: all, HideOn: all},
			} {
				page, text := elements(t, l.render(t, snippet(t, l.kind, d), 6, ""))
				attrs := map[string]string{"src": d.BasePath + "/loader.js", "async": ""}
				if d.HideOn != "" {
					attrs["data-hide-on"] = d.HideOn
				}
				if diff := cmp.Diff([]element{{Name: "script", Attrs: attrs}}, page); diff != "" || text != "" {
					t.Errorf("the page differs (-want +got), text %q:\n%s", text, diff)
				}
			}
		})
	}
}

func TestTemplateSnippetsPassTheNonce(t *testing.T) {
	for _, l := range languages {
		t.Run(l.kind, func(t *testing.T) {
			tag := line(t, snippet(t, l.kind, templates.SnippetData{BasePath: "/chat", HideOn: "/a/*"}), "<script ", "nonce=")
			page, text := elements(t, l.render(t, tag, 6, "R4nd+/=\"><i>"))
			want := []element{{Name: "script", Attrs: map[string]string{
				"src": "/chat/loader.js", "async": "", "data-hide-on": "/a/*", "nonce": "R4nd+/=\"><i>",
			}}}
			if diff := cmp.Diff(want, page); diff != "" || text != "" {
				t.Errorf("the page differs (-want +got), text %q:\n%s", text, diff)
			}
		})
	}
}

func TestTemplateSnippetsWriteToTheMember(t *testing.T) {
	for _, l := range languages {
		t.Run(l.kind, func(t *testing.T) {
			button := line(t, snippet(t, l.kind, templates.SnippetData{BasePath: "/chat"}), "<button ")
			all := strings.Join(hostileTexts, "")
			for id, want := range map[any]string{
				6: "6", 1234567: "1234567", "00ff-e1": "00ff-e1", all: all,
			} {
				page, text := elements(t, l.render(t, button, id, ""))
				wanted := []element{{Name: "button", Attrs: map[string]string{"type": "button", "hidden": "", "data-chat-with": want}, Text: "Write"}}
				if diff := cmp.Diff(wanted, page); diff != "" || text != "" {
					t.Errorf("the page differs for %v (-want +got), text %q:\n%s", id, text, diff)
				}
			}
		})
	}
}

func TestTwigButtonEscapesWhereTheSiteDoesNot(t *testing.T) {
	l := languages[0]
	button := line(t, snippet(t, l.kind, templates.SnippetData{}), "<button ")
	page := runScript(t, l.program(t), l.script, map[string]any{
		"engine": l.engine, "text": button, "vars": map[string]any{"id": hostileTexts[0]}, "nonce": "", "escape": false,
	})
	if found, _ := elements(t, page); len(found) != 1 || found[0].Attrs["data-chat-with"] != hostileTexts[0] {
		t.Errorf("the page is %s", page)
	}
}

func TestSnippetsOfLanguagesSayFirstWhereTheyGo(t *testing.T) {
	for kind, file := range map[string]string{
		"twig": "base.html.twig", "blade": "app.blade.php", "django": "base.html", "wordpress": "wp-content/mu-plugins/chatpass.php",
		"twig-inline": "src/Twig/ChatpassExtension.php", "blade-inline": "app/Support/Chatpass.php", "django-inline": "templatetags/chatpass.py",
	} {
		lines := strings.SplitAfter(snippet(t, kind, templates.SnippetData{BasePath: "/chat", Listen: "127.0.0.1:8090"}), "\n")
		if head := strings.Join(lines[:min(7, len(lines))], ""); !strings.Contains(head, file) {
			t.Errorf("%s does not begin with the file %s:\n%s", kind, file, head)
		}
		if strings.HasSuffix(kind, "-inline") && !strings.Contains(strings.Join(lines[:5], ""), "page cache") {
			t.Errorf("%s does not begin with the danger of page caches", kind)
		}
		if len(lines) > 95 {
			t.Errorf("%s has %d lines: more than somebody reads", kind, len(lines))
		}
		for _, l := range lines {
			if len(l) > 150 {
				t.Errorf("%s has a line of %d bytes: %s", kind, len(l), l)
			}
		}
	}
}
