package sendbird_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/provider/sendbird"
	"github.com/chatpass/chatpass/userinfo"
)

func TestAnOutageOfTheStoreIsToldOnceAMinuteAndWhenItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		time.Sleep(10 * time.Second)
		s.store.Fail(errors.New("no disk"))
		time.Sleep(3 * time.Minute)
		for _, text := range []string{"jobs for sendbird cannot be read", "it cannot be looked"} {
			if n := strings.Count(s.logged(), text); n < 2 || n > 4 {
				t.Errorf("%q was told %d times in three minutes", text, n)
			}
		}
		s.store.Fail(nil)
		time.Sleep(3 * time.Minute)
		for _, text := range []string{"jobs for sendbird can be read again", "it can be looked again"} {
			if n := strings.Count(s.logged(), text); n != 1 {
				t.Errorf("%q was told %d times", text, n)
			}
		}
	})
}

func TestS14WhoGotATokenWhileTheStoreWasDownIsLookedAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		s.store.Fail(errors.New("no disk"))
		time.Sleep(10 * time.Second)
		tokens := map[string]string{}
		for i := range 20 {
			id := fmt.Sprint(1 + i)
			got := s.login(t, s.set(userinfo.ID(id), "Ann", ""), "")
			got.want(t, "a log-in without the store", http.StatusOK, "")
			tokens[id] = got.Token
		}
		time.Sleep(2 * time.Minute)
		s.set("6", "", "")
		s.store.Fail(nil)
		time.Sleep(20 * time.Second)
		for id, token := range tokens {
			if s.Good(id, token) != (id != "6") {
				t.Errorf("user %s: their token counts: %v", id, s.Good(id, token))
			}
		}
		if _, _, active, _ := s.User("6"); active {
			t.Error("the user is still in")
		}
		if n := strings.Count(s.logged(), "cannot be noted"); n < 1 || n > 4 {
			t.Errorf("that tokens are not noted was told %d times", n)
		}
		s.Requests()
		time.Sleep(time.Hour)
		if came := s.Requests(); len(came) > 0 {
			t.Errorf("told again: %v", targets(came))
		}
	})
}

func TestS14AStoreThatFailsAgainAndAgainLosesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		u := s.set("6", "Ann", "")
		s.store.Fail(errors.New("no disk"))
		s.login(t, u, "")
		time.Sleep(time.Minute)
		second := s.login(t, u, `{"fresh":true}`) // of a user who was made before, and is not noted either
		time.Sleep(time.Minute)
		s.store.Fail(nil)
		time.Sleep(10 * time.Second)
		if all := s.store.All(); len(all) != 1 || all[0].ProfileHash == "" {
			t.Errorf("noted: %+v", all)
		}
		s.store.Fail(errors.New("no disk"))
		time.Sleep(time.Minute)
		s.set("6", "", "")
		s.store.Fail(nil)
		time.Sleep(20 * time.Second)
		if s.Good("6", second.Token) {
			t.Error("the token still counts")
		}
	})
}

func TestTheNotesThatWaitForTheStoreAreBounded(t *testing.T) {
	t.Parallel()
	const most = 10_000
	lost, held, first := sendbird.NotesThatWait(most + 2)
	if lost != 2 || held != most || first != "3" {
		t.Errorf("%d were lost, %d wait, the first is %s", lost, held, first)
	}
}

func TestALongWaitThatSendbirdAsksForIsCutToAMinuteAndToldOnce(t *testing.T) {
	for name, answer := range map[string]providertest.Behaviour{
		"a day":                                  providertest.Limited("Retry-After", 86400),
		"a day at every call, in its own header": providertest.Limited("X-RateLimit-RetryAfter", 86400),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := running(t, nil)
				u := s.set("6", "Ann", "")
				s.login(t, u, "")
				s.Script(answer)
				got := s.login(t, u, `{"fresh":true}`)
				got.want(t, "a log-in", http.StatusServiceUnavailable, "provider_unavailable")
				if got.fault.RetryAfter > time.Minute {
					t.Errorf("the visitor is to come back after %s", got.fault.RetryAfter)
				}
				time.Sleep(61 * time.Second)
				s.login(t, u, `{"fresh":true}`).want(t, "a minute later", http.StatusOK, "")
				if n := strings.Count(s.logged(), "log-ins wait"); n != 1 || !strings.Contains(s.logged(), "86400") {
					t.Errorf("it was told %d times: %s", n, s.logged())
				}
			})
		})
	}
}
