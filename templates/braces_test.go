package templates_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/templates"
)

// TestNoNameIsATemplate: a web server that takes the page with the fragment for a template must not run what a member calls themselves.
func TestNoNameIsATemplate(t *testing.T) {
	block := regexp.MustCompile(`(?s)<script type="application/json"[^>]*>(.*?)</script>`)
	for _, name := range []string{
		"{{env `DATABASE_URL`}}", "{{", "}}{{", "{%include 'x'%}", "{#", "{!! x !!}", "{{{x}}}", "{", `{"`, "{}", "{{}}", `\{{`, "{ {{x}}", "${x}",
	} {
		data, err := json.Marshal(map[string]any{"user_id": 1, "name": name, "providers": map[string]any{}})
		if err != nil {
			t.Fatal(err)
		}
		html, err := templates.AppendInlineWidget(nil, templates.InlineData{BasePath: "/chat", Scripts: []string{"https://chat.example/w"}, JSON: data})
		if err != nil {
			t.Fatal(err)
		}
		var button bytes.Buffer
		if err := templates.Button(&button, templates.ButtonData{To: name, Label: name}); err != nil {
			t.Fatal(err)
		}
		for _, opening := range []string{"{{", "{%", "{#", "{!"} {
			if strings.Contains(string(html), opening) || strings.Contains(button.String(), opening) {
				t.Errorf("%q: %s\n%s", name, html, &button)
			}
		}
		var got struct{ Name string }
		if err := json.Unmarshal(block.FindSubmatch(html)[1], &got); err != nil || got.Name != name {
			t.Errorf("%q came out as %q, %v", name, got.Name, err)
		}
	}
}
