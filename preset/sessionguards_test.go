package preset_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/internal/evidence"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo"
)

// elsewhere is a database in which tables are other ones, or not to be seen: the site never had them, or we have no right on them.
type elsewhere struct {
	userinfo.Source
	tables map[string]string
}

func (e elsewhere) Columns(ctx context.Context, table string) ([]userinfo.Column, error) {
	to, moved := e.tables[table]
	switch {
	case moved && to == "":
		return nil, fmt.Errorf("%w: no table %s", userinfo.ErrMapping, table)
	case moved:
		table = to
	}
	return e.Source.Columns(ctx, table)
}

func (e elsewhere) ByKey(s userinfo.Select, key string) (userinfo.Lookup, error) {
	if to := e.tables[s.Table]; to != "" {
		s.Table = to
	}
	return e.Source.ByKey(s, key)
}

// TestSessionsThatCannotBeProvenNameNobody visits sites that ask for more than can be seen.
func TestSessionsThatCannotBeProvenNameNobody(t *testing.T) {
	for _, tt := range []struct {
		name, folder, visit string
		tables              map[string]string
		want                string
		zone                string
	}{
		{"PrestaShop's sessions are not to be seen, and the cookie names one", "prestashop", "a customer", map[string]string{"customer_session": ""}, "rejected", ""},
		{"Moodle asks for further factors", "moodle", "a session", map[string]string{"config_plugins": "config_plugins_on"}, "none", ""},
		{"Moodle without its table of plugins", "moodle", "a session", map[string]string{"config_plugins": ""}, "3", ""},
		{"Joomla before it knew further factors", "joomla", "a member with a further factor", map[string]string{"user_mfa": ""}, "44", ""},
		{"OpenCart writes ends in a zone where it is evening already", "opencart", "a session until this morning", nil, "rejected", "Asia/Tokyo"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, f := range evidence.Folders(t, evidenceRoot) {
				if f.Name != tt.folder {
					continue
				}
				s := sessionSite(t, f, "mysql")
				prefix, tables := s.mapping.Vars()["p"], map[string]string{}
				for from, to := range tt.tables {
					if to != "" {
						to = prefix + to
					}
					tables[prefix+from] = to
				}
				source := elsewhere{s.db, tables}
				for _, v := range s.file.Visits {
					if v.Name != tt.visit {
						continue
					}
					zone, err := time.LoadLocation(tt.zone)
					if err != nil {
						t.Fatal(err)
					}
					r, faults := session.New(s.recipes, session.Options{
						Source: source, Secrets: secretsOf(s.file.Secrets), KeyKind: s.directory.KeyKind, Vars: s.mapping.Vars(), Zone: zone,
						Now: func() time.Time { return time.Unix(s.file.Now, 0) }, ClientIP: func(*http.Request) string { return s.file.IP },
					})
					if len(faults) > 0 {
						t.Fatal(faults)
					}
					if got, _ := s.who(t, r, v, v.Cookie); got != tt.want {
						t.Errorf("%s, want %s", got, tt.want)
					}
					return
				}
			}
			t.Fatal("there is no such visit")
		})
	}
}

func secretsOf(texts map[string]string) map[string]secret.Secret {
	secrets := map[string]secret.Secret{}
	for name, value := range texts {
		secrets[name] = secret.New(value)
	}
	return secrets
}
