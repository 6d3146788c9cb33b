package main

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mesibotest"
	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/store"
)

const mesiboToken = "canary-app-token-0123456789abcdef"

// mesiboSite is a site with users who have phones, and the database of a PHP backend with users who have the same.
func mesiboSite(t *testing.T, users int, settings ...string) (dir string, old *mysqltest.DB, known int) {
	t.Helper()
	server := mysqltest.Start(t)
	own := server.Database(t)
	old = server.Database(t)
	mesibotest.FillSite(t, own, users)
	known = mesibotest.Fill(t, old, users)
	dir = folder(t)
	lines := append([]string{
		"CHATPASS_DATABASE_URL=" + own.URL(), "CHATPASS_USERS_TABLE=site_users", "CHATPASS_USERS_ID=id", "CHATPASS_USERS_NAME=nick", "CHATPASS_STATE_DIR=state",
		"CHATPASS_USERS_WHERE='active = 1'", "CHATPASS_SITE_URL=https://example.com", "CHATPASS_MESIBO_APP_TOKEN=" + mesiboToken,
		"CHATPASS_MESIBO_APP_IDS=com.example.app", "CHATPASS_MESIBO_USERS_PHONE=mobile", "CHATPASS_MESIBO_IMPORT_FROM=" + old.URL(),
	}, settings...)
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, old, known
}

