package main

import (
	"testing"

	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/templates"
)

func TestEveryPlatformHasASnippetThatIsThere(t *testing.T) {
	known := map[string]bool{}
	for _, file := range preset.All() {
		known[file.Name] = true
		if kind := snippetFor(file); kindOf(kind).Name == "" || kindOf(kind).Key {
			t.Errorf("%s: %q is no snippet that works without a site key, of %q", file.Name, kind, templates.SnippetKinds())
		}
	}
	for name := range snippetKinds {
		if !known[name] {
			t.Errorf("there is no platform %s", name)
		}
	}
	if snippetFor(nil) != "loader" {
		t.Error("a site of its own takes the loader's line")
	}
}
