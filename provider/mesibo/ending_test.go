package mesibo_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/store"
)

const (
	annsPhone = "919876543210"
	annsNext  = "919876543299"
)

// messenger calls the door of the stock messengers with names and values.
func (y *yard) messenger(t *testing.T, pairs ...string) string {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	for _, route := range y.provider.Routes() {
		if route.Method != http.MethodPost || route.Path != "/messenger/" {
			continue
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/messenger/", strings.NewReader(form.Encode()))
		if err := route.Serve(w, r, &provider.Visitor{Address: "203.0.113.9"}); err != nil {
			t.Fatal(err)
		}
		return w.Body.String()
	}
	t.Fatal("there is no route for the messengers")
	return ""
}

// soleGroup is the number of the only group that Mesibo knows.
func (y *yard) soleGroup(t *testing.T) int64 {
	t.Helper()
	for gid := int64(500); gid < 600; gid++ {
		if _, _, known := y.Group(gid); known {
			return gid
		}
	}
	t.Fatal("Mesibo knows no group")
	return 0
}

func TestWhoGetsAnothersFormerPhoneIsANewUserAtMesiboToo(t *testing.T) {
	for name, moves := range map[string]bool{"the former owner signs in with another phone": true, "the former owner never comes back": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(y *yard) {
				t := y.T
				time.Sleep(3 * time.Second)
				first := y.login(t, y.set("6", "Ann", annsPhone))
				if body := y.messenger(t, "op", "setgroup", "gid", "0", "name", "Family", "token", first.Token); !strings.Contains(body, `"OK"`) {
					t.Fatal(body)
				}
				gid := y.soleGroup(t)
				ann := y.set("6", "Ann", annsNext)
				if moves {
					y.login(t, ann)
				}
				ben := y.set("9", "Ben", annsPhone)
				time.Sleep(15 * time.Minute) // the phones of the site are read anew
				got := y.login(t, ben)
				if got.Address != annsPhone || got.UID == first.UID || got.UID == "" {
					t.Errorf("Ben is %+v, Ann was %s", got, first.UID)
				}
				if !moves {
					y.login(t, ann)
				}
				time.Sleep(5 * time.Second)
				if _, members, _ := y.Group(gid); !slices.Equal(members, []string{annsNext}) {
					t.Errorf("in Ann's group are %v", members)
				}
				if _, _, good := y.Token(got.Token); !good {
					t.Error("Ben's token does not count")
				}
				if waiting := y.memory.Waiting(); len(waiting) > 0 {
					t.Errorf("jobs wait: %v", waiting)
				}
			})
		})
	}
}

func TestNobodyGetsAnAddressBeforeItsFormerUserIsDeletedAtMesibo(t *testing.T) {
	for _, code := range []string{"MISSINGPARA", "BADOP", "not a code"} {
		quiet(t, nil, func(y *yard) {
			t := y.T
			y.login(t, y.set("6", "Ann", annsPhone))
			y.set("6", "Ann", annsNext)
			ben := y.set("9", "Ben", annsPhone)
			y.Requests()
			y.Always(providertest.Refuse(code))
			y.ask(t, http.MethodPost, ben, "").want(t, code, http.StatusServiceUnavailable, "provider_unavailable")
			y.Always(providertest.Status(500))
			y.ask(t, http.MethodPost, ben, "").want(t, "while Mesibo fails", http.StatusServiceUnavailable, "provider_unavailable")
			y.Always(nil)
			if got := y.operations(); slices.Contains(got, "useradd") {
				t.Errorf("calls: %v", got)
			}
			time.Sleep(2 * time.Second)
			y.login(t, ben)
		})
	}
}

func TestWhoseAccountWasDeletedRegistersAnewWithThePhone(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		time.Sleep(3 * time.Second)
		y.set("7", "Bob", "919876543211")
		old := y.login(t, y.set("6", "Ann", annsPhone))
		y.set("6", "", "")
		time.Sleep(10 * time.Second)
		if _, active, known := y.User(annsPhone); active || !known {
			t.Fatalf("not shut out: %v %v", active, known)
		}
		again := y.set("9", "Ann", annsPhone)
		time.Sleep(15 * time.Minute)
		got := y.login(t, again)
		if _, active, _ := y.User(annsPhone); !active || got.UID == old.UID {
			t.Errorf("active %v, %+v after %s", active, got, old.UID)
		}
	})
}

