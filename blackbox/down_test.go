package blackbox_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// promptly is how long an answer may take while the database is away (CONTRACT §3 with the default query timeout).
const promptly = time.Second

// recovery is how long after the database's return everything works again.
const recovery = 2 * time.Second

// within sends a request until one answer came in time, at most five times: a machine that is busy with other tests may be late
// now and then, the sidecar may not be late always. Every answer must have one of the statuses.
func (s *sidecar) within(t testing.TB, limit time.Duration, target string, who option, statuses ...int) answer {
	t.Helper()
	var took []time.Duration
	for range 5 {
		a := s.get(t, target, who)
		good := false
		for _, status := range statuses {
			good = good || a.status == status
		}
		if !good {
			t.Fatalf("%s answered %d %q, want one of %v", target, a.status, a.body, statuses)
		}
		if a.took <= limit {
			return a
		}
		took = append(took, a.took)
	}
	t.Fatalf("%s took %v, never %s", target, took, limit)
	return answer{}
}

// ready reads the state of readyz.
func (s *sidecar) ready(t testing.TB, status int) string {
	t.Helper()
	a := s.get(t, "/readyz")
	a.expectStatus(t, status)
	var state struct{ Status string }
	decode(t, a.body, &state)
	return state.Status
}

func downSettings(t testing.TB, db *mysqltest.DB) env {
	t.Helper()
	return people(t, db, 20).with("QUERY_TIMEOUT", "", "CACHE_TTL", "100ms", "CACHE_STALE", "10m")
}

// warm asks until the answer is there, so that the cache holds these users.
func (s *sidecar) warm(t testing.TB, ids string) {
	t.Helper()
	eventually(t, "users "+ids, 10*time.Second, func() bool { return s.users(t, ids).status == http.StatusOK })
}

func TestDatabaseKilledAndRestarted(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	db := server.Database(t)
	s := serve(t, downSettings(t, db))
	s.warm(t, "1,2,3")
	if state := s.ready(t, http.StatusOK); state != "ready" {
		t.Errorf("readyz says %s", state)
	}
	pid := s.cmd.Process.Pid
	server.Kill(t)

	cached := s.within(t, promptly, "/chat/users?user_ids=3,1", provider, http.StatusOK)
	cached.only(t, "3", "1")
	eventually(t, "the age of what is answered", 10*time.Second, func() bool {
		age, err := strconv.Atoi(s.users(t, "1").header.Get("X-Data-Age"))
		return err == nil && age >= 1
	})
	for _, ids := range []string{"5", "1,5", "5,1"} {
		a := s.within(t, promptly, "/chat/users?user_ids="+ids, provider, http.StatusServiceUnavailable)
		expectRetryAfter(t, a, 60)
		if !strings.HasPrefix(a.body, `{"code":503,"version":1,"error":"`) || !strings.HasSuffix(a.body, `","debug":""}`) {
			t.Errorf("the body is %q", a.body)
		}
	}
	for _, target := range []string{"/chat/identity?user_id=1", "/chat/widget?mode=inline&user_id=1", "/chat/button?to=2&user_id=1"} {
		a := s.within(t, promptly, target, theSite, http.StatusServiceUnavailable)
		expectRetryAfter(t, a, 60)
		if strings.Contains(a.body, tokenHeader) {
			t.Errorf("%s made a token from what it remembers", target)
		}
	}
	s.within(t, promptly, "/chat/search?q=User", provider, http.StatusServiceUnavailable)
	s.users(t, "abc").expect(t, http.StatusOK, "[]")
	s.get(t, "/chat/identity").expectStatus(t, http.StatusOK) // a guest is a guest without asking the database
	s.get(t, "/chat/loader.js").expectStatus(t, http.StatusOK)
	s.get(t, "/healthz").expect(t, http.StatusOK, "ok")
	eventually(t, "readyz to say degraded", 5*time.Second, func() bool { return s.ready(t, http.StatusOK) == "degraded" })

	server.Restart(t)
	returned := time.Now()
	eventually(t, "an uncached user and a token after the return", 10*time.Second, func() bool {
		return s.users(t, "5").status == http.StatusOK && s.get(t, "/chat/identity?user_id=1", theSite).status == http.StatusOK
	})
	if took := time.Since(returned); took > recovery {
		t.Errorf("recovery took %s, want at most %s", took, recovery)
	}
	eventually(t, "readyz to say ready", 5*time.Second, func() bool { return s.ready(t, http.StatusOK) == "ready" })
	if a := s.users(t, "1"); a.header.Get("X-Data-Age") != "" {
		t.Errorf("fresh data has an age: %s", a.header.Get("X-Data-Age"))
	}
	if s.cmd.Process.Pid != pid || s.cmd.ProcessState != nil {
		t.Error("the sidecar is not the same process")
	}
}

