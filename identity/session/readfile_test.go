package session_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatpass/chatpass/identity/session"
)

// ownFiles is a description of PHP's session files.
func ownFiles(folder string) session.Own {
	return session.Own{Cookie: "PHPSESSID", Files: folder, User: "user.id"}
}

// resolverOf follows the description of a folder.
func resolverOf(tb testing.TB, own session.Own, change func(o *session.Options)) *session.Resolver {
	tb.Helper()
	o := options(&database{}, nil)
	o.Files, o.Lifetime = own.Files, own.Lifetime
	if change != nil {
		change(&o)
	}
	return open(tb, o, ownRecipe(tb, own))
}

func put(tb testing.TB, path, text string, changed time.Time) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Chtimes(path, changed, changed); err != nil {
		tb.Fatal(err)
	}
}

const idOf7 = `lang|s:2:"en";user|a:1:{s:2:"id";i:7;}`

// says is what a visitor puts into their own session.
const says = `x";user|a:1:{s:2:"id";i:1;}a:1:{s:4:"user";a:1:{s:2:"id";i:1;}}`

func TestFilesOfOnesOwnAreFollowed(t *testing.T) {
	folder := t.TempDir()
	minute := now.Add(-time.Minute)
	for name, text := range map[string]string{
		"sess_php": idOf7, "sess_serialize": `a:2:{s:4:"lang";s:2:"en";s:4:"user";a:1:{s:2:"id";s:1:"8";}}`, "sess_guest": `lang|s:2:"en";`, "sess_null": "user|a:1:{s:2:\"id\";N;}", "sess_empty": "",
		"sess_cut": idOf7[:len(idOf7)-3], "sess_binary": "\x04user" + `a:1:{s:2:"id";i:9;}`, "sess_object": `user|O:4:"User":1:{s:2:"id";i:7;}`, "sess_igbinary": "\x00\x00\x00\x02\x14\x01\x11\x04user",
		// What a visitor may have put into their own session must not become another.
		"sess_says": fmt.Sprintf(`note|s:%d:"%s";user|a:1:{s:2:"id";i:7;}`, len(says), says),
		"sess_list": fmt.Sprintf(`a:1:{s:4:"note";s:%d:"%s";}`, len(says), says),
		"sess_deep": strings.Repeat("a:1:{i:0;", 40) + "i:1;" + strings.Repeat("}", 40),
	} {
		put(t, filepath.Join(folder, name), text, minute)
	}
	r := resolverOf(t, ownFiles(folder), nil)
	for id, want := range map[string]string{
		"php": "7", "serialize": "8", "guest": "none", "null": "none", "empty": "none", "cut": "none", "binary": "none", "object": "none", "igbinary": "none", "says": "7", "list": "none", "deep": "none",
		"unknown": "rejected", "..%2Fsess_php": "rejected", "": "rejected", "php%00": "rejected", "sess_php": "rejected",
	} {
		if got := ask(t, r, "PHPSESSID="+id); got != want {
			t.Errorf("%q gives %s, want %s", id, got, want)
		}
	}
	binary := ownFiles(folder)
	binary.User = "php_binary:user.id"
	if got := ask(t, resolverOf(t, binary, nil), "PHPSESSID=binary"); got != "9" {
		t.Errorf("php_binary gives %s, want 9", got)
	}
}

func TestASessionFileLivesAsLongAsPHPKeepsIt(t *testing.T) {
	folder := t.TempDir()
	put(t, filepath.Join(folder, "sess_ada"), idOf7, now.Add(-time.Minute))
	for name, c := range map[string]struct {
		life time.Duration
		want time.Time
	}{
		"unless anything is said": {0, now.Add(-time.Minute).Add(1440 * time.Second)}, "longer": {2 * time.Hour, now.Add(119 * time.Minute)}, "shorter": {30 * time.Second, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			own := ownFiles(folder)
			own.Lifetime = c.life
			id, err := resolverOf(t, own, nil).Resolve(t.Context(), visit(t, "PHPSESSID=ada"))
			if !id.ExpiresAt.Equal(c.want) || (err == nil) == c.want.IsZero() {
				t.Errorf("ends at %v, %v; want %v", id.ExpiresAt, err, c.want)
			}
		})
	}
}

func TestFoldersWithinEachOtherAreFoundAsPHPNamesThem(t *testing.T) {
	root := t.TempDir()
	put(t, filepath.Join(root, "a", "d", "sess_ada"), idOf7, now)
	for setting, want := range map[string]string{"2;" + root: "7", "2;0600;" + root: "7", root: "rejected", "1;" + root: "rejected", "3;" + root: "rejected"} {
		if got := ask(t, resolverOf(t, ownFiles(setting), nil), "PHPSESSID=ada"); got != want {
			t.Errorf("%s gives %s, want %s", strings.ReplaceAll(setting, root, "…"), got, want)
		}
	}
	for _, wrong := range []string{"", "relative", "x;/srv", "-1;/srv", "99;/srv", "2;srv", ";/srv"} {
		if _, _, err := session.ParseFiles(wrong); err == nil {
			t.Errorf("%q is taken for a folder", wrong)
		}
	}
}

