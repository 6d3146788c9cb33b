package imbachat_test

import (
	"testing"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/providertest"
)

func TestTheProviderHoldsToWhatAllProvidersDo(t *testing.T) {
	providertest.Run(t, func() provider.Config {
		c := settings()
		c.APIPasswordPrevious, c.SecretKeyPrevious = secret.New("canary-password-before"), secret.New("canary-signing-key-before")
		c.UserIDAs = "string"
		c.SetEnabled(true)
		return c
	})
}
