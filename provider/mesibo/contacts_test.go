package mesibo_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/store"
)

const settled = 15 * time.Second // after which a change is told of, and several in one second

func sameList(t *testing.T, got []string, want ...string) {
	t.Helper()
	got, want = slices.Clone(got), slices.Clone(want)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("contacts (-want +got):\n%s", diff)
	}
}

func TestM30WithoutALiveTokenNobodyIsListed(t *testing.T) {
	d := newDesk(t, "", nil)
	d.join(t, 1, "Ann")
	for name, token := range map[string]string{"none": "", "a short one": "abc", "an unknown one": "0123456789abcdef0123456789"} {
		t.Run(name, func(t *testing.T) { refusedWith(t, d.ask(t, token, "getcontacts"), "AUTHFAIL") })
	}
	d.pass(400 * 24 * time.Hour)
	refusedWith(t, d.ask(t, "token-of-user-000001-0123456789", "getcontacts"), "AUTHFAIL")
}

func TestM31NumbersAreMatchedAndSaved(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	d.join(t, 2, "Bob")
	d.join(t, 3, "Cid")
	d.pass(settled)
	d.ok(t, ann, "setgroup", "gid=0", "name=Team")
	got := d.ok(t, ann, "getcontacts", "phones=+"+deskPhone(2)+","+deskPhone(3)+",123,"+deskPhone(1))
	sameList(t, contactsOf(t, got), deskPhone(2), deskPhone(3))
	d.pass(settled)
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts=0")), deskPhone(2), deskPhone(3), "gid 500")
	want := map[string]any{"name": "Ann", "phone": deskPhone(1), "status": "", "photo": "", "ts": strconv.FormatInt(d.row(t, 1).Changed, 10), "connection_status": ""}
	if diff := cmp.Diff(any(want), d.ok(t, ann, "getcontacts")["u"]); diff != "" {
		t.Errorf("u (-want +got):\n%s", diff)
	}
}

func TestAListOfNumbersIsReadAsTextOrJSON(t *testing.T) {
	for name, phones := range map[string]string{
		"commas": deskPhone(2) + "," + deskPhone(3), "texts": `["` + deskPhone(2) + `","\u002b` + deskPhone(3) + `"]`,
		"numbers": "[" + deskPhone(2) + ", " + deskPhone(3) + "]", "a broken array": `[` + deskPhone(2) + `,` + deskPhone(3),
		"twice": deskPhone(2) + ",+" + deskPhone(2) + "," + deskPhone(3), "without a country": "null" + deskPhone(2)[2:] + "," + deskPhone(3),
		"others among them": `["` + deskPhone(2) + `",null,{"a":1},"` + deskPhone(3) + `"]`,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "", nil)
			ann := d.join(t, 1, "Ann")
			d.join(t, 2, "Bob")
			d.join(t, 3, "Cid")
			sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "phones="+phones)), deskPhone(2), deskPhone(3))
		})
	}
}

func TestM32NoNumbersAreNoNumbers(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	d.join(t, 2, "Bob")
	d.ok(t, ann, "getcontacts", "phones="+deskPhone(2))
	d.pass(settled)
	want := d.ok(t, ann, "getcontacts")
	sameList(t, contactsOf(t, want), deskPhone(2))
	for _, phones := range []string{"[]", "", " ", ",", "[ ]", `[""]`} {
		if diff := cmp.Diff(want, d.ok(t, ann, "getcontacts", "phones="+phones)); diff != "" {
			t.Errorf("phones=%q (-want +got):\n%s", phones, diff)
		}
	}
}

func TestM33NumbersThatAreQueriesFindNobody(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	d.join(t, 2, "Bob")
	d.pass(settled)
	for _, phones := range []string{"1)||(1", "1') OR ('1'='1", "%", "_", "9%", `["%"]`, "919876500002 OR 1=1", "*", "9198765000020"} {
		sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "phones="+phones)))
	}
	d.pass(settled)
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts=0")))
}

