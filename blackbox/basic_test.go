package blackbox_test

import (
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// basicText is an Authorization header made of the scheme and the credentials as they are.
func basicText(scheme, credentials string) option {
	return header("Authorization", scheme+base64.StdEncoding.EncodeToString([]byte(credentials)))
}

func TestSEC10MissingAndWrongCredentials(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 3).with("IMBACHAT_API_PASSWORD", "0e1234567890")
	s := serve(t, e)
	s.get(t, "/chat/users?user_ids=1", basic(apiLogin, "0e1234567890")).only(t, "1")
	for name, o := range map[string]option{
		"no header":                     header("X-Nothing", "1"),
		"an empty header":               header("Authorization", ""),
		"empty login and password":      header("Authorization", "Basic Og=="),
		"no credentials":                header("Authorization", "Basic"),
		"no credentials but a space":    header("Authorization", "Basic "),
		"no base64":                     header("Authorization", "Basic !!!"),
		"base64 without padding":        header("Authorization", "Basic "+strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(apiLogin+":0e1234567890")), "=")+"!"),
		"another scheme":                header("Authorization", "Bearer x"),
		"the site key":                  theSite,
		"no colon":                      basicText("Basic ", apiLogin),
		"another password":              basic(apiLogin, "wrong-password-1"),
		"another login":                 basic("somebody", "0e1234567890"),
		"the login in other case":       basic("PROVIDER-LOGIN", "0e1234567890"),
		"a password equal as a number":  basic(apiLogin, "0e9876543210"),
		"an empty password":             basic(apiLogin, ""),
		"an empty login":                basic("", "0e1234567890"),
		"a space behind the password":   basic(apiLogin, "0e1234567890 "),
		"the beginning of the password": basic(apiLogin, "0e123456789"),
		"SEC-13: NUL in the login":      basic(apiLogin+"\x00", "0e1234567890"),
		"SEC-13: NUL behind it":         basic(apiLogin, "0e1234567890\x00"),
		"SEC-13: invalid UTF-8":         basic(apiLogin, "\xff\xfe0e1234567890"),
		"login and password swapped":    basic("0e1234567890", apiLogin),
	} {
		t.Run(name, func(t *testing.T) {
			a := s.get(t, "/chat/users?user_ids=1", o)
			if a.status == http.StatusTooManyRequests { // there are more wrong ones in this table than one address may send
				s = serve(t, e)
				a = s.get(t, "/chat/users?user_ids=1", o)
			}
			a.expect(t, http.StatusUnauthorized, unauthorized)
			a.expectHeader(t, "Www-Authenticate", `Basic realm="Backend"`)
			a.expectHeader(t, "Cache-Control", "no-store, private")
			a.expectHeader(t, "Content-Type", "application/json")
		})
	}
}

func TestSEC11ToSEC14FormsOfTheHeader(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 3))
	pair := apiLogin + ":" + apiPassword // SEC-12: the password holds a colon and an umlaut
	for _, scheme := range []string{"Basic ", "basic ", "BASIC ", "Basic  "} {
		t.Run("SEC-11 and SEC-12: "+strconv.Quote(scheme), func(t *testing.T) {
			t.Parallel()
			s.get(t, "/chat/users?user_ids=1", basicText(scheme, pair)).only(t, "1")
		})
	}
	t.Run("SEC-12: login and password in another script", func(t *testing.T) {
		t.Parallel()
		s := serve(t, people(t, mysqltest.Start(t).Database(t), 1).with("IMBACHAT_API_LOGIN", "логин", "IMBACHAT_API_PASSWORD", "пароль:длинный"))
		s.get(t, "/chat/users?user_ids=1", basic("логин", "пароль:длинный")).only(t, "1")
		s.get(t, "/chat/users?user_ids=1", basic("логин", "пароль")).expectStatus(t, http.StatusUnauthorized)
	})
	t.Run("SEC-13: a long header is refused, and a longer one not read", func(t *testing.T) {
		t.Parallel()
		s.get(t, "/chat/users?user_ids=1", basic(apiLogin, strings.Repeat("x", 16<<10))).expectStatus(t, http.StatusUnauthorized)
		if status := s.statusLine(t, "GET /chat/users?user_ids=1 HTTP/1.1\r\nHost: x\r\n"+authorization()+"X-Long: "+strings.Repeat("x", 72<<10)+"\r\n\r\n"); !strings.HasPrefix(status, "HTTP/1.1 431 ") {
			t.Errorf("a header of 72 KiB was answered %q", status)
		}
		s.get(t, "/chat/users?user_ids=1", provider, header("Cookie", "a="+strings.Repeat("x", 30<<10))).only(t, "1")
	})
	t.Run("SEC-14: two headers are refused, right ones too", func(t *testing.T) {
		t.Parallel()
		s.get(t, "/chat/users?user_ids=1", provider, provider).expectStatus(t, http.StatusBadRequest)
		s.get(t, "/chat/users?user_ids=1", provider, bearer("x")).expectStatus(t, http.StatusBadRequest)
		s.wire(t, "GET /chat/users?user_ids=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic Og==\r\n"+authorization()+"\r\n").expectStatus(t, http.StatusBadRequest)
	})
}

