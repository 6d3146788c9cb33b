package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCheckPrintsRefusedSettingsAsJSON(t *testing.T) {
	got := runProgram(newSite(t), []string{"CHATPASS_USERS_BADGE=", "CHATPASS_SITE_URL=ftp://example.com", "CHATPASS_QUERY_TIMEOUT=soon"}, "check", "--json")
	var doc struct {
		Findings []finding
		OK       *bool
	}
	if err := json.Unmarshal([]byte(got.out), &doc); err != nil {
		t.Fatalf("check --json prints %q: %v", got.out, err)
	}
	subjects := ""
	for _, f := range doc.Findings {
		if f.Level != "fail" || f.Text == "" {
			t.Errorf("finding %+v", f)
		}
		subjects += f.Subject + " "
	}
	if got.code != exitRefused || doc.OK == nil || *doc.OK || !strings.Contains(subjects, "CHATPASS_SITE_URL ") || !strings.Contains(subjects, "CHATPASS_QUERY_TIMEOUT ") {
		t.Errorf("code %d, subjects %s: %s", got.code, subjects, got.out)
	}
}

func TestCheckRefusesAnEmptyBaseURL(t *testing.T) {
	for _, args := range [][]string{{"check", "--base-url", ""}, {"check", "--base-url="}} {
		if got := runProgram(newSite(t), nil, args...); got.code != exitUsage || !strings.Contains(got.err, "--base-url") {
			t.Errorf("%q: code %d, %s", args, got.code, got.err)
		}
	}
}
