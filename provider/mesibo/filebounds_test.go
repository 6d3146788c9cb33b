package mesibo_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/store"
)

func TestWhoseFilesTakeUpTheirRoomUploadsNoMore(t *testing.T) {
	d := newDesk(t, "", nil)
	ann, bob := d.join(t, 1, "Ann"), d.join(t, 2, "Bob")
	put := func(name string, size int64) {
		t.Helper()
		if err := d.store.PutMesiboFile(t.Context(), store.MesiboFile{Name: name, User: d.row(t, 1).ID, MIME: "image/jpeg", Size: size}); err != nil {
			t.Fatal(err)
		}
	}
	picture := pngOf(t, halves(4, 2))
	put("a.jpg", mesibo.MaxKept-1)
	if got := d.send(t, ann, "upload", "photo", "a.png", picture, "mid=1"); got["result"] != "OK" {
		t.Errorf("below the bound: %v", got)
	}
	refusedWith(t, d.send(t, ann, "upload", "photo", "a.png", picture, "mid=1"), "RATELIMIT")
	refusedWith(t, d.send(t, ann, "upload", "photo", "a.png", picture), "RATELIMIT")
	if got := d.send(t, bob, "upload", "photo", "a.png", picture, "mid=1"); got["result"] != "OK" {
		t.Errorf("another user: %v", got)
	}
}

func TestANearlyFullDiskTakesNoPictures(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	picture := pngOf(t, halves(4, 2))
	d.send(t, ann, "upload", "photo", "a.png", picture, "mid=1") // makes the folder
	d.provider.DiskIs(mesibo.LeastFree - 1)
	for range 3 {
		refusedWith(t, d.send(t, ann, "upload", "photo", "a.png", picture, "mid=1"), "UNAVAILABLE")
	}
	if n := strings.Count(d.logged(), "pictures are not taken"); n != 1 {
		t.Errorf("told %d times", n)
	}
	d.ok(t, ann, "profile", "name=Ann") // everything else goes on
	d.provider.DiskIs(mesibo.LeastFree)
	if got := d.send(t, ann, "upload", "photo", "a.png", picture, "mid=1"); got["result"] != "OK" {
		t.Errorf("with room again: %v", got)
	}
}

func TestFilesOfMessagesEndAfterAYearAndPhotosDoNot(t *testing.T) {
	d := newDesk(t, "", nil)
	d.mu.Lock()
	d.now = time.Now()
	d.mu.Unlock()
	ann := d.join(t, 1, "Ann")
	picture := pngOf(t, halves(4, 2))
	photo := d.send(t, ann, "upload", "photo", "a.png", picture)["photo"].(string)
	d.ok(t, ann, "setgroup", "name=Team")
	icon := d.send(t, ann, "upload", "photo", "a.png", picture, "gid=500", "profile=1")["photo"].(string)
	for range 30 { // most of all files
		d.send(t, ann, "upload", "photo", "a.png", picture, "mid=1")
	}
	d.pass(mesibo.MessageFileAge - time.Hour)
	fresh := filepath.Base(d.send(t, d.join(t, 2, "Bob"), "upload", "photo", "a.png", picture, "mid=1")["file"].(string))
	for _, step := range []struct{ left, after int }{{33, 0}, {3, 2}} {
		d.pass(time.Duration(step.after) * time.Hour)
		if err := d.provider.SweepFiles(t.Context()); err != nil {
			t.Fatal(err)
		}
		if names := d.folder(t); len(names) != 2*step.left || !slices.Contains(names, photo) || !slices.Contains(names, icon) || !slices.Contains(names, fresh) {
			t.Errorf("%d files are left: %v", len(names), names)
		}
	}
}

func TestFilesOfAForgottenUserGoHoweverManyTheyAre(t *testing.T) {
	d := newDesk(t, "", nil)
	ann, bob := d.join(t, 1, "Ann"), d.join(t, 2, "Bob")
	picture := pngOf(t, halves(4, 2))
	for range 30 {
		d.send(t, ann, "upload", "photo", "a.png", picture, "mid=1")
	}
	kept := d.send(t, bob, "upload", "photo", "a.png", picture)["photo"].(string)
	if _, err := d.store.Forget(t.Context(), "1", "test", false); err != nil {
		t.Fatal(err)
	}
	for _, name := range d.folder(t) {
		if name == kept || !strings.HasSuffix(name, ".jpg") {
			continue
		}
		if w := d.fetch(t, "GET", "/chat/mesibo/files/"+name); w.Code == 200 {
			t.Errorf("%s of a forgotten user is served", name)
		}
		break
	}
	if err := d.provider.SweepErased(t.Context()); err != nil {
		t.Fatal(err)
	}
	sameList(t, d.folder(t), kept, strings.TrimSuffix(kept, ".jpg")+".tn")
	if rows, err := d.store.MesiboFiles(t.Context(), "", 100); err != nil || len(rows) != 1 || rows[0].Name != kept {
		t.Errorf("rows %v, %v", rows, err)
	}
}

func TestContactsOfAUserAreBounded(t *testing.T) {
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	var phones []string
	for n := range store.MaxMesiboContacts - 1 {
		phones = append(phones, fmt.Sprint(491700000000+n))
	}
	for part := range slices.Chunk(phones, 1000) { // as many as one question has
		if err := d.store.AddMesiboContacts(t.Context(), d.row(t, 1).ID, part); err != nil {
			t.Fatal(err)
		}
	}
	refusedWith(t, d.ask(t, ann, "getcontacts", "phones=918000000001,918000000002"), "RATELIMIT")
	d.ok(t, ann, "getcontacts", "phones=918000000001")
	d.ok(t, ann, "getcontacts", "phones=918000000001,"+phones[0]) // there already
	refusedWith(t, d.ask(t, ann, "getcontacts", "phones=918000000002"), "RATELIMIT")
	d.ok(t, ann, "delcontacts", "phones="+phones[0])
	d.ok(t, ann, "getcontacts", "phones=918000000002")
}
