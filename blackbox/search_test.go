package blackbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

func TestSEC54Search(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 200).with("QUERY_TIMEOUT", "500ms", "CACHE_TTL", "0")
	db.Exec(t, "INSERT INTO people (id, name, banned) VALUES (1001,'50%_off\\\\x',0),(1002,'!bang!',0),(1003,'Über Ω',0),(1004,'User secret',1)")
	s := serve(t, e)
	search := func(t *testing.T, term string, want ...string) {
		t.Helper()
		s.get(t, "/chat/search?q="+url.QueryEscape(term), provider).only(t, want...)
	}
	t.Run("wildcards are literal", func(t *testing.T) {
		t.Parallel()
		search(t, "0%_", "1001")
		search(t, `f\x`, "1001")
		search(t, "!b", "1002")
		for _, nothing := range []string{"%%", "__", `\\`, "%a", "Us_r", "!!", "'; drop", `\'`, `%' or 1=1 -- `} {
			search(t, nothing)
		}
		search(t, strings.Repeat("%a", 30))
	})
	t.Run("other scripts", func(t *testing.T) {
		t.Parallel()
		search(t, "Über", "1003")
		search(t, "r Ω", "1003")
	})
	t.Run("at most 50 hits, and none that is hidden", func(t *testing.T) {
		t.Parallel()
		if ids, _ := s.get(t, "/chat/search/User", provider).names(t); len(ids) != 50 {
			t.Errorf("%d hits", len(ids))
		}
		search(t, "secret")
	})
	t.Run("from 2 to 64 characters", func(t *testing.T) {
		t.Parallel()
		for _, term := range []string{"", "U", "%20U%20", strings.Repeat("x", 65), strings.Repeat("x", 10<<10)} {
			s.get(t, "/chat/search?q="+term, provider).expectStatus(t, http.StatusBadRequest)
		}
		s.get(t, "/chat/search?q="+strings.Repeat("x", 64), provider).only(t)
	})
	t.Run("searches can be off", func(t *testing.T) {
		t.Parallel()
		serve(t, e.with("USERS_SEARCH", "off")).get(t, "/chat/search?q=User", provider).expectStatus(t, http.StatusNotFound)
	})
}

// TestSEC54SlowSearches has a table of its own that it locks.
func TestSEC54SlowSearches(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 5).with("QUERY_TIMEOUT", "2s"))
	s.users(t, "1").only(t, "1")
	conn, err := db.SQL().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "LOCK TABLES people WRITE"); err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	statuses := make([]int, 14)
	for i := range statuses {
		wait.Go(func() {
			a, err := try(t.Context(), client, http.MethodGet, s.public+"/chat/search?q=User", provider)
			if err == nil {
				statuses[i] = a.status
			}
		})
	}
	wait.Wait()
	seen := map[int]int{}
	for _, status := range statuses {
		seen[status]++
	}
	if seen[http.StatusTooManyRequests] < 4 || seen[http.StatusServiceUnavailable] < 1 || seen[http.StatusTooManyRequests]+seen[http.StatusServiceUnavailable] != len(statuses) {
		t.Errorf("the answers were %v, want at most 10 that waited for the table and 429 for the others", seen)
	}
}
