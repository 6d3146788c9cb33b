package blackbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/provider/providertest"
)

// What the tests of Mesibo set; no answer, log line or metric may hold the app token, and none but the answers about phones may hold a phone.
const (
	mesiboToken = "canary-mesibo-app-token-3Wf7kQz1"
	mesiboApp   = "com.messenger.appid"
	mesiboOther = "com.mesibo.messenger"
	mesiboAPI   = "/messenger/api.php"
	mesiboPhone = "9198700" // how the phones of all users of the site begin
)

// phoneOf is the phone of a user of the site, as Mesibo and the clients write it.
func phoneOf(id int) string { return fmt.Sprintf(mesiboPhone+"%05d", id) }

// messenger is a site whose users have phones, a pretended Mesibo, a pretended gateway of text messages, and Chatpass between them.
type messenger struct {
	*sidecar
	peer *mesiboPeer
	sms  *gateway
	db   *mysqltest.DB
	env  env
}

// mesiboSettings is everything but the start of the program: n users, whose phones are spelled in five ways.
func mesiboSettings(t testing.TB, n int, pairs ...string) *messenger {
	t.Helper()
	return mesiboSettingsOn(t, mysqltest.Start(t), n, pairs...)
}

// mesiboSettingsOn is mesiboSettings with the site on a given server.
func mesiboSettingsOn(t testing.TB, server *mysqltest.Server, n int, pairs ...string) *messenger {
	t.Helper()
	m := &messenger{peer: newMesiboPeer(), sms: newGateway(t), db: server.Database(t)}
	m.env = people(t, m.db, n).with(
		"IMBACHAT_WIDGET_ID", "", "IMBACHAT_API_LOGIN", "", "IMBACHAT_API_PASSWORD", "", "IMBACHAT_SECRET_KEY", "",
		"IDENTITY", "header,site", "TRUSTED_PROXIES", "127.0.0.1", "STATE_DIR", t.TempDir(),
		"MESIBO_APP_TOKEN", mesiboToken, "MESIBO_APP_IDS", mesiboApp+","+mesiboOther, "MESIBO_BASE_URL", m.peer.serve(t)+"/backend/",
		"MESIBO_USERS_PHONE", "phone", "MESIBO_DEFAULT_COUNTRY", "91", "MESIBO_OTP_DELIVERY", "webhook:"+m.sms.url,
	).with(pairs...)
	m.db.Exec(t, "ALTER TABLE people ADD phone varchar(60), ADD email varchar(60), ADD password_at int NOT NULL DEFAULT 0",
		"UPDATE people SET email = CONCAT('user', id, '@example.com'), phone = CASE id % 5 "+
			"WHEN 0 THEN CONCAT('98700', LPAD(id, 5, '0')) WHEN 1 THEN CONCAT('91 98700-', LPAD(id, 5, '0')) WHEN 2 THEN CONCAT('+91 (98700) ', LPAD(id, 5, '0')) "+
			"WHEN 3 THEN CONCAT('0091.98700.', LPAD(id, 5, '0')) ELSE CONCAT('098700/', LPAD(id, 5, '0')) END",
		"UPDATE people SET phone = CONCAT('0', phone) WHERE id % 5 = 0")
	return m
}

// mesiboSite is mesiboSettings and the program, which is searched for canaries when the test is over.
func mesiboSite(t testing.TB, n int, pairs ...string) *messenger {
	t.Helper()
	m := mesiboSettings(t, n, pairs...)
	m.start(t)
	return m
}

// start starts the program, or another instance of it.
func (m *messenger) start(t testing.TB) {
	t.Helper()
	m.launch(t, prepare(t, m.env))
}

func (m *messenger) launch(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	t.Cleanup(func() { m.quietLog(t) }) // after the program has ended
	m.sidecar = launch(t, cmd)
	t.Cleanup(func() { m.quietMetrics(t) })
}

// mesiboStore is where Chatpass keeps what it remembers.
type mesiboStore struct {
	name   string
	server bool
}

var mesiboStores = []mesiboStore{{"the store is a file", false}, {"the store is on MariaDB", true}}

// settings are n users and settings for this kind of store; query asks the store how many rows there are, and -1 is that it cannot be asked.
func (s mesiboStore) settings(t testing.TB, n int, pairs ...string) (m *messenger, query func(text string) int) {
	t.Helper()
	m = mesiboSettings(t, n, pairs...)
	if !s.server {
		return m, func(string) int { return -1 } // a file that a program has open is left to it
	}
	store := mysqltest.Start(t).Database(t)
	m.env = m.env.with("STORE_URL", store.RootURL(t))
	return m, func(text string) (n int) {
		t.Helper()
		if err := store.SQL().QueryRowContext(t.Context(), text).Scan(&n); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return n
	}
}

// site is a running program with this kind of store.
func (s mesiboStore) site(t testing.TB, n int, pairs ...string) *messenger {
	t.Helper()
	m, _ := s.settings(t, n, pairs...)
	m.start(t)
	return m
}

