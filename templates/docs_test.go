package templates_test

import (
	"os"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/templates"
)

func TestDocumentationOfSnippetsIsThatOfThisVersion(t *testing.T) {
	text, err := os.ReadFile("../docs/snippets.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range templates.Kinds() {
		if !strings.Contains(string(text), "`"+k.Name+"`") {
			t.Errorf("docs/snippets.md does not name the kind %s", k.Name)
		}
	}
	for _, kind := range []string{"loader", "twig", "blade", "django"} {
		if want := "## " + kind + "\n\n```\n" + snippet(t, kind, templates.SnippetData{BasePath: "/chat"}) + "```\n"; !strings.Contains(string(text), want) {
			t.Errorf("docs/snippets.md does not hold this:\n%s", want)
		}
	}
}
