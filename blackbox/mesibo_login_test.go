package blackbox_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestM06M07OnlyAKnownPhoneGetsACodeAndNobodySeesIt(t *testing.T) {
	t.Parallel()
	m := mesiboSettings(t, 12)
	m.db.Exec(t, "UPDATE people SET banned = 1 WHERE id = 10", "UPDATE people SET phone = '9198700 00011' WHERE id IN (11, 12)")
	m.start(t)
	for i, w := range allWays {
		known := m.say(t, w, fields{"op", "login", "phone", phoneOf(i + 1), "appid", mesiboApp}).ok(t)
		known.golden(t, `{"op":"login","ts":T,"result":"OK"}`)
		for name, phone := range map[string]string{"nobody's": "9197000000" + strconv.Itoa(i) + "1", "a banned user's": phoneOf(10), "that of two": phoneOf(11)} {
			if i > 0 && name != "nobody's" {
				continue // once: the wait between two codes is for them too
			}
			unknown := m.say(t, w, fields{"op", "login", "phone", phone, "appid", mesiboApp})
			if unknown.masked() != known.masked() || !slices.Equal(headerNames(unknown), headerNames(known)) {
				t.Errorf("M07: a phone that is %s is answered as %s %v, a known one as %s %v", name, unknown.masked(), unknown.header, known.masked(), known.header)
			}
		}
	}
	for i := range allWays {
		m.sms.await(t, phoneOf(i+1), 0)
	}
	code := m.codeFor(t, asForm, phoneOf(9), mesiboApp) // what was to be sent before has been sent
	m.say(t, asForm, fields{"op", "login", "phone", phoneOf(9), "appid", mesiboApp, "code", code}).ok(t)
	if n := m.sms.all(); n != len(allWays)+1 {
		t.Errorf("%d messages, want %d", n, len(allWays)+1)
	}
}

func headerNames(r mesiboReply) []string {
	var names []string
	for name := range r.header {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// TestSEC94TheTimeTellsNothing compares medians, which may differ by a fifth. What always differs by more does so in each of three turns; a machine that does other things
// does not.
func TestSEC94TheTimeTellsNothing(t *testing.T) {
	t.Parallel()
	const turns, n = 3, 5 // of each: an answer takes 300 ms
	m := mesiboSite(t, turns*n+1)
	m.codeFor(t, asForm, phoneOf(turns*n+1), mesiboApp)
	for turn := range turns {
		var known, unknown []time.Duration
		for i := range n {
			somebody, nobody := phoneOf(turn*n+i+1), "91970000"+strconv.Itoa(1000+turn*n+i)
			known = append(known, m.say(t, asForm, fields{"op", "login", "phone", somebody, "appid", mesiboApp}).ok(t).took)
			unknown = append(unknown, m.say(t, asForm, fields{"op", "login", "phone", nobody, "appid", mesiboApp}).ok(t).took)
		}
		a, b := middle(known), middle(unknown)
		if max(a-b, b-a) <= min(a, b)/5 {
			return
		}
		t.Logf("turn %d: a known phone takes %s, an unknown one %s", turn+1, a, b)
	}
	t.Error("SEC-94: the times of known and unknown phones differ by more than a fifth, each time")
}

func middle(all []time.Duration) time.Duration {
	slices.SortFunc(all, cmp.Compare)
	return all[len(all)/2]
}

func TestM08TheRightCodeSignsInInEveryWay(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 12)
				id := 0
				for _, w := range allWays {
					for _, code := range []string{"code", "otp"} {
						id++
						sent := m.codeFor(t, w, phoneOf(id), mesiboApp)
						got := m.say(t, w, fields{"op", "login", "phone", phoneOf(id), "appid", mesiboApp, code, sent}).ok(t)
						m.isPass(t, got, id)
					}
				}
				if n := len(m.peer.calls("useradd")); n != id {
					t.Errorf("%d calls for %d log-ins", n, id)
				}
			})
		})
	}
	both.Wait()
}

// isPass checks the answer to a log-in.
func (m *messenger) isPass(t testing.TB, got mesiboReply, id int) {
	t.Helper()
	if token := got.text("token"); len(token) <= 16 || !m.peer.is(token, id, mesiboApp) && !m.peer.is(token, id, mesiboOther) {
		t.Errorf("M08: the token is %q", token)
	}
	if got.text("phone") != phoneOf(id) || got.text("cc") != "91" {
		t.Errorf("M08: phone %q, cc %q", got.text("phone"), got.text("cc"))
	}
	if name := got.text("name"); name != "User "+strconv.Itoa(id) {
		t.Errorf("M08: the name is %q", name)
	}
	var body struct {
		Name, Status, Photo, Invite, FileURL, DownloadURL, UploadURL *string
		URLs                                                         struct{ Upload, Download string }
		Share                                                        struct{ Text, Subject, Title string }
	}
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		t.Fatalf("%v in %s", err, got.body)
	}
	for name, s := range map[string]*string{"name": body.Name, "status": body.Status, "photo": body.Photo, "invite": body.Invite, "fileurl": body.FileURL, "downloadurl": body.DownloadURL, "uploadurl": body.UploadURL} {
		if s == nil {
			t.Errorf("M08: %s is missing in %s", name, got.body)
		}
	}
	for name, s := range map[string]string{"urls.upload": body.URLs.Upload, "urls.download": body.URLs.Download} {
		if !strings.HasPrefix(s, "https://www.example.com/") {
			t.Errorf("M08: %s is %q", name, s)
		}
	}
	if body.Share.Text == "" || body.Share.Subject == "" || body.Share.Title == "" || *body.Invite == "" {
		t.Errorf("M08: share or invite is empty in %s", got.body)
	}
	if _, there := got.values["google"]; there || len(got.keys) < 6 || got.keys[1] != "ts" {
		t.Errorf("M08: the keys are %q", got.keys)
	}
}

