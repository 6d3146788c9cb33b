package mesibo_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// quartet is a backend with four users: Ann, who owns the group 500 with Bob and Cid, and Dan, who is not in it.
func quartet(t *testing.T) (d *desk, ann, bob, cid, dan string) {
	t.Helper()
	d = newDesk(t, "", nil)
	ann, bob, cid, dan = d.join(t, 1, "Ann"), d.join(t, 2, "Bob"), d.join(t, 3, "Cid"), d.join(t, 4, "Dan")
	d.ok(t, ann, "setgroup", "gid=0", "name=Team", "m="+deskPhone(2)+","+deskPhone(3))
	d.peer.taken()
	return d, ann, bob, cid, dan
}

func membersText(admins string, numbers ...int) string {
	var phones []string
	for _, n := range numbers {
		phones = append(phones, deskPhone(n))
	}
	return admins + ":" + strings.Join(phones, ",")
}

func TestM37AGroupIsMadeAndTold(t *testing.T) {
	d := newDesk(t, "", nil)
	ann, bob, dan := d.join(t, 1, "Ann"), d.join(t, 2, "Bob"), d.join(t, 4, "Dan")
	d.peer.asText = true
	got := d.ok(t, ann, "setgroup", "gid=0", "name=Team \"A\" \u00e9 \U0001F600", "status=hi", "m="+deskPhone(2)+",4999999999999,junk")
	want := map[string]any{
		"op": "setgroup", "ts": float64(d.clock().Unix()), "gid": 500.0, "photo": "", "name": "Team \"A\" \u00e9 \U0001F600", "status": "hi",
		"members": membersText("1", 1, 2), "result": "OK",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	calls := []map[string]any{{"op": "groupadd", "group": map[string]any{
		"name": "Team \"A\" \u00e9 \U0001F600", "active": 1.0, "members": map[string]any{"m": deskPhone(1) + "," + deskPhone(2)},
	}}}
	if diff := cmp.Diff(calls, d.peer.taken()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	got = d.ok(t, bob, "getgroup", "gid=500")
	if got["gid"] != 500.0 || got["members"] != membersText("1", 1, 2) || got["status"] != "hi" {
		t.Errorf("getgroup: %v", got)
	}
	refusedWith(t, d.ask(t, dan, "getgroup", "gid=500"), "NOTMEMBER")
	refusedWith(t, d.ask(t, ann, "getgroup", "gid=501"), "NOTMEMBER")
	for _, gid := range []string{"", "0", "-5", "x"} {
		refusedWith(t, d.ask(t, ann, "getgroup", "gid="+gid), "MISSINGPARA")
	}
	refusedWith(t, d.ask(t, ann, "setgroup", "gid=0", "name= "), "MISSINGPARA")
}

func TestM38RightsInAGroup(t *testing.T) {
	d, ann, bob, cid, dan := quartet(t)
	refusedWith(t, d.ask(t, bob, "setadmin", "gid=500", "m="+deskPhone(2), "admin=1"), "BADGROUP")
	refusedWith(t, d.ask(t, dan, "setadmin", "gid=500", "m="+deskPhone(4), "admin=1"), "BADGROUP")
	if got := d.ok(t, ann, "setadmin", "gid=500", "m="+deskPhone(2), "admin=1"); got["members"] != membersText("2", 1, 2, 3) || got["gid"] != 500.0 {
		t.Errorf("setadmin: %v", got)
	}
	for name, got := range map[string]map[string]any{
		"an admin demotes the owner":     d.ask(t, bob, "setadmin", "gid=500", "m="+deskPhone(1), "admin=0"),
		"an admin removes the owner":     d.ask(t, bob, "editmembers", "gid=500", "m="+deskPhone(3)+","+deskPhone(1), "delete=1"),
		"the owner demotes themselves":   d.ask(t, ann, "setadmin", "gid=500", "m="+deskPhone(1), "admin=0"),
		"the owner removes themselves":   d.ask(t, ann, "editmembers", "gid=500", "m="+deskPhone(1), "delete=1"),
		"a member adds somebody":         d.ask(t, cid, "editmembers", "gid=500", "m="+deskPhone(4)),
		"a member removes somebody":      d.ask(t, cid, "editmembers", "gid=500", "m="+deskPhone(2), "delete=1"),
		"a stranger adds themselves":     d.ask(t, dan, "editmembers", "gid=500", "m="+deskPhone(4)),
		"a member renames the group":     d.ask(t, cid, "setgroup", "gid=500", "name=Mine"),
		"a member renames it by profile": d.ask(t, cid, "profile", "gid=500", "name=Mine"),
		"a group that is not known":      d.ask(t, ann, "editmembers", "gid=77", "m="+deskPhone(4)),
		"a stranger leaves":              d.ask(t, dan, "delgroup", "gid=500"),
	} {
		t.Run(name, func(t *testing.T) { refusedWith(t, got, "BADGROUP") })
	}
	refusedWith(t, d.ask(t, ann, "editmembers", "gid=500", "m="), "MISSINGPARA")
	refusedWith(t, d.ask(t, ann, "editmembers", "m="+deskPhone(4)), "MISSINGPARA")
	refusedWith(t, d.ask(t, ann, "setadmin", "gid=500", "m="+deskPhone(4), "admin=1"), "BADUSER")
	if calls := d.peer.taken(); len(calls) > 0 {
		t.Errorf("refused, and yet %v", calls)
	}
	if got := d.ok(t, ann, "getgroup", "gid=500"); got["members"] != membersText("2", 1, 2, 3) || got["name"] != "Team" {
		t.Errorf("something changed: %v", got)
	}
}

func TestMembersAreAddedAndRemoved(t *testing.T) {
	d, ann, bob, cid, dan := quartet(t)
	d.ok(t, ann, "setadmin", "gid=500", "m="+deskPhone(2), "admin=1")
	if got := d.ok(t, bob, "editmembers", "gid=500", "m="+deskPhone(4)+","+deskPhone(2)+",4999999999999"); got["members"] != membersText("2", 1, 2, 3, 4) {
		t.Errorf("added: %v", got) // and the admin who was named stays one
	}
	want := []map[string]any{{"op": "groupeditmembers", "group": map[string]any{"gid": 500.0, "members": map[string]any{"m": deskPhone(4)}}}}
	if diff := cmp.Diff(want, d.peer.taken()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	d.pass(settled)
	before := d.ok(t, cid, "getcontacts")
	if got := d.ok(t, bob, "editmembers", "gid=500", "m="+deskPhone(3)+",4999999999999", "delete=1"); got["members"] != membersText("2", 1, 2, 4) {
		t.Errorf("removed: %v", got)
	}
	want = []map[string]any{{"op": "groupeditmembers", "group": map[string]any{"gid": 500.0, "members": map[string]any{"m": deskPhone(3), "remove": true}}}}
	if diff := cmp.Diff(want, d.peer.taken()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	refusedWith(t, d.ask(t, cid, "getgroup", "gid=500"), "NOTMEMBER")
	d.pass(settled)
	got := d.ok(t, cid, "getcontacts", "ts="+maxTS(t, before))
	sameList(t, contactsOf(t, got), "gid 500")
	if entry := got["contacts"].([]any)[0].(map[string]any); entry["members"] != "0:" {
		t.Errorf("who was removed is told %v", entry)
	}
	if got := d.ok(t, ann, "editmembers", "gid=500", "m="+deskPhone(3)); got["members"] != membersText("2", 1, 2, 3, 4) {
		t.Errorf("added again: %v", got)
	}
	_ = dan
}

func TestWhoWasRemovedIsToldOnlyOnce(t *testing.T) {
	d, ann, bob, _, _ := quartet(t)
	d.pass(settled)
	before := d.ok(t, bob, "getcontacts")
	d.ok(t, ann, "editmembers", "gid=500", "m="+deskPhone(2), "delete=1")
	d.ok(t, ann, "setgroup", "gid=500", "name=Secret plans")
	d.pass(settled)
	got := d.ok(t, bob, "getcontacts", "ts="+maxTS(t, before))
	sameList(t, contactsOf(t, got), "gid 500")
	if entry := got["contacts"].([]any)[0].(map[string]any); entry["name"] != "" || entry["members"] != "0:" {
		t.Errorf("who was removed is told %v", entry)
	}
	d.ok(t, ann, "setgroup", "gid=500", "name=More secret plans")
	d.pass(settled)
	for _, ts := range []string{maxTS(t, got), "0", "-1", ""} {
		sameList(t, contactsOf(t, d.ok(t, bob, "getcontacts", "ts="+ts)))
	}
}

func TestM39LeavingAndDeletingAGroup(t *testing.T) {
	d, ann, bob, cid, _ := quartet(t)
	d.peer.fail(true)
	for name, got := range map[string]map[string]any{
		"leaving":  d.ask(t, bob, "delgroup", "gid=500"),
		"deleting": d.ask(t, ann, "delgroup", "gid=500"),
		"removing": d.ask(t, ann, "editmembers", "gid=500", "m="+deskPhone(2), "delete=1"),
		"adding":   d.ask(t, ann, "editmembers", "gid=500", "m="+deskPhone(4)),
		"renaming": d.ask(t, ann, "setgroup", "gid=500", "name=Other"),
		"making":   d.ask(t, ann, "setgroup", "gid=0", "name=Other"),
	} {
		t.Run(name+" while mesibo fails", func(t *testing.T) { refusedWith(t, got, "BADUSER") })
	}
	if got := d.ok(t, ann, "getgroup", "gid=500"); got["members"] != membersText("1", 1, 2, 3) || got["name"] != "Team" {
		t.Errorf("a failure changed %v", got)
	}
	groups, err := d.store.MesiboGroupsOf(t.Context(), d.row(t, 1).ID, 0, d.clock().Unix(), 10)
	if err != nil || len(groups) != 1 {
		t.Errorf("groups %v, %v", groups, err)
	}
	d.peer.fail(false)
	d.peer.taken()
	if got := d.ok(t, bob, "delgroup", "gid=500"); got["gid"] != 500.0 {
		t.Errorf("leaving: %v", got)
	}
	if got := d.ok(t, ann, "getgroup", "gid=500"); got["members"] != membersText("1", 1, 3) {
		t.Errorf("after one left: %v", got)
	}
	d.ok(t, ann, "delgroup", "gid=500")
	want := []map[string]any{
		{"op": "groupeditmembers", "group": map[string]any{"gid": 500.0, "members": map[string]any{"m": deskPhone(2), "remove": true}}},
		{"op": "groupdel", "group": map[string]any{"gid": 500.0}},
	}
	if diff := cmp.Diff(want, d.peer.taken()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	refusedWith(t, d.ask(t, ann, "getgroup", "gid=500"), "NOTMEMBER")
	refusedWith(t, d.ask(t, ann, "delgroup", "gid=500"), "BADGROUP")
	refusedWith(t, d.ask(t, ann, "delgroup"), "MISSINGPARA")
	d.pass(settled)
	got := d.ok(t, cid, "getcontacts")
	sameList(t, contactsOf(t, got), "gid 500")
	if entry := got["contacts"].([]any)[0].(map[string]any); entry["members"] != "0:" {
		t.Errorf("a member of a deleted group is told %v", entry)
	}
}

func TestAGroupsNumberThatIsNoneMakesNoNewGroupAndChangesNoUser(t *testing.T) {
	d, ann, _, _, _ := quartet(t)
	for _, gid := range []string{"99999999999999999999", "1.5", "-1", "abc", "0x1f4"} {
		for _, op := range []string{"setgroup", "profile", "upload"} {
			if got := d.ask(t, ann, op, "gid="+gid, "name=Twin"); got["error"] != "MISSINGPARA" || got["op"] != op {
				t.Errorf("%s of %s: %v", op, gid, got)
			}
		}
	}
	if calls, name := d.peer.taken(), d.row(t, 1).Name; len(calls) > 0 || name == "Twin" {
		t.Errorf("mesibo was told %v, and the user is %q", calls, name)
	}
	for n, gid := range []string{"gid=", "gid=0", "x=1"} {
		if got := d.ok(t, ann, "setgroup", gid, "name=More"); got["gid"] != float64(501+n) {
			t.Errorf("%s: %v", gid, got)
		}
	}
}

func TestAGroupThatCannotBeKeptIsUndoneAtMesibo(t *testing.T) {
	d, ann, _, _, _ := quartet(t)
	d.peer.gid = 0 // mesibo gives a number that is there already
	if got := d.ask(t, ann, "setgroup", "gid=0", "name=Twin"); got["result"] != "FAIL" {
		t.Errorf("got %v", got)
	}
	if got := d.ok(t, ann, "getgroup", "gid=500"); got["name"] != "Team" {
		t.Errorf("another group was overwritten: %v", got)
	}
}

func TestAGroupIsChangedAsFarAsItIsNamed(t *testing.T) {
	d, ann, _, _, _ := quartet(t)
	d.ok(t, ann, "setgroup", "gid=500", "status=busy", "type=3")
	if calls := d.peer.taken(); len(calls) > 0 {
		t.Errorf("mesibo was told %v", calls)
	}
	got := d.ok(t, ann, "profile", "gid=500", "name=Crew")
	if _, share := got["share"]; !share || got["members"] != nil {
		t.Errorf("profile: %v", got)
	}
	want := []map[string]any{{"op": "groupset", "group": map[string]any{"gid": 500.0, "name": "Crew"}}}
	if diff := cmp.Diff(want, d.peer.taken()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	g, err := d.store.MesiboGroup(t.Context(), 500)
	if diff := cmp.Diff(store.MesiboGroup{GID: 500, Name: "Crew", Status: "busy", Type: 3, Changed: d.clock().Unix() + 2}, g); diff != "" || err != nil {
		t.Errorf("row (-want +got): %v\n%s", err, diff)
	}
	got = d.ok(t, ann, "setgroup", "gid=500", "m="+deskPhone(4))
	if got["members"] != membersText("1", 1, 2, 3, 4) || got["name"] != "Crew" {
		t.Errorf("added by setgroup: %v", got)
	}
}

func TestMembersAreKnownByThePhonesTheyHaveNow(t *testing.T) {
	d, ann, _, cid, _ := quartet(t)
	role := func(n int) int {
		members, err := d.store.MesiboMembers(t.Context(), []int64{500})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			if m.User == d.row(t, n).ID {
				return m.Role
			}
		}
		return -1
	}
	d.mu.Lock()
	d.members["2"] = userinfo.User{ID: "2", Name: "Bob", Private: map[string]string{"phone": "+" + deskPhone(9)}}
	d.mu.Unlock()
	for name, got := range map[string]any{
		"the group":        d.ok(t, ann, "getgroup", "gid=500")["members"],
		"the list of":      d.ok(t, cid, "getgroup", "gid=500")["members"],
		"after a new name": d.ok(t, ann, "setgroup", "gid=500", "name=Crew")["members"],
	} {
		if got != membersText("1", 1, 3) {
			t.Errorf("%s tells %v", name, got)
		}
	}
	refusedWith(t, d.ask(t, ann, "setadmin", "gid=500", "admin=1", "m="+deskPhone(2)), "BADUSER")
	if got := role(2); got != store.RoleMember {
		t.Errorf("who had the phone is of role %d", got)
	}

	was := d.row(t, 3) // Cid is shut out, and Eve has the phone now, and is in the group
	is := was
	is.DisabledAt = d.clock()
	if err := d.store.SetMesiboUser(t.Context(), was, is); err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	delete(d.members, "3")
	d.members["5"] = userinfo.User{ID: "5", Name: "Eve", Private: map[string]string{"phone": "+" + deskPhone(3)}}
	d.mu.Unlock()
	if _, err := d.store.KeepMesiboUser(t.Context(), store.MesiboUser{SiteUser: "5", Address: deskPhone(3), Phone: deskPhone(3), SiteName: "Eve"}); err != nil {
		t.Fatal(err)
	}
	d.ok(t, ann, "editmembers", "gid=500", "m="+deskPhone(3))
	d.ok(t, ann, "setadmin", "gid=500", "admin=1", "m="+deskPhone(3))
	if former, now := role(3), role(5); former != store.RoleMember || now != store.RoleAdmin {
		t.Errorf("who is shut out is of role %d, who has the phone now of role %d", former, now)
	}
	d.ok(t, ann, "editmembers", "gid=500", "delete=1", "m="+deskPhone(3))
	if got := d.ok(t, ann, "getgroup", "gid=500")["members"]; got != membersText("1", 1) {
		t.Errorf("members %v", got)
	}
}

func TestGroupsOfADayAreBounded(t *testing.T) {
	d := newDesk(t, "", nil)
	ann, bob := d.join(t, 1, "Ann"), d.join(t, 2, "Bob")
	for range mesibo.GroupsADay {
		d.ok(t, ann, "setgroup", "name=x")
	}
	refusedWith(t, d.ask(t, ann, "setgroup", "name=x"), "RATELIMIT")
	d.ok(t, bob, "setgroup", "name=x")
}
