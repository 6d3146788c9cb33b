package blackbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// group makes a group of a user's and returns its number.
func (m *messenger) group(t testing.TB, token, members string) string {
	t.Helper()
	got := m.say(t, asForm, fields{"op", "setgroup", "token", token, "gid", "0", "name", "Team", "m", members}).ok(t)
	gid, number := got.values["gid"].(json.Number)
	if !number {
		t.Fatalf("M37: gid is no number in %s", got.body)
	}
	return gid.String()
}

// membersOf is the members of a group as one of them is told: how many admins, then phones.
func (m *messenger) membersOf(t testing.TB, token, gid string) string {
	t.Helper()
	return m.say(t, asForm, fields{"op", "getgroup", "token", token, "gid", gid}).ok(t).text("members")
}

// groupAtMesibo compares what Mesibo knows of a group: those who may read along.
func (m *messenger) groupAtMesibo(t testing.TB, gid string, want ...int) {
	t.Helper()
	number, err := strconv.ParseInt(gid, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if _, members, known := m.peer.Group(number); !known || strings.Join(members, ",") != phonesOf(want...) {
		t.Errorf("Mesibo's members are %q, want %v", members, want)
	}
}

// sameMembers compares members: the admins first, in order, the others in any.
func sameMembers(t testing.TB, got, want string) {
	t.Helper()
	sorted := func(s string) string {
		count, list, _ := strings.Cut(s, ":")
		all := strings.Split(list, ",")
		admins := 0
		_, _ = fmt.Sscan(count, &admins)
		slices.Sort(all[min(admins, len(all)):])
		return count + ":" + strings.Join(all, ",")
	}
	if sorted(got) != sorted(want) {
		t.Errorf("the members are %q, want %q", got, want)
	}
}

func TestM37M38GroupsAndTheirRoles(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 6)
				token := m.tokens(t, 1, 2, 3, 4)
				made := m.say(t, asForm, fields{"op", "setgroup", "token", token[0], "gid", "0", "name", "Team & Co %41", "m", phonesOf(2, 3) + ",123"}).ok(t)
				gid := fmt.Sprint(made.values["gid"])
				if got := made.masked(); !strings.HasPrefix(got, `{"op":"setgroup","ts":T,"gid":`+gid+`,"photo":"","name":"Team `) || made.text("name") != "Team & Co %41" || made.text("status") != "" {
					t.Errorf("M37: %s", got)
				}
				sameMembers(t, made.text("members"), "1:"+phonesOf(1, 2, 3))
				calls := m.peer.calls("groupadd")
				if len(calls) != 1 || calls[0].value("group", "name") != "Team & Co %41" {
					t.Errorf("M37: %+v", calls)
				}
				ask := func(who int, op string, f ...string) mesiboReply {
					return m.say(t, asForm, fields{"op", op, "token", token[who-1]}.and(f...))
				}
				for _, who := range []int{1, 2, 3} {
					got := ask(who, "getgroup", "gid", gid).ok(t)
					if fmt.Sprint(got.values["gid"]) != gid || got.text("name") != "Team & Co %41" || got.values["status"] != "" || got.values["photo"] != "" {
						t.Errorf("M37: %s", got.body)
					}
					sameMembers(t, got.text("members"), "1:"+phonesOf(1, 2, 3))
				}
				ask(4, "getgroup", "gid", gid).fail(t, "NOTMEMBER")
				ask(4, "getgroup", "gid", "99999").fail(t, "NOTMEMBER")
				ask(1, "getgroup").fail(t, "MISSINGPARA")
				ask(1, "getgroup", "gid", "0").fail(t, "MISSINGPARA")
				for _, who := range []int{2, 4} { // a member, and a stranger
					ask(who, "setadmin", "gid", gid, "m", phoneOf(2), "admin", "1").fail(t, "BADGROUP")
					ask(who, "editmembers", "gid", gid, "m", phoneOf(4)).fail(t, "BADGROUP")
					ask(who, "setgroup", "gid", gid, "name", "Mine").fail(t, "BADGROUP")
					ask(who, "profile", "gid", gid, "name", "Mine").fail(t, "BADGROUP")
				}
				ask(1, "editmembers", "gid", gid, "m", "").fail(t, "MISSINGPARA")
				ask(1, "editmembers", "gid", gid).fail(t, "MISSINGPARA")
				ask(1, "setadmin", "gid", "0", "m", phoneOf(2), "admin", "1").fail(t, "MISSINGPARA")
				raised := ask(1, "setadmin", "gid", gid, "m", phoneOf(2), "admin", "1").ok(t)
				sameMembers(t, raised.text("members"), "2:"+phonesOf(1, 2, 3))
				t.Run("A10 an admin cannot demote or remove the owner", func(t *testing.T) {
					ask(2, "setadmin", "gid", gid, "m", phoneOf(1), "admin", "0")
					ask(2, "editmembers", "gid", gid, "m", phoneOf(1), "delete", "1")
					ask(1, "setadmin", "gid", gid, "m", phoneOf(1), "admin", "0")
					ask(2, "setadmin", "gid", gid, "m", "1 OR 1=1", "admin", "0")
					sameMembers(t, m.membersOf(t, token[2], gid), "2:"+phonesOf(1, 2, 3))
				})
				added := ask(2, "editmembers", "gid", gid, "m", phonesOf(4, 5)).ok(t) // user 5 never signed in
				sameMembers(t, added.text("members"), "2:"+phonesOf(1, 2, 3, 4))
				m.groupAtMesibo(t, gid, 1, 2, 3, 4)
				since := newest(t, m.settled(t, token[3], "0", "group "+gid))
				removed := ask(2, "editmembers", "gid", gid, "m", phoneOf(4), "delete", "1").ok(t)
				sameMembers(t, removed.text("members"), "2:"+phonesOf(1, 2, 3))
				m.groupAtMesibo(t, gid, 1, 2, 3)
				ask(4, "getgroup", "gid", gid).fail(t, "NOTMEMBER")
				told := m.settled(t, token[3], since, "group "+gid) // A6: once more, without them
				if len(told) != 1 || strings.Contains(told[0].Members, phoneOf(4)) {
					t.Errorf("A6: %+v", told)
				}
				if again := m.sync(t, token[3], "ts", newest(t, told)).contacts(t); len(again) != 0 {
					t.Errorf("A6: %+v", again)
				}
				renamed := ask(1, "setgroup", "gid", gid, "name", "Other").ok(t)
				if renamed.text("name") != "Other" {
					t.Errorf("%s", renamed.body)
				}
				sameMembers(t, ask(1, "setadmin", "gid", gid, "m", phoneOf(2), "admin", "0").ok(t).text("members"), "1:"+phonesOf(1, 2, 3))
			})
		})
	}
	both.Wait()
}

