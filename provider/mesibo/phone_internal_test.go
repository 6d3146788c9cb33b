package mesibo

import (
	"strings"
	"testing"
)

func TestAPhoneHasOneSpelling(t *testing.T) {
	for name, c := range map[string]struct{ text, cc, country, want string }{
		"international with everything":             {"+1 (800) 555-1234", "", "", "18005551234"},
		"two zeros in front":                        {"0018005551234", "", "", "18005551234"},
		"digits alone":                              {"18005551234", "", "", "18005551234"},
		"digits alone with a default country":       {"18005551234", "", "49", "18005551234"},
		"dots and a slash":                          {"+49.30/123.456.78", "", "", "493012345678"},
		"plus-minus, which one keyboard writes":     {"±18005551234", "", "", "18005551234"},
		"a full-width plus and digits":              {"\uFF0B\uFF11\uFF18\uFF10\uFF10\uFF15\uFF15\uFF15\uFF11\uFF12\uFF13\uFF14", "", "", "18005551234"},
		"Arabic-Indic digits":                       {"+\u0669\u0661\u0669\u0668\u0667\u0666\u0665\u0664\u0663\u0662\u0661\u0660", "", "", "919876543210"},
		"Persian digits":                            {"+\u06F9\u06F1\u06F9\u06F8\u06F7\u06F6\u06F5\u06F4\u06F3\u06F2\u06F1\u06F0", "", "", "919876543210"},
		"no-break spaces and marks of direction":    {"\u202A+1\u00A0800\u202F555\u200B1234\u202C", "", "", "18005551234"},
		"national with a default country":           {"09876543210", "", "91", "919876543210"},
		"national without":                          {"09876543210", "", "", ""},
		"national is the site's, not the caller's":  {"09876543210", "49", "91", "919876543210"},
		"null and the caller's code":                {"null9876543210", "91", "", "919876543210"},
		"null and the caller's code before default": {"null9876543210", "91", "49", "919876543210"},
		"null and the default country":              {"null9876543210", "", "91", "919876543210"},
		"null and a national zero":                  {"null09876543210", "91", "", "919876543210"},
		"null without any code":                     {"null9876543210", "", "", ""},
		"null and a code that is none":              {"null9876543210", "x", "91", ""},
		"eight digits":                              {"12345678", "", "", ""},
		"nine digits":                               {"123456789", "", "", "123456789"},
		"fifteen digits":                            {"123456789012345", "", "", "123456789012345"},
		"sixteen digits":                            {"1234567890123456", "", "", ""},
		"letters":                                   {"abcdefghij", "", "", ""},
		"digits and a letter":                       {"1800555123a", "", "", ""},
		"a number in scientific notation":           {"1.8005551234e10", "", "", ""},
		"a sign alone":                              {"+", "", "", ""},
		"two signs":                                 {"++18005551234", "", "", ""},
		"a sign in the middle":                      {"1800+5551234", "", "", ""},
		"a country code that starts with a zero":    {"+09876543210", "", "91", ""},
		"three zeros":                               {"00018005551234", "", "1", ""},
		"nothing":                                   {"", "", "91", ""},
		"spaces":                                    {"   ", "", "91", ""},
		"zero":                                      {"0", "", "91", ""},
		"a fragment of SQL":                         {"1)||(1", "", "", ""},
		"an extension":                              {"+18005551234x12", "", "", ""},
		"no text at all":                            {"+1\xff8005551234", "", "", ""},
		"longer than any phone is written":          {"+18005551234" + strings.Repeat(" ", maxSpelling), "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := normalise(c.text, c.cc, c.country)
			if got != c.want || ok != (c.want != "") {
				t.Errorf("got %q, %v; want %q", got, ok, c.want)
			}
		})
	}
}

func FuzzNormalise(f *testing.F) {
	for _, seed := range []string{"+1 (800) 555-1234", "0018005551234", "null9876543210", "09876543210", "±1", "\uFF10\u0660", "1)||(1"} {
		f.Add(seed, "91", "49")
		f.Add(seed, "", "")
	}
	f.Fuzz(func(t *testing.T, text, cc, country string) {
		got, ok := normalise(text, cc, country)
		if !ok {
			if got != "" {
				t.Fatalf("%q is no phone, but %q came back", text, got)
			}
			return
		}
		if len(got) < 9 || len(got) > 15 || strings.Trim(got, "0123456789") != "" || got[0] == '0' {
			t.Fatalf("%q became %q", text, got)
		}
		if again, ok := normalise(got, cc, country); !ok || again != got {
			t.Fatalf("%q became %q, and that %q", text, got, again)
		}
		if plus, ok := normalise("+"+got, cc, country); !ok || plus != got {
			t.Fatalf("%q became %q, but with a sign %q", text, got, plus)
		}
	})
}
