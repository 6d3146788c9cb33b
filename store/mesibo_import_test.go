package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/store"
)

func old(ref int64, site, phone, name string) store.MesiboImportUser {
	return store.MesiboImportUser{Ref: ref, User: store.MesiboUser{
		SiteUser: site, Address: phone, Phone: phone, RemoteUID: fmt.Sprint(ref), Name: name, Status: "hi",
	}}
}

func outcomes(done []store.MesiboImportedUser) (list []store.Imported) {
	for _, d := range done {
		list = append(list, d.Outcome)
	}
	return list
}

func TestAnImportedUserIsTakenOverOnceAndStaysAsChangedHere(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		users := []store.MesiboImportUser{old(11, "1", "919000000001", "Ann"), old(12, "2", "919000000002", "Bob 🦉")}
		run := func(how store.MesiboImport, users []store.MesiboImportUser, want ...store.Imported) []store.MesiboImportedUser {
			t.Helper()
			done := must[[]store.MesiboImportedUser](t)(s.ImportMesiboUsers(t.Context(), how, users))
			if diff := cmp.Diff(want, outcomes(done)); diff != "" {
				t.Fatal(diff)
			}
			return done
		}
		run(store.MesiboImport{DryRun: true}, users, store.ImportedNew, store.ImportedNew)
		if _, err := s.MesiboUser(t.Context(), "1"); !errors.Is(err, store.ErrNotFound) {
			t.Fatalf("a dry run wrote: %v", err)
		}
		ids := run(store.MesiboImport{}, users, store.ImportedNew, store.ImportedNew)
		run(store.MesiboImport{}, users, store.ImportedSame, store.ImportedSame)
		bob := must[store.MesiboUser](t)(s.MesiboUserByID(t.Context(), ids[1].ID))
		if bob.SiteUser != "2" || bob.Address != "919000000002" || bob.RemoteUID != "12" || bob.Name != "Bob 🦉" || bob.Status != "hi" || bob.Changed != d.clock.Now().Unix() {
			t.Fatalf("bob is %+v", bob)
		}
		renamed := bob
		renamed.Name = "Bobby"
		ok(t, s.SetMesiboUser(t.Context(), bob, renamed))
		users[0].User.Name, users[1].User.Name = "Anna", "Robert"
		d.clock.Add(time.Minute)
		run(store.MesiboImport{}, users, store.ImportedChanged, store.ImportedKept)
		run(store.MesiboImport{}, users, store.ImportedSame, store.ImportedSame)
		ann := must[store.MesiboUser](t)(s.MesiboUser(t.Context(), "1"))
		if ann.Name != "Anna" || ann.Changed != d.clock.Now().Unix() || must[store.MesiboUser](t)(s.MesiboUser(t.Context(), "2")).Name != "Bobby" {
			t.Fatalf("ann is %+v", ann)
		}
		run(store.MesiboImport{Overwrite: true}, users, store.ImportedSame, store.ImportedChanged)
		if name := must[store.MesiboUser](t)(s.MesiboUser(t.Context(), "2")).Name; name != "Robert" {
			t.Errorf("bob is called %q", name)
		}
	})
}

func TestAnImportFillsAUserWhoSignedInBeforeAndWroteNothing(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		for _, u := range []store.MesiboUser{
			{SiteUser: "1", Address: "919000000001", Phone: "919000000001", CC: "91"},
			{SiteUser: "2", Address: "919000000002", Phone: "919000000002", Status: "busy"},
			{SiteUser: "9", Address: "919000000003", Phone: "919000000003"},
		} {
			must[store.MesiboUser](t)(s.KeepMesiboUser(t.Context(), u))
		}
		done := must[[]store.MesiboImportedUser](t)(s.ImportMesiboUsers(t.Context(), store.MesiboImport{}, []store.MesiboImportUser{
			old(11, "1", "919000000001", "Ann"), old(12, "2", "919000000002", "Bob"), old(13, "3", "919000000003", "Eve"),
		}))
		want := []store.Imported{store.ImportedChanged, store.ImportedKept, store.ImportedTaken}
		if diff := cmp.Diff(want, outcomes(done)); diff != "" || done[2].ID != 0 {
			t.Errorf("%s, id %d", diff, done[2].ID)
		}
		if ann := must[store.MesiboUser](t)(s.MesiboUser(t.Context(), "1")); ann.Name != "Ann" || ann.RemoteUID != "11" {
			t.Errorf("ann is %+v", ann)
		}
	})
}

