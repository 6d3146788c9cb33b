package blackbox_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// racing builds Chatpass with the race detector, where the tests have it; once per test process.
var racing = sync.OnceValues(func() (string, error) {
	if raceFlag == "" {
		return program()
	}
	path := filepath.Join(buildFolder, "chatpass-race")
	cmd := exec.Command("go", "build", raceFlag, "-gcflags=modernc.org/...=-race=false", "-o", path, ".") // as the tests are built: SQLite is C put into Go
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// racing is site and settings with the program that racing builds.
func (s mesiboStore) racing(t testing.TB, n int) (*messenger, func(text string) int) {
	t.Helper()
	path, err := racing()
	if err != nil {
		t.Fatal(err)
	}
	if raceFlag == "" {
		t.Log("the program runs without the race detector, as this test does: go test -race has both with it")
	}
	m, query := s.settings(t, n)
	cmd := prepare(t, m.env)
	cmd.Path, cmd.Args[0] = path, path
	m.launch(t, cmd)
	return m, query
}

// atOnce runs n functions at the same moment.
func atOnce(n int, do func(i int)) {
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	all.Wait()
}

// quickly asks without failing the test, which only its own goroutine may.
func (m *messenger) quickly(t testing.TB, f fields) (values map[string]any, err error) {
	t.Helper()
	a, err := try(t.Context(), client, http.MethodPost, m.public+mesiboAPI, form(f.encode()), visitor)
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("%d %s", a.status, a.body)
	}
	if err == nil {
		err = json.Unmarshal([]byte(a.body), &values)
	}
	if op, _ := values["op"].(string); err == nil && op != f[1] {
		err = fmt.Errorf("another op in %s", a.body)
	}
	return values, err
}

func TestSEC93FiftyRightCodesAtOnceAreOneToken(t *testing.T) {
	t.Parallel()
	for _, s := range mesiboStores {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			m, _ := s.racing(t, 4)
			for id, code := range map[int]string{1: m.codeFor(t, asForm, phoneOf(1), mesiboApp), 2: m.linkCode(t, 2)} {
				var got, other atomic.Int32
				atOnce(50, func(int) {
					values, err := m.quickly(t, fields{"op", "login", "phone", phoneOf(id), "appid", mesiboApp, "code", code})
					switch {
					case err != nil:
						t.Error(err)
					case values["result"] == "OK" && values["token"] != nil:
						got.Add(1)
					case values["error"] != "BADCODE":
						other.Add(1)
						t.Errorf("%v", values)
					}
				})
				if got.Load() != 1 || len(m.peer.of("useradd", phoneOf(id))) != 1 {
					t.Errorf("SEC-93: user %d: %d tokens by %d calls", id, got.Load(), len(m.peer.of("useradd", phoneOf(id))))
				}
			}
			t.Run("wrong codes at once are counted", func(t *testing.T) {
				code := m.codeFor(t, asForm, phoneOf(3), mesiboApp)
				bad := make([]string, 49)
				for i := range bad {
					bad[i] = fmt.Sprintf("%06d", (i+1)*1009)
				}
				bad = slices.DeleteFunc(bad, func(s string) bool { return s == code })
				atOnce(len(bad), func(i int) {
					if values, err := m.quickly(t, fields{"op", "login", "phone", phoneOf(3), "appid", mesiboApp, "code", bad[i]}); err != nil || values["result"] != "FAIL" {
						t.Errorf("%v %v", values, err)
					}
				})
				m.say(t, asForm, fields{"op", "login", "phone", phoneOf(3), "appid", mesiboApp, "code", code}).fail(t, "BADCODE")
			})
		})
	}
}

