package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/provider/imbachat"
)

func TestMetricsTellWhatProvidersAreStillToBeTold(t *testing.T) {
	const metric = "chatpass_provider_changes_waiting"
	asked := 0
	counts := map[string]int64{"sendbird": 7, "mesibo": 0}
	f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) {
		o.Waiting = func(ctx context.Context) map[string]int64 {
			asked++
			if end, bounded := ctx.Deadline(); !bounded || time.Until(end) > time.Second {
				t.Error("the metrics wait for the count as long as it likes")
			}
			return counts
		}
	})
	f.ask(http.MethodGet, "/healthz")
	if asked != 0 {
		t.Error("a request that is no scrape has it counted")
	}
	page := f.operator(http.MethodGet, "/metrics").body
	for _, line := range []string{metric + `{provider="mesibo"} 0`, metric + `{provider="sendbird"} 7`, "# TYPE " + metric + " gauge"} {
		if !strings.Contains(page, "\n"+line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
	if asked != 1 {
		t.Errorf("a scrape has it counted %d times", asked)
	}
	counts = nil
	if got := f.operator(http.MethodGet, "/metrics"); got.status != http.StatusOK || strings.Contains(got.body, metric) || !strings.Contains(got.body, "\nchatpass_build_info") {
		t.Errorf("while it cannot be counted: %d\n%s", got.status, got.body)
	}
}

func TestMetricsTellNothingOfChangesWhereNobodyCountsThem(t *testing.T) {
	if page := newFixture(t, nil).operator(http.MethodGet, "/metrics").body; strings.Contains(page, "chatpass_provider_changes_waiting") {
		t.Errorf("the metrics are:\n%s", page)
	}
}
