package main

import (
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/store"
)

func TestCheckLooksAtTheStore(t *testing.T) {
	dir, _ := chatSite(t)
	file := filepath.Join(dir, "state", store.FileName)
	code, lines := about(t, dir, "store")
	if code != exitOK || !strings.Contains(lines, "ok there is none yet; serve makes it, as "+file) {
		t.Errorf("before the first start: exit %d, %q", code, lines)
	}
	if _, err := os.Stat(filepath.Dir(file)); err == nil {
		t.Error("check made the folder")
	}
	remember(t, dir, "sendbird", sendbirdApp, "6", "6")
	if code, lines = about(t, dir, "store"); code != exitOK || !strings.HasPrefix(lines, "ok "+file+" ") {
		t.Errorf("then: exit %d, %q", code, lines)
	}
	if code, lines = about(t, newSite(t, "CHATPASS_STORE_URL=mysql://u:p@127.0.0.1:1/x"), "store"); code != exitOK || lines != "" {
		t.Errorf("without a provider that remembers: exit %d, %q", code, lines)
	}
}

func TestCheckFailsOnAStoreThatCannotBeOpened(t *testing.T) {
	foreign := filepath.Join(folder(t), store.FileName)
	db, err := sql.Open("sqlite", foreign)
	if err == nil {
		_, err = db.Exec("CREATE TABLE another (id INTEGER)")
	}
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	for name, test := range map[string]struct{ setting, want string }{
		"another program's file":   {"CHATPASS_STATE_DIR=" + filepath.Dir(foreign), "fail CHATPASS_STATE_DIR leads to a database of another program → name a file"},
		"a server that is down":    {"CHATPASS_STORE_URL=mysql://chat:canary-password@127.0.0.1:1/chatpass", "fail CHATPASS_STORE_URL "},
		"a server that is silent":  {"CHATPASS_STORE_URL=postgres://chat:canary-password@" + silent.Addr().String() + "/chatpass", "fail CHATPASS_STORE_URL "},
		"a folder nobody can make": {"CHATPASS_STATE_DIR=/proc/self/chatpass", "fail CHATPASS_STATE_DIR names a folder that cannot be made"},
		"a folder that is nowhere": {"CHATPASS_STATE_DIR=/dev/null/x", "fail CHATPASS_STATE_DIR names a folder that cannot be used"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := chatSite(t, test.setting)
			code, lines := about(t, dir, "store", test.setting)
			if code != exitFailed || !strings.Contains(lines, test.want) || strings.Contains(lines, "canary") || strings.HasSuffix(lines, "→ \n") {
				t.Errorf("exit %d, %q, want %q", code, lines, test.want)
			}
		})
	}
}

func TestCheckFailsOnAWrongPasswordOfTheStore(t *testing.T) {
	d := mysqltest.Start(t).Database(t)
	_, password := d.Credentials(t, d.URL())
	dir, _ := chatSite(t)
	code, lines := about(t, dir, "store", "CHATPASS_STORE_URL="+strings.Replace(d.URL(), ":"+password+"@", ":wrong@", 1))
	if code != exitFailed || !strings.HasPrefix(lines, "fail CHATPASS_STORE_URL ") || !strings.Contains(lines, " → ") {
		t.Errorf("exit %d, %q", code, lines)
	}
}

// onlySendbird is a site without ImbaChat.
func onlySendbird(t *testing.T) string {
	t.Helper()
	dir, _ := chatSite(t)
	text, err := os.ReadFile(filepath.Join(dir, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	bare := regexp.MustCompile(`(?m)^CHATPASS_IMBACHAT_.*\n`).ReplaceAll(text, nil)
	if err := os.WriteFile(filepath.Join(dir, ".env"), bare, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCheckSaysNothingOfUsersInfoWhereNobodyAsksForIt(t *testing.T) {
	dir := onlySendbird(t)
	for _, when := range []string{"while nothing runs", "while it runs"} {
		got := runProgram(dir, []string{"NO_COLOR=1", "CHATPASS_LISTEN=127.0.0.1:0"}, "check", "--base-url", "http://127.0.0.1:1")
		if got.code != exitOK {
			t.Errorf("%s: exit %d", when, got.code)
		}
		for _, never := range []string{"provider calls", "Users info", "the provider's form", "block the provider", "IMBACHAT", "ImbaChat", "imbachat"} {
			if strings.Contains(got.out, never) {
				t.Errorf("%s: told of %q:\n%s", when, never, got.out)
			}
		}
		if when == "while nothing runs" {
			start(t, dir)
		} else if !strings.Contains(got.out, "ok    running: ") {
			t.Errorf("%s:\n%s", when, got.out)
		}
	}
}
