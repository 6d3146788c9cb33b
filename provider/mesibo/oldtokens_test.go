package mesibo_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

const year = 365 * 24 * time.Hour

// takeOver imports a user of the old backend, who got these tokens there, and hands the jobs of that on.
func (y *yard) takeOver(t *testing.T, id, phone, tokens string) store.MesiboUser {
	t.Helper()
	_, err := y.store.ImportMesiboUsers(t.Context(), store.MesiboImport{}, []store.MesiboImportUser{
		{Ref: 11, User: store.MesiboUser{SiteUser: id, Address: phone, Phone: phone, RemoteUID: "500", Name: "Ann"}, Tokens: tokens},
	})
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := y.store.Claim(t.Context(), "mesibo", mesibo.Application, "test", 10, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs { // the tests keep jobs in memory
		err := y.memory.Enqueue(t.Context(), provider.Job{Provider: j.Provider, App: j.App, Kind: j.Kind, User: userinfo.ID(j.SiteUser), Address: j.Address})
		if err == nil {
			err = y.store.Done(t.Context(), j)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	u, err := y.store.MesiboUser(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestATokenOfTheOldBackendEndsAtMesiboSecondsAfterTheImport(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		y.set("6", "Ann", "919876543210")
		stolen := y.Give("919876543210", androidApp, year)
		y.takeOver(t, "6", "919876543210", "one")
		time.Sleep(3 * time.Second)
		if _, _, good := y.Token(stolen); good {
			t.Fatal("the token that 123456 gave counts")
		}
		y.takeOver(t, "6", "919876543210", "one")
		time.Sleep(3 * time.Second)
		if got := y.operations(); !cmp.Equal(got, []string{"userset"}) {
			t.Errorf("calls after a second run that found nothing new: %v", got)
		}
		stolen = y.Give("919876543210", androidApp, year)
		y.takeOver(t, "6", "919876543210", "two")
		time.Sleep(3 * time.Second)
		if _, _, good := y.Token(stolen); good {
			t.Error("a token that the old backend gave between two runs counts")
		}
	})
}

func TestNobodyGetsATokenBesideOneOfTheOldBackend(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("6", "Ann", "919876543210")
		stolen := y.Give("919876543210", webApp, year)
		y.takeOver(t, "6", "919876543210", "one")
		y.Always(providertest.Status(500))
		if a := y.ask(t, http.MethodPost, ann, ""); a.status == http.StatusOK {
			t.Error("a token was given before that of the old backend was ended")
		}
		y.Always(nil)
		time.Sleep(2 * time.Second)
		y.operations()
		first := y.login(t, ann)
		if _, _, good := y.Token(stolen); good {
			t.Error("the token that 123456 gave counts beside Ann's")
		}
		y.ask(t, http.MethodPost, ann, `{"device":"tablet"}`).want(t, "a second device", http.StatusOK, "")
		if got := y.operations(); !cmp.Equal(got, []string{"userset", "useradd", "useradd"}) {
			t.Errorf("calls: %v", got)
		}
		ctx := t.Context()
		jobs, err := y.memory.Claim(ctx, "mesibo", mesibo.Application, "test", 10, time.Minute)
		if err != nil || len(jobs) != 1 {
			t.Fatalf("jobs %+v, %v", jobs, err)
		}
		if err := y.provider.Job(ctx, jobs[0]); err != nil {
			t.Fatal(err)
		}
		if again := y.login(t, ann); again.Token != first.Token {
			t.Error("the job of the import ended a token that was made after it was needless")
		}
	})
}

func TestWhoWasLeftOutOfTheImportGetsNoTokenBesideAnOldOneEither(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		stolen := y.Give("919876543211", androidApp, year)
		y.takeOver(t, "6", "919876543210", "one")
		y.login(t, y.set("7", "Bob", "919876543211")) // who joined the site after the import
		if _, _, good := y.Token(stolen); good {
			t.Error("the token that 123456 gave counts beside Bob's")
		}
		stolen = y.Give("919876543212", androidApp, year)
		y.login(t, y.set("7", "Bob", "919876543212"))
		if _, _, good := y.Token(stolen); good {
			t.Error("the token that 123456 gave for Bob's new phone counts beside his")
		}
	})
}

func TestWithoutAnImportNoTokenIsEndedBeforeTheFirst(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		y.login(t, y.set("6", "Ann", "919876543210"))
		if got := y.operations(); !cmp.Equal(got, []string{"useradd"}) {
			t.Errorf("calls: %v", got)
		}
	})
}

func TestWhoSignedInHereBeforeTheImportSignsInOnceMore(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("6", "Ann", "919876543210")
		time.Sleep(2 * time.Second)
		before := y.login(t, ann)
		y.takeOver(t, "6", "919876543210", "one")
		time.Sleep(3 * time.Second)
		if _, _, good := y.Token(before.Token); good {
			t.Fatal("the import ended no token")
		}
		after := y.login(t, ann)
		if _, _, good := y.Token(after.Token); !good {
			t.Error("a token is given that Mesibo ended")
		}
		if calls := y.operations(); slices.Contains(calls, "userdel") {
			t.Errorf("calls: %v", calls)
		}
	})
}
