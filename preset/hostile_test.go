package preset_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/evidence"
	"github.com/chatpass/chatpass/preset"
)

// values are what a visitor may put in place of the value of any cookie: nothing, what other programs took for an id or for a query, serialized
// objects of six languages, tokens without signature, bytes that are no text, and too much of everything.
var values = func() []string {
	list := []string{
		"", "0", "1", "2", "-1", "true", "null", "[]", "deleted", "admin", "' OR 1=1 -- ", "%", "_", "*", "1 or 1=1", "%27%20OR%201%3D1", "../../etc/passwd", "/etc/passwd",
		`O:8:"stdClass":1:{s:2:"id";i:1;}`, `a:2:{i:0;i:1;i:1;O:8:"stdClass":0:{}}`, `C:11:"ArrayObject":21:{x:i:0;a:0:{};m:a:0:{}}`, `a:1:{i:0;R:1;}`, `i:1;`, `b:1;`, `a:999999999:{}`,
		`user|O:4:"User":1:{s:2:"id";i:1;}`, `__default|a:1:{s:4:"user";O:10:"Joomla\User":1:{s:2:"id";i:1;}}`,
		"\x80\x04\x95c__main__\nUser\n)\x81}(\x8c\x02id\x94K\x01ub.", "gAN9cQBYAwAAAHVpZHEBSwFzLg==", "\x04\bo:\tUser\x06:\b@idi\x06", "BAhvOglVc2VyBjoIQGlkaQY=",
		"rO0ABXNyAARVc2VyAAAAAAAAAAECAAFJAAJpZHhwAAAAAQ==", "--- !ruby/object:User\nid: 1\n", `{"__proto__":{"id":1},"id":1,"user_id":1}`, `{"_rails":{"message":"MQ==","exp":null,"pur":null}}`,
		"[1,\"x\",9999999999,0]", "1,x", "1_x", "1|x", "1:x", "1%2Cx", "1%7C9999999999%7Cx%7Cx", "s%3A1.x", "a\x00b", "\x00", "%00", "\xff\xfe\xfd", "\xc0\xaf", "%FF%FE", "\xed\xa0\xbd", "\u202e", "\x01\x02\x1b", "é",
		"==", "%", "%%%", "%zz", "\"", "\\", "\"1\"", ".", "..", "a.b", "a.b.c", ".eJwDAAAAAAE:1r31eq:x",
		strings.Repeat("A", 8<<10), strings.Repeat("%00", 2700), strings.Repeat("a:1:{i:0;", 900), strings.Repeat("[", 8000), strings.Repeat("A", 60<<10),
	}
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	list = append(list, b64(`{"alg":"none"}`)+"."+b64(`{"sub":1,"user_id":1,"id":1}`)+".", b64(`{"iv":"","value":"","mac":""}`), b64(`{"iv":"AAAAAAAAAAAAAAAAAAAAAA==","value":"AAAAAAAAAAAAAAAAAAAAAA==","mac":"x","tag":""}`),
		b64(`O:8:"stdClass":0:{}`), "def502"+strings.Repeat("00", 100), "\x1f\x8b"+strings.Repeat("\x00", 100))
	return list
}()

// pairs splits a Cookie header.
func pairs(header string) (list [][2]string) {
	for part := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		list = append(list, [2]string{name, value})
	}
	return list
}

func joined(list [][2]string) string {
	var parts []string
	for _, p := range list {
		parts = append(parts, p[0]+"="+p[1])
	}
	return strings.Join(parts, "; ")
}

// replaced is a header in which the cookie at place i has another value.
func replaced(list [][2]string, i int, value string) string {
	other := append([][2]string(nil), list...)
	other[i][1] = value
	return joined(other)
}

func isUser(who string) bool {
	return who != "none" && who != "rejected" && who != "conflict" && who != "hidden"
}

// TestSEC39NoCookieMakesAVisitorSomebodyElse visits the site of every recipe with everything that is no session of the visitor's own. Whoever has no
// cookie is a guest; whatever is forged, expired, somebody else's in part or of no sense at all names nobody, or at most whom it named before.
func TestSEC39NoCookieMakesAVisitorSomebodyElse(t *testing.T) {
	visited := map[string]bool{}
	for _, f := range evidence.Folders(t, evidenceRoot) {
		if _, err := os.Stat(filepath.Join(f.Path, "sessions.json")); err != nil {
			continue
		}
		known, faults := preset.Open(f.Preset)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		visited[f.Preset] = true
		t.Run(f.Name, func(t *testing.T) {
			s := sessionSite(t, f, known.Databases[0])
			words := usersOf(t, f)
			var genuine []visitCase
			for _, v := range s.file.Visits {
				if isUser(v.Want) {
					genuine = append(genuine, v)
				}
			}
			for _, v := range genuine {
				t.Run(v.Name, func(t *testing.T) {
					s.forged(t, v)
					s.otherUsers(t, v, words)
					s.tooMuch(t, v)
					s.mixed(t, v, genuine)
					s.ended(t, v)
				})
			}
			t.Run("users who are gone", func(t *testing.T) { withoutUsers(t, f, known, genuine) })
		})
	}
	for _, f := range preset.All() {
		if len(f.Session) > 0 && !visited[f.Name] {
			t.Errorf("preset %s reads sessions, and nobody tried to deceive it", f.Name)
		}
	}
}

