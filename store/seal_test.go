package store_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/store"
)

// sealed has a token sealed that belongs to the user with the number 1.
func sealed(t *testing.T, d *database, s *store.Store) error {
	t.Helper()
	return s.PutMesiboToken(t.Context(), issued(d, member(t, s, 1).ID, "app", "d"), secret.New(sealedText))
}

const sealedText = "canary-of-a-sealed-token"

func TestASecretIsOpenedAsItWasSealed(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		ok(t, sealed(t, d, s))
		if _, got, err := d.open(t).MesiboToken(t.Context(), 1, "app", "d"); err != nil || got.Reveal() != sealedText {
			t.Errorf("another value came back, or none: %v", err)
		}
		var first, again []byte
		ok(t, s.SQLDB().QueryRow("SELECT value FROM chat_mesibo_tokens").Scan(&first))
		ok(t, sealed(t, d, s))
		ok(t, s.SQLDB().QueryRow("SELECT value FROM chat_mesibo_tokens").Scan(&again))
		if bytes.Contains(first, []byte(sealedText)) || bytes.Equal(first, again) {
			t.Error("the value stands in the table as it is, or is sealed twice the same way")
		}
	})
}

func TestKeysOpenWhatTheyAreFor(t *testing.T) {
	key, next, token, newToken := secret.New("key-1-"+strings.Repeat("a", 32)), secret.New("key-2-"+strings.Repeat("b", 32)), secret.New("api-token-1"), secret.New("api-token-2")
	derived := func(tokens ...secret.Secret) map[string][]secret.Secret {
		return map[string][]secret.Secret{"mesibo": tokens, "sendbird": {secret.New("another-token")}}
	}
	for name, test := range map[string]struct {
		with, then store.Keys
		want       error
	}{
		"the same key":                    {store.Keys{Key: key}, store.Keys{Key: key}, nil},
		"the previous key":                {store.Keys{Key: key}, store.Keys{Key: next, Previous: key}, nil},
		"another key":                     {store.Keys{Key: key}, store.Keys{Key: next}, store.ErrSealed},
		"the same API token":              {store.Keys{Derived: derived(token)}, store.Keys{Derived: derived(token)}, nil},
		"a key that is new":               {store.Keys{Derived: derived(token)}, store.Keys{Key: key, Derived: derived(token)}, nil},
		"an API token that is not first":  {store.Keys{Derived: derived(token)}, store.Keys{Derived: derived(newToken, token)}, nil},
		"another API token":               {store.Keys{Derived: derived(token)}, store.Keys{Derived: derived(newToken)}, store.ErrSealed},
		"a key that was taken away":       {store.Keys{Key: key}, store.Keys{Previous: key, Derived: derived(token)}, nil},
		"the API token of another":        {store.Keys{Derived: derived(token)}, store.Keys{Derived: map[string][]secret.Secret{"sendbird": {token}}}, store.ErrSealed},
		"a key that is its own API token": {store.Keys{Derived: derived(key)}, store.Keys{Key: key}, nil},
		"no key at all":                   {store.Keys{Key: key}, store.Keys{}, store.ErrSealed},
	} {
		t.Run(name, func(t *testing.T) {
			d := &database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock(), keys: test.with}
			first := d.open(t)
			ok(t, sealed(t, d, first))
			ok(t, first.Close())
			d.keys = test.then
			_, got, err := d.open(t).MesiboToken(t.Context(), 1, "app", "d")
			if !errors.Is(err, test.want) || err == nil && got.Reveal() != sealedText {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
	for name, keys := range map[string]store.Keys{"none": {}, "only a previous one": {Previous: key}, "only that of another": {Derived: map[string][]secret.Secret{"sendbird": {token}}}} {
		d := &database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock(), keys: keys}
		if err := sealed(t, d, d.open(t)); !errors.Is(err, store.ErrNoKey) {
			t.Errorf("sealed with %s: %v", name, err)
		}
	}
}

func TestASealedValueThatIsChangedDoesNotOpen(t *testing.T) {
	for name, value := range map[string]string{
		"a byte of it": "substr(value, 1, length(value) - 1) || x'00'",
		"cut off":      "substr(value, 1, 12)",
		"to nothing":   "x''",
		"its version":  "x'02' || substr(value, 2)",
	} {
		t.Run(name, func(t *testing.T) {
			d := &database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock(), keys: store.Keys{Key: testKey}}
			s := d.open(t)
			ok(t, sealed(t, d, s))
			write(t, s, "UPDATE chat_mesibo_tokens SET value = "+value)
			if _, got, err := s.MesiboToken(t.Context(), 1, "app", "d"); !errors.Is(err, store.ErrSealed) || !got.IsZero() {
				t.Errorf("it opens: %v", err)
			}
		})
	}
}

func TestErrorsHoldNoSecretAndNoValue(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		i := must[store.Identity](t)(s.PutIdentity(t.Context(), store.Identity{Provider: "p", App: "a", SiteUser: "canary-user", Address: "canary-address"}))
		_, taken := s.PutIdentity(t.Context(), store.Identity{Provider: "p", App: "a", SiteUser: "canary-other", Address: "canary-address"})
		for _, table := range []string{"chat_token_events", "chat_provider_jobs", "chat_identities", "chat_sealed", "chat_audit_log", "chat_mesibo_tokens", "chat_mesibo_users"} {
			_, err := s.SQLDB().Exec("DROP TABLE " + table)
			ok(t, err)
		}
		_, read := s.Identity(t.Context(), "p", "a", "canary-user")
		_, forget := s.Forget(t.Context(), "canary-user", "cli", false)
		_, count := s.Pending(t.Context())
		_, claim := s.Claim(t.Context(), "p", "a", "canary-worker", 1, time.Minute)
		for name, err := range map[string]error{
			"an address that is taken": taken, "a read": read, "a claim": claim,
			"a token":     s.TokenIssued(t.Context(), store.TokenEvent{Provider: "p", IdentityID: i.ID, ExpiresAt: d.clock.Now(), Token: secret.New("canary-token"), Address: "canary-ip"}),
			"a job":       s.Enqueue(t.Context(), store.NewJob{Provider: "p", App: "a", Kind: "k", SiteUser: "canary-user", Payload: []byte("canary-payload")}),
			"a secret":    s.PutMesiboToken(t.Context(), store.MesiboToken{User: 1, App: "canary-app", Address: "canary-address", ExpiresAt: d.clock.Now()}, secret.New("canary-secret")),
			"an erasure":  forget,
			"a count":     count,
			"a mistake":   s.Enqueue(t.Context(), store.NewJob{Provider: "p", App: "a", Kind: "Canary of John"}),
			"a long name": s.PutMesiboToken(t.Context(), store.MesiboToken{User: 1, App: strings.Repeat("canary", 99), Address: "a", ExpiresAt: d.clock.Now()}, secret.New("canary-secret")),
		} {
			if err == nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if !errors.Is(read, store.ErrUnavailable) || errors.Is(read, store.ErrNotFound) {
			t.Errorf("a table that is gone is told as %v", read)
		}
	})
}
