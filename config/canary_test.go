package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/internal/setting"
)

const canary = "Zq7-canary-Zq7"

// outputs is everything that Load lets a person see.
func outputs(c *config.Config, err error) string {
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		fmt.Fprintf(&b, verb+"\n", err)
		fmt.Fprintf(&b, verb+"\n", c)
		if c != nil {
			fmt.Fprintf(&b, verb+verb+"\n", *c, c.Sections)
			for _, s := range c.Sections {
				fmt.Fprintf(&b, verb+"\n", s)
			}
		}
		if refusal := (*config.Refusal)(nil); errors.As(err, &refusal) {
			fmt.Fprintf(&b, verb+verb+"\n", *refusal, lines(refusal.Warnings))
		}
	}
	if c != nil {
		text, jsonErr := json.Marshal(struct{ DatabaseURL, SiteKey, Sections, Warnings any }{c.DatabaseURL, c.SiteKey, c.Sections, c.Warnings})
		fmt.Fprintln(&b, string(text), jsonErr, lines(c.Warnings))
	}
	return b.String()
}

// secretNames lists the variables that hold secrets.
func secretNames(tb testing.TB) []string {
	tb.Helper()
	vars, err := config.Variables(sections()...)
	if err != nil {
		tb.Fatal(err)
	}
	var names []string
	for _, v := range vars {
		if v.Secret {
			names = append(names, strings.TrimPrefix(v.Name, setting.Prefix))
		}
	}
	if len(names) < 6 { // database, site key, two passwords, two keys
		tb.Fatalf("only %q are secret", names)
	}
	return names
}

func TestNoSecretIsEverShown(t *testing.T) {
	names := secretNames(t)
	file := write(t, "canary", canary, 0o644)
	for name, set := range map[string]func(e env, secret string, i int){
		"when all is well":             func(e env, s string, i int) { e[s] = fmt.Sprintf("%s-%d-and-long-enough-for-all", canary, i) },
		"when it is too short":         func(e env, s string, _ int) { e[s] = canary[:14] },
		"when all are equal":           func(e env, s string, _ int) { e[s] = canary + canary + canary },
		"when it holds control bytes":  func(e env, s string, i int) { e[s] = fmt.Sprintf("\n\x1b%s-%d\xff", canary, i) },
		"when it comes from a file":    func(e env, s string, _ int) { delete(e, s); e[s+"_FILE"] = file },
		"when it is set twice":         func(e env, s string, _ int) { e[s] = canary; e[s+"_FILE"] = file },
		"when it stands in every word": func(e env, s string, _ int) { e[s] = canary; e["LOG_LEVEL"] = canary; e["IMBACHAT_OPTIONS"] = canary },
		"when it is long and stands in a word": func(e env, s string, _ int) {
			e[s] = strings.Repeat(canary, 20)
			e["LISTEN"], e["IMBACHAT_TOKEN_TTL"] = e[s], e[s]
		},
	} {
		for _, allow := range []string{"", phrase} {
			t.Run(name+" "+allow, func(t *testing.T) {
				e := with("ALLOW_WEAK_SECRETS", allow)
				for i, s := range names {
					set(e, s, i)
				}
				for _, in := range []config.Input{e.input(), dotenv(t, env{}, strings.ReplaceAll(strings.Join(e.list(), "\n"), "\n\x1b", ""))} {
					if out := outputs(config.Load(in)); strings.Contains(out, canary) {
						t.Errorf("shown: %s", out)
					}
				}
			})
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("CHATPASS_LISTEN=127.0.0.1:80\nCHATPASS_SITE_URL=https://example.com", "CHATPASS_LOG_LEVEL=warn")
	f.Add("CHATPASS_CACHE_TTL=-1\nCHATPASS_TRUSTED_PROXIES=0.0.0.0/0,::/0,fe80::1%x", "A='b\nc'\nCHATPASS_BASE_PATH=\"/x\"")
	f.Add("CHATPASS_IDENTITY=site,header\nCHATPASS_USERS_WHERE=a in (1,2); b is null", "export A=$B\n=\n:")
	f.Add("CHATPASS_IMBACHAT_OPTIONS=a=b;c\nCHATPASS_LISTN=1\nCHATPASS_=\nCHATPASS", "CHATPASS_SITE_KEY_FILE=/dev/null")
	f.Add("CHATPASS_USERS_NAME={a|lower} ?? b\nCHATPASS_PORT=80\nCHATPASS_DATABASE_MAX_OPEN=9223372036854775808", "\ufeff'\"\x00")
	names := secretNames(f)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, environ, file string) {
		if strings.Contains(environ+file, "canary") {
			t.Skip("the canary is in the input")
		}
		if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		in := good().input()
		in.Dir = dir
		in.Environ = append(in.Environ, strings.Split(environ, "\n")...)
		for i, name := range names {
			in.Environ = append(in.Environ, fmt.Sprintf("CHATPASS_%s=%s-%d-and-long-enough-for-all", name, canary, i))
		}
		c, err := config.Load(in)
		if refusal := (*config.Refusal)(nil); (c == nil) == (err == nil) || err != nil && !errors.As(err, &refusal) {
			t.Fatalf("neither settings nor a refusal: %v, %v", c, err)
		} else if refusal != nil && strings.Count(refusal.Error(), "\n")+1 != len(refusal.Faults) {
			t.Errorf("%d faults in other than as many lines: %q", len(refusal.Faults), refusal)
		}
		if out := outputs(c, err); strings.Contains(out, canary) {
			t.Errorf("a secret is shown: %s", out)
		}
	})
}
