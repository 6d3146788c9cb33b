package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/store"
)

func TestForgetErasesAUserAtMesiboToo(t *testing.T) {
	const appToken = "canary-app-token-0123456789abcdef"
	peer := providertest.NewMesibo(appToken)
	dir := newSite(t, "CHATPASS_MESIBO_APP_TOKEN="+appToken, "CHATPASS_MESIBO_APP_IDS=com.example.web", "CHATPASS_MESIBO_BASE_URL="+peer.Serve(t),
		"CHATPASS_MESIBO_LEGACY=off", "CHATPASS_MESIBO_ADDRESS=opaque", "CHATPASS_STATE_DIR=state")
	s, err := store.Open(t.Context(), store.Options{
		Dir: filepath.Join(dir, "state"), Now: time.Now, Keys: store.Keys{Derived: map[string][]secret.Secret{"mesibo": {secret.New(appToken)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"6", "7"} {
		u, err := s.KeepMesiboUser(t.Context(), store.MesiboUser{SiteUser: user, Address: "address-of-" + user})
		if err == nil {
			err = s.PutMesiboToken(t.Context(), store.MesiboToken{User: u.ID, App: "com.example.web", Address: u.Address, ExpiresAt: time.Now().Add(time.Hour)}, secret.New("token-of-user-"+user))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := runProgram(dir, nil, "forget", "6"); got.code != 0 || !strings.Contains(squeeze(got.out), "user address-of-6 mesibo app would be erased") || len(peer.Requests()) > 0 {
		t.Errorf("a look: %+v", got)
	}
	peer.Script(providertest.Refuse("MISSINGPARA"))
	if got := runProgram(dir, nil, "forget", "--yes", "6"); got.code != exitFailed || !strings.Contains(got.out, "not erased: mesibo answered 200 with MISSINGPARA") {
		t.Errorf("while Mesibo refuses: %+v", got)
	}
	peer.Requests()
	got := runProgram(dir, nil, "forget", "--yes", "6")
	if got.code != 0 || !strings.Contains(squeeze(got.out), "user address-of-6 mesibo app erased") || strings.Contains(got.out+got.err, appToken) {
		t.Errorf("got %+v", got)
	}
	came := peer.Requests()
	if len(came) != 1 || came[0].Method != http.MethodPost || !strings.Contains(came[0].Body, `"op":"userdel"`) || !strings.Contains(came[0].Body, `"address-of-6"`) {
		t.Errorf("Mesibo was asked: %+v", came)
	}
	if got := runProgram(dir, nil, "forget", "6"); !strings.Contains(got.err, "Nothing is kept about a user") {
		t.Errorf("afterwards: %+v", got)
	}
	if got := runProgram(dir, nil, "forget", "7"); !strings.Contains(got.out, "address-of-7") {
		t.Errorf("another user: %+v", got)
	}
}

func TestForgetLeavesAnAddressAloneThatIsAnothersNow(t *testing.T) {
	const appToken, phone = "canary-app-token-0123456789abcdef", "919876543210"
	peer := providertest.NewMesibo(appToken)
	dir := newSite(t, "CHATPASS_MESIBO_APP_TOKEN="+appToken, "CHATPASS_MESIBO_APP_IDS=com.example.web", "CHATPASS_MESIBO_BASE_URL="+peer.Serve(t),
		"CHATPASS_MESIBO_LEGACY=off", "CHATPASS_MESIBO_ADDRESS=opaque", "CHATPASS_STATE_DIR=state")
	s, err := store.Open(t.Context(), store.Options{
		Dir: filepath.Join(dir, "state"), Now: time.Now, Keys: store.Keys{Derived: map[string][]secret.Secret{"mesibo": {secret.New(appToken)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []store.MesiboUser{
		{SiteUser: "6", Address: phone, Phone: phone, RemoteUID: "501", DisabledAt: time.Now()},
		{SiteUser: "7", Address: phone, Phone: phone, RemoteUID: "502"},
	} {
		if _, err := s.KeepMesiboUser(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := runProgram(dir, nil, "forget", "--yes", "6"); got.code != 0 || len(peer.Requests()) > 0 {
		t.Errorf("got %+v", got)
	}
	if got := runProgram(dir, nil, "forget", "--yes", "7"); got.code != 0 {
		t.Errorf("got %+v", got)
	}
	if came := peer.Requests(); len(came) != 1 || !strings.Contains(came[0].Body, `"uid":502`) || !strings.Contains(came[0].Body, phone) {
		t.Errorf("Mesibo was asked: %+v", came)
	}
}
