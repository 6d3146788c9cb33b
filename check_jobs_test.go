package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/store"
)

// owed is a change that a provider is still to be told, of an age.
type owed struct {
	provider, app string
	age           time.Duration
	urgent        bool // its time is long past, so that it is told before others
	failed        bool // and is tried again in an hour
}

// owe puts changes into the store of a site.
func owe(t *testing.T, dir string, changes ...owed) {
	t.Helper()
	now := time.Now()
	var age time.Duration
	s, err := store.Open(t.Context(), store.Options{Dir: filepath.Join(dir, "state"), Now: func() time.Time { return now.Add(-age) }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	for n, c := range changes {
		age = c.age
		j := store.NewJob{Provider: c.provider, App: c.app, Kind: "update", SiteUser: fmt.Sprint("canary-", n), Address: "canary-address"}
		if c.urgent {
			j.At = time.UnixMilli(1)
		}
		if err := s.Enqueue(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		if !c.failed {
			continue
		}
		jobs, err := s.Claim(t.Context(), c.provider, c.app, "w", 1, time.Minute)
		if err != nil || len(jobs) != 1 {
			t.Fatalf("claimed %+v, %v", jobs, err)
		}
		if err := s.Retry(t.Context(), jobs[0], now.Add(time.Hour), "timeout"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCheckTellsWhatWaitsToBeTold(t *testing.T) {
	const hour = time.Hour
	ours := owed{provider: "sendbird", app: sendbirdApp}
	aged := func(age time.Duration) owed { o := ours; o.age = age; return o }
	for _, test := range []struct {
		name    string
		changes []owed
		want    []string // a line each; {since} stands for the time an hour ago
	}{
		{"nothing", nil, []string{"ok nothing waits to be told to sendbird → "}},
		{"something young", []owed{aged(9 * time.Minute)}, []string{"ok 1 change waits to be told to sendbird, the oldest since {} → "}},
		{"something old", []owed{aged(11 * time.Minute), ours}, []string{"warn 2 changes wait to be told to sendbird, the oldest since {} → is chatpass running? see its log; "}},
		{"something urgent, due since ever", []owed{{provider: "sendbird", app: sendbirdApp, urgent: true}}, []string{"ok 1 change waits to be told to sendbird, the oldest since {} → "}},
		{"something old that failed", []owed{{"sendbird", sendbirdApp, hour, false, true}, ours}, []string{"ok 2 changes wait to be told to sendbird, 1 of them to be tried again after a failure, the oldest since {} → "}},
		{"only what failed", []owed{{"sendbird", sendbirdApp, hour, true, true}}, []string{"ok 1 change waits to be told to sendbird, 1 of them to be tried again after a failure → "}},
		{"what is left of other settings", []owed{{provider: "sendbird", app: "OLD", age: hour}, {provider: "mesibo", app: "app", age: hour}}, []string{
			"ok nothing waits to be told to sendbird → ", "ok 1 change waits to be told to sendbird's application OLD, which is not in the settings: nobody tells it → ",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, _ := chatSite(t)
			owe(t, dir, test.changes...)
			code, lines := about(t, dir, "sendbird")
			if code != exitOK || strings.Contains(lines, "canary") {
				t.Errorf("exit %d, %q", code, lines)
			}
			var got []string
			for line := range strings.Lines(lines) {
				if strings.Contains(line, " to be told to ") {
					got = append(got, withoutTime(t, line))
				}
			}
			if len(got) != len(test.want) {
				t.Fatalf("told %q, want %q", got, test.want)
			}
			for n := range got {
				if !strings.HasPrefix(got[n], test.want[n]) {
					t.Errorf("told %q, want %q", got[n], test.want[n])
				}
			}
		})
	}
}

// withoutTime is a line with {} in the place of the time behind since, which must be of the last quarter of an hour.
func withoutTime(t *testing.T, line string) string {
	t.Helper()
	before, rest, found := strings.Cut(line, "since ")
	if !found {
		return line
	}
	text, after, _ := strings.Cut(rest, " ")
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || time.Since(at) > 15*time.Minute || time.Since(at) < -time.Minute {
		t.Errorf("%q names the time %q", line, text)
	}
	return before + "since {} " + after
}

func TestMetricsTellWhatWaitsToBeTold(t *testing.T) {
	dir, peer := chatSite(t)
	owe(t, dir, owed{provider: "sendbird", app: sendbirdApp, age: time.Hour, failed: true}, owed{provider: "sendbird", app: "OLD"}, owed{provider: "mesibo", app: "app"})
	start(t, dir)
	_, page, _ := get(t, dir+"/admin", "/metrics", nil)
	if !strings.Contains(page, "\nchatpass_provider_changes_waiting{provider=\"sendbird\"} 1\n") || strings.Count(page, "\nchatpass_provider_changes_waiting") != 1 {
		t.Errorf("the metrics are:\n%s", page)
	}
	if came := peer.Requests(); len(came) != 0 {
		t.Errorf("the provider was asked %d times", len(came))
	}
}
