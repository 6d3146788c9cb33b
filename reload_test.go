package main

import (
	"context"
	"crypto/sha256"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

func TestAFileCountsAsChangedOnceItIsNoLongerWritten(t *testing.T) {
	sum := func(text string) [32]byte { return sha256.Sum256([]byte(text)) }
	w := watched{known: sum("old")}
	for i, look := range []struct {
		text string
		want bool
	}{
		{"old", false},
		{"ne", false}, // in the middle of being written
		{"new", false},
		{"new", true},
		{"new", false},
		{"old", false},
		{"new", false}, // taken back between two looks
		{"new", false},
		{"other", false},
		{"other", true},
	} {
		if got := w.changed(sum(look.text)); got != look.want {
			t.Errorf("look %d at %q: changed is %v", i, look.text, got)
		}
	}
}

// runner is a provider that works beside requests and tells when.
type runner struct {
	name string
	told func(text string)
	on   chan struct{}
}

func (r *runner) Name() string { return r.name }

func (*runner) Widget(context.Context, *userinfo.User, time.Time) (*provider.Widget, error) {
	return nil, nil //nolint:nilnil // shows nothing
}

func (r *runner) Run(ctx context.Context) {
	r.told(r.name + " begins")
	close(r.on)
	<-ctx.Done()
	r.told(r.name + " ends")
}

func TestTheWorkOfTheOldConfigurationEndsBeforeThatOfTheNewBegins(t *testing.T) {
	var mu sync.Mutex
	var told []string
	working := func(name string) (*crew, *runner) {
		r := &runner{name: name, on: make(chan struct{}), told: func(text string) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, text)
		}}
		return &crew{site: &site{providers: []provider.Provider{r}}}, r
	}
	first, one := working("old")
	second, two := working("new")
	on := &shift{}
	on.now.Store(first)
	first.begin()
	<-one.on
	if old := on.relieve(second); old != first || on.now.Load() != second {
		t.Error("the new one does not answer")
	}
	<-two.on
	first.rest() // as at its close
	second.rest()
	want := []string{"old begins", "old ends", "new begins", "new ends"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("users of the old database would be looked for in it while others sign in from the new (-want +got):\n%s", diff)
	}
}
