package config_test

import (
	"strings"
	"testing"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
)

const phrase = "yes, anyone may impersonate my users"

// weak lists settings with one weak secret each, and the line that tells of it.
var weak = map[string]struct {
	env  env
	want string
}{
	"a short site key":                         {with("SITE_KEY", siteKey[:31]), "CHATPASS_SITE_KEY is shorter than 32 bytes: use one made with: openssl rand -base64 48"},
	"a short API password":                     {with("IMBACHAT_API_PASSWORD", "elevenbytes"), "CHATPASS_IMBACHAT_API_PASSWORD is shorter than 12 bytes"},
	"a short previous API password":            {with("IMBACHAT_API_PASSWORD_PREVIOUS", "elevenbytes"), "CHATPASS_IMBACHAT_API_PASSWORD_PREVIOUS is shorter than 12 bytes"},
	"a short signing key":                      {with("IMBACHAT_SECRET_KEY", "fifteen-bytes-k"), "CHATPASS_IMBACHAT_SECRET_KEY is shorter than 16 bytes"},
	"a short previous signing key":             {with("IMBACHAT_SECRET_KEY_PREVIOUS", "fifteen-bytes-k"), "CHATPASS_IMBACHAT_SECRET_KEY_PREVIOUS is shorter than 16 bytes"},
	"the documented sample key":                {with("IMBACHAT_SECRET_KEY", "lPXBFPqNg3f661JcegBY0N0dPXqUBdHXqj2cHf04PZgLHxT6z55e20ozojvMRvB8"), "CHATPASS_IMBACHAT_SECRET_KEY is known to everybody: it is ImbaChat's documented sample key"},
	"the sample key in another place":          {with("SITE_KEY", "lPXBFPqNg3f661JcegBY0N0dPXqUBdHXqj2cHf04PZgLHxT6z55e20ozojvMRvB8"), "CHATPASS_SITE_KEY is known to everybody"},
	"the trivial password of a manual":         {with("IMBACHAT_API_PASSWORD", "abc"), "CHATPASS_IMBACHAT_API_PASSWORD is known to everybody"},
	"the other trivial password":               {with("IMBACHAT_API_PASSWORD", "123"), "CHATPASS_IMBACHAT_API_PASSWORD is known to everybody"},
	"a placeholder nobody replaced":            {with("IMBACHAT_API_PASSWORD", "changemechangeme"), "CHATPASS_IMBACHAT_API_PASSWORD is known to everybody"},
	"one character again and again":            {with("SITE_KEY", strings.Repeat("k", 40)), "CHATPASS_SITE_KEY has fewer than 5 different characters"},
	"four characters again and again":          {with("SITE_KEY", strings.Repeat("abcd", 10)), "CHATPASS_SITE_KEY has fewer than 5 different characters"},
	"the API password as site key":             {with("IMBACHAT_API_PASSWORD", siteKey), "CHATPASS_IMBACHAT_API_PASSWORD has the same value as CHATPASS_SITE_KEY: give each its own"},
	"the API password as signing key":          {with("IMBACHAT_SECRET_KEY", apiPassword), "CHATPASS_IMBACHAT_SECRET_KEY has the same value as CHATPASS_IMBACHAT_API_PASSWORD"},
	"a previous password equal to the present": {with("IMBACHAT_API_PASSWORD_PREVIOUS", apiPassword), "CHATPASS_IMBACHAT_API_PASSWORD_PREVIOUS has the same value as CHATPASS_IMBACHAT_API_PASSWORD: remove the one that ends in _PREVIOUS"},
	"a previous key equal to the present":      {with("IMBACHAT_SECRET_KEY_PREVIOUS", secretKey), "CHATPASS_IMBACHAT_SECRET_KEY_PREVIOUS has the same value as CHATPASS_IMBACHAT_SECRET_KEY"},
}

