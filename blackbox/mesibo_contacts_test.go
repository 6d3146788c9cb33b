package blackbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// contact is a row of contacts.
type contact struct {
	Name, Status, Phone, Photo, GID, TS, Members string
}

// contacts reads the rows of an answer; all their values have to be strings.
func (r mesiboReply) contacts(t testing.TB) (list []contact) {
	t.Helper()
	var body struct {
		Contacts *[]map[string]any
	}
	if err := json.Unmarshal([]byte(r.body), &body); err != nil || body.Contacts == nil {
		t.Fatalf("M31: %v in %s", err, r.body)
	}
	for _, row := range *body.Contacts {
		for key, v := range row {
			if _, text := v.(string); !text {
				t.Errorf("M31: %s is no string in %v", key, row)
			}
		}
		text := func(key string) string { s, _ := row[key].(string); return s }
		for _, key := range []string{"name", "status", "phone", "photo", "gid", "ts"} {
			if _, there := row[key]; !there {
				t.Errorf("M31: no %s in %v", key, row)
			}
		}
		list = append(list, contact{text("name"), text("status"), text("phone"), text("photo"), text("gid"), text("ts"), text("members")})
	}
	return list
}

// phones are whose rows these are, in order; groups are named by their numbers.
func phones(list []contact) []string {
	found := []string{}
	for _, c := range list {
		if c.GID != "0" {
			found = append(found, "group "+c.GID)
			continue
		}
		found = append(found, c.Phone)
	}
	slices.Sort(found)
	return found
}

// newest is the highest ts of rows, which clients send with their next question.
func newest(t testing.TB, list []contact) string {
	t.Helper()
	var most int64
	for _, c := range list {
		n, err := strconv.ParseInt(c.TS, 10, 64)
		if err != nil {
			t.Errorf("M31: ts %q", c.TS)
		}
		most = max(most, n)
	}
	return strconv.FormatInt(most, 10)
}

func phonesOf(ids ...int) string {
	var list []string
	for _, id := range ids {
		list = append(list, phoneOf(id))
	}
	return strings.Join(list, ",")
}

// sync asks for contacts.
func (m *messenger) sync(t testing.TB, token string, f ...string) mesiboReply {
	t.Helper()
	return m.say(t, asForm, fields{"op", "getcontacts", "token", token}.and(f...)).ok(t)
}

// settled asks for what changed until these rows come.
func (m *messenger) settled(t testing.TB, token, since string, want ...string) (list []contact) {
	t.Helper()
	slices.Sort(want)
	eventually(t, fmt.Sprintf("rows of %q", want), 20*time.Second, func() bool {
		list = m.sync(t, token, "ts", since).contacts(t)
		return slices.Equal(phones(list), want)
	})
	return list
}

func TestM31M32ContactsAreThoseAskedForAndAreKept(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 5)
				token := m.tokens(t, 1, 2, 3)
				for _, w := range allWays {
					got := m.say(t, w, fields{"op", "getcontacts", "token", token[0], "ts", "0", "phones", phonesOf(2, 1, 3, 4) + ",123,919700000001,x"}).ok(t)
					list := got.contacts(t)
					if diff := cmp.Diff([]string{phoneOf(2), phoneOf(3)}, phones(list)); diff != "" {
						t.Fatalf("M31, as %s: %s", w.name, diff)
					}
					for _, c := range list {
						if c.GID != "0" || !strings.HasPrefix(c.Name, "User ") || c.Photo != "" {
							t.Errorf("%+v", c)
						}
					}
					for _, key := range []string{"u", "share", "invite", "urls"} {
						if !slices.Contains(got.keys, key) {
							t.Errorf("no %s in %s", key, got.body)
						}
					}
				}
				group := m.say(t, asForm, fields{"op", "setgroup", "token", token[0], "gid", "0", "name", "Team", "m", phonesOf(2)}).ok(t)
				gid := fmt.Sprint(group.values["gid"])
				list := m.settled(t, token[0], "0", phoneOf(2), phoneOf(3), "group "+gid)
				for _, f := range []fields{{"phones", ""}, {"phones", "[]"}, {"phones", " "}, {"phones", "[ ]"}, {"phones", ","}} {
					if diff := cmp.Diff(list, m.sync(t, token[0], f.and("ts", "0")...).contacts(t)); diff != "" {
						t.Errorf("M32: %q: %s", f, diff)
					}
				}
				asArray := m.sayRaw(t, `{"op":"getcontacts","token":"`+token[0]+`","ts":0,"phones":["`+phoneOf(2)+`",`+phoneOf(3)+`]}`).ok(t)
				if diff := cmp.Diff([]string{phoneOf(2), phoneOf(3)}, phones(asArray.contacts(t))); diff != "" {
					t.Errorf("an array of JSON: %s", diff)
				}
				asText := m.sync(t, token[0], "phones", `["`+phoneOf(2)+`","null`+phoneOf(3)[2:]+`"]`)
				if diff := cmp.Diff([]string{phoneOf(2), phoneOf(3)}, phones(asText.contacts(t))); diff != "" {
					t.Errorf("an array in a form: %s", diff)
				}
				if diff := cmp.Diff([]string{}, phones(m.sync(t, token[1], "ts", "0", "phones", phonesOf(2)).contacts(t))); diff != "" {
					t.Errorf("own number: %s", diff)
				}
				m.say(t, asForm, fields{"op", "delcontacts", "token", token[0], "phones", phonesOf(3)}).ok(t)
				m.settled(t, token[0], "0", phoneOf(2), "group "+gid)
				m.sync(t, token[2], "phones", phonesOf(1))
				m.settled(t, token[2], "0", phoneOf(1)) // contacts are each one's own
			})
		})
	}
	both.Wait()
}