// TestM09AWrongCodeIsRefused leaves the end of a code after 300 s to the tests of the package, which have a clock of their own.
func TestM09AWrongCodeIsRefused(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 12)
				wrong := func(code string) string { return map[bool]string{true: "1", false: "0"}[code[0] == '0'] + code[1:] }
				ask := func(w way, id int, code string) mesiboReply {
					return m.say(t, w, fields{"op", "login", "phone", phoneOf(id), "appid", mesiboApp, w.code, code})
				}
				for i, w := range []way{asQuery, asForm, asMultipart, asJSON} {
					id := i + 1
					code := m.codeFor(t, w, phoneOf(id), mesiboApp)
					for _, bad := range []string{wrong(code), code[1:], code + "0", "x"} {
						got := ask(w, id, bad)
						if got.text("errmsg") == "" {
							t.Errorf("M09: no errmsg in %s", got.body)
						}
						if w.v2 {
							got.fail(t, "BADUSER")
						} else {
							got.golden(t, `{"op":"login","ts":T,"error":"BADCODE","errmsg":"Invalid OTP","result":"FAIL"}`)
						}
					}
					ask(w, id, code).ok(t) // four wrong ones leave one
					if again := ask(w, id, code); again.text("result") != "FAIL" {
						t.Errorf("M09: a used code counts again: %s", again.body)
					}
				}
				t.Run("the sixth try fails even with the right code", func(t *testing.T) {
					code := m.codeFor(t, asForm, phoneOf(6), mesiboApp)
					for range 5 {
						ask(asForm, 6, wrong(code)).fail(t, "BADCODE")
					}
					ask(asForm, 6, code).fail(t, "BADCODE")
				})
				t.Run("a code is of its phone and of its app", func(t *testing.T) {
					code, other := m.codeFor(t, asForm, phoneOf(7), mesiboApp), m.codeFor(t, asForm, phoneOf(8), mesiboOther)
					if code != other {
						ask(asForm, 8, code).fail(t, "BADCODE")
						ask(asForm, 7, other).fail(t, "BADCODE")
					}
					ask(asForm, 8, other).fail(t, "BADCODE") // asked for by the other app
					m.say(t, asForm, fields{"op", "login", "phone", phoneOf(8), "appid", mesiboOther, "code", other}).ok(t)
					ask(asForm, 7, code).ok(t)
				})
				t.Run("a wrong code of nobody is refused as that of somebody", func(t *testing.T) {
					code := m.codeFor(t, asForm, phoneOf(9), mesiboApp)
					if a, b := ask(asForm, 9, wrong(code)).masked(), m.say(t, asForm, fields{"op", "login", "phone", "919700000001", "appid", mesiboApp, "code", "123456"}).masked(); a != b {
						t.Errorf("%s, nobody: %s", a, b)
					}
				})
				t.Run("no code is the one of a test", func(t *testing.T) {
					m.say(t, asForm, fields{"op", "login", "phone", phoneOf(10), "appid", mesiboApp, "code", "123456"}).fail(t, "BADCODE")
				})
				if n := len(m.peer.calls("useradd")); n != 6 {
					t.Errorf("%d calls of useradd, want those of the six log-ins", n)
				}
			})
		})
	}
	both.Wait()
}

func TestM14RequestsForCodesAreLimited(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 40)
				ask := func(w way, phone string, o ...option) mesiboReply {
					return m.say(t, w, fields{"op", "login", "phone", phone, "appid", mesiboApp}, o...)
				}
				limited := func(t *testing.T, r mesiboReply, most int) {
					t.Helper()
					r.fail(t, "RATELIMIT")
					if wait, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || wait < 1 || wait > most || r.text("errmsg") == "" {
						t.Errorf("Retry-After %q in %s", r.header.Get("Retry-After"), r.body)
					}
				}
				ask(asForm, phoneOf(1)).ok(t)
				code := m.sms.await(t, phoneOf(1), 0)
				for i, spelled := range []string{phoneOf(1), "+91 98700-00001", "098700 00001"} { // SEC-92
					limited(t, ask(allWays[i], spelled), 30)
				}
				ask(asJSON, phoneOf(2)).ok(t)
				ask(asForm, "919700000009").ok(t)
				limited(t, ask(asJSON, "919700000009"), 30) // nobody's phone is limited like somebody's
				m.say(t, asForm, fields{"op", "login", "phone", phoneOf(1), "appid", mesiboApp, "code", code}).ok(t)
				atOnce(20, func(i int) {
					f := fields{"op", "login", "phone", phoneOf(10 + i), "appid", mesiboApp}
					if a, err := try(t.Context(), client, http.MethodPost, m.public+mesiboAPI, form(f.encode()), from("203.0.113.7")); err != nil || !strings.Contains(a.body, `"result":"OK"`) {
						t.Errorf("%s %v", a.body, err)
					}
				})
				limited(t, ask(asForm, phoneOf(30), from("203.0.113.7")), 600)
				limited(t, ask(asForm, "919700000031", from("203.0.113.7")), 600)
				ask(asForm, phoneOf(30), from("203.0.113.8")).ok(t)
				m.sms.await(t, phoneOf(30), 0)
				if n := m.sms.count(phoneOf(1)); n != 1 {
					t.Errorf("%d messages to a phone that was limited", n)
				}
			})
		})
	}
	both.Wait()
}
