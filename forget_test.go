package main

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/store"
)

const (
	sendbirdApp   = "4F6A-App"
	sendbirdToken = "canary-api-token-0123456789abcdef"
)

// chatSite is a site whose users are at a pretended Sendbird too; the store is in the folder state of its folder.
func chatSite(t *testing.T, settings ...string) (dir string, peer *providertest.Peer) {
	t.Helper()
	peer = providertest.NewPeer(sendbirdApp, sendbirdToken)
	return newSite(t, append([]string{
		"CHATPASS_SENDBIRD_APP_ID=" + sendbirdApp, "CHATPASS_SENDBIRD_API_TOKEN=" + sendbirdToken,
		"CHATPASS_SENDBIRD_BASE_URL=" + peer.Serve(t), "CHATPASS_STATE_DIR=state",
	}, settings...)...), peer
}

// remember puts a user into the store of a site, with a job and a token.
func remember(t *testing.T, dir, provider, app, user, address string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: filepath.Join(dir, "state"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	i, err := s.PutIdentity(t.Context(), store.Identity{Provider: provider, App: app, SiteUser: user, Address: address})
	if err == nil {
		err = s.TokenIssued(t.Context(), store.TokenEvent{Provider: provider, IdentityID: i.ID, ExpiresAt: time.Now().Add(time.Hour), Token: secret.New("x")})
	}
	if err == nil {
		err = s.Enqueue(t.Context(), store.NewJob{Provider: provider, App: app, Kind: "update", SiteUser: user, Address: address})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestForgetTellsWhatItWouldErase(t *testing.T) {
	dir, peer := chatSite(t)
	peer.AddUser("6", "John", "")
	remember(t, dir, "sendbird", sendbirdApp, "6", "6")
	remember(t, dir, "sendbird", sendbirdApp, "7", "7")
	want := result{0, strings.Join([]string{
		"user 6                  sendbird " + sendbirdApp + "  would be erased",
		"identities, 1 rows      sendbird           would be erased",
		"provider_jobs, 1 rows   sendbird           would be erased",
		"token_events, 1 rows    sendbird           would be erased", "",
	}, "\n"), "Nothing was changed. To erase it: chatpass forget --yes 6\n"}
	for range 2 { // the second run finds the same, so the first changed nothing
		got := runProgram(dir, nil, "forget", "6")
		if squeeze(got.out) != squeeze(want.out) || got.code != want.code || got.err != want.err {
			t.Fatalf("got %+v\nwant %+v", got, want)
		}
	}
	if came := peer.Requests(); len(came) != 0 {
		t.Errorf("the provider was asked %d times", len(came))
	}
}

func squeeze(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}

func TestForgetErasesAUserHereAndAtTheProvider(t *testing.T) {
	dir, peer := chatSite(t)
	peer.AddUser("u-canary-6", "John", "")
	peer.AddUser("7", "Zoë", "")
	remember(t, dir, "sendbird", sendbirdApp, "6", "u-canary-6")
	remember(t, dir, "sendbird", sendbirdApp, "7", "7")
	got := runProgram(dir, nil, "forget", "6", "--yes")
	if got.code != 0 || got.err != "" || strings.Contains(got.out, "would") || strings.Count(got.out, "erased") != 4 {
		t.Errorf("got %+v", got)
	}
	if _, _, _, known := peer.User("u-canary-6"); known {
		t.Error("the provider knows the user still")
	}
	if _, _, _, known := peer.User("7"); !known {
		t.Error("another user was erased at the provider")
	}
	files, err := filepath.Glob(filepath.Join(dir, "state", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte("u-canary-6")) {
			t.Errorf("%s holds the address still", filepath.Base(file))
		}
	}
	for id, want := range map[string]string{"6": "Nothing is kept about a user", "7": "Nothing was changed"} {
		if got := runProgram(dir, nil, "forget", id); got.code != 0 || !strings.Contains(got.err, want) {
			t.Errorf("user %s: %+v", id, got)
		}
	}
}

func TestForgetKeepsWhatItCouldNotEraseAtTheProvider(t *testing.T) {
	dir, peer := chatSite(t)
	remember(t, dir, "sendbird", sendbirdApp, "6", "6")
	peer.Always(providertest.Fail(http.StatusForbidden, 400401))
	got := runProgram(dir, nil, "forget", "--yes", "6")
	if got.code != exitFailed || !strings.Contains(got.out, "not erased: ") || !strings.Contains(got.err, "run it again") {
		t.Errorf("got %+v", got)
	}
	for _, never := range []string{sendbirdToken, providertest.Planted} {
		if strings.Contains(got.out+got.err, never) {
			t.Errorf("the output holds %q:\n%+v", never, got)
		}
	}
	peer.Always(nil)
	if got := runProgram(dir, nil, "forget", "--yes", "6"); got.code != 0 || strings.Count(got.out, " erased") != 4 {
		t.Errorf("again: %+v", got)
	}
}

func TestForgetTellsWhatStaysElsewhere(t *testing.T) {
	dir, _ := chatSite(t)
	remember(t, dir, "mesibo", "app", "6", "m-6")
	remember(t, dir, "imbachat", "17", "6", "i-6")
	remember(t, dir, "sendbird", "other-app", "6", "s-6")
	got := runProgram(dir, nil, "forget", "--yes", "6")
	for _, want := range []string{
		"user m-6 mesibo app stays there: the provider is not set up here",
		"user i-6 imbachat 17 stays there: the provider cannot be asked to erase a user",
		"user s-6 sendbird other-app stays there: another application is set up here",
		"identities, 1 rows mesibo erased",
	} {
		if got.code != 0 || !strings.Contains(squeeze(got.out), want) {
			t.Errorf("got %+v, want %q", got, want)
		}
	}
}

func TestForgetMakesNoStore(t *testing.T) {
	dir, _ := chatSite(t)
	got := runProgram(dir, nil, "forget", "--yes", "6")
	if got.code != 0 || got.out != "" || !strings.Contains(got.err, "there is no store yet") {
		t.Errorf("got %+v", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "state")); err == nil {
		t.Error("the folder was made")
	}
}

func TestForgetTellsThatAProviderWasNotAsked(t *testing.T) {
	dir, peer := chatSite(t, "CHATPASS_SENDBIRD_USER_ID=prod-{id}")
	const want = `sendbird was not asked, since nothing is kept here of its user "prod-6". If there is one all the same, delete it in the dashboard of sendbird.`
	asked := func(when string, told bool, id string, args ...string) {
		t.Helper()
		got := runProgram(dir, nil, append([]string{"forget", id}, args...)...)
		if got.code != exitOK || strings.Contains(got.err, want) != told || strings.Contains(got.err, "was not asked") != told {
			t.Errorf("%s: %+v", when, got)
		}
	}
	asked("without a store", true, "6", "--yes")
	remember(t, dir, "sendbird", sendbirdApp, "7", "prod-7")
	asked("without a row", true, "6")
	asked("with a row", false, "7")
	remember(t, dir, "mesibo", "app", "6", "m-6")
	asked("with a row of another provider", true, "6", "--yes")
	if came := peer.Requests(); len(came) != 0 {
		t.Errorf("the provider was asked %d times", len(came))
	}
}

func TestForgetNeedsOneID(t *testing.T) {
	for name, args := range map[string][]string{"none": nil, "two": {"6", "7"}, "an empty one": {" "}} {
		if got := runProgram("", nil, append([]string{"forget"}, args...)...); got.code != exitUsage || !strings.Contains(got.err, "name one id") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestServeOpensTheStoreOnlyForAProviderThatRemembers(t *testing.T) {
	dir := newSite(t, "CHATPASS_STATE_DIR=state")
	if code := start(t, dir).end(t); code != 0 {
		t.Fatalf("serve ended with %d", code)
	}
	if _, err := os.Stat(filepath.Join(dir, "state")); err == nil {
		t.Error("a store was made for ImbaChat, which remembers nothing")
	}
	dir, _ = chatSite(t)
	r := start(t, dir)
	if code := r.end(t); code != 0 {
		t.Fatalf("serve ended with %d:\n%s", code, &r.messages)
	}
	file := filepath.Join(dir, "state", store.FileName)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file %v, %v", info, err)
	}
	if !strings.Contains(r.messages.String(), `"place":"`+file+`"`) {
		t.Errorf("the log does not tell where the store is:\n%s", &r.messages)
	}
}

// serveBriefly runs serve, which is told to stop if it does not refuse to start.
func serveBriefly(t *testing.T, dir string, environ ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, messages output
	code := runIn(ctx, dir, []string{"serve"}, environ, &out, &messages)
	return result{code, out.String(), messages.String()}
}

func TestServeRefusesAStoreThatCannotBe(t *testing.T) {
	file := filepath.Join(folder(t), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ setting, want string }{
		"a folder that is a file":   {"CHATPASS_STATE_DIR=" + file, "CHATPASS_STATE_DIR names a folder that cannot be made"},
		"no SQLite file":            {"CHATPASS_STORE_URL=sqlite:" + file, "CHATPASS_STORE_URL leads to a file that is no SQLite database"},
		"an unknown kind":           {"CHATPASS_STORE_URL=oracle://db/x", "CHATPASS_STORE_URL has a scheme that is none of"},
		"a password that is no URL": {"CHATPASS_STORE_URL=mysql://chat:canary%zz@db/x", "CHATPASS_STORE_URL cannot be read as an address"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := chatSite(t, test.setting)
			got := serveBriefly(t, dir, test.setting)
			if got.code != exitRefused || !strings.Contains(got.err, test.want) || strings.Contains(got.err, "canary") {
				t.Errorf("got %+v, want 78 and %q", got, test.want)
			}
		})
	}
	dir, _ := chatSite(t)
	site := "CHATPASS_STORE_URL=sqlite:" + filepath.Join(dir, "site.db")
	if got := serveBriefly(t, dir, site); got.code != exitRefused || !strings.Contains(got.err, "the site's own database") {
		t.Errorf("the site's database as store: %+v", got)
	}
}

func TestServeRefusesALoginPathThatIsAnothers(t *testing.T) {
	for name, test := range map[string]struct {
		path    string
		refused bool
	}{
		"an old path of ImbaChat":      {"/index.php", true},
		"the users-info of ImbaChat":   {"/chat/users", true},
		"the one that is there anyway": {"/chat/sendbird/token", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := chatSite(t, "CHATPASS_SENDBIRD_LOGIN_PATH="+test.path)
			if !test.refused {
				r := start(t, dir)
				if code := r.end(t); code != 0 {
					t.Errorf("serve ended with %d:\n%s", code, &r.messages)
				}
				return
			}
			if got := serveBriefly(t, dir); got.code != exitRefused || !strings.Contains(got.err, "CHATPASS_SENDBIRD_LOGIN_PATH is the path of another route, POST "+test.path) {
				t.Errorf("got %+v, want 78", got)
			}
		})
	}
}

func TestServeStartsWhileTheServerOfTheStoreIsDown(t *testing.T) {
	dir, _ := chatSite(t, "CHATPASS_STORE_URL=mysql://chat:canary-password@127.0.0.1:1/chatpass")
	r := start(t, dir)
	if code := r.end(t); code != 0 {
		t.Fatalf("serve ended with %d", code)
	}
	log := r.messages.String()
	if !strings.Contains(log, "the store cannot be opened yet") || strings.Contains(log, "canary-password") {
		t.Errorf("log:\n%s", log)
	}
}