func TestM34ADeltaLosesNoChange(t *testing.T) {
	d := newDesk(t, "", nil)
	ann, bob := d.join(t, 1, "Ann"), d.join(t, 2, "Bob")
	d.join(t, 3, "Cid")
	first := d.ok(t, ann, "getcontacts", "phones="+deskPhone(2)+","+deskPhone(3))
	d.pass(settled)
	second := d.ok(t, ann, "getcontacts", "ts="+maxTS(t, first)) // in the second they joined in, they are told once more
	sameList(t, contactsOf(t, second), deskPhone(2), deskPhone(3))
	d.ok(t, bob, "profile", "name=Robert")
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts="+maxTS(t, second)))) // the second is not over
	d.ok(t, bob, "profile", "name=Rob")
	d.pass(settled)
	third := d.ok(t, ann, "getcontacts", "ts="+maxTS(t, second))
	sameList(t, contactsOf(t, third), deskPhone(2))
	if name := third["contacts"].([]any)[0].(map[string]any)["name"]; name != "Rob" {
		t.Errorf("name %q of the second change in a second", name)
	}
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts="+maxTS(t, third))))
	if got := d.ok(t, bob, "profile", "status=hi", "name=")["result"]; got != "OK" || d.row(t, 2).Name != "Rob" {
		t.Errorf("a profile without a name made it %q", d.row(t, 2).Name)
	}
}

func TestAChangeInTheSecondOfALookUpIsToldLater(t *testing.T) {
	d := newDesk(t, "", nil)
	ann, bob := d.join(t, 1, "Ann"), d.join(t, 2, "Bob")
	d.pass(settled)
	d.ok(t, bob, "profile", "name=One")
	first := d.ok(t, ann, "getcontacts", "phones="+deskPhone(2))
	d.ok(t, bob, "profile", "name=Two") // in the same second
	d.pass(settled)
	got := d.ok(t, ann, "getcontacts", "ts="+maxTS(t, first))
	sameList(t, contactsOf(t, got), deskPhone(2))
	if name := got["contacts"].([]any)[0].(map[string]any)["name"]; name != "Two" {
		t.Errorf("name %q", name)
	}
}

func TestAChangeWhoseWriteTookAllItsTimeIsToldAllTheSame(t *testing.T) {
	d := newDesk(t, "", nil)
	ann, bob, cid := d.join(t, 1, "Ann"), d.join(t, 2, "Bob"), d.join(t, 3, "Cid")
	d.ok(t, ann, "getcontacts", "phones="+deskPhone(2)+","+deskPhone(3))
	d.pass(settled)
	since := maxTS(t, d.ok(t, ann, "getcontacts"))
	d.ok(t, cid, "profile", "name=Sid")
	d.provider.BeforeUsersAreWritten(func() {
		d.pass(5 * time.Second)
		if got := d.ok(t, ann, "getcontacts", "ts="+since); len(contactsOf(t, got)) > 0 {
			since = maxTS(t, got)
		}
	})
	d.ok(t, bob, "profile", "name=Rob")
	d.pass(settled)
	got := contactsOf(t, d.ok(t, ann, "getcontacts", "ts="+since))
	if !slices.Contains(got, deskPhone(2)) {
		t.Errorf("got %v", got)
	}
}

func TestM35AResetForgetsContacts(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	d.join(t, 2, "Bob")
	d.join(t, 3, "Cid")
	d.ok(t, ann, "getcontacts", "phones="+deskPhone(2)+","+deskPhone(3))
	d.pass(settled)
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts=0", "reset=1")))
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts=0")))
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "phones="+deskPhone(2), "reset=1")), deskPhone(2))
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts=0")), deskPhone(2))
}

func TestContactsAreRemovedByTheirNumbersAlone(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	d.join(t, 2, "Bob")
	d.join(t, 3, "Cid")
	d.ok(t, ann, "getcontacts", "phones="+deskPhone(2)+","+deskPhone(3))
	d.pass(settled)
	refusedWith(t, d.ask(t, ann, "delcontacts"), "MISSINGPARA")
	d.ok(t, ann, "delcontacts", "phones=nonsense")
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts=0")), deskPhone(2), deskPhone(3))
	d.ok(t, ann, "delcontacts", "phones="+deskPhone(2))
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts=0")), deskPhone(3))
}