func TestM33NoTextBringsOthersRows(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 4)
				token := m.tokens(t, 1, 2, 3)
				for _, bad := range []string{
					"1)||(1", "1' or '1'='1", phoneOf(2) + ")||(1", phoneOf(2) + "' OR 1=1 -- ", "%", phoneOf(2)[:9] + "%", "_", "0) UNION SELECT 1", `["1)||(1"]`, `{"a":"` + phoneOf(2) + `"}`, "*", "0x39313938373030", "\x00", "[[" + phoneOf(2) + "]]",
				} {
					for _, w := range []way{asForm, asJSON} {
						rows := m.say(t, w, fields{"op", "getcontacts", "token", token[0], "phones", bad}).ok(t).contacts(t)
						if slices.ContainsFunc(rows, func(c contact) bool { return c.Phone == phoneOf(3) }) || len(rows) > 1 {
							t.Errorf("%q brought %v", bad, phones(rows))
						}
					}
				}
				for _, bad := range []string{"-1", "1e3", "' or 1=1", "9999999999999999999999", "1 OR 1"} {
					m.sync(t, token[0], "ts", bad)
					m.say(t, asForm, fields{"op", "getgroup", "token", token[0], "gid", bad})
				}
			})
		})
	}
	both.Wait()
}

func TestM34ChangesAreToldOnceAndNoneIsLost(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 4)
				token := m.tokens(t, 1, 2, 3)
				m.sync(t, token[0], "phones", phonesOf(2, 3))
				first := newest(t, m.settled(t, token[0], "0", phoneOf(2), phoneOf(3)))
				m.say(t, asForm, fields{"op", "profile", "token", token[1], "name", "Bob", "status", "hi"}).ok(t)
				list := m.settled(t, token[0], first, phoneOf(2))
				if list[0].Name != "Bob" || list[0].Status != "hi" || list[0].TS <= first {
					t.Errorf("M34: %+v after %s", list[0], first)
				}
				second := newest(t, list)
				if again := m.sync(t, token[0], "ts", second).contacts(t); len(again) != 0 {
					t.Errorf("M34: %+v", again)
				}
				const one, two = "one", "two"
				now := time.Now().Unix()
				eventually(t, "a second to begin", 2*time.Second, func() bool { return time.Now().Unix() > now })
				m.say(t, asForm, fields{"op", "profile", "token", token[1], "status", one}).ok(t)
				seen := m.sync(t, token[0], "phones", phonesOf(2), "ts", second).contacts(t)
				if len(seen) != 1 || seen[0].Status != one || seen[0].Name != "Bob" {
					t.Errorf("M34: at once: %+v", seen)
				}
				m.say(t, asForm, fields{"op", "profile", "token", token[1], "status", two}).ok(t)
				since := newest(t, seen)
				eventually(t, "the second change of a second", 10*time.Second, func() bool {
					for _, c := range m.sync(t, token[0], "ts", since).contacts(t) {
						since = max(since, c.TS)
						seen = append(seen, c)
					}
					return seen[len(seen)-1].Status == two
				})
				second = since
				t.Run("a name that is changed on the site", func(t *testing.T) {
					m.db.Exec(t, "UPDATE people SET name = 'Renamed' WHERE id = 3")
					if now := m.sync(t, token[0], "phones", phonesOf(3)).contacts(t); len(now) != 1 || now[0].Name != "Renamed" {
						t.Errorf("at once: %+v", now)
					}
					if list := m.settled(t, token[0], second, phoneOf(3)); list[0].Name != "Renamed" {
						t.Errorf("%+v", list)
					}
				})
				t.Run("a profile without a name keeps it", func(t *testing.T) {
					m.say(t, asForm, fields{"op", "profile", "token", token[1], "status", "away"}).ok(t)
					if u := m.me(t, token[1]); u["name"] != "Bob" || u["status"] != "away" {
						t.Errorf("%v", u)
					}
				})
			})
		})
	}
	both.Wait()
}

// me is what a user is told of themselves.
func (m *messenger) me(t testing.TB, token string) map[string]any {
	t.Helper()
	u, _ := m.sync(t, token).values["u"].(map[string]any)
	for _, key := range []string{"name", "phone", "status", "photo", "ts", "connection_status"} {
		if _, text := u[key].(string); !text {
			t.Errorf("M36: %s is no string in u %v", key, u)
		}
	}
	return u
}

func TestM35ResetForgetsContacts(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 3)
				token := m.tokens(t, 1, 2, 3)
				m.sync(t, token[0], "phones", phonesOf(2))
				m.sync(t, token[1], "phones", phonesOf(1))
				m.settled(t, token[0], "0", phoneOf(2))
				for range 2 {
					if list := m.sync(t, token[0], "reset", "1").contacts(t); len(list) != 0 {
						t.Errorf("M35: %+v", list)
					}
					if list := m.sync(t, token[0], "ts", "0").contacts(t); len(list) != 0 {
						t.Errorf("M35: %+v", list)
					}
				}
				m.settled(t, token[1], "0", phoneOf(1))
				if list := m.sync(t, token[0], "reset", "1", "phones", phonesOf(3)).contacts(t); !slices.Equal(phones(list), []string{phoneOf(3)}) {
					t.Errorf("M35: %+v", list)
				}
				m.settled(t, token[0], "0", phoneOf(3))
				m.sync(t, token[0], "reset", "0")
				m.settled(t, token[0], "0", phoneOf(3))
			})
		})
	}
	both.Wait()
}
