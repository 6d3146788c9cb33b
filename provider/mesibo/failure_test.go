package mesibo_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/store"
)

// row has a user enrolled.
func (y *yard) row(t *testing.T) store.MesiboUser {
	t.Helper()
	u, err := y.provider.Enroll(t.Context(), y.set("6", "Ann", "919876543210"), "919876543210")
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestM22WhatMesiboAnswersIsNoTokenUnlessItIsOne(t *testing.T) {
	good := `"uid":7,"address":"919876543210","token":"fake-mesibo-token-0123456789"`
	for name, test := range map[string]struct {
		body   string
		good   bool
		metric string
	}{
		"a number as uid":              {`{"result":true,"user":{` + good + `}}`, true, "200"},
		"a text as uid":                {`{"result":true,"user":{` + strings.Replace(good, "7", `"7"`, 1) + `}}`, true, "200"},
		"no uid":                       {`{"result":true,"user":{"token":"fake-mesibo-token-0123456789"}}`, true, "200"},
		"a uid of 64 bits":             {`{"result":true,"user":{` + strings.Replace(good, "7", "18446744073709551615", 1) + `}}`, true, "200"},
		"a refusal":                    {`{"result":false,"error":"BADAPPID"}`, false, "rejected"},
		"a known refusal":              {`{"result":false,"error":"MISSINGPARA"}`, false, "MISSINGPARA"},
		"a refusal with a text":        {`{"result":false,"error":"` + providertest.Planted + `"}`, false, "rejected"},
		"a refusal without a code":     {`{"result":false}`, false, "rejected"},
		"a token without result":       {`{"user":{` + good + `}}`, false, "rejected"},
		"result as a text":             {`{"result":"OK","user":{` + good + `}}`, false, "200"},
		"a page of HTML":               {"<html>" + providertest.Planted, false, "200"},
		"nothing":                      {"", false, "200"},
		"null":                         {"null", false, "rejected"},
		"a uid that is no number":      {`{"result":true,"user":{` + strings.Replace(good, "7", `"x"`, 1) + `}}`, false, "200"},
		"a token that is too short":    {`{"result":true,"user":{"uid":7,"token":"fake-16-bytes-xx"}}`, false, "200"},
		"no token":                     {`{"result":true,"user":{"uid":7}}`, false, "200"},
		"a token with a line break":    {`{"result":true,"user":{"token":"fake-mesibo-token\n0123456789"}}`, false, "200"},
		"a token as long as a page":    {`{"result":true,"user":{"token":"` + strings.Repeat("x", 5000) + `"}}`, false, "200"},
		"the token of another address": {`{"result":true,"user":{` + strings.Replace(good, "210", "211", 1) + `}}`, false, "200"},
	} {
		t.Run(name, func(t *testing.T) {
			quiet(t, nil, func(y *yard) {
				t := y.T
				u := y.row(t)
				y.Script(providertest.Body(test.body), providertest.Body(test.body))
				token, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "", "")
				if (err == nil) != test.good || (token != "") != test.good {
					t.Fatalf("%q, %v", token, err)
				}
				if !test.good && mesibo.RefusalCode(err) != "BADUSER" {
					t.Errorf("code %q", mesibo.RefusalCode(err))
				}
				if got := y.counted(); !slices.Contains(got, "mesibo "+test.metric) && test.metric != "200" {
					t.Errorf("metric %q", got)
				}
				if !test.good {
					y.ask(t, http.MethodPost, y.set("6", "Ann", "919876543210"), "").want(t, "the own route", http.StatusBadGateway, "provider_error")
				}
				if len(y.Requests()) > 2 {
					t.Error("it was asked again")
				}
			})
		})
	}
}

func TestM22ARefusalsCodeIsInTheLog(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		u := y.row(t)
		y.Script(providertest.Refuse("QUOTAEXCEEDED"))
		if _, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "", ""); mesibo.RefusalCode(err) != "BADUSER" {
			t.Error(err)
		}
		if !strings.Contains(y.logged(), "QUOTAEXCEEDED") {
			t.Errorf("the log: %s", y.logged())
		}
		if got := y.counted(); !cmp.Equal(got, []string{"mesibo rejected"}) {
			t.Errorf("the metric: %q", got)
		}
	})
}

