package identity_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/internal/secret"
)

const siteKey = "a site key that only these tests use, 48 bytes.."

func TestTheSitesServerNamesTheUser(t *testing.T) {
	for name, c := range map[string]struct {
		authorization, query string
		want                 identity.Identity
		err                  error
	}{
		"no credential":                       {"", "?user_id=6", identity.Identity{}, identity.ErrNoCredential},
		"basic auth is not ours":              {"Basic cm9vdDphYmM=", "?user_id=6", identity.Identity{}, identity.ErrNoCredential},
		"a scheme that begins like ours":      {"Bearers " + siteKey, "?user_id=6", identity.Identity{}, identity.ErrNoCredential},
		"the key without a scheme":            {siteKey, "?user_id=6", identity.Identity{}, identity.ErrNoCredential},
		"the right key":                       {"Bearer " + siteKey, "?user_id=6", identity.Identity{UserID: "6"}, nil},
		"the scheme in other letter case":     {"bEARER " + siteKey, "?user_id=6", identity.Identity{UserID: "6"}, nil},
		"spaces around the key":               {"Bearer   " + siteKey + " ", "?user_id=6", identity.Identity{UserID: "6"}, nil},
		"an id that is text":                  {"Bearer " + siteKey, "?user_id=%C5%BEofie", identity.Identity{UserID: "žofie"}, nil},
		"an id as it is spelled":              {"Bearer " + siteKey, "?user_id=007", identity.Identity{UserID: "007"}, nil},
		"nobody named is a guest":             {"Bearer " + siteKey, "", identity.Identity{}, nil},
		"an empty name is a guest":            {"Bearer " + siteKey, "?user_id=", identity.Identity{}, nil},
		"one user named twice":                {"Bearer " + siteKey, "?user_id=6&user_id=6", identity.Identity{UserID: "6"}, nil},
		"two users named":                     {"Bearer " + siteKey, "?user_id=6&user_id=7", identity.Identity{}, identity.ErrConflict},
		"a user and nobody named":             {"Bearer " + siteKey, "?user_id=6&user_id=", identity.Identity{}, identity.ErrConflict},
		"another parameter":                   {"Bearer " + siteKey, "?id=7", identity.Identity{}, nil},
		"the parameter in other letter case":  {"Bearer " + siteKey, "?USER_ID=6", identity.Identity{}, identity.ErrMalformed},
		"a list of one":                       {"Bearer " + siteKey, "?user_id[]=6", identity.Identity{}, identity.ErrMalformed},
		"a spoiled name before another's":     {"Bearer " + siteKey, "?user_id=6%zz&user_id=7", identity.Identity{}, identity.ErrMalformed},
		"a semicolon before another's":        {"Bearer " + siteKey, "?user_id=6;x&user_id=7", identity.Identity{}, identity.ErrMalformed},
		"two users behind a semicolon":        {"Bearer " + siteKey, "?user_id=1;user_id=2", identity.Identity{}, identity.ErrMalformed},
		"a broken escape alone":               {"Bearer " + siteKey, "?user_id=%zz", identity.Identity{}, identity.ErrMalformed},
		"a wrong key":                         {"Bearer " + strings.Repeat("x", len(siteKey)), "?user_id=6", identity.Identity{}, identity.ErrUnauthorized},
		"a wrong key that names nobody":       {"Bearer x", "", identity.Identity{}, identity.ErrUnauthorized},
		"the key in other letter case":        {"Bearer " + strings.ToUpper(siteKey), "?user_id=6", identity.Identity{}, identity.ErrUnauthorized},
		"half the key":                        {"Bearer " + siteKey[:24], "?user_id=6", identity.Identity{}, identity.ErrUnauthorized},
		"the key and more":                    {"Bearer " + siteKey + "x", "?user_id=6", identity.Identity{}, identity.ErrUnauthorized},
		"an empty key":                        {"Bearer ", "?user_id=6", identity.Identity{}, identity.ErrUnauthorized},
		"a scheme alone":                      {"Bearer", "?user_id=6", identity.Identity{}, identity.ErrUnauthorized},
		"a wrong key never tells of conflict": {"Bearer x", "?user_id=6&user_id=7", identity.Identity{}, identity.ErrUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			site, err := identity.NewSite(secret.New(siteKey))
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest(http.MethodGet, "/chat/identity"+c.query, nil)
			if c.authorization != "" {
				r.Header.Set("Authorization", c.authorization)
			}
			got, err := site.Resolve(t.Context(), r)
			if !errors.Is(err, c.err) {
				t.Errorf("got error %v, want %v", err, c.err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if err != nil && strings.Contains(err.Error(), "key that only") {
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
}

func TestTheUserIsTakenFromTheAddressAlone(t *testing.T) {
	site, err := identity.NewSite(secret.New(siteKey))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/chat/identity", strings.NewReader("user_id=6"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+siteKey)
	r.Header.Set("Cookie", "user_id=6")
	if got, err := site.Resolve(t.Context(), r); err != nil || !got.Anonymous() {
		t.Errorf("got %+v, %v; want nobody", got, err)
	}
}

func TestAnEmptySiteKeyIsRefused(t *testing.T) {
	if _, err := identity.NewSite(secret.Secret{}); err == nil {
		t.Error("every request without key would be let in")
	}
}

func TestWithoutASiteKeyABearerIsRefused(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/chat/identity?user_id=6", nil)
	if _, err := (identity.NoSite{}).Resolve(t.Context(), r); !errors.Is(err, identity.ErrNoCredential) {
		t.Errorf("without a bearer token: %v", err)
	}
	r.Header.Set("Authorization", "Bearer "+siteKey)
	if _, err := (identity.NoSite{}).Resolve(t.Context(), r); !errors.Is(err, identity.ErrUnauthorized) {
		t.Errorf("with one: %v", err)
	}
}
