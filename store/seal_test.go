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

var sealed = store.Sealed{Provider: "mesibo", Name: "token/6/phone", IdentityID: 6, Value: secret.New("canary-of-a-sealed-token")}

func TestASecretIsOpenedAsItWasSealed(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		if _, err := s.Unseal(t.Context(), "mesibo", sealed.Name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("before: %v", err)
		}
		ok(t, s.Seal(t.Context(), sealed))
		other := sealed
		other.Provider, other.Value = "sendbird", secret.New("other")
		ok(t, s.Seal(t.Context(), other))
		got := must[secret.Secret](t)(d.open(t).Unseal(t.Context(), "mesibo", sealed.Name))
		if !got.Equal(sealed.Value) {
			t.Error("another value came back")
		}
		newer := sealed
		newer.Value, newer.ExpiresAt = secret.New("newer"), d.clock.Now().Add(time.Minute)
		ok(t, s.Seal(t.Context(), newer))
		if got := must[secret.Secret](t)(s.Unseal(t.Context(), "mesibo", sealed.Name)); got.Reveal() != "newer" {
			t.Errorf("got %q", got.Reveal())
		}
		var value []byte
		ok(t, s.SQLDB().QueryRow("SELECT value FROM chat_sealed WHERE provider = 'mesibo'").Scan(&value))
		if bytes.Contains(value, []byte("newer")) {
			t.Error("the value stands in the table as it is")
		}
		d.clock.Add(time.Minute)
		if _, err := s.Unseal(t.Context(), "mesibo", sealed.Name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after its end: %v", err)
		}
		ok(t, s.Unkeep(t.Context(), "sendbird", sealed.Name))
		ok(t, s.Unkeep(t.Context(), "sendbird", sealed.Name))
		if _, err := s.Unseal(t.Context(), "sendbird", sealed.Name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after it was removed: %v", err)
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
			ok(t, first.Seal(t.Context(), sealed))
			ok(t, first.Close())
			d.keys = test.then
			got, err := d.open(t).Unseal(t.Context(), "mesibo", sealed.Name)
			if !errors.Is(err, test.want) || err == nil && !got.Equal(sealed.Value) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
	for name, keys := range map[string]store.Keys{"none": {}, "only a previous one": {Previous: key}, "only that of another": {Derived: map[string][]secret.Secret{"sendbird": {token}}}} {
		d := &database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock(), keys: keys}
		if err := d.open(t).Seal(t.Context(), sealed); !errors.Is(err, store.ErrNoKey) {
			t.Errorf("sealed with %s: %v", name, err)
		}
	}
}

func TestWhatThePreviousKeyOpenedIsSealedAnew(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		next := secret.New("next-key-" + strings.Repeat("n", 32))
		ok(t, d.open(t).Seal(t.Context(), sealed))
		d.keys = store.Keys{Key: next, Previous: testKey}
		d.clock.Add(time.Minute)
		must[secret.Secret](t)(d.open(t).Unseal(t.Context(), "mesibo", sealed.Name))
		d.keys = store.Keys{Key: next}
		if got := must[secret.Secret](t)(d.open(t).Unseal(t.Context(), "mesibo", sealed.Name)); !got.Equal(sealed.Value) {
			t.Error("another value came back")
		}
	})
}

func TestASealedValueThatIsChangedOrMovedDoesNotOpen(t *testing.T) {
	for name, change := range map[string]string{
		"to another user":     "UPDATE chat_sealed SET identity_id = 7",
		"to another name":     "UPDATE chat_sealed SET name = 'token/7/phone'",
		"to another provider": "UPDATE chat_sealed SET provider = 'sendbird'",
		"a byte of it":        "UPDATE chat_sealed SET value = substr(value, 1, length(value) - 1) || x'00'",
		"cut off":             "UPDATE chat_sealed SET value = substr(value, 1, 12)",
		"to nothing":          "UPDATE chat_sealed SET value = x''",
		"its version":         "UPDATE chat_sealed SET value = x'02' || substr(value, 2)",
	} {
		t.Run(name, func(t *testing.T) {
			s := (&database{url: "sqlite:" + t.TempDir() + "/store.db", clock: newClock(), keys: store.Keys{Key: testKey}}).open(t)
			ok(t, s.Seal(t.Context(), sealed))
			_, err := s.SQLDB().Exec(change)
			ok(t, err)
			opened := 0
			for _, at := range []string{"mesibo", "sendbird"} {
				for _, as := range []string{sealed.Name, "token/7/phone"} {
					switch _, err := s.Unseal(t.Context(), at, as); {
					case err == nil:
						t.Errorf("%s of %s opens", as, at)
					case errors.Is(err, store.ErrSealed):
						opened++
					}
				}
			}
			if opened != 1 {
				t.Errorf("%d values were tried, want 1", opened)
			}
		})
	}
}

func TestErrorsHoldNoSecretAndNoValue(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		i := must[store.Identity](t)(s.PutIdentity(t.Context(), store.Identity{Provider: "p", App: "a", SiteUser: "canary-user", Address: "canary-address"}))
		_, taken := s.PutIdentity(t.Context(), store.Identity{Provider: "p", App: "a", SiteUser: "canary-other", Address: "canary-address"})
		for _, table := range []string{"chat_token_events", "chat_provider_jobs", "chat_identities", "chat_sealed", "chat_audit_log"} {
			_, err := s.SQLDB().Exec("DROP TABLE " + table)
			ok(t, err)
		}
		_, read := s.Identity(t.Context(), "p", "a", "canary-user")
		_, claim := s.Claim(t.Context(), "p", "a", "canary-worker", 1, time.Minute)
		for name, err := range map[string]error{
			"an address that is taken": taken, "a read": read, "a claim": claim,
			"a token":     s.TokenIssued(t.Context(), store.TokenEvent{Provider: "p", IdentityID: i.ID, ExpiresAt: d.clock.Now(), Token: secret.New("canary-token"), Address: "canary-ip"}),
			"a job":       s.Enqueue(t.Context(), store.NewJob{Provider: "p", App: "a", Kind: "k", SiteUser: "canary-user", Payload: []byte("canary-payload")}),
			"a secret":    s.Seal(t.Context(), store.Sealed{Provider: "p", Name: "canary-name", Value: secret.New("canary-secret")}),
			"an audit":    s.Audit(t.Context(), store.AuditEntry{Actor: "cli", Action: "canary"}),
			"a mistake":   s.Enqueue(t.Context(), store.NewJob{Provider: "p", App: "a", Kind: "Canary of John"}),
			"a long name": s.Unkeep(t.Context(), "p", strings.Repeat("canary", 9)),
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
