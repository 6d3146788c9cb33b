package blackbox_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// TestAThousandPhonesTakeFiveQueries counts at the server what getcontacts reads of users, on the site and in the store, with who asks. Work beside the requests reads users
// too, so that the least of some requests counts.
func TestAThousandPhonesTakeFiveQueries(t *testing.T) {
	t.Parallel()
	const asked, n = 1000, 20_000 // with a million users the calls are counted in the provider's own tests, at night
	server := ownServer(t)
	m := mesiboSettingsOn(t, server, n)
	store := server.Database(t)
	m.env = m.env.with("STORE_URL", store.RootURL(t), "QUERY_TIMEOUT", "30s")
	m.start(t)
	token := m.pass(t, 1, "").Token
	store.Exec(t, fmt.Sprintf("INSERT INTO chat_mesibo_users (site_user, address, live_address, phone, remote_uid, name, site_name, status, photo, cc, changed, created_at) "+
		"SELECT seq, CONCAT('%s', LPAD(seq, 5, '0')), CONCAT('%[1]s', LPAD(seq, 5, '0')), CONCAT('%[1]s', LPAD(seq, 5, '0')), '', '', CONCAT('User ', seq), '', '', '', 1, 1 FROM seq_2_to_%d", mesiboPhone, n))
	var least []string
	for turn := range 4 {
		var list []string
		for i := range asked {
			list = append(list, phoneOf(2+(i*(n/asked)+turn)%(n-2)))
		}
		mustExec(t, server, "TRUNCATE mysql.general_log", "SET GLOBAL log_output='TABLE', GLOBAL general_log=1")
		got := m.say(t, asJSON, fields{"op", "getcontacts", "token", token, "phones", strings.Join(list, ",")}).ok(t)
		mustExec(t, server, "SET GLOBAL general_log=0")
		slices.Sort(list)
		if diff := cmp.Diff(list, phones(got.contacts(t))); diff != "" {
			t.Fatalf("contacts (-want +got):\n%s", diff)
		}
		var reads []string
		for _, account := range []string{m.env["DATABASE_URL"], m.env["STORE_URL"]} {
			user, _ := m.db.Credentials(t, account)
			for _, s := range statements(t, server, user) {
				if strings.HasPrefix(s, "SELECT") && (strings.Contains(s, "`people`") || strings.Contains(s, "`chat_mesibo_users`")) {
					reads = append(reads, s[:min(len(s), 200)])
				}
			}
		}
		if turn == 0 || len(reads) < len(least) {
			least = reads
		}
	}
	t.Logf("of %d users:\n%s", n, strings.Join(least, "\n"))
	if len(least) < 3 || len(least) > 5 {
		t.Errorf("%d queries", len(least))
	}
}

func mustExec(t testing.TB, server *mysqltest.Server, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := server.SQL().Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