// canaries are what nothing that Chatpass writes for its operator may hold: the app token, phones, codes, tokens.
func (m *messenger) canaries() []string {
	return slices.Concat([]string{mesiboToken, mesiboPhone, "9870000", "fake-mesibo-token-", mesiboHash, providertest.Planted}, m.sms.codes())
}

func (m *messenger) quietLog(t testing.TB) {
	t.Helper()
	if m.sidecar == nil {
		return // it did not start
	}
	text := m.log.String() + m.stdout.String()
	if t.Failed() {
		t.Logf("the program warned of:\n%s", linesWith(text, `"level":"WARN"`)+linesWith(text, `"level":"ERROR"`))
	}
	for _, secret := range m.canaries() {
		if holds(text, secret) {
			t.Errorf("SEC-95: the log holds %q:\n%s", secret, linesWith(text, secret))
		}
	}
	if strings.Contains(text, "DATA RACE") || strings.Contains(text, "panic") {
		t.Errorf("the program raced or panicked:\n%s", text)
	}
}

// metricValue is the value at the end of a line of metrics.
var metricValue = regexp.MustCompile(`(?m) [^ ]+$`)

// quietMetrics searches the metrics, and the addresses that Chatpass built.
func (m *messenger) quietMetrics(t testing.TB) {
	t.Helper()
	if m.stopped {
		return
	}
	read := func(path string) string {
		a, err := try(context.WithoutCancel(t.Context()), client, http.MethodGet, m.admin+path) // that of the test is over in its clean-up
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return a.body
	}
	// Values are numbers that grow by themselves, and any phone's digits may be among those of some bytes.
	metrics, status := metricValue.ReplaceAllString(read("/metrics"), ""), read("/status")
	for _, secret := range m.canaries() {
		if holds(metrics, secret) || holds(status, secret) {
			t.Errorf("SEC-95: the metrics or the status hold %q", secret)
		}
	}
	for _, c := range m.peer.calls() {
		if c.method != http.MethodPost || c.target != "/backend/" {
			t.Errorf("SEC-95: Mesibo was called by %s %s", c.method, c.target)
		}
	}
}

// holds finds a secret; one of few digits only where no other digits stand beside it.
func holds(text, secret string) bool {
	if len(secret) > 6 {
		return strings.Contains(text, secret)
	}
	return regexp.MustCompile(`(^|[^0-9.])` + regexp.QuoteMeta(secret) + `($|[^0-9])`).MatchString(text)
}

func linesWith(text, secret string) string {
	var found []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, secret) {
			found = append(found, line)
		}
	}
	return strings.Join(found[:min(3, len(found))], "")
}

// codeFor has a user ask for a code in a way, and returns it.
func (m *messenger) codeFor(t testing.TB, w way, phone, app string) string {
	t.Helper()
	before := m.sms.count(phone)
	m.say(t, w, fields{"op", "login", "phone", phone, "appid", app}).ok(t)
	return m.sms.await(t, phone, before)
}

// tokens signs users in, several at a time.
func (m *messenger) tokens(t testing.TB, ids ...int) []string {
	t.Helper()
	list := make([]string, len(ids))
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() {
			pass := m.pass(t, id, "")
			list[i] = pass.Token
		})
	}
	all.Wait()
	return list
}

// mesiboPass is the answer of POST {BASE}/mesibo/token.
type mesiboPass struct {
	Token     string `json:"token"`
	UID       any    `json:"uid"`
	Address   string `json:"address"`
	AppID     string `json:"appid"`
	ExpiresAt int64  `json:"expires_at"`
}

// pass is a token that a signed-in user of the site asks for on a page of the site.
func (m *messenger) pass(t testing.TB, id int, question string) (p mesiboPass) {
	t.Helper()
	options := []option{member(strconv.Itoa(id)), visitor}
	if question != "" {
		options = append(options, body("application/json", question))
	}
	a, err := try(t.Context(), client, http.MethodPost, m.public+"/chat/mesibo/token", options...) // not ask: this may not be the test's own goroutine
	if err == nil {
		err = json.Unmarshal([]byte(a.body), &p)
	}
	if err != nil || a.status != http.StatusOK || p.Token == "" {
		t.Errorf("POST /chat/mesibo/token as %d: %d %s (%v)", id, a.status, a.body, err)
	}
	return p
}

// linkCode is a code that a signed-in user of the site is shown there.
func (m *messenger) linkCode(t testing.TB, id int) string {
	t.Helper()
	a := m.do(t, http.MethodPost, "/chat/mesibo/link-code", member(strconv.Itoa(id)), visitor)
	var shown struct{ Code string }
	if err := json.Unmarshal([]byte(a.body), &shown); err != nil || a.status != http.StatusOK || shown.Code == "" {
		t.Fatalf("POST /chat/mesibo/link-code as %d: %d %s", id, a.status, a.body)
	}
	m.sms.remember(shown.Code)
	return shown.Code
}