func TestM41FiveHundredMixedRequestsAtOnce(t *testing.T) {
	t.Parallel()
	const users = 25
	for _, s := range mesiboStores {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			m, query := s.racing(t, users)
			pass := m.pass(t, 1, "")
			token := []string{pass.Token}
			for id := 2; id <= 5; id++ {
				token = append(token, m.pass(t, id, "").Token)
			}
			gid := m.group(t, token[0], phonesOf(2, 3))
			var late atomic.Int32 // answers of a machine that has too much to do: that is no fault, but a wrong answer is
			unlucky := func(values map[string]any, err error, allowed ...string) {
				code, _ := values["error"].(string)
				switch {
				case err == nil && code == "UNAVAILABLE":
					late.Add(1)
				case err != nil || values["result"] != "OK" && !slices.Contains(allowed, code):
					t.Errorf("M41: %v %v", values, err)
				}
			}
			var given sync.Map // tokens of users 6 and more, by user
			atOnce(500, func(i int) {
				r := rand.New(rand.NewPCG(uint64(i), 41))
				who := r.IntN(5)
				ask := func(op string, f ...string) (map[string]any, error) {
					return m.quickly(t, fields{"op", op, "token", token[who]}.and(f...))
				}
				var values map[string]any
				var err error
				switch i % 10 {
				case 0, 1: // first visits of the same few users, several of each
					id := 6 + r.IntN(users-6)
					a, err := try(t.Context(), client, http.MethodPost, m.public+"/chat/mesibo/token", member(strconv.Itoa(id)), visitor)
					var p mesiboPass
					switch {
					case err == nil && a.status == http.StatusServiceUnavailable:
						late.Add(1)
					case err != nil || a.status != http.StatusOK || json.Unmarshal([]byte(a.body), &p) != nil:
						t.Errorf("M41: %d %s %v", a.status, a.body, err)
					default:
						if first, there := given.LoadOrStore(id, p.Token); there && first != p.Token {
							t.Errorf("M41: user %d has two tokens", id)
						}
					}
					return
				case 2, 3:
					values, err = m.quickly(t, fields{"op", "login", "phone", phoneOf(6 + r.IntN(users-6)), "appid", mesiboApp})
					unlucky(values, err, "RATELIMIT")
					return
				case 4, 5:
					values, err = ask("getcontacts", "phones", phonesOf(1+r.IntN(users), 1+r.IntN(users)))
				case 6:
					values, err = ask("profile", "name", fmt.Sprint("Name ", r.IntN(5)), "status", fmt.Sprint("status ", i))
				case 7:
					who = 0
					values, err = ask("editmembers", "gid", gid, "m", phoneOf(2+r.IntN(4)), "delete", fmt.Sprint(r.IntN(2)))
				case 8:
					values, err = ask([]string{"delcontacts", "setnotify"}[r.IntN(2)], "phones", phoneOf(2), "notifytoken", "x")
				default:
					values, err = m.quickly(t, fields{"op", "login", "phone", phoneOf(6 + r.IntN(users-6)), "appid", mesiboApp, "code", fmt.Sprintf("%06d", r.IntN(1e6))})
					if values["result"] != "OK" { // one in a million
						unlucky(values, err, "BADCODE", "RATELIMIT")
					}
					return
				}
				unlucky(values, err)
			})
			if n := late.Load(); n > 250 {
				t.Errorf("M41: %d of 500 requests came too late", n)
			} else if n > 0 {
				t.Logf("%d of 500 requests came too late on this machine", n)
			}
			for address, calls := range m.peer.tally() {
				if calls != 1 && late.Load() == 0 { // who came too late to keep a token asks again
					t.Errorf("M41: %d calls of useradd for %s", calls, address)
				}
			}
			if all, different := query("SELECT COUNT(*) FROM chat_mesibo_users"), query("SELECT COUNT(DISTINCT site_user) FROM chat_mesibo_users"); all != different || all == 0 {
				t.Errorf("M41: %d users, %d of them different", all, different)
			}
			if all, different := query("SELECT COUNT(*) FROM chat_mesibo_challenges"), query("SELECT COUNT(*) FROM (SELECT DISTINCT phone_mac, kind FROM chat_mesibo_challenges) AS x"); all != different || all == 0 {
				t.Errorf("M41: %d challenges for %d phones", all, different)
			}
			for id := 6; id < users; id++ {
				if n := m.sms.count(phoneOf(id)); n > 1 {
					t.Errorf("M41: %d messages to user %d within 30 s", n, id)
				}
			}
			members := m.membersOf(t, token[0], gid)
			_, list, _ := strings.Cut(members, ":")
			found := strings.Split(list, ",")
			if slices.Sort(found); len(slices.Compact(found)) != len(strings.Split(list, ",")) {
				t.Errorf("M41: a member twice in %s", members)
			}
		})
	}
}

// tally is how often useradd was called for each address.
func (p *mesiboPeer) tally() map[string]int {
	found := map[string]int{}
	for _, c := range p.calls("useradd") {
		found[fmt.Sprint(c.value("user", "address"))]++
	}
	return found
}

func TestSEC95TheStoreHoldsNoCodeAndNoTokenInClear(t *testing.T) {
	t.Parallel()
	m := mesiboSite(t, 4)
	token := m.signIn(t, asForm, 1).text("token")
	code, link := m.codeFor(t, asForm, phoneOf(2), mesiboApp), m.linkCode(t, 3)
	m.say(t, asForm, fields{"op", "setnotify", "token", token, "notifytoken", "canary-push-token-5Tq", "dt", "1"}).ok(t)
	files := map[string]bool{} // with the journal of SQLite
	eventually(t, "the store's file to be there", runLimit, func() bool {
		found, _ := filepath.Glob(filepath.Join(m.env["STATE_DIR"], "*.db*"))
		for _, f := range found {
			files[f] = true
		}
		return len(files) > 0
	})
	for file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for name, secret := range map[string]string{"token": token, "app token": mesiboToken, "push token": "canary-push-token-5Tq"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds the %s", filepath.Base(file), name)
			}
		}
		for _, c := range []string{code, link} {
			if holds(text, c) {
				t.Errorf("%s holds a code", filepath.Base(file))
			}
		}
	}
}
