package mesibo_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
)

func TestClientsAreToldWhereFilesAreAndHowToInvite(t *testing.T) {
	for name, test := range map[string]struct {
		change func(c *mesibo.Config, d *provider.Deps)
		host   string
		origin string // of the addresses
		share  map[string]any
	}{
		"the site's address is set": {nil, "evil.example", "https://site.example", map[string]any{
			"text": "Let us chat on site.example: https://site.example/", "subject": "Chat on site.example", "title": "Chat on site.example",
		}},
		"the owner's own words": {func(c *mesibo.Config, _ *provider.Deps) { c.Share = "Come \"in\"" }, "site.example", "https://site.example", map[string]any{
			"text": "Come \"in\"", "subject": "Chat on site.example", "title": "Chat on site.example",
		}},
		"the site's address is not set": {func(_ *mesibo.Config, d *provider.Deps) { d.Origins = nil }, "chat.example:8443", "https://chat.example:8443", map[string]any{
			"text": "Let us chat on chat.example:8443: https://chat.example:8443/", "subject": "Chat on chat.example:8443", "title": "Chat on chat.example:8443",
		}},
		"on this machine": {func(_ *mesibo.Config, d *provider.Deps) { d.Origins = nil }, "127.0.0.1:8090", "http://127.0.0.1:8090", map[string]any{
			"text": "Let us chat on 127.0.0.1:8090: http://127.0.0.1:8090/", "subject": "Chat on 127.0.0.1:8090", "title": "Chat on 127.0.0.1:8090",
		}},
		"a host that is none": {func(_ *mesibo.Config, d *provider.Deps) { d.Origins = nil }, "a@b/c?", "", map[string]any{
			"text": "Let us chat!", "subject": "Chat", "title": "Chat",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "", test.change)
			ann := d.join(t, 1, "Ann")
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/messenger/api.php?op=getcontacts&token="+ann, nil)
			r.Host = test.host
			got := d.answer(t, r)
			want := map[string]any{"upload": test.origin + "/messenger/api.php", "download": test.origin + "/chat/mesibo/files/"}
			if diff := cmp.Diff(any(want), got["urls"]); diff != "" {
				t.Errorf("urls (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(any(test.share), got["share"]); diff != "" || got["invite"] != test.share["text"] {
				t.Errorf("share, invite %v (-want +got):\n%s", got["invite"], diff)
			}
		})
	}
}

func TestAPhoneThatIsNoAddressIsFollowed(t *testing.T) {
	d := newDesk(t, "", func(c *mesibo.Config, _ *provider.Deps) { c.Address = "opaque" })
	ann := d.join(t, 1, "Ann")
	d.join(t, 2, "Bob")
	d.pass(settled)
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "phones="+deskPhone(2)+","+deskPhone(22))), deskPhone(2))
	d.mu.Lock()
	bob := d.members["2"]
	bob.Private = map[string]string{"phone": deskPhone(22)}
	d.members["2"] = bob
	d.mu.Unlock()
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "phones="+deskPhone(2)))) // it is not Bob's any more
	sameList(t, contactsOf(t, d.ok(t, ann, "getcontacts", "phones="+deskPhone(2)+","+deskPhone(22))), deskPhone(22))
}

func TestTheRouteOfFilesIsThereWithTheFirstGenerationAlone(t *testing.T) {
	for legacy, want := range map[string]bool{"v1": true, "v1,v2": true, "v2": false, "off": false} {
		d := newDesk(t, "", func(c *mesibo.Config, _ *provider.Deps) { c.Legacy = legacy })
		found := false
		for _, route := range d.routes {
			found = found || route.Path == "/mesibo/files/:name" && route.Open && !route.Root && route.Method == http.MethodGet
		}
		if found != want {
			t.Errorf("%s: %v", legacy, found)
		}
	}
}
