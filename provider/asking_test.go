package provider_test

import (
	"context"
	"testing"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// silent is a provider that asks for nothing.
type silent struct{ name string }

func (p silent) Name() string { return p.name }

func (silent) Widget(context.Context, *userinfo.User, time.Time) (*provider.Widget, error) {
	return nil, nil
}

// asking is one that asks for users.
type asking struct {
	silent
	provider.UsersInfo
}

func TestTheProviderThatAsksForUsersIsTheFirstOfItsKind(t *testing.T) {
	first, second := asking{silent: silent{"first"}}, asking{silent: silent{"second"}}
	for name, test := range map[string]struct {
		providers []provider.Provider
		want      string
	}{
		"none at all":         {nil, ""},
		"none that asks":      {[]provider.Provider{silent{"quiet"}}, ""},
		"one behind a silent": {[]provider.Provider{silent{"quiet"}, first}, "first"},
		"two that ask":        {[]provider.Provider{first, second}, "first"},
	} {
		t.Run(name, func(t *testing.T) {
			p, info := provider.Asking(test.providers)
			got := ""
			if p != nil {
				got = p.Name()
			}
			if got != test.want || (info != nil) != (test.want != "") {
				t.Errorf("got %q, %v; want %q", got, info, test.want)
			}
		})
	}
}