func TestM39LeavingAndDeletingAGroup(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	for _, s := range mesiboStores {
		both.Go(func() {
			t.Run(s.name, func(t *testing.T) {
				m := s.site(t, 4)
				token := m.tokens(t, 1, 2, 3)
				ask := func(who int, op string, f ...string) mesiboReply {
					return m.say(t, asForm, fields{"op", op, "token", token[who-1]}.and(f...))
				}
				gid := m.group(t, token[0], phonesOf(2, 3))
				left := ask(2, "delgroup", "gid", gid).ok(t)
				if fmt.Sprint(left.values["gid"]) != gid || len(m.peer.calls("groupdel")) != 0 {
					t.Errorf("M39: %s", left.body)
				}
				ask(2, "getgroup", "gid", gid).fail(t, "NOTMEMBER")
				sameMembers(t, m.membersOf(t, token[0], gid), "1:"+phonesOf(1, 3))
				for name, h := range map[string]http.HandlerFunc{"a refusal": mesiboRefuses("ODDCODE7"), "no JSON": mesiboSays("<html>")} {
					t.Run("Mesibo fails with "+name, func(t *testing.T) {
						m.peer.all(h)
						defer m.peer.all(nil)
						for op, f := range map[string]fields{
							"delgroup":    {"gid", gid},
							"editmembers": {"gid", gid, "m", phoneOf(3), "delete", "1"},
							"setgroup":    {"gid", "0", "name", "New", "m", phoneOf(3)},
						} {
							if got := ask(1, op, f...); got.text("result") != "FAIL" {
								t.Errorf("M39: %s: %s", op, got.body)
							}
						}
					})
				}
				sameMembers(t, m.membersOf(t, token[2], gid), "1:"+phonesOf(1, 3))
				m.groupAtMesibo(t, gid, 1, 3)
				if got := ask(1, "getgroup", "gid", gid).ok(t); got.text("name") != "Team" {
					t.Errorf("M39: %s", got.body)
				}
				since := newest(t, m.settled(t, token[2], "0", "group "+gid))
				ask(1, "delgroup", "gid", gid).ok(t)
				if n := len(m.peer.calls("groupdel")); n < 1 {
					t.Error("M39: Mesibo is not told")
				}
				for who := range 3 {
					if got := ask(who+1, "getgroup", "gid", gid); got.text("result") != "FAIL" {
						t.Errorf("M39: %s", got.body)
					}
				}
				if told := m.settled(t, token[2], since, "group "+gid); strings.Contains(told[0].Members, phoneOf(3)) {
					t.Errorf("A6: a group that is gone is told as %+v", told)
				}
			})
		})
	}
	both.Wait()
}