func TestALateShutOutLeavesThePhonesNewOwnerAlone(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		time.Sleep(3 * time.Second)
		y.set("7", "Bob", "919876543211")
		y.login(t, y.set("6", "Ann", annsPhone))
		y.Always(providertest.Status(500))
		y.set("6", "", "")
		time.Sleep(20 * time.Minute) // the job waits longer and longer
		ben := y.set("9", "Ben", annsPhone)
		time.Sleep(15 * time.Minute)
		y.Always(nil)
		time.Sleep(2 * time.Second)
		got := y.login(t, ben)
		time.Sleep(20 * time.Minute)
		if _, _, good := y.Token(got.Token); !good {
			t.Error("the new owner's token was ended")
		}
		if _, active, _ := y.User(annsPhone); !active {
			t.Error("the new owner is shut out")
		}
		if waiting := y.memory.Waiting(); len(waiting) > 0 {
			t.Errorf("jobs wait: %v", waiting)
		}
	})
}

func TestWhoIsBackAndWhomMesiboForgotSignsIn(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		time.Sleep(3 * time.Second)
		y.set("7", "Bob", "919876543211")
		y.login(t, y.set("6", "Ann", annsPhone))
		y.set("6", "", "")
		time.Sleep(10 * time.Second)
		if err := y.provider.Forget(t.Context(), mesibo.Application, annsPhone); err != nil { // as somebody may do in its console
			t.Fatal(err)
		}
		ann := y.set("6", "Ann", annsPhone)
		time.Sleep(15 * time.Minute)
		y.login(t, ann)
	})
}

func TestATokenOfAFormerAddressIsNeverGiven(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		time.Sleep(3 * time.Second)
		ann := y.set("6", "Ann", annsPhone)
		release := make(chan struct{})
		y.Script(func(http.ResponseWriter, *http.Request) bool { <-release; return false }) // the first token is slow
		first := make(chan yardAnswer)
		go func() { first <- y.ask(t, http.MethodPost, ann, "") }()
		synctest.Wait()
		ann = y.set("6", "Ann", annsNext)
		second := y.login(t, ann)
		if address, _, good := y.Token(second.Token); !good || address != annsNext || second.Address != annsNext {
			t.Errorf("the answer says %s, the token is of %s, %v", second.Address, address, good)
		}
		close(release)
		if got := <-first; got.Token != "" {
			t.Errorf("a token of the former address was given: %+v", got)
		}
		third := y.login(t, ann)
		if address, _, good := y.Token(third.Token); !good || address != annsNext || third.Token != second.Token {
			t.Errorf("the third is of %s, %v", address, good)
		}
		time.Sleep(5 * time.Second)
		if _, _, known := y.User(annsPhone); known {
			t.Error("the former address is a user at Mesibo again")
		}
		if waiting := y.memory.Waiting(); len(waiting) > 0 {
			t.Errorf("jobs wait: %v", waiting)
		}
	})
}

func TestATokenThatIsMadeWhileTheUserIsShutOutIsKeptByNobody(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		ann := y.set("6", "Ann", annsPhone)
		u, err := y.provider.Enroll(t.Context(), ann, annsPhone)
		if err != nil {
			t.Fatal(err)
		}
		y.Script(func(http.ResponseWriter, *http.Request) bool {
			out := u
			out.DisabledAt = time.Now()
			if err := y.store.SetMesiboUser(context.WithoutCancel(t.Context()), u, out); err != nil {
				t.Error(err)
			}
			return false
		})
		if token, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "", ""); err == nil || token != "" {
			t.Errorf("a token was given: %v", err)
		}
		if got := y.memory.Waiting(); !slices.Equal(got, []string{"disable"}) {
			t.Errorf("jobs: %v", got)
		}
	})
}

