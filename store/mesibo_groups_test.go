package store_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/store"
)

func TestAGroupIsMadeWithItsMembersOrNotAtAll(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		if _, err := s.MesiboGroup(t.Context(), 500); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("before: %v", err)
		}
		team := store.MesiboGroup{GID: 500, Name: "Team 😀", Status: "a\nb", Photo: "g.jpg", Type: 7, Changed: 100}
		members := []store.MesiboMember{{User: 3, JoinedAt: 9}, {User: 2, JoinedAt: 9}, {User: 4, JoinedAt: 8}, {User: 1, Role: store.RoleOwner, JoinedAt: 50}, {User: 5, Role: store.RoleAdmin, JoinedAt: 60}}
		ok(t, s.PutMesiboGroup(t.Context(), team, members))
		if diff := cmp.Diff(team, must[store.MesiboGroup](t)(d.open(t).MesiboGroup(t.Context(), 500))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		want := []store.MesiboMember{
			{GID: 500, User: 1, Role: 2, JoinedAt: 50}, {GID: 500, User: 5, Role: 1, JoinedAt: 60}, {GID: 500, User: 4, JoinedAt: 8}, {GID: 500, User: 2, JoinedAt: 9}, {GID: 500, User: 3, JoinedAt: 9},
		}
		if diff := cmp.Diff(want, must[[]store.MesiboMember](t)(s.MesiboMembers(t.Context(), []int64{500, 501, 500}))); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
		thief := store.MesiboGroup{GID: 500, Name: "Other", Changed: 200}
		if err := s.PutMesiboGroup(t.Context(), thief, []store.MesiboMember{{User: 9, Role: 2}}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a second of its number: %v", err)
		}
		if diff := cmp.Diff(want, must[[]store.MesiboMember](t)(s.MesiboMembers(t.Context(), []int64{500}))); diff != "" {
			t.Errorf("it changed the first (-want +got):\n%s", diff)
		}
	})
}

func TestAGroupAndItsMembersChange(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		ok(t, s.PutMesiboGroup(t.Context(), store.MesiboGroup{GID: 500, Changed: 100}, []store.MesiboMember{{User: 1, Role: 2, JoinedAt: 1}, {User: 2, JoinedAt: 2}}))
		ok(t, s.PutMesiboGroup(t.Context(), store.MesiboGroup{GID: 400, Changed: 100}, []store.MesiboMember{{User: 2, Role: 2, JoinedAt: 2}}))
		was := must[store.MesiboGroup](t)(s.MesiboGroup(t.Context(), 500))
		now := store.MesiboGroup{GID: 500, Name: "N", Status: "S", Photo: "P", Type: 3, Changed: 90}
		ok(t, s.SetMesiboGroup(t.Context(), was, now))
		now.Changed = 101
		if diff := cmp.Diff(now, must[store.MesiboGroup](t)(s.MesiboGroup(t.Context(), 500))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		ok(t, s.SetMesiboMembers(t.Context(), now, 120, []store.MesiboMember{
			{User: 2, Role: 1, JoinedAt: 99}, {User: 3, JoinedAt: 7}, {User: 1, Left: true}, {User: 3, Role: 1, JoinedAt: 8},
		}))
		want := []store.MesiboMember{
			{GID: 400, User: 2, Role: 2, JoinedAt: 2},
			{GID: 500, User: 2, Role: 1, JoinedAt: 2},
			{GID: 500, User: 3, Role: 1, JoinedAt: 8},
			{GID: 500, User: 1, JoinedAt: 1, Left: true},
		}
		if diff := cmp.Diff(want, must[[]store.MesiboMember](t)(s.MesiboMembers(t.Context(), []int64{500, 400}))); diff != "" {
			t.Errorf("members (-want +got):\n%s", diff)
		}
		now.Changed = 120
		ok(t, s.SetMesiboMembers(t.Context(), now, 110, nil))
		if got := must[store.MesiboGroup](t)(s.MesiboGroup(t.Context(), 500)); got.Changed != 121 || got.Name != "N" {
			t.Errorf("got %+v", got)
		}
		none := store.MesiboGroup{GID: 9}
		for name, err := range map[string]error{
			"a group": s.SetMesiboGroup(t.Context(), none, none), "members": s.SetMesiboMembers(t.Context(), none, 1, []store.MesiboMember{{User: 1}}),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s of none: %v", name, err)
			}
		}
		if left := must[[]store.MesiboMember](t)(s.MesiboMembers(t.Context(), []int64{9})); len(left) != 0 {
			t.Errorf("members of no group: %v", left)
		}
	})
}