// kept opens the store of a site.
func kept(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{
		Dir: filepath.Join(dir, "state"), Existing: true, Now: time.Now,
		Keys: store.Keys{Derived: map[string][]secret.Secret{"mesibo": {secret.New(mesiboToken)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// numbers are the rows of a summary by their names.
func numbers(t *testing.T, out string) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for line := range strings.Lines(out) {
		if m := regexp.MustCompile(`^\s*(.*?)\s+(\d+(?:\s+\d+)+)\s*$`).FindStringSubmatch(line); m != nil {
			rows[m[1]] = strings.Join(strings.Fields(m[2]), " ")
		}
	}
	return rows
}

func TestImportTakesOverAnOldBackend(t *testing.T) {
	dir, _, known := mesiboSite(t, 110)
	photos := filepath.Join(dir, "photos")
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(photos, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"1500000000-abcdef.jpg": picture.Bytes(), "1500000010-abcdef.jpg": []byte("<?php evil();")} {
		if err := os.WriteFile(filepath.Join(photos, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	dry := runProgram(dir, nil, "mesibo", "import", "--dry-run", "--files", photos)
	if dry.code != 0 || !strings.Contains(dry.err, "Nothing was written") {
		t.Fatalf("the dry run: %+v", dry)
	}
	if _, err := os.Stat(filepath.Join(dir, "state")); !os.IsNotExist(err) {
		t.Errorf("the dry run left a store: %v", err)
	}

	bare := mysqltest.Start(t).Database(t)
	for name, environ := range map[string][]string{
		"a store on a server": {"CHATPASS_STORE_URL=" + bare.RootURL(t)}, "a store in a file": {"CHATPASS_STORE_URL=sqlite:" + filepath.Join(dir, "own.db")},
		"a wrong address": {"CHATPASS_MESIBO_IMPORT_FROM=mysql://nobody:wrong@127.0.0.1:1/none"},
	} {
		if again := runProgram(dir, environ, "mesibo", "import", "--dry-run", "--files", photos); again.out != dry.out && name != "a wrong address" {
			t.Errorf("a dry run with %s tells\n%s%s", name, again.out, again.err)
		}
	}
	var tables int
	if err := bare.SQL().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("dry runs made %d tables, %v", tables, err)
	}
	for _, name := range []string{"state", "own.db"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !os.IsNotExist(err) {
			t.Errorf("dry runs left %s: %v", name, err)
		}
	}

	list := filepath.Join(dir, "left.tsv")
	args := []string{"mesibo", "import", "--files", photos, "--report", list}
	got := runProgram(dir, nil, args...)
	want := map[string]string{
		"users": "112 106 0 0 0 6", "contacts": "324 312 0 0 0 12", "groups": "7 6 0 0 0 1", "photos": "11 1 0 0 0 10", "push tokens": "55 0 0 0 0 55",
		"tokens": "55 0 0 0 0 55", "names": "2 0 0 0 0 2",
	}
	rows := numbers(t, got.out)
	members := rows["members"]
	delete(rows, "members")
	if diff := cmp.Diff(want, rows); got.code != 0 || known != 106 || diff != "" {
		t.Fatalf("code %d, %d known\n%s\n%s", got.code, known, got.err, diff)
	}
	if !regexp.MustCompile(`^\d+ [1-9]\d* 0 0 0 [1-9]\d*$`).MatchString(members) {
		t.Errorf("members: %s", members)
	}
	for _, text := range []string{got.out, got.err, dry.out, dry.err} {
		for _, secret := range []string{"working on", mesiboToken, "9190", "4915", "push-0", "Zoë", "pw-"} {
			if strings.Contains(text, secret) {
				t.Errorf("it tells %q:\n%s", secret, text)
			}
		}
	}
	info, err := os.Stat(list)
	content, readErr := os.ReadFile(list)
	if err != nil || readErr != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("report: %v, %v, %v", info.Mode(), err, readErr)
	}
	for _, line := range []string{
		reportHead, "users\t1007\t" + mesibotest.Phone(7) + "\tno user of the site has this phone", "users\t1013\t" + mesibotest.Phone(13) + "\tseveral users of the site have this phone",
		"users\t3\t1234\tthis is no phone number", "photos\t1010\t\tits file is no JPEG, PNG, WebP or GIF that can be read, or too large",
	} {
		if !strings.Contains(string(content), line+"\n") {
			t.Errorf("the report has no line %q", line)
		}
	}

	s := kept(t, dir)
	u, err := s.MesiboUser(t.Context(), "3") // the first two of the site have no old user
	if err != nil || u.Address != mesibotest.Phone(0) || u.RemoteUID != "1000" || u.Name != "Zoë 0 🦉" || u.SiteName != "nick0" {
		t.Fatalf("%+v, %v", u, err)
	}
	file, err := s.MesiboFile(t.Context(), u.Photo)
	if err != nil || file.User != u.ID || file.MIME != "image/jpeg" {
		t.Errorf("%+v, %v", file, err)
	}
	pictures, err := filepath.Glob(filepath.Join(dir, "state", "mesibo", "*.jpg"))
	if err != nil || len(pictures) != 1 || filepath.Base(pictures[0]) != u.Photo {
		t.Errorf("pictures %v, %v", pictures, err)
	}

	again := runProgram(dir, nil, args...)
	for kind, row := range numbers(t, again.out) {
		if cells := strings.Fields(row); cells[1] != "0" || cells[2] != "0" || cells[4] != "0" {
			t.Errorf("the second run did something with %s: %s", kind, row)
		}
	}
}

func TestImportTellsWhatIsWrongWithItsSettings(t *testing.T) {
	dir, old, _ := mesiboSite(t, 20)
	empty := mysqltest.Start(t).Database(t)
	user, password := old.Credentials(t, old.URL())
	stranger := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(stranger, []byte("mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		environ []string
		args    []string
		code    int
		want    string
	}{
		{"no word behind it", nil, []string{"mesibo"}, exitUsage, "the one thing to do is import"},
		{"another word", nil, []string{"mesibo", "export"}, exitUsage, "the one thing to do is import"},
		{"no old database", []string{"CHATPASS_MESIBO_IMPORT_FROM="}, []string{"mesibo", "import", "--from="}, exitRefused, "CHATPASS_MESIBO_IMPORT_FROM is missing"},
		{"a database of another kind", nil, []string{"mesibo", "import", "--from", "sqlite:/tmp/x.db"}, exitRefused, "is no database of MySQL or MariaDB"},
		{"no address", nil, []string{"mesibo", "import", "--from", "nonsense"}, exitRefused, "CHATPASS_MESIBO_IMPORT_FROM is no address of a database"},
		{"opaque addresses", []string{"CHATPASS_MESIBO_ADDRESS=opaque", "CHATPASS_MESIBO_LEGACY=v2"}, []string{"mesibo", "import"}, exitRefused, "CHATPASS_MESIBO_ADDRESS is not phone"},
		{"another database", nil, []string{"mesibo", "import", "--from", empty.URL()}, exitFailed, "it has no table contacts, table groups, table members, table users"},
		{"a wrong password", nil, []string{"mesibo", "import", "--from", strings.Replace(old.URL(), password, "wrong-"+password, 1)}, exitFailed, "does not let this account in"},
		{"a folder that is not there", nil, []string{"mesibo", "import", "--files", filepath.Join(dir, "none")}, exitFailed, "no such file"},
		{"a report over another file", nil, []string{"mesibo", "import", "--report", stranger}, exitFailed, "is no report"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			environ := tt.environ
			if tt.name == "no old database" {
				environ = append(environ, "CHATPASS_MESIBO_IMPORT_FROM_FILE=")
				rewrite(t, filepath.Join(dir, ".env"), "CHATPASS_MESIBO_IMPORT_FROM="+old.URL()+"\n", "")
				defer rewrite(t, filepath.Join(dir, ".env"), "CHATPASS_MESIBO_APP_IDS", "CHATPASS_MESIBO_IMPORT_FROM="+old.URL()+"\nCHATPASS_MESIBO_APP_IDS")
			}
			got := runProgram(dir, environ, tt.args...)
			if got.code != tt.code || !strings.Contains(got.err, tt.want) {
				t.Errorf("got %+v", got)
			}
			if strings.Contains(got.err, password) || strings.Contains(got.err, user) {
				t.Errorf("it tells the account: %s", got.err)
			}
		})
	}
	if content, err := os.ReadFile(stranger); err != nil || string(content) != "mine\n" {
		t.Errorf("the file of somebody else is %q, %v", content, err)
	}
}

func TestImportNeedsMesibo(t *testing.T) {
	dir := newSite(t)
	if got := runProgram(dir, nil, "mesibo", "import", "--from", "mysql://a:b@127.0.0.1/c"); got.code != exitRefused || !strings.Contains(got.err, "CHATPASS_MESIBO_APP_TOKEN is missing") {
		t.Errorf("got %+v", got)
	}
}

// rewrite changes a text in a file.
func rewrite(t *testing.T, path, from, to string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(content), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}
