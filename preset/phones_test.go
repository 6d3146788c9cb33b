package preset_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/evidence"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// TestPresetsGivePhonesToWhoAsksForThem reads the phones of every folder of evidence that tells them, and wants one for each preset that says where they are.
func TestPresetsGivePhonesToWhoAsksForThem(t *testing.T) {
	proven := map[string]bool{}
	for _, f := range evidence.Folders(t, evidenceRoot) {
		if _, err := os.Stat(f.Path + "/want_phones.json"); err != nil {
			continue
		}
		proven[f.Preset] = true
		var want map[string]string
		if err := json.Unmarshal(f.Read(t, "want_phones.json"), &want); err != nil || len(want) == 0 {
			t.Fatal(f.Name, want, err)
		}
		file, faults := preset.Open(f.Preset)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		for i, engine := range file.Databases {
			t.Run(f.Name+"/"+engine, func(t *testing.T) {
				mapping, faults := userinfo.NewMapping(&file.Users, userinfo.Settings{
					SiteURL: f.SiteURL, Prefix: f.Prefix, Private: []userinfo.PrivateField{{Name: "phone", Var: "MESIBO_USERS_PHONE", Required: true}},
				})
				if len(faults) > 0 {
					t.Fatal(faults)
				}
				db, err := sitedb.Open(sitedb.Options{URL: secret.New(f.Load(t, engine, f.Prefix, i == 0)), QueryTimeout: 20 * time.Second})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = db.Close() })
				d, err := userinfo.NewDirectory(mapping, db, userinfo.Options{QueryTimeout: 20 * time.Second, Scan: []string{}})
				if err != nil {
					t.Fatal(err)
				}
				var asked []userinfo.ID
				for id := range strings.SplitSeq(f.Ask, ",") {
					asked = append(asked, userinfo.ID(id))
				}
				users, err := d.Whole(t.Context(), asked...)
				if err != nil {
					t.Fatal(err)
				}
				page, err := d.Scan(t.Context(), userinfo.Cursor{})
				if err != nil {
					t.Fatal(err)
				}
				for way, found := range map[string][]userinfo.User{"by id": users, "by scan": page.Users} {
					got := map[string]string{}
					for i := range found {
						if phone := found[i].Private["phone"]; phone != "" {
							got[string(found[i].ID)] = phone
						}
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s (-want +got):\n%s", way, diff)
					}
				}
			})
		}
	}
	for _, file := range preset.All() {
		offers := slices.ContainsFunc(file.Users.Private, func(s userinfo.FieldSpec) bool { return s.Name == "phone" })
		if offers != proven[file.Name] {
			t.Errorf("preset %s: offers phones %t, want_phones.json %t", file.Name, offers, proven[file.Name])
		}
	}
}
