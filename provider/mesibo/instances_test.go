package mesibo_test

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/providertest"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

func TestInstancesOnOneStoreMakeOneUserAndMixNoTokens(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { instances(t, "sqlite:"+filepath.Join(t.TempDir(), "store.db")) })
	t.Run("mariadb", func(t *testing.T) { instances(t, mysqltest.Start(t).Database(t).User(t, "ALL ON *")) })
}

// instances has users sign in at two instances at once.
func instances(t *testing.T, url string) {
	t.Helper()
	peer, members, both := two(t, url, func(next http.RoundTripper) http.RoundTripper { return next })
	var mu sync.Mutex
	rows := map[userinfo.ID]map[int64]bool{}
	var all sync.WaitGroup
	for id := range members {
		rows[id] = map[int64]bool{}
	}
	for id, u := range members {
		phone := u.Private["phone"]
		for n := range 10 {
			all.Go(func() {
				p := both[n%2]
				row, err := p.Enroll(t.Context(), &u, phone)
				if err != nil {
					t.Error(err)
					return
				}
				token, _, err := p.IssueIn(t.Context(), row, androidApp, "", "")
				if err != nil {
					t.Error(err)
					return
				}
				if address, app, good := peer.Token(token); !good || address != phone || app != androidApp {
					t.Errorf("user %s has a token of %q", id, address)
				}
				mu.Lock()
				defer mu.Unlock()
				rows[id][row.ID] = true
			})
		}
	}
	all.Wait()
	for id, ids := range rows {
		if len(ids) != 1 {
			t.Errorf("user %s has %d rows", id, len(ids))
		}
	}
	for id, u := range members {
		row, err := both[0].Enroll(t.Context(), &u, u.Private["phone"])
		if err != nil {
			t.Fatal(err)
		}
		one, _, err := both[0].IssueIn(t.Context(), row, androidApp, "", "")
		other, _, errOther := both[1].IssueIn(t.Context(), row, androidApp, "", "")
		if err != nil || errOther != nil || one != other {
			t.Errorf("afterwards the instances give user %s different tokens: %v, %v", id, err, errOther)
		}
		if got, _, _, err := both[1].Bearer(t.Context(), one); err != nil || got.SiteUser != string(id) {
			t.Errorf("the token of user %s is %q's: %v", id, got.SiteUser, err)
		}
	}
}

// two are two instances on one store, and users of the site; first may look at what the first of them sends.
func two(t *testing.T, url string, first func(next http.RoundTripper) http.RoundTripper) (peer *providertest.Mesibo, members map[userinfo.ID]userinfo.User, both []*mesibo.Provider) {
	t.Helper()
	peer = providertest.NewMesibo(yardToken)
	peer.Several = true
	memory := providertest.NewMemory(time.Now)
	members = map[userinfo.ID]userinfo.User{}
	for _, id := range []userinfo.ID{"1", "2", "3", "4", "5"} {
		members[id] = userinfo.User{ID: id, Name: "User " + string(id), Private: userinfo.Private{"phone": "91987654320" + string(id)}}
	}
	find := func(_ context.Context, ids ...userinfo.ID) (found []userinfo.User, err error) {
		for _, id := range ids {
			if u, known := members[id]; known {
				found = append(found, u)
			}
		}
		return found, nil
	}
	both = make([]*mesibo.Provider, 2)
	for i := range both {
		s, err := store.Open(t.Context(), store.Options{URL: secret.New(url), Now: time.Now, Keys: store.Keys{Derived: map[string][]secret.Secret{"mesibo": {secret.New(yardToken)}}}})
		if err != nil {
			t.Fatal(err)
		}
		transport := peer.Transport()
		if i == 0 {
			transport = first(transport)
		}
		p, err := yardSettings().Open(provider.Deps{
			Now: time.Now, KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, Transport: transport, Users: find, Store: deskKeeper{memory, s},
		})
		if err != nil {
			t.Fatal(err)
		}
		both[i] = p.(*mesibo.Provider)
		t.Cleanup(func() {
			_ = both[i].Close()
			_ = s.Close()
		})
	}
	return peer, members, both
}

// before calls do once, before the first request is sent.
type before struct {
	once sync.Once
	do   func()
	next http.RoundTripper
}

func (b *before) RoundTrip(r *http.Request) (*http.Response, error) {
	b.once.Do(b.do)
	return b.next.RoundTrip(r)
}

func TestAnInstanceGivesTheTokenThatAnotherWasQuickerToKeep(t *testing.T) {
	look := &before{}
	_, members, both := two(t, "sqlite:"+filepath.Join(t.TempDir(), "store.db"), func(next http.RoundTripper) http.RoundTripper {
		look.next = next
		return look
	})
	u := members["1"]
	row, err := both[1].Enroll(t.Context(), &u, u.Private["phone"])
	if err != nil {
		t.Fatal(err)
	}
	quicker := ""
	look.do = func() {
		if quicker, _, err = both[1].IssueIn(t.Context(), row, androidApp, "", ""); err != nil {
			t.Error(err)
		}
	}
	got, _, errLater := both[0].IssueIn(t.Context(), row, androidApp, "", "")
	if errLater != nil || quicker == "" || got != quicker {
		t.Errorf("the first gives another token than the second has kept: %v", errLater)
	}
	if _, _, _, err := both[0].Bearer(t.Context(), quicker); err != nil {
		t.Errorf("the token that was given before is good no more: %v", err)
	}
}