// usersOf are the ids and the names of a folder's users, each as a cookie may hold it.
func usersOf(t *testing.T, f evidence.Folder) (words []string) {
	t.Helper()
	var users []struct {
		ID   json.RawMessage `json:"user_id"`
		Name string          `json:"name"`
	}
	if err := json.Unmarshal(f.Read(t, "want_users.json"), &users); err != nil {
		t.Fatal(err)
	}
	for _, u := range users[:min(len(users), 6)] {
		words = append(words, strings.Trim(string(u.ID), `"`), url.PathEscape(u.Name), url.QueryEscape(strings.ToLower(u.Name)))
	}
	if len(users) < 2 {
		t.Errorf("%d users prove too little", len(users))
	}
	return words
}

// forged puts each of the values in the place of each cookie, beside it under the same name, and behind it.
func (s *siteOf) forged(t *testing.T, v visitCase) {
	t.Helper()
	r := s.resolver(t, v)
	if got, _ := s.who(t, r, v, ""); got != "none" {
		t.Errorf("no cookie at all gives %s", got)
	}
	list := pairs(v.Cookie)
	for i, cookie := range list {
		for _, value := range values {
			if value == cookie[1] {
				continue
			}
			got, _ := s.who(t, r, v, replaced(list, i, value))
			if isUser(got) && (got != v.Want || len(list) == 1) {
				t.Errorf("%s=%.60q names %s", cookie[0], value, got)
			}
			if got, _ := s.who(t, r, v, cookie[0]+"="+value); isUser(got) {
				t.Errorf("%s=%.60q alone names %s", cookie[0], value, got)
			}
			if len(value) > 1<<10 {
				continue
			}
			for _, header := range []string{v.Cookie + "; " + cookie[0] + "=" + value, cookie[0] + "=" + value + "; " + v.Cookie, replaced(list, i, cookie[1]+value)} {
				if got, _ := s.who(t, r, v, header); isUser(got) && got != v.Want {
					t.Errorf("%.100q names %s, not %s", header, got, v.Want)
				}
			}
		}
		// The form of an array of PHP, and names that a server folds into this one.
		for _, name := range []string{cookie[0] + "[]", cookie[0] + "[0]", cookie[0] + "\x00", strings.ToUpper(cookie[0]), " " + cookie[0], "__Host-" + cookie[0]} {
			if got, _ := s.who(t, r, v, name+"="+values[3]); isUser(got) {
				t.Errorf("%q=%s names %s", name, values[3], got)
			}
		}
	}
}

// part is what stands between the separators of cookies that are not sealed.
var part = regexp.MustCompile(`(?:[^|,:;_/%]|%2[0-9A-BD-E])+`)

// otherUsers writes the ids and names of other users in place of every part of a cookie: of the visitor's own among them. A cookie whose proof
// was made for another text names nobody, and none names the other user.
func (s *siteOf) otherUsers(t *testing.T, v visitCase, words []string) {
	t.Helper()
	r := s.resolver(t, v)
	list := pairs(v.Cookie)
	for i, cookie := range list {
		at := part.FindAllStringIndex(cookie[1], 12)
		if place := strings.Index(cookie[1], v.Want); place >= 0 {
			at = append(at, []int{place, place + len(v.Want)})
		}
		for _, place := range append(at, []int{0, len(cookie[1])}) {
			for _, word := range append(words, "0", "1", "2") {
				value := cookie[1][:place[0]] + word + cookie[1][place[1]:]
				if got, _ := s.who(t, r, v, replaced(list, i, value)); isUser(got) && got != v.Want {
					t.Errorf("%s=%q names %s, not %s", cookie[0], value, got, v.Want)
				}
			}
		}
		for j := range cookie[1] { // a bit of the beginning or the end, where proofs are
			if j > 8 && j < len(cookie[1])-8 || v.Loose {
				continue
			}
			changed := []byte(cookie[1])
			changed[j] ^= 1
			if got, _ := s.who(t, r, v, replaced(list, i, string(changed))); isUser(got) {
				t.Errorf("%s with %q for %q at byte %d names %s", cookie[0], changed[j], cookie[1][j], j, got)
			}
		}
	}
}

