package blackbox_test

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// soakUsers is how many members the soak's site has; every one may have any number of sessions.
const soakUsers = 2000

// soakSite is a WordPress with many members, each with a session whose tokens all hash to what the table holds.
func soakSite(t *testing.T) env {
	t.Helper()
	e, _ := wpVisitors(t)
	db := mysqltest.Start(t).Database(t)
	schema, err := os.ReadFile("../preset/testdata/wordpress/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	for statement := range strings.SplitSeq(strings.ReplaceAll(string(schema), "{p}", "wp_"), ";\n") {
		if strings.TrimSpace(statement) != "" {
			db.Exec(t, statement)
		}
	}
	db.Exec(t, fmt.Sprintf("INSERT INTO wp_users (ID, user_login, user_pass, user_nicename, display_name) SELECT seq, CONCAT('soak', seq), CONCAT('$P$B', MD5(seq)), CONCAT('soak', seq), CONCAT('Soak ', seq) FROM seq_1_to_%d", soakUsers),
		fmt.Sprintf("INSERT INTO wp_usermeta (user_id, meta_key, meta_value) SELECT seq, 'session_tokens', CONCAT('a:1:{s:64:\"', SHA2(CONCAT('token-of-', seq), 256), '\";a:1:{s:10:\"expiration\";i:%s;}}') FROM seq_1_to_%d", wpEnd, soakUsers))
	return e.with("DATABASE_URL", db.URL(), "LOG_LEVEL", "error", "TRUSTED_PROXIES", "127.0.0.1")
}

// soakCookie is the n-th cookie of the soak, which no other is like, and whom it names: 0 is nobody.
func soakCookie(n int) (cookie string, user int) {
	user = 1 + n%soakUsers
	login, token := "soak"+strconv.Itoa(user), "token-of-"+strconv.Itoa(user)
	sum := md5.Sum([]byte(strconv.Itoa(user)))
	fragment := fmt.Sprintf("$P$B%x", sum)[8:12]
	end := strconv.Itoa(4_102_444_800 - n) // makes the cookie of each visit a different one
	key := mac(md5.New, wpKey+wpSalt, login+"|"+fragment+"|"+end+"|"+token)
	sign := mac(sha256.New, key, login+"|"+end+"|"+token)
	switch n % 10 {
	case 7: // forged
		sign = strings.Map(func(r rune) rune { return map[bool]rune{true: '1', false: '0'}[r == '0'] }, sign)
		user = 0
	case 8: // nobody of this name
		login, user = "nobody"+strconv.Itoa(n), 0
	case 9: // no cookie of WordPress at all
		r := rand.New(rand.NewPCG(uint64(n), 1))
		return fmt.Sprintf("%s=%x%x", wpCookieName, r.Uint64(), r.Uint64()), 0
	}
	return wpCookieName + "=" + strings.Join([]string{login, end, token, sign}, "%7C"), user
}

// TestMemoryStaysFlatOverManyDistinctCookies visits with cookies of which none comes twice, valid, forged and random, from many addresses, and looks at the
// program's memory early and late. Nightly it is a million visits.
func TestMemoryStaysFlatOverManyDistinctCookies(t *testing.T) {
	early, late, slack := 3000, 12_000, 1.25
	if os.Getenv("CHATPASS_NIGHTLY") == "1" {
		early, late, slack = 100_000, 1_000_000, 1.10
	}
	s := serveQuietly(t, soakSite(t))
	visitors := newClient(t, nil, "")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var next, named atomic.Int64
	visit := func(until int) {
		t.Helper()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for ctx.Err() == nil {
					n := int(next.Add(1)) - 1
					if n >= until {
						return
					}
					user, err := soakVisit(ctx, visitors, s.public, n)
					if err != nil {
						t.Error(err)
						stop()
						return
					}
					if user {
						named.Add(1)
					}
				}
			})
		}
		all.Wait()
		next.Store(int64(until))
	}
	visit(early)
	heap, resident := s.memory(t)
	visit(late)
	heapLate, residentLate := s.memory(t)
	t.Logf("after %d visits %.1f MiB of live heap and %.1f MiB resident, after %d %.1f and %.1f; %d named users",
		early, heap, resident, late, heapLate, residentLate, named.Load())
	if want := int64(late) * 7 / 10; named.Load() < want {
		t.Errorf("%d visits named users, want %d", named.Load(), want)
	}
	const grain = 1.0 // MiB that come and go with connections and the collector's own books
	if heapLate > slack*heap+grain {
		t.Errorf("the live heap grew from %.1f to %.1f MiB", heap, heapLate)
	}
	if residentLate > slack*resident+grain {
		t.Errorf("resident memory grew from %.1f to %.1f MiB", resident, residentLate)
	}
}

