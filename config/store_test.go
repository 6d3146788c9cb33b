package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
)

func TestTheStateFolderIsTheNearestThatIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		set  string
		rest []string
		want string
	}{
		"nothing is named":          {"", nil, ""},
		"the setting":               {"/var/lib/chatpass/", []string{"STATE_DIRECTORY=/var/lib/other", "HOME=/home/chat"}, "/var/lib/chatpass"},
		"what systemd made":         {"", []string{"STATE_DIRECTORY=/var/lib/chatpass", "XDG_STATE_HOME=/x", "HOME=/home/chat"}, "/var/lib/chatpass"},
		"the first of several":      {"", []string{"STATE_DIRECTORY=/var/lib/a:/var/lib/b"}, "/var/lib/a"},
		"the account's own choice":  {"", []string{"XDG_STATE_HOME=/data/state", "HOME=/home/chat"}, "/data/state/chatpass"},
		"the account's home":        {"", []string{"XDG_STATE_HOME=", "HOME=/home/chat"}, "/home/chat/.local/state/chatpass"},
		"a relative one counts not": {"", []string{"XDG_STATE_HOME=state", "HOME=/home/chat"}, "/home/chat/.local/state/chatpass"},
	} {
		t.Run(name, func(t *testing.T) {
			in := with("STATE_DIR", test.set).input()
			in.Environ = append(in.Environ, test.rest...)
			if got := load(t, in).StateDir; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	t.Run("a relative setting is below the folder of .env", func(t *testing.T) {
		in := with("STATE_DIR", "state").input()
		in.Dir = t.TempDir()
		if got := load(t, in).StateDir; got != in.Dir+"/state" {
			t.Errorf("got %q", got)
		}
	})
}

func TestRowsOfTheStoreAreKeptForDays(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]config.Retention{
		"":                                 {Tokens: 30 * day, Jobs: 7 * day, Audit: 365 * day},
		"tokens=1":                         {Tokens: day, Jobs: 7 * day, Audit: 365 * day},
		" audit = 3650 ; jobs=14;tokens=2": {Tokens: 2 * day, Jobs: 14 * day, Audit: 3650 * day},
	} {
		if diff := cmp.Diff(want, load(t, with("STORE_RETENTION", text).input()).StoreRetention); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{"tokens", "tokens=0", "tokens=-1", "tokens=3651", "tokens=30d", "names=1", "30", "=", "jobs=9999999999999999999999"} {
		got := refuse(t, with("STORE_RETENTION", text).input())
		if len(got.Faults) != 1 || got.Faults[0].Var != "STORE_RETENTION" || got.Faults[0].Remedy == "" {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestTheAddressOfTheStoreIsCheckedBesideTheSites(t *testing.T) {
	const address = "mysql://chat:canary-Zq8-password@db/chatpass"
	in := with("STORE_URL", address).input()
	in.CheckStoreURL = func(store, site secret.Secret) []setting.Fault {
		if store.Reveal() != address || site.Reveal() != databaseURL {
			t.Errorf("asked of %q and %q", store.Reveal(), site.Reveal())
		}
		return []setting.Fault{{Var: "STORE_URL", Problem: "is wrong", Remedy: "correct it"}}
	}
	if got := refuse(t, in); got.Error() != "CHATPASS_STORE_URL is wrong: correct it" {
		t.Errorf("got %v", got)
	}
	in.CheckStoreURL = func(_, _ secret.Secret) []setting.Fault { return nil }
	if got := load(t, in).StoreURL.Reveal(); got != address {
		t.Errorf("got %q", got)
	}
}

func TestStoreKeysMustBeStrong(t *testing.T) {
	key := strings.Repeat("Zq8-", 8)
	for name, test := range map[string]struct {
		env  env
		want string
	}{
		"a short key":          {with("STORE_KEY", key[:31]), "CHATPASS_STORE_KEY is shorter than 32 bytes"},
		"a short previous key": {with("STORE_KEY_PREVIOUS", key[:31]), "CHATPASS_STORE_KEY_PREVIOUS is shorter than 32 bytes"},
		"the site key":         {with("STORE_KEY", siteKey), "CHATPASS_STORE_KEY has the same value as CHATPASS_SITE_KEY"},
		"two that are equal":   {with("STORE_KEY", key+"k3Yz", "STORE_KEY_PREVIOUS", key+"k3Yz"), "CHATPASS_STORE_KEY_PREVIOUS has the same value as CHATPASS_STORE_KEY: remove the one"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := refuse(t, test.env.input()); len(got.Faults) != 1 || !strings.HasPrefix(got.Error(), test.want) {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}