func TestSEC16TimeTellsNothingOfTheLogin(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	s := serve(t, people(t, db, 1).with("TRUSTED_PROXIES", "127.0.0.1"))
	wrongLogin := basic("provider-l0gin", apiPassword)
	wrongPassword := basic(apiLogin, apiPassword[:len(apiPassword)-1]+"x")
	var logins, passwords []time.Duration
	for i := range 200 {
		from := header("X-Forwarded-For", "203.0.113."+strconv.Itoa(i)) // an address each, or the limit would answer
		for _, c := range []struct {
			who   option
			times *[]time.Duration
		}{{wrongLogin, &logins}, {wrongPassword, &passwords}} {
			a := s.get(t, "/chat/users?user_ids=1", c.who, from)
			a.expect(t, http.StatusUnauthorized, unauthorized)
			*c.times = append(*c.times, a.took)
		}
	}
	t.Logf("median with a wrong login %s, with a wrong password %s", median(logins), median(passwords))
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func TestSEC17Guessing(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 3)
	const target = "/chat/users?user_ids=1"
	wrong := basic(apiLogin, "wrong-password-1")
	// exhaust sends wrong credentials until they are limited, and returns how many were answered 401 before.
	exhaust := func(t *testing.T, s *sidecar, options ...option) int {
		t.Helper()
		for n := range 30 {
			a := s.get(t, target, append(options, wrong)...)
			if a.status == http.StatusTooManyRequests {
				expectRetryAfter(t, a, 60)
				return n
			}
			a.expect(t, http.StatusUnauthorized, unauthorized)
		}
		return 30
	}
	t.Run("the 21st wrong one of a minute is limited, the right one from another address is not", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e)
		if n := exhaust(t, s); n != 20 {
			t.Errorf("%d wrong credentials were answered 401, want 20", n)
		}
		a := s.get(t, target, provider)
		a.expectStatus(t, http.StatusTooManyRequests)
		expectRetryAfter(t, a, 60)
		other := newClient(t, net.IPv4(127, 0, 0, 2), "")
		ask(t, other, http.MethodGet, s.public+target, provider).only(t, "1")
	})
	t.Run("missing credentials never count", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e)
		for range 100 {
			s.get(t, target).expect(t, http.StatusUnauthorized, unauthorized)
		}
		s.get(t, target, provider).only(t, "1")
	})
	t.Run("right ones never count and do not forgive", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e)
		for range 20 {
			s.get(t, target, wrong).expectStatus(t, http.StatusUnauthorized)
			s.get(t, target, provider).only(t, "1")
		}
		s.get(t, target, wrong).expectStatus(t, http.StatusTooManyRequests)
	})
	t.Run("behind a trusted proxy each visitor counts alone", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e.with("TRUSTED_PROXIES", "127.0.0.0/8"))
		if n := exhaust(t, s, header("X-Forwarded-For", "198.51.100.7")); n != 20 {
			t.Errorf("%d wrong credentials were answered 401, want 20", n)
		}
		s.get(t, target, provider, header("X-Forwarded-For", "198.51.100.8")).only(t, "1")
		s.get(t, target, provider, header("X-Forwarded-For", "198.51.100.7")).expectStatus(t, http.StatusTooManyRequests)
		// What the visitor put in front of the proxy's own entry counts for nothing.
		s.get(t, target, provider, header("X-Forwarded-For", "198.51.100.9, 198.51.100.7")).expectStatus(t, http.StatusTooManyRequests)
		s.get(t, target, provider, header("X-Forwarded-For", "198.51.100.9"), header("X-Forwarded-For", "198.51.100.7")).expectStatus(t, http.StatusTooManyRequests)
	})
	t.Run("a proxy on this machine that is not trusted is not one visitor, and is told of once", func(t *testing.T) {
		t.Parallel()
		s := serve(t, e)
		if n := exhaust(t, s, header("X-Forwarded-For", "198.51.100.7")); n != 30 {
			t.Errorf("limited after %d", n)
		}
		s.get(t, target, provider, header("X-Forwarded-For", "198.51.100.7")).only(t, "1")
		s.log.await(t, "the warning", func(text string) bool { return strings.Contains(text, "CHATPASS_TRUSTED_PROXIES") })
		if n := strings.Count(s.log.String(), "CHATPASS_TRUSTED_PROXIES"); n != 1 {
			t.Errorf("warned %d times", n)
		}
	})
}

// expectRetryAfter checks that an answer says when to come back: from 1 second to most.
func expectRetryAfter(t testing.TB, a answer, most int) {
	t.Helper()
	if n, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || n < 1 || n > most {
		t.Errorf("Retry-After is %q, want 1 … %d", a.header.Get("Retry-After"), most)
	}
}

func TestSEC18RotationOfThePassword(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 3)
	both := serve(t, e.with("IMBACHAT_API_PASSWORD_PREVIOUS", apiPrevious))
	both.get(t, "/chat/users?user_ids=1", provider).only(t, "1")
	both.get(t, "/chat/users?user_ids=1", basic(apiLogin, apiPrevious)).only(t, "1")
	both.get(t, "/chat/users?user_ids=1", basic(apiLogin, apiPassword+apiPrevious)).expectStatus(t, http.StatusUnauthorized)
	one := serve(t, e)
	one.get(t, "/chat/users?user_ids=1", basic(apiLogin, apiPrevious)).expectStatus(t, http.StatusUnauthorized)
}