func TestAfterAChangeOfTheKeyTokensAreMadeAnewAndCanBeEnded(t *testing.T) {
	file := "sqlite:" + filepath.Join(t.TempDir(), "s.db")
	open := func(t *testing.T, key string) *store.Store {
		t.Helper()
		s, err := store.Open(t.Context(), store.Options{URL: secret.New(file), Now: time.Now, Keys: store.Keys{Derived: map[string][]secret.Secret{"mesibo": {secret.New(key)}}}})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := open(t, "the-app-token-of-last-year-0123456789")
	u, err := before.KeepMesiboUser(t.Context(), store.MesiboUser{SiteUser: "6", Address: annsPhone, Phone: annsPhone, SiteName: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	for _, device := range []string{"web", "tv"} {
		tok := store.MesiboToken{User: u.ID, App: androidApp, Device: device, Address: annsPhone, ExpiresAt: time.Now().Add(29 * 24 * time.Hour)}
		if err := before.PutMesiboToken(t.Context(), tok, secret.New("sealed-token-of-"+device)); err != nil {
			t.Fatal(err)
		}
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, yardToken)
	defer func() { _ = s.Close() }()
	y := newYard(t, func(_ *mesibo.Config, d *provider.Deps) { d.Store = deskKeeper{d.Store.(deskKeeper).Memory, s} })
	ann := y.set("6", "Ann", annsPhone)
	ctx, end := context.WithTimeout(t.Context(), time.Second)
	defer end()
	y.provider.Run(ctx)
	y.ask(t, http.MethodDelete, ann, `{"device":"tv"}`).want(t, "ending a token that does not open", http.StatusNoContent, "")
	if _, err := s.MesiboTokenKept(t.Context(), u.ID, androidApp, "tv"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is kept: %v", err)
	}
	if got := y.login(t, ann); got.Token == "" {
		t.Error("no token")
	}
}

func TestForgetAsksMesiboByNumberAndAddress(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		got := y.login(t, y.set("6", "Ann", annsPhone))
		y.Requests()
		y.Always(providertest.Status(500))
		u, err := y.store.MesiboUser(t.Context(), "6")
		if err != nil {
			t.Fatal(err)
		}
		if err := y.provider.ForgetUser(t.Context(), mesibo.Application, u); err == nil {
			t.Error("Mesibo is down, and that is not told")
		}
		y.Always(nil)
		y.Requests()
		time.Sleep(2 * time.Second)
		if err := y.provider.ForgetUser(t.Context(), mesibo.Application, u); err != nil {
			t.Fatal(err)
		}
		if asked := y.Requests(); len(asked) != 1 || !strings.Contains(asked[0].Body, `"uid":`+got.UID) || !strings.Contains(asked[0].Body, annsPhone) {
			t.Errorf("asked %v", asked)
		}
		if _, _, good := y.Token(got.Token); good {
			t.Error("the token counts")
		}
		if err := y.provider.Forget(t.Context(), mesibo.Application, annsPhone); err != nil {
			t.Errorf("a user whom Mesibo does not know: %v", err)
		}
		if err := y.provider.Forget(t.Context(), "another", annsPhone); !errors.Is(err, provider.ErrOtherApp) {
			t.Errorf("another application: %v", err)
		}
	})
}

func TestALogOutOfOneAppLeavesTheOtherAppsAlone(t *testing.T) {
	for name, c := range map[string]struct {
		answer  providertest.Behaviour // of usertoken; nil: it is done
		calls   []string
		waiting int
		other   bool // the other app's token counts at Mesibo after
	}{
		"in time":                             {nil, []string{"usertoken"}, 0, true},
		"where Mesibo does not know the call": {providertest.Refuse("BADOP"), []string{"usertoken", "userset"}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			quiet(t, nil, func(y *yard) {
				t := y.T
				y.Change(func(m *providertest.Mesibo) { m.Several = true })
				ann := y.set("6", "Ann", annsPhone)
				phone := y.ask(t, http.MethodPost, ann, `{"device":"phone"}`)
				tablet := y.ask(t, http.MethodPost, ann, `{"device":"tablet"}`)
				web := y.ask(t, http.MethodPost, ann, `{"appid":"`+webApp+`"}`)
				y.Requests()
				if c.answer != nil {
					y.Script(c.answer)
				}
				y.ask(t, http.MethodDelete, ann, `{"device":"phone"}`).want(t, "log-out", http.StatusNoContent, "")
				if got := y.operations(); !slices.Equal(got, c.calls) {
					t.Errorf("calls: %v", got)
				}
				for of, token := range map[string]string{"phone": phone.Token, "tablet": tablet.Token} {
					if _, _, good := y.Token(token); good {
						t.Errorf("the token of the %s counts at Mesibo", of)
					}
				}
				if _, _, good := y.Token(web.Token); good != c.other {
					t.Errorf("the token of the other app: %v", good)
				}
				if _, _, _, err := y.provider.Bearer(t.Context(), tablet.Token); err != nil {
					t.Errorf("the other device is signed out here: %v", err)
				}
				for body, had := range map[string]yardAnswer{`{"device":"tablet"}`: tablet, `{"appid":"` + webApp + `"}`: web} {
					again := y.ask(t, http.MethodPost, ann, body)
					if _, _, good := y.Token(again.Token); !good || (again.Token == had.Token) != (c.other && had.AppID == webApp) {
						t.Errorf("%s: given again %v, good %v", body, again.Token == had.Token, good)
					}
				}
				if got := y.memory.Waiting(); len(got) != c.waiting {
					t.Errorf("jobs wait: %v", got)
				}
			})
		})
	}
}