func TestOneFileAmongThousandsIsFoundByItsName(t *testing.T) {
	folder := t.TempDir()
	for i := range 3000 {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("sess_%026d", i)), []byte(fmt.Sprintf(`user|a:1:{s:2:"id";i:%d;}`, i+1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	clock := time.Now().Add(time.Second)
	r := resolverOf(t, ownFiles(folder), func(o *session.Options) { o.Now = func() time.Time { return clock } })
	for _, i := range []int{0, 1, 1499, 2999} {
		if got := ask(t, r, fmt.Sprintf("PHPSESSID=%026d", i)); got != fmt.Sprint(i+1) {
			t.Errorf("session %d is of %s", i, got)
		}
	}
	if _, faults, err := r.Reads(t.Context()); len(faults) > 0 || err != nil {
		t.Errorf("a folder of many files has faults %v, %v", faults, err)
	}
}

// TestAFileThatIsWrittenMeanwhileIsReadAsAWhole: PHP empties a file that becomes shorter and writes it then. Whoever looks in between must not be a guest.
func TestAFileThatIsWrittenMeanwhileIsReadAsAWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sess_ada")
	put(t, path, idOf7, time.Now())
	r := resolverOf(t, ownFiles(filepath.Dir(path)), func(o *session.Options) { o.Now = time.Now })
	var stop atomic.Bool
	done := make(chan error, 1)
	go func() {
		texts := []string{idOf7 + `note|s:40:"........................................";`, idOf7}
		for i := 0; !stop.Load(); i++ {
			f, err := os.OpenFile(path, os.O_RDWR, 0)
			if err == nil {
				err = lock(f) // as PHP does
				if i%2 == 1 && err == nil {
					err = f.Truncate(0)
				}
				if _, failed := f.WriteAt([]byte(texts[i%2]), 0); err == nil {
					err = failed
				}
				_ = f.Close()
			}
			if err != nil {
				done <- err
				return
			}
			time.Sleep(2 * time.Millisecond) // a site that is very busy with one visitor; nothing waits for it
		}
		done <- nil
	}()
	seen := map[string]int{}
	for range 60 {
		seen[ask(t, r, "PHPSESSID=ada")]++
	}
	stop.Store(true)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if seen["7"]+seen["unavailable"] != 60 { // which of the two is a matter of the machine's load
		t.Errorf("a file that is written all the time gives %v", seen)
	}
	put(t, path, idOf7, time.Now())
	if got := ask(t, r, "PHPSESSID=ada"); got != "7" {
		t.Errorf("a file that was written just now gives %s", got)
	}
}

func TestWhereEverybodyMayWriteOnlyFilesOfOurAccountCount(t *testing.T) {
	for _, c := range []struct {
		folder         fs.FileMode
		owner, account int
		want           bool
	}{
		{0o1733, 33, 33, true},
		{0o1733, 0, 33, true},
		{0o1733, 1000, 33, false},
		{0o1733, 33, 0, false},
		{0o777, 1000, 33, false},
		{0o770, 1000, 33, true},
		{0o700, 33, 33, true},
		{0o755, 1000, 0, true},
	} {
		if got := session.Believed(c.folder, c.owner, c.account); got != c.want {
			t.Errorf("a file of %d in a folder of mode %o is believed by %d: %t", c.owner, c.folder, c.account, got)
		}
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "sess_ada")
	put(t, path, idOf7, now)
	if err := os.Chmod(folder, 0o733|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	r := resolverOf(t, ownFiles(folder), nil)
	if got := ask(t, r, "PHPSESSID=ada"); got != "7" {
		t.Errorf("our own file in a folder nobody may list gives %s", got)
	}
	if os.Chown(path, 65534, 65534) == nil { // only root can
		if got := ask(t, r, "PHPSESSID=ada"); got != "unavailable" {
			t.Errorf("a file another account planted gives %s", got)
		}
		if _, faults, err := r.Reads(t.Context()); len(faults) != 1 || err != nil {
			t.Errorf("faults %v, %v, want one", faults, err)
		}
	}
}

func TestAFolderThatCannotBeUsedIsToldBeforeAnybodyComes(t *testing.T) {
	root := t.TempDir()
	put(t, filepath.Join(root, "file"), "", now)
	for folder, want := range map[string]string{"gone": "no such file", "file": "no folder"} {
		_, faults, err := resolverOf(t, ownFiles(filepath.Join(root, folder)), nil).Reads(t.Context())
		if err != nil || len(faults) != 1 || !strings.Contains(faults[0].Error(), want) || !strings.Contains(faults[0].Error(), session.ErrFolder.Error()) {
			t.Errorf("%s: faults %v, %v", folder, faults, err)
		}
	}
}