// crowd puts users behind the first into the store and on the site, each n of one second, and makes them contacts of the first.
func (d *desk) crowd(t *testing.T, from, to, each int) {
	t.Helper()
	start := d.clock().Unix() - 100_000
	var phones []string
	for n := from; n <= to; n++ {
		d.site(n, "User "+strconv.Itoa(n))
		_, err := d.store.KeepMesiboUser(t.Context(), store.MesiboUser{
			SiteUser: strconv.Itoa(n), Address: deskPhone(n), Phone: deskPhone(n), SiteName: "User " + strconv.Itoa(n), Changed: start + int64((n-from)/each),
		})
		if err != nil {
			t.Fatal(err)
		}
		phones = append(phones, deskPhone(n))
	}
	if err := d.store.AddMesiboContacts(t.Context(), d.row(t, 1).ID, phones); err != nil {
		t.Fatal(err)
	}
}

// sync asks as clients do until nothing comes any more, and returns all that came.
func (d *desk) sync(t *testing.T, token string) (all []string, pages int) {
	t.Helper()
	for ts := "0"; pages < 50; pages++ {
		got := d.ok(t, token, "getcontacts", "ts="+ts)
		list := contactsOf(t, got)
		if len(list) == 0 {
			return all, pages
		}
		all = append(all, list...)
		ts = maxTS(t, got)
	}
	t.Fatal("a client never gets to the end")
	return nil, 0
}

func TestM36NoPageIsCutInsideASecond(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	d.ok(t, ann, "setgroup", "gid=0", "name=Team") // newer than all: its time must not hide the second page
	d.crowd(t, 2, 1102, 7)
	d.pass(settled)
	all, pages := d.sync(t, ann)
	want := []string{"gid 500"}
	for n := 2; n <= 1102; n++ {
		want = append(want, deskPhone(n))
	}
	sameList(t, all, want...)
	if pages != 2 {
		t.Errorf("%d pages", pages)
	}
}

func TestWithMutualPrivacyOnlyWhoHasMyNumberIsShown(t *testing.T) {
	d := newDesk(t, "", func(c *mesibo.Config, _ *provider.Deps) { c.Privacy = "mutual" })
	ann, bob := d.join(t, 1, "Ann"), d.join(t, 2, "Bob")
	d.join(t, 3, "Cid")
	d.pass(settled)
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "phones="+deskPhone(2)+","+deskPhone(3))))
	d.pass(settled)
	got := d.ok(t, bob, "getcontacts", "phones="+deskPhone(1))
	sameList(t, contactsOf(t, got), deskPhone(1))
	d.pass(settled)
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts="+strconv.FormatInt(d.clock().Unix()-int64(settled/time.Second)-1, 10))), deskPhone(2)) // told, though nothing of Bob's profile changed
	if got := d.ok(t, ann, "setgroup", "name=Team", "m="+deskPhone(2)+","+deskPhone(3)); got["members"] != "1:"+deskPhone(1)+","+deskPhone(2) {
		t.Errorf("who does not know the adder was added: %v", got["members"])
	}
}

func TestWithMutualPrivacyAPageOfStrangersIsPassedOver(t *testing.T) {
	d := newDesk(t, "", func(c *mesibo.Config, _ *provider.Deps) { c.Privacy = "mutual" })
	ann := d.join(t, 1, "Ann")
	d.crowd(t, 2, 1502, 3)
	if err := d.store.AddMesiboContacts(t.Context(), d.row(t, 1502).ID, []string{deskPhone(1)}); err != nil {
		t.Fatal(err)
	}
	all, _ := d.sync(t, ann)
	sameList(t, all, deskPhone(1502))
}

func TestWithoutMatchingNumbersAreNeitherAnsweredNorKept(t *testing.T) {
	d := newDesk(t, "", func(c *mesibo.Config, _ *provider.Deps) { c.Privacy = "off" })
	ann := d.join(t, 1, "Ann")
	d.join(t, 2, "Bob")
	d.pass(settled)
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "phones="+deskPhone(2))))
	if got := d.ok(t, ann, "setgroup", "name=Team", "m="+deskPhone(2)); got["members"] != "1:"+deskPhone(1) {
		t.Errorf("somebody was added by their number: %v", got["members"])
	}
	kept, err := d.store.MesiboContacts(t.Context(), d.row(t, 1).ID, 0, d.clock().Unix(), 10)
	if err != nil || len(kept) > 0 {
		t.Errorf("kept %v, %v", kept, err)
	}
	d.pass(settled)
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts")), "gid 500")
}