func TestALogOutWhileMesiboIsAwayIsDoneAfterAndWhoSignsInMeanwhileGetsAnotherToken(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		y.Change(func(m *providertest.Mesibo) { m.Several = true })
		time.Sleep(3 * time.Second)
		ann := y.set("6", "Ann", annsPhone)
		phone := y.ask(t, http.MethodPost, ann, `{"device":"phone"}`)
		web := y.ask(t, http.MethodPost, ann, `{"appid":"`+webApp+`"}`)
		y.Always(providertest.Status(500))
		y.ask(t, http.MethodDelete, ann, `{"device":"phone"}`).want(t, "log-out", http.StatusNoContent, "")
		if _, _, _, err := y.provider.Bearer(t.Context(), phone.Token); !errors.Is(err, mesibo.ErrNobody) {
			t.Errorf("the ended token counts here: %v", err)
		}
		time.Sleep(30 * time.Second)
		y.Always(nil)
		time.Sleep(5 * time.Minute)
		if _, _, good := y.Token(phone.Token); good {
			t.Error("the ended token counts at Mesibo")
		}
		if _, _, good := y.Token(web.Token); good {
			// The last token of an app that is kept is another app's: it is spared.
			if again := y.ask(t, http.MethodPost, ann, `{"appid":"`+webApp+`"}`); again.Token != web.Token {
				t.Error("the other app's token is not given again")
			}
		} else {
			t.Error("the other app's token was ended")
		}
		if waiting := y.memory.Waiting(); len(waiting) > 0 {
			t.Errorf("jobs wait: %v", waiting)
		}
	})
}

func TestManyAtOnceWhoTakeAnAddressOverEndWithATokenThatCounts(t *testing.T) {
	bubble(t, nil, func(y *yard) {
		t := y.T
		time.Sleep(3 * time.Second)
		former := y.login(t, y.set("6", "Ann", annsPhone))
		y.set("6", "Ann", annsNext)
		ben := y.set("9", "Ben", annsPhone)
		time.Sleep(15 * time.Minute)
		var all sync.WaitGroup
		for n := range 8 { // of the ten that a user has in a minute
			all.Go(func() { y.ask(t, http.MethodPost, ben, `{"device":"`+strconv.Itoa(n)+`"}`) })
		}
		all.Wait()
		time.Sleep(time.Minute)
		got := y.login(t, ben)
		if _, _, good := y.Token(got.Token); !good || got.UID == former.UID {
			t.Errorf("good %v, %+v", good, got)
		}
	})
}
