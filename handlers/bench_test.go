package handlers_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

// ready is answers that are all in memory.
type ready struct{ body []byte }

func (r ready) Append(_ context.Context, dst []byte, _ []string) ([]byte, time.Duration, error) {
	return append(dst, r.body...), 0, nil
}

// writer is an http.ResponseWriter at the cost of a map, as net/http's own.
type writer struct{ h http.Header }

func (w *writer) Header() http.Header         { return w.h }
func (w *writer) Write(b []byte) (int, error) { return len(b), nil }
func (w *writer) WriteHeader(int)             {}

// ten users as they are answered, about 1 KB.
var tenUsers = []byte("[" + strings.TrimSuffix(strings.Repeat(john+",", 10), ",") + "]")

const tenIDs = "/chat/users?user_ids=1,2,3,4,5,6,7,8,9,10"

func benchFixture(b *testing.B, a handlers.Answers) *fixture {
	b.Helper()
	return newFixture(b, func(o *handlers.Options, _ *imbachat.Config) {
		o.Now, o.AccessLog, o.Logger = time.Now, io.Discard, slog.New(slog.DiscardHandler)
		if a != nil {
			o.Answers = a
		}
	})
}

func measure(b *testing.B, h http.Handler, target string, options ...option) {
	b.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.RemoteAddr = "192.0.2.10:4711"
	for _, o := range options {
		o(r)
	}
	check := httptest.NewRecorder()
	h.ServeHTTP(check, r)
	if check.Code != http.StatusOK || check.Body.Len() == 0 {
		b.Fatalf("answers %d %s", check.Code, check.Body)
	}
	w := &writer{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.h)
		h.ServeHTTP(w, r)
	}
}

// BenchmarkUsersCached is users-info for ten ids that are in memory: everything but looking into the memory.
func BenchmarkUsersCached(b *testing.B) {
	measure(b, benchFixture(b, ready{tenUsers}).Public(), tenIDs, basic)
}

// checkBasic is the check of Basic credentials for the rivals, the same as the provider's.
func checkBasic() func(r *http.Request) bool {
	l, p := sha256.Sum256([]byte(login)), sha256.Sum256([]byte(password))
	return func(r *http.Request) bool {
		login, password, ok := r.BasicAuth()
		gotL, gotP := sha256.Sum256([]byte(login)), sha256.Sum256([]byte(password))
		return ok && subtle.ConstantTimeCompare(l[:], gotL[:])&subtle.ConstantTimeCompare(p[:], gotP[:]) == 1
	}
}

func bareGin() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	e, allowed := gin.New(), checkBasic()
	e.GET("/chat/users", func(c *gin.Context) {
		if !allowed(c.Request) {
			c.Status(http.StatusUnauthorized)
			return
		}
		c.Data(http.StatusOK, "application/json", tenUsers)
	})
	return e
}

func bareNetHTTP() http.Handler {
	mux, allowed := http.NewServeMux(), checkBasic()
	mux.HandleFunc("GET /chat/users", func(w http.ResponseWriter, r *http.Request) {
		if !allowed(r) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(tenUsers)
	})
	return mux
}

// BenchmarkBareGin is the same bytes behind gin alone with the same check of Basic credentials.
func BenchmarkBareGin(b *testing.B) { measure(b, bareGin(), tenIDs, basic) }

// BenchmarkOverTCP is the same three with connections, requests and headers around them, on 16 connections.
func BenchmarkOverTCP(b *testing.B) {
	for name, h := range map[string]http.Handler{
		"chatpass": benchFixture(b, ready{tenUsers}).Public(), "gin": bareGin(), "net_http": bareNetHTTP(),
	} {
		b.Run(name, func(b *testing.B) { overTCP(b, h) })
	}
}

func overTCP(b *testing.B, h http.Handler) {
	b.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	r := httptest.NewRequest(http.MethodGet, tenIDs, nil)
	basic(r)
	request := []byte("GET " + tenIDs + " HTTP/1.1\r\nHost: site\r\nAuthorization: " + r.Header.Get("Authorization") + "\r\n\r\n")
	b.SetParallelism(16 / runtime.GOMAXPROCS(0))
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			b.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		buf, want := make([]byte, 16<<10), tenUsers
		for pb.Next() {
			if _, err := conn.Write(request); err != nil {
				b.Error(err)
				return
			}
			got := 0
			for !bytes.HasSuffix(buf[:got], want) {
				n, err := conn.Read(buf[got:])
				if err != nil {
					b.Errorf("after %q: %v", buf[:got], err)
					return
				}
				got += n
			}
		}
	})
}

// BenchmarkUsersUncached is users-info for ten ids that are looked up and encoded; the database is a slice.
func BenchmarkUsersUncached(b *testing.B) {
	f := benchFixture(b, nil)
	f.directory.users = nil
	for i := range 10 {
		u := userinfo.User{ID: userinfo.ID(string(rune('0' + i))), Name: "John", AvatarURL: "https://example.com/6.jpg", Badge: "Gold"}
		f.directory.users = append(f.directory.users, u)
	}
	measure(b, f.Public(), tenIDs, basic)
}

func BenchmarkIdentity(b *testing.B) {
	measure(b, benchFixture(b, nil).Public(), "/chat/identity?user_id=6", bearer(siteKey))
}

func BenchmarkWidgetInline(b *testing.B) {
	measure(b, benchFixture(b, nil).Public(), "/chat/widget?mode=inline&user_id=6", bearer(siteKey))
}

func BenchmarkLoader(b *testing.B) {
	measure(b, benchFixture(b, nil).Public(), "/chat/loader.js", header("Accept-Encoding", "gzip"))
}