func TestAWeakSecretIsRefused(t *testing.T) {
	for name, test := range weak {
		t.Run(name, func(t *testing.T) {
			got := refuse(t, test.env.input())
			if len(got.Faults) != 1 || !strings.HasPrefix(got.Error(), test.want) {
				t.Errorf("got\n%v\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestAWeakSecretIsOnlyWarnedOfAfterTheExactPhrase(t *testing.T) {
	for name, test := range weak {
		t.Run(name, func(t *testing.T) {
			test.env["ALLOW_WEAK_SECRETS"] = phrase
			defer delete(test.env, "ALLOW_WEAK_SECRETS")
			c := load(t, test.env.input())
			got := lines(c.Warnings)
			if !c.AllowWeakSecrets || len(got) != 2 || !strings.HasPrefix(got[0], "CHATPASS_ALLOW_WEAK_SECRETS is set") || !strings.HasPrefix(got[1], test.want) {
				t.Errorf("got %q", got)
			}
		})
	}
	t.Run("but an empty one is refused all the same", func(t *testing.T) {
		got := refuse(t, with("ALLOW_WEAK_SECRETS", phrase, "IMBACHAT_API_PASSWORD", "").input())
		if len(got.Faults) != 1 || !strings.HasPrefix(got.Error(), "CHATPASS_IMBACHAT_API_PASSWORD is missing") {
			t.Errorf("got\n%v", got)
		}
	})
	t.Run("which warns at every start even if no secret is weak", func(t *testing.T) {
		if got := lines(load(t, with("ALLOW_WEAK_SECRETS", phrase).input()).Warnings); len(got) != 1 {
			t.Errorf("got %q", got)
		}
	})
}

func TestSecretsJustLongEnoughAreAccepted(t *testing.T) {
	load(t, with("SITE_KEY", siteKey[:32], "IMBACHAT_API_PASSWORD", "twelve-bytes", "IMBACHAT_SECRET_KEY", "sixteen-bytes-ke").input())
}

func TestThePublishedSecretsOfThePluginsAreKnown(t *testing.T) {
	// Their values are not repeated here; the digests are those of the dossier.
	for _, digest := range []string{
		"6bd605c0e7b9d6a2fc10057ba681d203dd309599e9ed3fbf7db588c90ae97f2e", "e7bd7506548d2d72adbb3f6b84e0b9ebe43a27c58db35319b08f2cde59382f15",
		"ef08d82e1fde869abf5ac63f16c28b66efa7a67853a59a6ec2dcd51d316435fb", "35d02bb30889c46dabc0e2e98c4d0cb2ec45df019e4cc782adfe34cc4ee5139a",
		"de3641f0de86f885146818be870ed3a8269428aef2a74f0b5b6ce0d067a1024b", "ab532e6793c4a4b99f1138a6464330277acea7d7efbe1d3cfe7687dac46cf11f",
		"1709c1d5ab17801a9c7764b0bfda4b7b910eca17e1985c43c6b0edf642c90f8c",
	} {
		if !config.KnownDigest(digest) {
			t.Errorf("%s is not known", digest)
		}
	}
}

// keys is a section that lists its secrets in its own way.
type keys struct {
	Key   secret.Secret `envconfig:"KEY"`
	Other secret.Secret `envconfig:"OTHER"`
}

func (*keys) Name() string            { return "keys" }
func (*keys) Faults() []setting.Fault { return nil }
func (*keys) Enabled() bool           { return true }
func (k *keys) Secrets() []setting.Secret {
	return []setting.Secret{{Var: "KEYS_KEY", Value: k.Key, Min: 4}, {Var: "KEYS_KEY", Value: k.Key, Min: 4}, {Var: "KEYS_OTHER", Value: k.Other, Remedy: "think of one"}}
}

func TestARequiredSecretThatIsNotSetIsMissing(t *testing.T) {
	in := with("KEYS_KEY", "abcdef").input()
	in.Sections = append(in.Sections, &keys{})
	if got := refuse(t, in).Error(); got != "CHATPASS_KEYS_OTHER is missing: think of one" {
		t.Errorf("got\n%s", got)
	}
}
