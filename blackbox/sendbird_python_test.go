package blackbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/provider/providertest"
)

// guided is an answer to a client, with the fields that the guide's client reads.
type guided struct {
	status int
	fields map[string]any
}

// UnmarshalJSON reads a pair of a status and an object.
func (g *guided) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&g.status, &g.fields})
}

// python is Debian's own, else the first in PATH.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing := t.Skip
	if os.Getenv("REQUIRE_SERVICES") == "1" {
		missing = t.Fatal
	}
	missing("python3 is not installed (Debian: python3)")
	return ""
}

// The provider's guide for customer servers: a client posts to /login and reads user_id, access_token and expires_at.
func TestAPythonClientOfSendbirdsGuideGetsItsToken(t *testing.T) {
	t.Parallel()
	const apiToken = "canary-sendbird-api-token-of-the-guide-2Lw8"
	peer := providertest.NewPeer("GUIDE-APP", apiToken)
	address := peer.Serve(t)
	peer.AddUser("prod-7", "Known before", "")
	e := people(t, mysqltest.Start(t).Database(t), 9).with(
		"IDENTITY", "ticket,site", "TICKET_KEY", ticketKey, "STATE_DIR", t.TempDir(),
		"SENDBIRD_APP_ID", "GUIDE-APP", "SENDBIRD_API_TOKEN", apiToken, "SENDBIRD_BASE_URL", address, "SENDBIRD_USER_ID", "prod-{id}")
	s := serve(t, e)

	in, err := json.Marshal(map[string]string{
		"chatpass": s.public, "sendbird": address, "app_id": "GUIDE-APP", "api_token": apiToken, "user_id": "prod-7", "subject": "7",
		"ticket_key": ticketKey, "site_key": siteKey,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*runLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, python(t), "testdata/sendbird_client.py")
	var out, logged bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &logged
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &logged)
	}
	if bytes.Contains(out.Bytes(), []byte(apiToken)) {
		t.Error("an answer holds the API token")
	}
	var got map[string]guided
	decode(t, out.String(), &got)

	for who, status := range map[string]int{"nobody": http.StatusUnauthorized, "forged": http.StatusUnauthorized} {
		if got[who].status != status || got[who].fields["access_token"] != nil {
			t.Errorf("%s is answered %d %v", who, got[who].status, got[who].fields)
		}
		if text, ok := got[who].fields["error"].(string); !ok || text == "" {
			t.Errorf("the error of %s is %v, and a text in the guide", who, got[who].fields["error"])
		}
	}
	for _, who := range []string{"guide", "member", "named"} {
		a := got[who]
		token, _ := a.fields["access_token"].(string)
		if a.status != http.StatusOK || a.fields["user_id"] != "prod-7" || !peer.Good("prod-7", token) {
			t.Errorf("%s is answered %d %v", who, a.status, a.fields)
		}
		ends, _ := a.fields["expires_at"].(float64)
		if life := time.Until(time.UnixMilli(int64(ends))); life < 7*24*time.Hour-10*time.Minute || life > 7*24*time.Hour {
			t.Errorf("the token of %s ends in %s, and is to live for a week", who, life)
		}
	}
	member := got["member"].fields
	for name := range got["guide"].fields {
		delete(member, name)
	}
	token := got["member"].fields["token"]
	if diff := cmp.Diff(map[string]any{"token": token, "sendbird_token": token, "app_id": "GUIDE-APP", "nickname": "User 7", "profile_url": ""}, member); diff != "" {
		t.Errorf("beside the guide's fields (-want +got):\n%s", diff)
	}
	// docs/sendbird.md: the site's own server signs a member out everywhere.
	s.do(t, http.MethodDelete, "/chat/sendbird/token?user_id=7", theSite).expectStatus(t, http.StatusNoContent)
	if text, _ := token.(string); peer.Good("prod-7", text) {
		t.Error("a token counts after all were revoked")
	}
}