func TestM22AHangingMesiboIsWaitedForFifteenSecondsByTheStockMessengersAndTwoByAPage(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		u := y.row(t)
		y.Always(y.Hang)
		began := time.Now()
		if _, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "", ""); mesibo.RefusalCode(err) != "BADUSER" {
			t.Error(err)
		}
		if took := time.Since(began); took > 16*time.Second || took < 14*time.Second {
			t.Errorf("a log-in took %s", took)
		}
		began = time.Now()
		a := y.ask(t, http.MethodPost, y.set("6", "Ann", "919876543210"), "")
		a.want(t, "the own route", http.StatusServiceUnavailable, "provider_unavailable")
		if took := time.Since(began); took > 3*time.Second || a.fault.RetryAfter <= 0 {
			t.Errorf("the own route took %s, wait %s", took, a.fault.RetryAfter)
		}
	})
}

func TestASlowTokenIsReadyAtTheNextTry(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		y.Script(providertest.Slow(6 * time.Second))
		ann := y.set("6", "Ann", "919876543210")
		y.ask(t, http.MethodPost, ann, "").want(t, "at once", http.StatusServiceUnavailable, "provider_unavailable")
		time.Sleep(5 * time.Second)
		y.login(t, ann)
		if got := y.operations(); len(got) != 1 {
			t.Errorf("calls: %v", got)
		}
	})
}

func TestM23ServerFaultsAreTriedAgainWhereThatIsSafe(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		u := y.row(t)
		y.Script(providertest.Status(500), providertest.Reset, providertest.Honest)
		if _, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "", ""); err != nil {
			t.Error(err)
		}
		if got := y.operations(); len(got) != 3 {
			t.Errorf("calls: %v", got)
		}
		for op, calls := range map[string]int{
			"useradd": 3, "userset": 3, "userdel": 3, "groupset": 3, "groupdel": 3, "groupeditmembers": 3, "otp": 1, "groupadd": 1, "message": 1,
		} {
			time.Sleep(2 * time.Second) // the breaker
			y.Script(providertest.Status(503), providertest.Status(503), providertest.Status(503))
			_ = y.provider.Call(t.Context(), op, map[string]any{"gid": 1})
			if got := len(y.Requests()); got != calls {
				t.Errorf("%s: %d calls, want %d", op, got, calls)
			}
			for range 3 - calls { // the rest of the script, and an answer that closes the breaker
				_ = y.provider.Call(t.Context(), "groupadd", nil)
			}
			time.Sleep(2 * time.Second)
			_ = y.provider.Call(t.Context(), "groupadd", map[string]any{"name": "x"})
			y.Requests()
		}
	})
}

func TestM23AfterFailuresInARowMesiboIsLeftAloneForASecond(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		y.Always(providertest.Status(500))
		for range 10 {
			_ = y.provider.Call(t.Context(), "otp", nil)
		}
		if got := len(y.Requests()); got != 5 {
			t.Errorf("%d calls", got)
		}
		y.Always(nil)
		time.Sleep(1100 * time.Millisecond)
		if err := y.provider.Call(t.Context(), "otp", map[string]any{"address": "x"}); err != nil {
			t.Error(err)
		}
		if y.provider.Ailing() != "" || !strings.Contains(y.logged(), "mesibo answers again") {
			t.Errorf("ailing %q; log %s", y.provider.Ailing(), y.logged())
		}
	})
}

func TestM23ARefusedAppTokenStopsAllCallsAndTurnsHealthRed(t *testing.T) {
	for name, test := range map[string]struct {
		refusal providertest.Behaviour
		why     string
	}{
		"the application is disabled": {providertest.Refuse("TOKENBREACH"), "mesibo_token_breach"},
		"the app token is unknown":    {providertest.Refuse("AUTHFAIL"), "mesibo_app_token"},
		"401":                         {providertest.Status(http.StatusUnauthorized), "mesibo_app_token"},
		"403":                         {providertest.Status(http.StatusForbidden), "mesibo_app_token"},
	} {
		t.Run(name, func(t *testing.T) {
			quiet(t, nil, func(y *yard) {
				t := y.T
				u := y.row(t)
				y.Always(test.refusal)
				if _, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "", ""); mesibo.RefusalCode(err) != "BADUSER" {
					t.Error(err)
				}
				if got := y.provider.Ailing(); got != test.why {
					t.Errorf("ailing %q", got)
				}
				for n := range 20 {
					_, _, _ = y.provider.IssueIn(t.Context(), u, androidApp, fmt.Sprint(n), "")
					time.Sleep(29 * time.Second)
				}
				if got := len(y.Requests()); got != 1 {
					t.Errorf("%d calls within ten minutes", got)
				}
				y.ask(t, http.MethodPost, y.set("6", "Ann", "919876543210"), "").want(t, "the own route", http.StatusBadGateway, "provider_error")
				y.Always(nil)
				time.Sleep(time.Minute)
				y.login(t, y.set("7", "Bob", "919876543211"))
				if got := y.provider.Ailing(); got != "" {
					t.Errorf("when it is taken again: ailing %q", got)
				}
				if text := y.logged(); strings.Count(text, `"level":"ERROR"`) != 1 || !strings.Contains(text, "takes the app token again") {
					t.Errorf("the log: %s", text)
				}
			})
		})
	}
}

