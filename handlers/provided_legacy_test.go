package handlers_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/imbachat"
)

// legacy is a provider whose clients ask a path of their own by all methods, some of them from pages of other sites.
type legacy struct{ router }

func (*legacy) Name() string { return "legacy" }

func (*legacy) Routes() []provider.Route {
	var routes []provider.Route
	for _, path := range []string{"/messenger/", "/messenger/api.php"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			routes = append(routes, provider.Route{
				Method: method, Path: path, Root: true, Open: true, Serve: func(w http.ResponseWriter, r *http.Request, v *provider.Visitor) error {
					if r.Method == http.MethodOptions {
						w.WriteHeader(http.StatusNoContent)
						return nil
					}
					_, err := io.WriteString(w, r.Method+" "+v.Address)
					return err
				},
			})
		}
	}
	return routes
}

func TestAPathThatEndsInASlashAnswersItsMethodsAndPreflights(t *testing.T) {
	f := newFixture(t, func(o *handlers.Options, _ *imbachat.Config) { o.Providers = append(o.Providers, &legacy{}) })
	foreign := []option{header("Origin", "https://messenger.example.net"), header("Sec-Fetch-Site", "cross-site"), header("Cookie", "who=6")}
	for target, want := range map[string]map[string]int{
		"/messenger/":        {http.MethodGet: 200, http.MethodHead: 200, http.MethodPost: 200, http.MethodOptions: 204, http.MethodPut: 405, http.MethodDelete: 405},
		"/messenger/api.php": {http.MethodGet: 200, http.MethodPost: 200, http.MethodOptions: 204},
		"/messenger":         {http.MethodGet: 404, http.MethodPost: 404, http.MethodOptions: 404},
		"/messenger/other":   {http.MethodGet: 404},
	} {
		for method, status := range want {
			got := f.ask(method, target, foreign...)
			if got.status != status {
				t.Errorf("%s %s: %d %s", method, target, got.status, got.body)
			}
			if status == http.StatusOK && method != http.MethodHead && got.body != method+" 192.0.2.10" {
				t.Errorf("%s %s: the provider saw %q", method, target, got.body)
			}
		}
	}
	got := f.ask(http.MethodGet, "/messenger/api.php?op=login&token=canary.php")
	if got.status != http.StatusOK || strings.Contains(got.body, "canary") {
		t.Errorf("a query that ends like a file: %d %s", got.status, got.body)
	}
}