// serveQuietly starts the sidecar without a log of requests, which a test of a million of them could not keep.
func serveQuietly(t *testing.T, e env) *sidecar {
	t.Helper()
	public, admin := "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t)
	s := &sidecar{cmd: prepare(t, e.with("LISTEN", public, "ADMIN_LISTEN", admin)), public: "http://" + public, admin: "http://" + admin, stdout: newOutput(), log: newOutput()}
	s.cmd.Stdout, s.cmd.Stderr = s.stdout, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if code := s.stop(t); code != 0 {
			t.Errorf("the sidecar ended with %d; its log:\n%s", code, s.log)
		}
	})
	eventually(t, "the first answer", runLimit, func() bool {
		a, err := try(t.Context(), client, http.MethodGet, s.public+"/readyz")
		return err == nil && a.status == http.StatusOK
	})
	return s
}

// soakAddress is where the n-th visit comes from: of 20,000 addresses, fewer than the program remembers and enough that none is limited.
func soakAddress(n int) string {
	n %= 20_000
	return net.IPv4(10, 0, byte(n>>8), byte(n)).String()
}

// soakVisit makes the n-th visit and tells whether it named a user; an error if that is not whom the cookie names.
func soakVisit(ctx context.Context, c *http.Client, public string, n int) (named bool, err error) {
	cookie, user := soakCookie(n)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, public+"/chat/identity", nil)
	if err != nil {
		return false, err
	}
	r.Header.Set("Cookie", cookie)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("X-Forwarded-For", soakAddress(n))
	response, err := c.Do(r)
	if err != nil {
		return false, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return false, err
	}
	want := `{"user_id":` + strconv.Itoa(user) + `,`
	if user == 0 {
		want = `{"user_id":null,`
	}
	if response.StatusCode != http.StatusOK || !strings.HasPrefix(string(body), want) {
		return false, fmt.Errorf("visit %d: status %d, %.100s, want %s", n, response.StatusCode, body, want)
	}
	return user != 0, nil
}

var (
	heapLine     = regexp.MustCompile(`(?m)^go_memstats_heap_alloc_bytes (\S+)$`)
	residentLine = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB$`)
)

// memory is the program's live heap after a collection, and its resident memory, in MiB.
func (s *sidecar) memory(t *testing.T) (heap, resident float64) {
	t.Helper()
	debug.FreeOSMemory() // of the test's own, whose garbage would slow the collection of the program
	for range 2 {
		try(t.Context(), client, http.MethodGet, s.admin+"/debug/pprof/heap?gc=1") //nolint:errcheck // the collection counts
	}
	a, err := try(t.Context(), client, http.MethodGet, s.admin+"/metrics")
	if err != nil {
		t.Fatal(err)
	}
	found := heapLine.FindStringSubmatch(a.body)
	if found == nil {
		t.Fatal("the metrics do not tell the size of the heap")
	}
	bytes, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	rss := residentLine.FindSubmatch(status)
	if rss == nil {
		t.Fatalf("no VmRSS in %s", status)
	}
	kib, err := strconv.Atoi(string(rss[1]))
	if err != nil {
		t.Fatal(err)
	}
	return bytes / (1 << 20), float64(kib) / (1 << 10)
}
