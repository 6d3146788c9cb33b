package session_test

import (
	"os"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/identity/session"
)

func TestTheGuideListsEveryFunction(t *testing.T) {
	text, err := os.ReadFile("../../docs/sessions.md")
	if err != nil {
		t.Fatal(err)
	}
	list := session.Functions()
	if len(list) < 40 {
		t.Fatalf("only %d functions", len(list))
	}
	for _, f := range list {
		if !strings.Contains(string(text), "\n| `"+f+"` |\n") {
			t.Errorf("docs/sessions.md lacks the line | `%s` |", f)
		}
	}
}
