package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/store"
)

func TestTokensOfAnOlderBackendAreToBeEndedOnceAndAgainWhenItGaveOthers(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		bob := must[store.MesiboUser](t)(s.KeepMesiboUser(t.Context(), store.MesiboUser{SiteUser: "2", Address: "919000000002", Phone: "919000000002"}))
		if must[bool](t)(s.MesiboOldTokens(t.Context(), bob)) {
			t.Error("there are old tokens without an import")
		}
		ann := old(11, "1", "919000000001", "Ann")
		run := func(how store.MesiboImport, tokens string, want ...string) {
			t.Helper()
			ann.Tokens = tokens
			must[[]store.MesiboImportedUser](t)(s.ImportMesiboUsers(t.Context(), how, []store.MesiboImportUser{ann}))
			var got []string
			for _, j := range must[[]store.Job](t)(s.Claim(t.Context(), "mesibo", store.MesiboEndingApp, "test", 10, time.Minute)) {
				got = append(got, j.Kind+" "+j.SiteUser+" "+j.Address)
				ok(t, s.Done(t.Context(), j))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		run(store.MesiboImport{DryRun: true}, "")
		run(store.MesiboImport{}, "", "end-old 1 919000000001")
		u := must[store.MesiboUser](t)(s.MesiboUser(t.Context(), "1"))
		for _, who := range []store.MesiboUser{u, bob} { // who was left out may have some too
			if !must[bool](t)(s.MesiboOldTokens(t.Context(), who)) {
				t.Errorf("user %s has no old tokens after an import", who.SiteUser)
			}
			ok(t, s.MesiboOldTokensEnded(t.Context(), who))
			ok(t, s.MesiboOldTokensEnded(t.Context(), who))
			if must[bool](t)(s.MesiboOldTokens(t.Context(), who)) {
				t.Errorf("user %s has old tokens after they were ended", who.SiteUser)
			}
		}
		run(store.MesiboImport{}, "")
		run(store.MesiboImport{Overwrite: true}, "")
		run(store.MesiboImport{}, "another", "end-old 1 919000000001")
		if !must[bool](t)(s.MesiboOldTokens(t.Context(), u)) || must[bool](t)(s.MesiboOldTokens(t.Context(), bob)) {
			t.Error("tokens that the older backend gave since are not known, or are taken for another's")
		}
		ok(t, s.MesiboOldTokensEnded(t.Context(), u))
		moved := u
		moved.Address, moved.Phone = "919000000009", "919000000009"
		ok(t, s.SetMesiboUser(t.Context(), u, moved))
		if !must[bool](t)(s.MesiboOldTokens(t.Context(), moved)) {
			t.Error("at another address nothing was ended")
		}
		ok(t, s.MesiboOldTokensEnded(t.Context(), store.MesiboUser{ID: 4711, Address: "919000000001"})) // forgotten meanwhile
	})
}