// tooMuch sends the genuine cookies among many others, and more than anybody may send.
func (s *siteOf) tooMuch(t *testing.T, v visitCase) {
	t.Helper()
	r := s.resolver(t, v)
	if got, _ := s.who(t, r, v, "padding="+strings.Repeat("x", 8<<10)+"; "+v.Cookie+"; more="+strings.Repeat("y", 8<<10)); got != v.Want {
		t.Errorf("beside cookies of 8 KiB it is %s", got)
	}
	for what, header := range map[string]string{
		"64 KiB": v.Cookie + "; padding=" + strings.Repeat("x", 64<<10), "600 cookies": v.Cookie + strings.Repeat("; a=b", 600),
	} {
		if got, _ := s.who(t, r, v, header); got != "rejected" {
			t.Errorf("%s give %s, want rejected", what, got)
		}
	}
	name := pairs(v.Cookie)[0][0]
	var many strings.Builder
	for i := range 100 {
		fmt.Fprintf(&many, "; %s=%d", name, i)
	}
	if got, _ := s.who(t, r, v, v.Cookie+many.String()); isUser(got) && got != v.Want {
		t.Errorf("a hundred cookies of one name give %s", got)
	}
}

// mixed takes some cookies of one visitor and some of another: nobody but these two may come of it.
func (s *siteOf) mixed(t *testing.T, v visitCase, others []visitCase) {
	t.Helper()
	r := s.resolver(t, v)
	for _, other := range others {
		if other.Want == v.Want {
			continue
		}
		for _, header := range []string{v.Cookie + "; " + other.Cookie, other.Cookie + "; " + v.Cookie} {
			if got, _ := s.who(t, r, v, header); isUser(got) && got != v.Want && got != other.Want {
				t.Errorf("the cookies of %s and %s name %s", v.Want, other.Want, got)
			}
		}
		for i := range pairs(v.Cookie) {
			for _, theirs := range pairs(other.Cookie) {
				if got, _ := s.who(t, r, v, replaced(pairs(v.Cookie), i, theirs[1])); isUser(got) && got != v.Want && got != other.Want {
					t.Errorf("%s of %s with the value of %s names %s", pairs(v.Cookie)[i][0], v.Want, other.Want, got)
				}
			}
		}
	}
}

// ended visits at and after the end of the session.
func (s *siteOf) ended(t *testing.T, v visitCase) {
	t.Helper()
	_, ends := s.who(t, s.resolver(t, v), v, v.Cookie)
	if ends == 0 {
		return // it lasts until the site forgets it
	}
	for _, late := range []int64{0, 1, 86400, 1 << 33} {
		v := v
		v.Now = ends + late
		if got, until := s.who(t, s.resolver(t, v), v, v.Cookie); isUser(got) && until == ends {
			t.Errorf("%d s after its end the session names %s", late, got)
		}
	}
}

// withoutUsers visits a site from whose users table the visitors were deleted, while their sessions are still there.
func withoutUsers(t *testing.T, f evidence.Folder, known *preset.File, genuine []visitCase) {
	t.Helper()
	gone := f
	gone.Path = t.TempDir()
	entries, err := os.ReadDir(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		if err := os.WriteFile(filepath.Join(gone.Path, e.Name()), f.Read(t, e.Name()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.OpenFile(filepath.Join(gone.Path, "sessions.sql"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	schema := string(f.Read(t, "schema.sql"))
	deleted := 0
	for _, table := range known.Users.Tables {
		if !regexp.MustCompile("(?i)CREATE TABLE [`\"]?" + regexp.QuoteMeta(table) + "[`\" (]").MatchString(schema) {
			continue
		}
		for _, v := range genuine {
			deleted++
			if _, err := fmt.Fprintf(file, "\nDELETE FROM %s WHERE %s = '%s';\n", table, known.Users.Key, v.Want); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if deleted == 0 {
		t.Fatalf("none of the tables %q is in schema.sql", known.Users.Tables)
	}
	s := sessionSite(t, gone, known.Databases[0])
	for _, v := range genuine {
		if got, _ := s.who(t, s.resolver(t, v), v, v.Cookie); isUser(got) {
			t.Errorf("%s: user %s, who is deleted, is %s", v.Name, v.Want, got)
		}
	}
}
