package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

// patient is a provider that knows when it cannot work.
type patient struct{ why atomic.Pointer[string] }

func (*patient) Name() string { return "patient" }

func (*patient) Widget(context.Context, *userinfo.User, time.Time) (*provider.Widget, error) {
	return nil, nil //nolint:nilnil // shows nothing
}

func (p *patient) Ailing() string {
	if why := p.why.Load(); why != nil {
		return *why
	}
	return ""
}

func TestARefusedProviderTurnsHealthRedAndTakesNothingElseAway(t *testing.T) {
	p := &patient{}
	f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) { o.Providers = append(o.Providers, p) })
	expect := func(when string, public, operator, metric string) {
		t.Helper()
		if got := f.ask(http.MethodGet, "/readyz"); got.status != http.StatusOK || got.body != public {
			t.Errorf("%s: /readyz answers %d %s", when, got.status, got.body)
		}
		if got := f.operator(http.MethodGet, "/readyz"); got.body != operator {
			t.Errorf("%s: the operator is told %s", when, got.body)
		}
		if got := f.operator(http.MethodGet, "/metrics"); !strings.Contains(got.body, "\n"+metric+"\n") {
			t.Errorf("%s: no line %s", when, metric)
		}
	}
	expect("at first", `{"status":"ready"}`, `{"status":"ready"}`, `chatpass_provider_ailing{provider="patient"} 0`)
	why := "patient_token"
	p.why.Store(&why)
	expect("while it is refused", `{"status":"degraded"}`, `{"reason":"patient_token","status":"degraded"}`, `chatpass_provider_ailing{provider="patient"} 1`)
	if got := f.operator(http.MethodGet, "/status"); !strings.Contains(got.body, `"status":"degraded","reason":"patient_token"`) {
		t.Errorf("status: %s", got.body)
	}
	if got := f.ask(http.MethodGet, "/chat/users/6", basic); got.status != http.StatusOK {
		t.Errorf("another provider's route answers %d", got.status)
	}
	p.why.Store(nil)
	expect("when it is taken again", `{"status":"ready"}`, `{"status":"ready"}`, `chatpass_provider_ailing{provider="patient"} 0`)
}
