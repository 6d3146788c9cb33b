package preset_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

// TestNobodyIsShownBecauseSomebodyElseHasTooManyRows: of a join of which one row counts the rest is idle and may be cut, but not where a ban could be
// behind the cut.
func TestNobodyIsShownBecauseSomebodyElseHasTooManyRows(t *testing.T) {
	rows := []string{
		`CREATE TABLE u (id BIGINT PRIMARY KEY, n VARCHAR(10))`,
		`CREATE TABLE visit (uid BIGINT, until INT, place VARCHAR(10))`,
		`CREATE INDEX visit_uid ON visit (uid)`,
		`INSERT INTO u VALUES (1, 'ann'), (2, 'bob')`,
		`WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 20000) INSERT INTO visit SELECT 1, 5, 'home' FROM s`,
		`INSERT INTO visit VALUES (2, 2114424000, 'work')`,
	}
	join := "users: { table: u, key: id }\njoins: [ { as: v, table: visit, on: { uid: id }, one: true, where: [ until > now() or until = 5 ] } ]\nfields: { name: n%s }\n%s"
	onEngines(t, []string{"sqlite"}, rows, func(t *testing.T, e engine) {
		t.Helper()
		for name, text := range map[string]string{
			"banned":     fmt.Sprintf(join, "", `flags: { banned: "v.until > now()" }`),
			"active":     fmt.Sprintf(join, "", `flags: { active: "v.until is null or v.until = 5" }`),
			"where":      strings.Replace(fmt.Sprintf(join, "", ""), "key: id", `key: id, where: [ "not v.until > now() or v.until is null" ]`, 1),
			"of a text":  fmt.Sprintf(join, "", `flags: { banned: { of: v.place, in: [ work ] } }`),
			"of a case":  fmt.Sprintf(join, "", `flags: { banned: { of: { case: [ { if: v.until > now(), then: "'yes'" } ] }, in: [ "yes" ] } }`),
			"permission": fmt.Sprintf(join, "", `permissions: { send_message: "v.until is null" }`),
		} {
			t.Run(name, func(t *testing.T) {
				d, err := mapped(t, e.source, text)
				if err != nil {
					t.Fatal(err)
				}
				users, err := d.ByID(t.Context(), "1", "2")
				if !errors.Is(err, userinfo.ErrMapping) {
					t.Errorf("got %+v, %v; want a refusal to tell", users, err)
				}
				if users, err = d.ByID(t.Context(), "2"); err != nil || len(users) == 1 && (users[0].Permissions == nil || users[0].Permissions[0].Allowed) {
					t.Errorf("alone: %+v, %v", users, err)
				}
			})
		}
		t.Run("what is only shown", func(t *testing.T) {
			d, err := mapped(t, e.source, fmt.Sprintf(join, ", place: v.place", ""))
			if err != nil {
				t.Fatal(err)
			}
			if users, err := d.ByID(t.Context(), "1", "2"); err != nil || len(users) != 2 {
				t.Errorf("got %+v, %v", users, err)
			}
		})
	})
}