func TestImportsAtTheSameTimeMakeEachUserOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s, other := d.open(t), d.open(t)
		var users []store.MesiboImportUser
		for n := range int64(200) {
			users = append(users, old(n, fmt.Sprint(n), fmt.Sprint(919000000000+n), "N"))
		}
		var wait sync.WaitGroup
		for n := range 4 {
			wait.Go(func() {
				s := []*store.Store{s, other}[n%2]
				if _, err := s.ImportMesiboUsers(t.Context(), store.MesiboImport{}, users); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		var rows int
		ok(t, s.SQLDB().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM chat_mesibo_users").Scan(&rows))
		if rows != len(users) {
			t.Errorf("%d rows", rows)
		}
	})
}

func TestImportedContactsStayRemovedUntilTheOldListIsAnother(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		ann := must[store.MesiboUser](t)(s.KeepMesiboUser(t.Context(), store.MesiboUser{SiteUser: "1", Address: "919000000001", Phone: "919000000001"}))
		list := store.MesiboImportContacts{Ref: 11, Owner: ann.ID}
		for n := range 2500 {
			list.Phones = append(list.Phones, fmt.Sprint(919100000000+n))
		}
		run := func(how store.MesiboImport, want store.MesiboImportedContacts) {
			t.Helper()
			done := must[[]store.MesiboImportedContacts](t)(s.ImportMesiboContacts(t.Context(), how, []store.MesiboImportContacts{list}))
			if diff := cmp.Diff([]store.MesiboImportedContacts{want}, done); diff != "" {
				t.Fatal(diff)
			}
		}
		ok(t, s.AddMesiboContacts(t.Context(), ann.ID, list.Phones[:3]))
		run(store.MesiboImport{DryRun: true}, store.MesiboImportedContacts{Outcome: store.ImportedNew, Added: 2497})
		run(store.MesiboImport{}, store.MesiboImportedContacts{Outcome: store.ImportedNew, Added: 2497})
		ok(t, s.ClearMesiboContacts(t.Context(), ann.ID, list.Phones[:2]))
		run(store.MesiboImport{}, store.MesiboImportedContacts{})
		list.Phones = append(list.Phones, "919200000000")
		run(store.MesiboImport{}, store.MesiboImportedContacts{Outcome: store.ImportedNew, Added: 3})
		list.Owner = 4711
		list.Ref = 12
		run(store.MesiboImport{}, store.MesiboImportedContacts{Outcome: store.ImportedTaken})
	})
}

func TestImportedGroups(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		var ids []int64
		for _, u := range must[[]store.MesiboImportedUser](t)(s.ImportMesiboUsers(t.Context(), store.MesiboImport{}, []store.MesiboImportUser{
			old(11, "1", "919000000001", "Ann"), old(12, "2", "919000000002", "Bob"), old(13, "3", "919000000003", "Cat"),
		})) {
			ids = append(ids, u.ID)
		}
		group := func(name string, roles ...int) store.MesiboImportGroup {
			g := store.MesiboImportGroup{Group: store.MesiboGroup{GID: 500, Name: name, Changed: 100}}
			for n, role := range roles {
				if role >= 0 {
					g.Members = append(g.Members, store.MesiboMember{User: ids[n], Role: role, JoinedAt: 50})
				}
			}
			return g
		}
		members := func() (text string) {
			for _, m := range must[[]store.MesiboMember](t)(s.MesiboMembers(t.Context(), []int64{500})) {
				text += fmt.Sprintf("%d:%d:%v ", m.User, m.Role, m.Left)
			}
			return strings.TrimSpace(text)
		}
		run := func(how store.MesiboImport, g store.MesiboImportGroup, want store.Imported) {
			t.Helper()
			done := must[[]store.Imported](t)(s.ImportMesiboGroups(t.Context(), how, []store.MesiboImportGroup{g}))
			if diff := cmp.Diff([]store.Imported{want}, done); diff != "" {
				t.Fatal(diff)
			}
		}
		run(store.MesiboImport{DryRun: true}, group("Team", 2, 1, 0), store.ImportedNew)
		run(store.MesiboImport{}, group("Team", 2, 1, 0), store.ImportedNew)
		run(store.MesiboImport{}, group("Team", 2, 1, 0), store.ImportedSame)
		if got, want := members(), fmt.Sprintf("%d:2:false %d:1:false %d:0:false", ids[0], ids[1], ids[2]); got != want {
			t.Fatalf("members %q, want %q", got, want)
		}
		run(store.MesiboImport{}, group("Team", 2, 1, -1), store.ImportedChanged)
		if got, want := members(), fmt.Sprintf("%d:2:false %d:1:false %d:0:true", ids[0], ids[1], ids[2]); got != want {
			t.Fatalf("members %q, want %q", got, want)
		}
		ok(t, s.SetMesiboMembers(t.Context(), must[store.MesiboGroup](t)(s.MesiboGroup(t.Context(), 500)), 300, []store.MesiboMember{{User: ids[1], Role: 0}}))
		run(store.MesiboImport{}, group("Team", 2, 1, -1), store.ImportedSame)
		run(store.MesiboImport{}, group("Old team", 2, 1, -1), store.ImportedKept)
		run(store.MesiboImport{Overwrite: true}, group("Old team", 2, 1, -1), store.ImportedChanged)
		g := must[store.MesiboGroup](t)(s.MesiboGroup(t.Context(), 500))
		if g.Name != "Old team" || g.Changed < d.clock.Now().Unix() {
			t.Errorf("group is %+v", g)
		}
		gone := g
		gone.Deleted = true
		ok(t, s.SetMesiboGroup(t.Context(), g, gone))
		run(store.MesiboImport{Overwrite: true}, group("Team", 2, 1, 0), store.ImportedKept)
	})
}