func TestNamesAreThoseOfTheSiteNow(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	for n, name := range map[int]string{2: "Bob", 3: "Cid", 4: "Dan", 5: "Eve"} {
		d.join(t, n, name)
	}
	phones := "phones=" + strings.Join([]string{deskPhone(2), deskPhone(3), deskPhone(4), deskPhone(5)}, ",")
	d.pass(settled)
	first := d.ok(t, ann, "getcontacts", phones)
	d.site(2, "Robert")
	d.mu.Lock()
	delete(d.members, "3") // banned
	moved := d.members["4"]
	moved.Private = map[string]string{"phone": deskPhone(44)}
	d.members["4"] = moved
	d.mu.Unlock()
	got := d.ok(t, ann, "getcontacts", phones)
	sameList(t, contactsOf(t, got), deskPhone(2), deskPhone(5))
	for _, c := range got["contacts"].([]any) {
		if entry := c.(map[string]any); entry["phone"] == deskPhone(2) && entry["name"] != "Robert" {
			t.Errorf("the name is %v", entry["name"])
		}
	}
	d.pass(settled)
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts="+maxTS(t, first))), deskPhone(2))
	d.mu.Lock()
	d.down = errors.New("gone")
	d.mu.Unlock()
	refusedWith(t, d.ask(t, ann, "getcontacts", phones), "UNAVAILABLE")
}

func TestANewNameOnTheSiteIsFoundByTheSweep(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	d.join(t, 2, "Bob")
	d.pass(settled)
	first := d.ok(t, ann, "getcontacts", "phones="+deskPhone(2))
	d.site(2, "Robert\u202e\x00 ")
	d.pass(time.Minute)
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts="+maxTS(t, first))))
	if err := d.provider.SweepProfiles(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.pass(settled)
	got := d.ok(t, ann, "getcontacts", "ts="+maxTS(t, first))
	sameList(t, contactsOf(t, got), deskPhone(2))
	if name := got["contacts"].([]any)[0].(map[string]any)["name"]; name != "Robert" {
		t.Errorf("name %q", name)
	}
	d.pass(settled)
	if err := d.provider.SweepProfiles(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.pass(settled)
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "ts="+maxTS(t, got)))) // nothing new was noted
}

func TestNumbersOfADayAreBounded(t *testing.T) {
	d := newDesk(t, "", nil)
	ann, bob := d.join(t, 1, "Ann"), d.join(t, 2, "Bob")
	thousand := func(of int) string {
		list := make([]string, 1000)
		for i := range list {
			list[i] = strconv.Itoa(4_915_200_000_000 + of*1000 + i)
		}
		return "phones=" + strings.Join(list, ",")
	}
	refusedWith(t, d.ask(t, ann, "getcontacts", thousand(1)+",4915999999999"), "RATELIMIT")
	for i := range 10 {
		d.ok(t, ann, "getcontacts", thousand(i))
	}
	d.ok(t, ann, "getcontacts", thousand(3)) // what was asked about today is free
	refusedWith(t, d.ask(t, ann, "getcontacts", "phones="+deskPhone(2)), "RATELIMIT")
	refusedWith(t, d.ask(t, ann, "setgroup", "name=x", "m="+deskPhone(2)), "RATELIMIT")
	d.ok(t, ann, "getcontacts")
	sameList(t, contactsOf(t, d.ok(t, bob, "getcontacts", "phones="+deskPhone(1))), deskPhone(1))
	d.pass(25 * time.Hour)
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "phones="+deskPhone(2))), deskPhone(2))
	if log := d.logged(); strings.Contains(log, "91987650") || strings.Contains(log, "token-of-user") {
		t.Errorf("the log holds phones or tokens: %s", log)
	}
}