func TestDatabaseDownAtStart(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	db := server.Database(t)
	e := downSettings(t, db)
	server.Kill(t)
	s := serve(t, e)
	s.get(t, "/healthz").expect(t, http.StatusOK, "ok")
	if state := s.ready(t, http.StatusServiceUnavailable); state != "unready" {
		t.Errorf("readyz says %s", state)
	}
	expectRetryAfter(t, s.within(t, promptly, "/chat/users?user_ids=1", provider, http.StatusServiceUnavailable), 60)
	s.within(t, promptly, "/chat/identity?user_id=1", theSite, http.StatusServiceUnavailable)
	s.get(t, "/chat/users?user_ids=1").expect(t, http.StatusUnauthorized, unauthorized)
	s.get(t, "/chat/widget").expect(t, http.StatusOK, loaderTag)
	for _, command := range [][]string{{"users", "1"}, {"token", "1"}, {"check"}} {
		if r := run(t, e, command...); r.code != 1 {
			t.Errorf("%v ended with %d: %s%s", command, r.code, r.stdout, r.stderr)
		}
	}
	server.Restart(t)
	returned := time.Now()
	eventually(t, "users and tokens after the return", 10*time.Second, func() bool {
		return s.users(t, "1").status == http.StatusOK && s.get(t, "/chat/identity?user_id=1", theSite).status == http.StatusOK
	})
	if took := time.Since(returned); took > recovery {
		t.Errorf("recovery took %s, want at most %s", took, recovery)
	}
	eventually(t, "readyz to say ready", 5*time.Second, func() bool { return s.get(t, "/readyz").status == http.StatusOK })
}

func TestDatabaseFrozen(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	db := server.Database(t)
	s := serve(t, downSettings(t, db))
	s.warm(t, "1,2,3")
	server.Freeze(t)
	t.Cleanup(func() { server.Thaw(t) })
	s.within(t, promptly, "/chat/users?user_ids=3,1", provider, http.StatusOK).only(t, "3", "1")
	expectRetryAfter(t, s.within(t, promptly, "/chat/users?user_ids=5", provider, http.StatusServiceUnavailable), 60)
	s.within(t, promptly, "/chat/identity?user_id=1", theSite, http.StatusServiceUnavailable)
	eventually(t, "readyz to say degraded", 10*time.Second, func() bool { return s.ready(t, http.StatusOK) == "degraded" })
	server.Thaw(t)
	returned := time.Now()
	eventually(t, "an uncached user after the thaw", 10*time.Second, func() bool {
		return s.users(t, "5").status == http.StatusOK && s.get(t, "/chat/identity?user_id=1", theSite).status == http.StatusOK
	})
	if took := time.Since(returned); took > recovery {
		t.Errorf("recovery took %s, want at most %s", took, recovery)
	}
}

func TestStaleAnswersCanBeOff(t *testing.T) {
	t.Parallel()
	server := ownServer(t)
	db := server.Database(t)
	e := downSettings(t, db)
	never, uncached := serve(t, e.with("CACHE_STALE", "0")), serve(t, e.with("CACHE_TTL", "0"))
	never.warm(t, "1")
	uncached.warm(t, "1")
	server.Kill(t)
	eventually(t, "the answer to end with its time", 5*time.Second, func() bool { return never.users(t, "1").status == http.StatusServiceUnavailable })
	uncached.users(t, "1").expectStatus(t, http.StatusServiceUnavailable)
}

// TestSEC24BannedUsersAreRefusedAtOnce: a token is never made from the cache of users-info.
func TestSEC24BannedUsersAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 5).with("CACHE_TTL", "1h"))
	s.users(t, "1,2").only(t, "1", "2")
	s.get(t, "/chat/identity?user_id=1", theSite).expectStatus(t, http.StatusOK)
	if body := s.get(t, "/chat/button?to=1&user_id=2", theSite).body; body == "" {
		t.Error("no button to a user who is there")
	}
	db.Exec(t, "UPDATE people SET banned = 1 WHERE id = 1")
	s.users(t, "1,2").only(t, "1", "2") // still remembered
	s.get(t, "/chat/identity?user_id=1", theSite).expectStatus(t, http.StatusNotFound)
	s.get(t, "/chat/widget?mode=inline&user_id=1", theSite).expect(t, http.StatusNotFound, "")
	s.get(t, "/chat/button?to=2&user_id=1", theSite).expect(t, http.StatusNotFound, "")
	s.get(t, "/chat/button?to=1&user_id=2", theSite).expect(t, http.StatusOK, "")
	db.Exec(t, "UPDATE people SET banned = 0, name = 'Renamed' WHERE id = 1")
	if who := identityOf(t, s.get(t, "/chat/identity?user_id=1", theSite)); who.Name != "Renamed" {
		t.Errorf("the name is %q", who.Name)
	}
}

// TestTheTableChangesWhileServing: a column that goes away is told, and its return is noticed.
func TestTheTableChangesWhileServing(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 5).with("CACHE_TTL", "0"))
	s.users(t, "1").only(t, "1")
	db.Exec(t, "ALTER TABLE people CHANGE name title varchar(100)")
	expectRetryAfter(t, s.users(t, "1"), 60)
	s.get(t, "/chat/identity?user_id=1", theSite).expectStatus(t, http.StatusServiceUnavailable)
	eventually(t, "readyz to say unready", 5*time.Second, func() bool {
		s.users(t, "1").expectStatus(t, http.StatusServiceUnavailable)
		return s.get(t, "/readyz").status == http.StatusServiceUnavailable
	})
	db.Exec(t, "ALTER TABLE people CHANGE title name varchar(100)")
	eventually(t, "the users to come back", 10*time.Second, func() bool { return s.users(t, "1").status == http.StatusOK })
}