func TestImportedPhotos(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		id := must[[]store.MesiboImportedUser](t)(s.ImportMesiboUsers(t.Context(), store.MesiboImport{}, []store.MesiboImportUser{old(11, "1", "919000000001", "Ann")}))[0].ID
		former := ""
		photo := func(how store.MesiboImport, name string, want store.Imported) {
			t.Helper()
			done := must[[]store.MesiboImportedPhoto](t)(s.ImportMesiboPhotos(t.Context(), how, []store.MesiboImportPhoto{{Ref: 11, User: id, Name: name}}))
			if diff := cmp.Diff([]store.MesiboImportedPhoto{{Outcome: want, Former: former}}, done); diff != "" {
				t.Fatal(diff)
			}
			former = ""
		}
		photo(store.MesiboImport{DryRun: true}, "a.jpg", store.ImportedNew)
		photo(store.MesiboImport{}, "a.jpg", store.ImportedNew)
		photo(store.MesiboImport{}, "a.jpg", store.ImportedSame)
		ok(t, s.PutMesiboFile(t.Context(), store.MesiboFile{Name: "a.jpg", User: id, MIME: "image/jpeg", Size: 1}))
		former = "a.jpg"
		photo(store.MesiboImport{}, "b.jpg", store.ImportedChanged)
		if _, err := s.MesiboFile(t.Context(), "a.jpg"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the row of a photo that another took the place of, without which its file is swept: %v", err)
		}
		u := must[store.MesiboUser](t)(s.MesiboUserByID(t.Context(), id))
		if u.Photo != "b.jpg" || u.Changed != d.clock.Now().Unix() {
			t.Fatalf("user is %+v", u)
		}
		bare := u
		bare.Photo = ""
		ok(t, s.SetMesiboUser(t.Context(), u, bare))
		photo(store.MesiboImport{}, "b.jpg", store.ImportedSame)
		photo(store.MesiboImport{}, "c.jpg", store.ImportedKept)
		photo(store.MesiboImport{Overwrite: true}, "c.jpg", store.ImportedChanged)
	})
}

func TestAnImportRefusesWhatIsOutOfBounds(t *testing.T) {
	s := (&database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock(), keys: store.Keys{Key: testKey}}).open(t)
	for name, err := range map[string]error{
		"too many users": func() error {
			_, err := s.ImportMesiboUsers(t.Context(), store.MesiboImport{}, make([]store.MesiboImportUser, 501))
			return err
		}(),
		"a phone that is none": func() error {
			_, err := s.ImportMesiboContacts(t.Context(), store.MesiboImport{}, []store.MesiboImportContacts{{Owner: 1, Phones: []string{"x"}}})
			return err
		}(),
		"a group without a number": func() error {
			_, err := s.ImportMesiboGroups(t.Context(), store.MesiboImport{}, []store.MesiboImportGroup{{}})
			return err
		}(),
		"a photo without a name": func() error {
			_, err := s.ImportMesiboPhotos(t.Context(), store.MesiboImport{}, []store.MesiboImportPhoto{{User: 1}})
			return err
		}(),
	} {
		if !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
