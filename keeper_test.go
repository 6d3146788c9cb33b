package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/config"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/provider/mesibo"
	"github.com/chatpass/chatpass/provider/sendbird"
	"github.com/chatpass/chatpass/store"
)

func newTestKeeper(t *testing.T, dir string, configs ...provider.Config) *keeper {
	t.Helper()
	k := newKeeper(&config.Config{StateDir: dir}, configs, slog.New(slog.DiscardHandler))
	t.Cleanup(k.close)
	return k
}

func TestProvidersRememberThroughTheStore(t *testing.T) {
	k, ctx := newTestKeeper(t, t.TempDir(), &sendbird.Config{}), t.Context()
	if _, known, err := k.Identity(ctx, "sendbird", "A", "6"); known || err != nil {
		t.Fatalf("nobody is known yet: %v, %v", known, err)
	}
	john := provider.Identity{Provider: "sendbird", App: "A", User: "6", Address: "u-6", ProfileHash: "h"}
	moved := john
	moved.Address = "elsewhere"
	for _, put := range []provider.Identity{john, moved} {
		got, err := k.PutIdentity(ctx, put)
		if diff := cmp.Diff(john, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	if got, known, err := k.Identity(ctx, "sendbird", "A", "6"); !known || err != nil || got != john {
		t.Errorf("got %+v, %v, %v", got, known, err)
	}
	now := time.Now()
	if err := k.TokenIssued(ctx, "sendbird", "A", "6", now, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := k.TokenIssued(ctx, "sendbird", "A", "7", now, now.Add(time.Hour)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a token of nobody: %v", err)
	}
	for at, want := range map[time.Time]int{now: 1, now.Add(2 * time.Hour): 0} {
		if got, err := k.Identities(ctx, "sendbird", "A", "", at, 10); len(got) != want || err != nil {
			t.Errorf("got %+v, %v; want %d", got, err, want)
		}
	}
}

func TestProvidersHaveTheirJobsDoneThroughTheStore(t *testing.T) {
	k, ctx := newTestKeeper(t, t.TempDir(), &sendbird.Config{}), t.Context()
	want := provider.Job{Provider: "sendbird", App: "A", Kind: "revoke", User: "6", Address: "u-6"}
	for range 2 {
		if err := k.Enqueue(ctx, want); err != nil {
			t.Fatal(err)
		}
	}
	for attempt := range 2 {
		jobs, err := k.Claim(ctx, "sendbird", "A", "w", 5, time.Minute)
		if err != nil || len(jobs) != 1 {
			t.Fatalf("claimed %+v, %v", jobs, err)
		}
		want.ID, want.Claim, want.Attempts = jobs[0].ID, jobs[0].Claim, attempt
		if diff := cmp.Diff(want, jobs[0]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if attempt == 0 {
			err = k.Retry(ctx, jobs[0], time.Now(), "timeout")
		} else {
			err = k.Done(ctx, jobs[0])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if jobs, err := k.Claim(ctx, "sendbird", "A", "w", 5, time.Minute); err != nil || len(jobs) != 0 {
		t.Errorf("after it was done: %+v, %v", jobs, err)
	}
}

func TestAnUrgentJobIsDoneBeforeThoseThatWaitForLonger(t *testing.T) {
	k, ctx := newTestKeeper(t, t.TempDir(), &sendbird.Config{}), t.Context()
	for _, j := range []provider.Job{{Kind: "update", User: "6"}, {Kind: "update", User: "7"}, {Kind: "deactivate", User: "8", Urgent: true}} {
		j.Provider, j.App = "sendbird", "A"
		if err := k.Enqueue(ctx, j); err != nil {
			t.Fatal(err)
		}
	}
	jobs, err := k.Claim(ctx, "sendbird", "A", "w", 1, time.Minute)
	if err != nil || len(jobs) != 1 || jobs[0].User != "8" {
		t.Errorf("claimed %+v, %v", jobs, err)
	}
}

func TestTheStoreIsOpenedByTheFirstThatNeedsIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	k := newTestKeeper(t, dir, &sendbird.Config{})
	if k.of(&imbachat.Config{}) != nil || k.of(&sendbird.Config{}) == nil {
		t.Error("the wrong provider gets the store")
	}
	const callers = 8
	stores := make([]*store.Store, callers)
	var all sync.WaitGroup
	for n := range callers {
		all.Go(func() {
			var err error
			if stores[n], err = k.Open(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, s := range stores {
		if s == nil || s != stores[0] {
			t.Fatal("it was opened more than once")
		}
	}
	k.close()
	if _, err := k.Open(t.Context()); !errors.Is(err, errClosed) {
		t.Errorf("after the end: %v", err)
	}
}

func TestWhatWaitsIsCountedOfTheApplicationsThatAreSet(t *testing.T) {
	k, ctx := newTestKeeper(t, t.TempDir(), &sendbird.Config{AppID: "A"}, &mesibo.Config{}), t.Context()
	if got := k.waiting(ctx); got != nil {
		t.Errorf("counted before the store is open: %v", got)
	}
	for _, j := range []provider.Job{{Provider: "sendbird", App: "A", User: "6", Urgent: true}, {Provider: "sendbird", App: "A", User: "7"}, {Provider: "sendbird", App: "B", User: "6"}} {
		j.Kind = "update"
		if err := k.Enqueue(ctx, j); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]int64{"sendbird": 2, "mesibo": 0}, k.waiting(ctx)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := k.Claim(ctx, "sendbird", "A", "w", 1, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got := k.waiting(ctx)["sendbird"]; got != 2 {
		t.Errorf("while one is being told %d wait", got)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if got := k.waiting(ended); got != nil {
		t.Errorf("without an answer: %v", got)
	}
	k.close()
	if got := k.waiting(ctx); got != nil {
		t.Errorf("after the end: %v", got)
	}
}
