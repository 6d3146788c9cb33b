package session_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/identity/session"
)

// files is a recipe for PHP's session files.
func files() session.Recipe {
	return session.Recipe{
		Name: "files", Cookie: "PHPSESSID", Read: "php",
		Steps: []session.Step{
			{File: &session.FileSpec{Folder: "{sessions}", Name: "concat('sess_', $value)", Content: "text", Changed: "at"}},
			{Set: [][2]string{{"uid", "first(php_session($text, 'php', 'user', 'id'), 0)"}}},
			{Guest: "$uid = 0"},
		},
		User: "$uid", Expires: "$at + 1440",
	}
}

func TestSessionFilesAreRead(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "sessions")
	outside := filepath.Join(root, "sess_outside")
	write := func(path, text string, changed time.Time) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, changed, changed); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	const text = `lang|s:2:"en";user|a:1:{s:2:"id";i:7;}`
	write(outside, text, now)
	write(filepath.Join(folder, "sess_ada"), text, now)
	write(filepath.Join(folder, "sess_old"), text, now.Add(-time.Hour))
	write(filepath.Join(folder, "sess_guest"), `lang|s:2:"en";`, now)
	write(filepath.Join(folder, "sess_empty"), "", now.Add(-time.Minute))
	write(filepath.Join(folder, "sess_object"), `user|O:4:"User":1:{s:2:"id";i:7;}`, now)
	write(filepath.Join(folder, "sess_large"), text+strings.Repeat(" ", 1<<20), now)
	write(filepath.Join(folder, "ada"), text, now)
	if err := os.Mkdir(filepath.Join(folder, "sess_folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"sess_link0": outside, "sess_link1": "sess_ada"} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	o := options(&database{}, nil)
	o.Vars["sessions"], o.SiteRoot = "sessions", root
	r := open(t, o, files())
	id, err := r.Resolve(t.Context(), visit(t, "PHPSESSID=ada"))
	if err != nil || id.UserID != "7" || !id.ExpiresAt.Equal(now.Add(24*time.Minute)) {
		t.Errorf("%+v, %v", id, err)
	}
	for value, want := range map[string]string{
		"ada": "7", "old": "rejected", "guest": "none", "empty": "none", "object": "none", "large": "rejected", "folder": "rejected", "link0": "rejected", "link1": "rejected",
		"gone": "rejected", "": "rejected", "../sess_outside": "rejected", "..%2Fsess_outside": "rejected", "/../../sess_outside": "rejected", "x/../../sess_outside": "rejected",
		"ada%00": "rejected", "ada.": "rejected", "ADA": "rejected", strings.Repeat("a", 400): "rejected", "ada%0a": "rejected",
	} {
		if got := ask(t, r, "PHPSESSID="+value); got != want {
			t.Errorf("%.40q gives %s, want %s", value, got, want)
		}
	}
}

func TestAFolderThatCannotBeReadIsNoGuest(t *testing.T) {
	o := options(&database{}, nil)
	o.Vars["sessions"] = filepath.Join(t.TempDir(), "gone")
	_, err := open(t, o, files()).Resolve(t.Context(), visit(t, "PHPSESSID=ada"))
	if got := said(t, "", err); got != "unavailable" {
		t.Errorf("a folder that is gone gives %s", got)
	}
	if strings.Contains(err.Error(), "ada") {
		t.Errorf("the error tells the session: %v", err)
	}
	o.Vars["sessions"] = "relative"
	for vars, lacks := range map[string]string{"relative": "CHATPASS_SITE_ROOT", "": "CHATPASS_SESSION_FILES"} {
		o.Vars["sessions"] = vars
		r := open(t, o, files())
		if got := r.Reports()[0]; !got.Unused || len(got.Missing) != 1 || got.Missing[0] != lacks || r.Active() {
			t.Errorf("with the folder %q it is reported as %+v, want one that lacks %s", vars, got, lacks)
		}
		if got := ask(t, r, "PHPSESSID=ada"); got != "none" {
			t.Errorf("a recipe that is not followed gives %s", got)
		}
	}
}
