package handlers_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatpass/chatpass/handlers"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

// TestSEC40NoAnswerHoldsAnotherVisitor: the memory in which answers are made is used again and again, by many at once. Each answer is its own
// visitor's from the first byte to the last.
func TestSEC40NoAnswerHoldsAnotherVisitor(t *testing.T) {
	const many = 40
	nameOf := func(id int) string { return fmt.Sprintf("Visitor-%d-%s.", id, strings.Repeat("x", id*37%700)) }
	f := newFixture(t, func(o *handlers.Options, c *imbachat.Config) { behindProxy(o, c) })
	f.directory.set(func(d *directory) {
		for id := 100; id < 100+many; id++ {
			d.users = append(d.users, userinfo.User{ID: userinfo.ID(fmt.Sprint(id)), Name: nameOf(id)})
		}
	})
	// What each visitor gets when nobody else asks.
	routes := []string{"/chat/identity", "/chat/widget?mode=inline", "/chat/button?to=6"}
	alone := map[string]string{}
	for id := 100; id < 100+many; id++ {
		for _, route := range routes {
			got := f.ask(http.MethodGet, route, header(identityHeader, fmt.Sprint(id)))
			if got.status != http.StatusOK || !strings.Contains(got.body, "eyJ") {
				t.Fatalf("%s for %d: %d %s", route, id, got.status, got.body)
			}
			alone[fmt.Sprint(route, id)] = got.body
		}
	}
	for a, one := range alone {
		for b, other := range alone {
			if a < b && one == other {
				t.Fatalf("%s and %s have one answer: %s", a, b, one)
			}
		}
	}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(40, uint64(w)))
			for range 400 {
				id, route := 100+random.IntN(many), routes[random.IntN(len(routes))]
				var o []option
				want := alone[fmt.Sprint(route, id)]
				switch random.IntN(4) {
				case 0: // a guest in between, who must get nothing of anybody
					got := f.ask(http.MethodGet, route)
					if strings.Contains(got.body, "Visitor-") || strings.Contains(got.body, "eyJ") {
						t.Errorf("a guest got %s", got.body)
					}
					continue
				case 1: // the provider, whose answers are kept
					got := f.ask(http.MethodGet, fmt.Sprintf("/chat/users/%d", id), basic)
					if want := fmt.Sprintf(`[{"user_id":%d,"name":"%s"}]`, id, nameOf(id)); got.body != want {
						t.Errorf("the provider got %s, want %s", got.body, want)
					}
					continue
				case 2:
					o = append(o, header("Cookie", fmt.Sprint("who=", id)), header("X-Requested-With", "chatpass"))
				default:
					o = append(o, header(identityHeader, fmt.Sprint(id)))
				}
				if got := f.ask(http.MethodGet, route, o...); got.body != want {
					t.Errorf("%s for %d: %s\nwant %s", route, id, got.body, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestSEC40NoAddressIsBlockedForAnother: the limit by address remembers addresses. Two share one count only where one visitor has both: within
// one network of IPv6.
func TestSEC40NoAddressIsBlockedForAnother(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	l, err := handlers.NewLimiter(0, time.Minute, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(40, 9))
	network := func(a netip.Addr) string {
		if a.Is4() {
			return a.String()
		}
		p, _ := a.Prefix(64)
		return p.String()
	}
	address := func() netip.Addr {
		if random.IntN(2) == 0 {
			return netip.AddrFrom4([4]byte{192, 0, byte(random.IntN(8)), byte(random.IntN(256))})
		}
		b := [16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, byte(random.IntN(200))}
		b[15] = byte(random.IntN(256))
		return netip.AddrFrom16(b)
	}
	failed := map[string]bool{}
	for range 1000 {
		a := address()
		failed[network(a)] = true
		l.Fail(a.String())
	}
	free, blocked := 0, 0
	for range 5000 {
		a := address()
		got := l.Blocked(a.String()) > 0
		if want := failed[network(a)]; got != want {
			t.Fatalf("%s is blocked: %t, want %t", a, got, want)
		}
		if got {
			blocked++
		} else {
			free++
		}
	}
	if free < 100 || blocked < 100 {
		t.Errorf("%d free and %d blocked prove too little", free, blocked)
	}
}
