package handlers_test

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
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

// BenchmarkBareGin is the same bytes behind gin alone with the same check of Basic credentials.
func BenchmarkBareGin(b *testing.B) {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	l, p := sha256.Sum256([]byte(login)), sha256.Sum256([]byte(password))
	e.GET("/chat/users", func(c *gin.Context) {
		login, password, ok := c.Request.BasicAuth()
		gotL, gotP := sha256.Sum256([]byte(login)), sha256.Sum256([]byte(password))
		if !ok || subtle.ConstantTimeCompare(l[:], gotL[:])&subtle.ConstantTimeCompare(p[:], gotP[:]) != 1 {
			c.Status(http.StatusUnauthorized)
			return
		}
		c.Data(http.StatusOK, "application/json", tenUsers)
	})
	measure(b, e, tenIDs, basic)
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
