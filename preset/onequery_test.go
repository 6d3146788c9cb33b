package preset_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/internal/evidence"
	"github.com/chatpass/chatpass/userinfo"
)

// counted is a database that counts its queries.
type counted struct {
	userinfo.Source
	queries *atomic.Int64
}

type countedLookup struct {
	userinfo.Lookup
	queries *atomic.Int64
}

func (c counted) ByKey(s userinfo.Select, key string) (userinfo.Lookup, error) {
	l, err := c.Source.ByKey(s, key)
	return countedLookup{l, c.queries}, err
}

func (l countedLookup) Rows(ctx context.Context, args ...any) (*userinfo.Rows, error) {
	l.queries.Add(1)
	return l.Lookup.Rows(ctx, args...)
}

// TestAWordPressVisitorIsKnownInOneQuery visits with real cookies of WordPress: session, password hash, user and name come of one query.
func TestAWordPressVisitorIsKnownInOneQuery(t *testing.T) {
	visits := 0
	for _, f := range evidence.Folders(t, evidenceRoot) {
		if f.Name != "wordpress" {
			continue
		}
		s := sessionSite(t, f, "mysql")
		source := counted{s.db, new(atomic.Int64)}
		directory, err := userinfo.NewDirectory(s.mapping, source, userinfo.Options{QueryTimeout: 20 * time.Second, Visitor: []string{"name"}})
		if err != nil {
			t.Fatal(err)
		}
		if faults, err := directory.Bind(t.Context()); err != nil {
			t.Fatal(err, faults)
		}
		for _, v := range s.file.Visits {
			secrets := v.Secrets
			if secrets == nil {
				secrets = s.file.Secrets
			}
			if !isUser(v.Want) || len(secrets) == 0 { // without secrets a first query finds those of the site
				continue
			}
			now := v.Now
			if now == 0 {
				now = s.file.Now
			}
			r, faults := session.New(s.recipes, session.Options{
				Source: source, Secrets: secretsOf(secrets), KeyKind: directory.KeyKind, Vars: s.mapping.Vars(), Visitors: directory.Reading,
				Now: func() time.Time { return time.Unix(now, 0) }, ClientIP: func(*http.Request) string { return "" },
			})
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			for range 2 {
				source.queries.Store(0)
				req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://example.com/chat/identity", nil)
				req.Header.Set("Cookie", v.Cookie)
				id, err := r.Resolve(t.Context(), req)
				if err != nil || string(id.UserID) != v.Want {
					t.Fatalf("%s: %s, %v", v.Name, id.UserID, err)
				}
				u, known, err := directory.Visitor(t.Context(), id.UserID, id.Seen)
				if err != nil || !known || u.ID != id.UserID || u.Name == "" {
					t.Errorf("%s: %+v, %t, %v", v.Name, u, known, err)
				}
				if n, want := int(source.queries.Load()), strings.Count(v.Cookie, "wordpress_logged_in_"); n != want {
					t.Errorf("%s takes %d queries, want one for each of %d cookies", v.Name, n, want)
				}
			}
			visits++
		}
	}
	if visits < 2 {
		t.Errorf("%d visits prove too little", visits)
	}
}