func TestSEC96OddAnswersGiveNoToken(t *testing.T) {
	var elsewhere int
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	t.Cleanup(other.Close)
	for name, behaviour := range map[string]providertest.Behaviour{
		"10 MiB":                providertest.Huge,
		"half an object":        providertest.Truncated,
		"a redirect":            providertest.Redirect(other.URL),
		"a redirect to ourself": providertest.Redirect("/backend/"),
		"404":                   providertest.Status(http.StatusNotFound),
	} {
		t.Run(name, func(t *testing.T) {
			y := network(t, nil)
			y.Script(behaviour)
			y.ask(t, http.MethodPost, y.set("6", "Ann", "919876543210"), "").want(t, name, http.StatusBadGateway, "provider_error")
			if got := len(y.Requests()); got != 1 || elsewhere > 0 {
				t.Errorf("%d calls, %d elsewhere", got, elsewhere)
			}
		})
	}
}

// network opens a provider that calls the pretended Mesibo by the network, and knows the phones of the site's users.
func network(t *testing.T, serve func(y *yard) string) *yard {
	t.Helper()
	peer := providertest.NewMesibo(yardToken)
	base := ""
	if serve == nil {
		base = peer.Serve(t)
	} else {
		base = serve(&yard{Mesibo: peer})
	}
	y := newYard(t, func(c *mesibo.Config, d *provider.Deps) { c.BaseURL, d.Transport = base, nil })
	y.Mesibo = peer
	ctx, end := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		y.provider.Run(ctx)
	}()
	t.Cleanup(func() {
		end()
		<-done
	})
	return y
}

func TestSEC96ACertificateThatNobodyTrustsIsRefused(t *testing.T) {
	y := network(t, func(y *yard) string { return y.ServeTLS(t) })
	a := y.ask(t, http.MethodPost, y.set("6", "Ann", "919876543210"), "")
	a.want(t, "a log-in", http.StatusBadGateway, "provider_error")
	if got := len(y.Requests()); got != 0 {
		t.Errorf("%d calls got through", got)
	}
	if !strings.Contains(y.logged(), "certificate") {
		t.Errorf("the log: %s", y.logged())
	}
}

func TestF33AMesiboThatIsNotThereIsUnavailable(t *testing.T) {
	y := network(t, func(*yard) string { return "http://127.0.0.1:1/backend/" })
	y.ask(t, http.MethodPost, y.set("6", "Ann", "919876543210"), "").want(t, "a log-in", http.StatusServiceUnavailable, "provider_unavailable")
}

func TestF34AnAnswerThatIsLostIsNoSecondUser(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		y.Script(y.Lose)
		got := y.login(t, y.set("6", "Ann", "919876543210"))
		if address, _, good := y.Token(got.Token); !good || address != "919876543210" {
			t.Errorf("the token is of %q, %v", address, good)
		}
		if calls := y.operations(); !cmp.Equal(calls, []string{"useradd", "useradd"}) {
			t.Errorf("calls: %v", calls)
		}
	})
}

func TestAnExtraVisitorsGoneRequestIsNobodysFault(t *testing.T) {
	quiet(t, nil, func(y *yard) {
		t := y.T
		y.Script(providertest.Slow(time.Second))
		u := y.row(t)
		ctx, end := context.WithCancel(t.Context())
		go func() {
			time.Sleep(100 * time.Millisecond)
			end()
		}()
		if _, _, err := y.provider.IssueIn(ctx, u, androidApp, "", ""); err == nil {
			t.Error("a token for nobody")
		}
		time.Sleep(2 * time.Second)
		if _, _, err := y.provider.IssueIn(t.Context(), u, androidApp, "", ""); err != nil {
			t.Error(err)
		}
		if calls := y.operations(); len(calls) != 1 {
			t.Errorf("what was made for who has gone is lost: %v", calls)
		}
		if strings.Contains(y.logged(), "WARN") {
			t.Errorf("it is told: %s", y.logged())
		}
	})
}