func TestGroupsOfAUserComeInPagesThatEndWithASecond(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		for gid := int64(1); gid <= 12; gid++ {
			members := []store.MesiboMember{{User: 1, Left: gid%2 == 0}, {User: gid + 10}}
			ok(t, s.PutMesiboGroup(t.Context(), store.MesiboGroup{GID: gid, Changed: 100 + gid/4, Deleted: gid == 5}, members))
		}
		list := func(user, since, until int64, n int) (gids []int64) {
			for _, g := range must[[]store.MesiboGroup](t)(s.MesiboGroupsOf(t.Context(), user, since, until, n)) {
				gids = append(gids, g.GID)
			}
			return gids
		}
		for name, test := range map[string]struct{ got, want []int64 }{
			"all":               {list(1, 1, 1000, 100), []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
			"of one who is new": {list(1, 0, 1000, 100), []int64{1, 3, 5, 7, 9, 11}},
			"a page":            {list(1, 1, 1000, 3), []int64{1, 2, 3}},
			"one more":          {list(1, 1, 1000, 4), []int64{1, 2, 3, 4, 5, 6, 7}},
			"behind a second":   {list(1, 102, 1000, 4), []int64{12}},
			"up to a second":    {list(1, 100, 101, 4), []int64{4, 5, 6, 7}},
			"of another":        {list(15, 0, 1000, 4), []int64{5}},
			"of one with none":  {list(99, 0, 1000, 4), nil},
		} {
			if diff := cmp.Diff(test.want, test.got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestChangesOfMembersAtTheSameTimeAreAllThere(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		stores := []*store.Store{d.open(t), d.open(t)}
		ok(t, stores[0].PutMesiboGroup(t.Context(), store.MesiboGroup{GID: 1, Changed: 1}, nil))
		errs := [20]error{}
		var all sync.WaitGroup
		for n := range errs {
			all.Go(func() {
				s := stores[n%2]
				for errs[n] = store.ErrConflict; errors.Is(errs[n], store.ErrConflict); {
					var g store.MesiboGroup
					if g, errs[n] = s.MesiboGroup(t.Context(), 1); errs[n] == nil {
						errs[n] = s.SetMesiboMembers(t.Context(), g, int64(n), []store.MesiboMember{{User: int64(n + 1)}, {User: 1000}, {User: int64(2000 - n)}})
					}
				}
			})
		}
		all.Wait()
		ok(t, errors.Join(errs[:]...))
		if got := must[[]store.MesiboMember](t)(stores[0].MesiboMembers(t.Context(), []int64{1})); len(got) != 41 {
			t.Errorf("%d members, want 41", len(got))
		}
		if g := must[store.MesiboGroup](t)(stores[0].MesiboGroup(t.Context(), 1)); g.Changed < 21 {
			t.Errorf("changed %d, which is not one more for each", g.Changed)
		}
	})
}

func TestOfTwoWhoChangeAGroupAtOnceOneMustReadItAnew(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		made := store.MesiboGroup{GID: 1, Name: "Team", Changed: 100}
		ok(t, s.PutMesiboGroup(t.Context(), made, []store.MesiboMember{{User: 1, Role: 2}, {User: 2, Role: 1}}))
		changes := map[string]func(g store.MesiboGroup) error{
			"a name": func(g store.MesiboGroup) error {
				after := g
				after.Name += "!"
				return s.SetMesiboGroup(t.Context(), g, after)
			},
			"a role": func(g store.MesiboGroup) error {
				return s.SetMesiboMembers(t.Context(), g, 100, []store.MesiboMember{{User: 2}})
			},
			"the end": func(g store.MesiboGroup) error {
				after := g
				after.Deleted = true
				return s.SetMesiboGroup(t.Context(), g, after)
			},
		}
		stale := made
		for _, first := range []string{"a role", "a name", "the end"} {
			now := must[store.MesiboGroup](t)(s.MesiboGroup(t.Context(), 1))
			ok(t, changes[first](now))
			for second, change := range changes {
				if err := change(now); !errors.Is(err, store.ErrConflict) {
					t.Errorf("%s after %s: %v", second, first, err)
				}
				if err := change(stale); !errors.Is(err, store.ErrConflict) {
					t.Errorf("%s of an old state after %s: %v", second, first, err)
				}
			}
		}
		dead := must[store.MesiboGroup](t)(s.MesiboGroup(t.Context(), 1))
		for name, change := range changes {
			if err := change(dead); !errors.Is(err, store.ErrConflict) {
				t.Errorf("%s of a deleted group: %v", name, err)
			}
		}
		if !dead.Deleted || dead.Name != "Team!" {
			t.Errorf("%+v", dead)
		}
	})
}

func TestWhoLeftIsToldOnceAndNothingLater(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		ok(t, s.PutMesiboGroup(t.Context(), store.MesiboGroup{GID: 1, Changed: 100}, []store.MesiboMember{{User: 1, Role: 2}, {User: 2}}))
		ok(t, s.SetMesiboMembers(t.Context(), store.MesiboGroup{GID: 1, Changed: 100}, 120, []store.MesiboMember{{User: 2, Left: true}}))
		later := store.MesiboGroup{GID: 1, Name: "later", Changed: 140}
		ok(t, s.SetMesiboGroup(t.Context(), store.MesiboGroup{GID: 1, Changed: 120}, later))
		told := func(user, since int64) bool {
			return len(must[[]store.MesiboGroup](t)(s.MesiboGroupsOf(t.Context(), user, since, 1000, 10))) == 1
		}
		if told(2, 0) || !told(1, 0) {
			t.Error("a new client is told of what its user left, or not of what they are in")
		}
		if !told(2, 100) || told(2, 120) || told(2, 130) || !told(1, 130) {
			t.Errorf("told: %v, %v, %v, who stayed: %v", told(2, 100), told(2, 120), told(2, 130), told(1, 130))
		}
		ok(t, s.SetMesiboMembers(t.Context(), later, 160, []store.MesiboMember{{User: 2}}))
		if !told(2, 140) {
			t.Error("who came back is not told of the group")
		}
	})
}
