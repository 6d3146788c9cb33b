package mesibo_test

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/store"
)

// between calls then once, after Mesibo took an operation and before its answer is there.
type between struct {
	op   string
	then func()
}

func (b *between) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	got, err := http.DefaultTransport.RoundTrip(r)
	if then := b.then; then != nil && strings.Contains(string(body), `"op":"`+b.op+`"`) {
		b.then = nil
		then()
	}
	return got, err
}

// rivals are two instances with one store, where Ann has a group with Bob, its admin, and Cid.
func rivals(t *testing.T) (here, there *desk, pause *between, tokens map[string]string) {
	t.Helper()
	url := "sqlite:" + filepath.Join(t.TempDir(), "shared.db")
	pause = &between{}
	here = newDesk(t, url, func(_ *mesibo.Config, d *provider.Deps) { d.Transport = pause })
	there = newDesk(t, url, nil)
	tokens = map[string]string{}
	for n, name := range []string{"ann", "bob", "cid", "dan"} {
		tokens[name] = here.join(t, n+1, name)
		there.site(n+1, name)
	}
	here.ok(t, tokens["ann"], "setgroup", "name=Team", "m="+deskPhone(2)+","+deskPhone(3))
	here.ok(t, tokens["ann"], "setadmin", "gid=500", "admin=1", "m="+deskPhone(2))
	here.peer.taken()
	return here, there, pause, tokens
}

func (d *desk) group(t *testing.T) (store.MesiboGroup, string) {
	t.Helper()
	g, err := d.store.MesiboGroup(t.Context(), 500)
	if err != nil {
		t.Fatal(err)
	}
	members, err := d.store.MesiboMembers(t.Context(), []int64{500})
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, m := range members {
		text += map[bool]string{true: "-", false: string(rune('0' + m.Role))}[m.Left]
	}
	return g, text
}

// told are the calls as "op name members".
func told(calls []map[string]any) (list []string) {
	for _, call := range calls {
		text, _ := call["op"].(string)
		group, _ := call["group"].(map[string]any)
		if name, ok := group["name"].(string); ok {
			text += " " + name
		}
		if members, ok := group["members"].(map[string]any); ok {
			m, _ := members["m"].(string)
			text += map[bool]string{true: " -", false: " +"}[members["remove"] == true] + m
		}
		list = append(list, text)
	}
	return list
}

func TestAGroupThatWasDeletedMeanwhileStaysDeleted(t *testing.T) {
	for name, c := range map[string]struct {
		op    string
		pairs []string
	}{
		"a rename":     {"groupset", []string{"setgroup", "gid=500", "name=Mine"}},
		"a new member": {"groupeditmembers", []string{"editmembers", "gid=500", "m=" + deskPhone(4)}},
		"a removal":    {"groupeditmembers", []string{"editmembers", "gid=500", "delete=1", "m=" + deskPhone(3)}},
	} {
		t.Run(name, func(t *testing.T) {
			here, there, pause, tokens := rivals(t)
			pause.op, pause.then = c.op, func() { there.ok(t, tokens["ann"], "delgroup", "gid=500") }
			refusedWith(t, here.ask(t, tokens["bob"], c.pairs[0], c.pairs[1:]...), "BADGROUP")
			if pause.then != nil {
				t.Fatal("Mesibo was not asked")
			}
			if g, members := here.group(t); !g.Deleted || g.Name != "Team" || members != "210" {
				t.Errorf("%+v with %s", g, members)
			}
		})
	}
}

func TestWhatAFormerAdminChangedMeanwhileIsTakenBack(t *testing.T) {
	for name, c := range map[string]struct {
		op    string
		pairs []string
		want  []string
	}{
		"a rename":     {"groupset", []string{"setgroup", "gid=500", "name=Mine"}, []string{"groupset Mine", "groupset Team"}},
		"a new member": {"groupeditmembers", []string{"editmembers", "gid=500", "m=" + deskPhone(4)}, []string{"groupeditmembers +" + deskPhone(4), "groupset Team", "groupeditmembers -" + deskPhone(4)}},
		"a removal": {
			"groupeditmembers",
			[]string{"editmembers", "gid=500", "delete=1", "m=" + deskPhone(3)},
			[]string{"groupeditmembers -" + deskPhone(3), "groupset Team", "groupeditmembers +" + deskPhone(3)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			here, there, pause, tokens := rivals(t)
			pause.op, pause.then = c.op, func() { there.ok(t, tokens["ann"], "setadmin", "gid=500", "admin=0", "m="+deskPhone(2)) }
			refusedWith(t, here.ask(t, tokens["bob"], c.pairs[0], c.pairs[1:]...), "BADGROUP")
			if g, members := here.group(t); g.Name != "Team" || members != "200" {
				t.Errorf("%+v with %s", g, members)
			}
			if diff := cmp.Diff(c.want, told(here.peer.taken())); diff != "" {
				t.Errorf("Mesibo was told (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChangesOfTwoInstancesAtOnceAreBothKept(t *testing.T) {
	here, there, pause, tokens := rivals(t)
	pause.op, pause.then = "groupset", func() {
		there.ok(t, tokens["ann"], "setgroup", "gid=500", "status=Hello")
		there.ok(t, tokens["ann"], "editmembers", "gid=500", "delete=1", "m="+deskPhone(3))
	}
	here.ok(t, tokens["bob"], "setgroup", "gid=500", "name=Ours", "m="+deskPhone(4))
	if g, members := here.group(t); g.Name != "Ours" || g.Status != "Hello" || members != "210-" && members != "21-0" {
		t.Errorf("%+v with %s", g, members)
	}
}

func TestTheEndOfAGroupAndLeavingItLoseAgainstNothing(t *testing.T) {
	here, there, pause, tokens := rivals(t)
	pause.op, pause.then = "groupeditmembers", func() { there.ok(t, tokens["ann"], "setgroup", "gid=500", "name=Other") }
	here.ok(t, tokens["cid"], "delgroup", "gid=500")
	if g, members := here.group(t); g.Name != "Other" || members != "21-" {
		t.Errorf("%+v with %s", g, members)
	}
	pause.op, pause.then = "groupdel", func() { there.ok(t, tokens["bob"], "setgroup", "gid=500", "name=Third") }
	here.ok(t, tokens["ann"], "delgroup", "gid=500")
	if g, _ := here.group(t); !g.Deleted {
		t.Errorf("%+v", g)
	}
	here.pass(time.Minute)
	refusedWith(t, here.ask(t, tokens["ann"], "getgroup", "gid=500"), "NOTMEMBER")
}
