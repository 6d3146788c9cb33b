package identity_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo"
)

const ticketKey = "a ticket key that only these tests use, 52 bytes...."

// sign makes a JWT of any header and claims.
func sign(key, header, claims string) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// ticket signs claims as a site does; {in N} in them is the time N seconds from noon.
func ticket(claims string) string {
	for {
		before, rest, found := strings.Cut(claims, "{in ")
		if !found {
			return sign(ticketKey, `{"alg":"HS256","typ":"JWT"}`, claims)
		}
		number, after, _ := strings.Cut(rest, "}")
		seconds, err := strconv.Atoi(number)
		if err != nil {
			panic(err)
		}
		claims = before + strconv.FormatInt(noon.Unix()+int64(seconds), 10) + after
	}
}

func tickets(t testing.TB, kind userinfo.KeyKind, now func() time.Time) *identity.Ticket {
	t.Helper()
	r, err := identity.NewTicket(identity.TicketOptions{
		Key: secret.New(ticketKey), SiteKey: secret.New(siteKey), KeyKind: func() userinfo.KeyKind { return kind }, Now: now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func atNoon() time.Time { return noon }

func bearer(token string) *http.Request { return request(stranger, "Authorization", "Bearer "+token) }

func TestATicketNamesTheUser(t *testing.T) {
	six := identity.Identity{UserID: "6"}
	var none identity.Identity
	good := ticket(`{"sub":"6","exp":{in 60}}`)
	for name, c := range map[string]struct {
		kind  userinfo.KeyKind
		token string
		want  identity.Identity
		err   error
	}{
		"a user":                             {userinfo.KeyUint, good, six, nil},
		"a user as a number":                 {userinfo.KeyUint, ticket(`{"exp":{in 60},"sub":6}`), six, nil},
		"a user whose key is text":           {userinfo.KeyText, ticket(`{"sub":"žofie","exp":{in 60}}`), identity.Identity{UserID: "žofie"}, nil},
		"the other order of the header":      {userinfo.KeyUint, sign(ticketKey, `{"typ":"JWT","alg":"HS256"}`, fmt.Sprintf(`{"sub":"6","exp":%d}`, noon.Unix()+60)), six, nil},
		"five minutes ahead":                 {userinfo.KeyUint, ticket(`{"sub":"6","exp":{in 300}}`), six, nil},
		"by a clock that is 30 s ahead":      {userinfo.KeyUint, ticket(`{"sub":"6","exp":{in 330}}`), six, nil},
		"more than five minutes ahead":       {userinfo.KeyUint, ticket(`{"sub":"6","exp":{in 331}}`), none, identity.ErrRejected},
		"a day ahead":                        {userinfo.KeyUint, ticket(`{"sub":"6","exp":{in 86400}}`), none, identity.ErrRejected},
		"a life of more than five minutes":   {userinfo.KeyUint, ticket(`{"sub":"6","iat":{in -100},"exp":{in 201}}`), none, identity.ErrRejected},
		"a life of five minutes":             {userinfo.KeyUint, ticket(`{"sub":"6","iat":{in -100},"nbf":{in -100},"exp":{in 200}}`), six, nil},
		"made in the future":                 {userinfo.KeyUint, ticket(`{"sub":"6","iat":{in 31},"exp":{in 60}}`), none, identity.ErrRejected},
		"not to be used yet":                 {userinfo.KeyUint, ticket(`{"sub":"6","nbf":{in 31},"exp":{in 60}}`), none, identity.ErrRejected},
		"ended 29 s ago":                     {userinfo.KeyUint, ticket(`{"sub":"6","exp":{in -29}}`), six, nil},
		"ended 31 s ago":                     {userinfo.KeyUint, ticket(`{"sub":"6","exp":{in -31}}`), none, identity.ErrRejected},
		"without an end":                     {userinfo.KeyUint, ticket(`{"sub":"6"}`), none, identity.ErrRejected},
		"without a user":                     {userinfo.KeyUint, ticket(`{"exp":{in 60}}`), none, identity.ErrRejected},
		"an empty user":                      {userinfo.KeyUint, ticket(`{"sub":"","exp":{in 60}}`), none, identity.ErrRejected},
		"user 0 is nobody":                   {userinfo.KeyUint, ticket(`{"sub":0,"exp":{in 60}}`), none, identity.ErrRejected},
		"a user that is null":                {userinfo.KeyUint, ticket(`{"sub":null,"exp":{in 60}}`), none, identity.ErrRejected},
		"a fraction":                         {userinfo.KeyUint, ticket(`{"sub":6.0,"exp":{in 60}}`), none, identity.ErrRejected},
		"a number that may be rounded":       {userinfo.KeyUint, ticket(`{"sub":9007199254740993,"exp":{in 60}}`), none, identity.ErrRejected},
		"a large number as text":             {userinfo.KeyUint, ticket(`{"sub":"9007199254740993","exp":{in 60}}`), identity.Identity{UserID: "9007199254740993"}, nil},
		"another spelling of user 6":         {userinfo.KeyUint, ticket(`{"sub":"06","exp":{in 60}}`), none, identity.ErrRejected},
		"a name where keys are numbers":      {userinfo.KeyUint, ticket(`{"sub":"ada","exp":{in 60}}`), none, identity.ErrRejected},
		"two users":                          {userinfo.KeyUint, ticket(`{"sub":"6","sub":"7","exp":{in 60}}`), none, identity.ErrRejected},
		"half a surrogate pair":              {userinfo.KeyText, ticket(`{"sub":"a\ud800","exp":{in 60}}`), none, identity.ErrRejected},
		"broken UTF-8":                       {userinfo.KeyText, ticket("{\"sub\":\"a\xff\",\"exp\":{in 60}}"), none, identity.ErrRejected},
		"a claim nobody knows":               {userinfo.KeyUint, ticket(`{"sub":"6","exp":{in 60},"aud":"other"}`), none, identity.ErrRejected},
		"a widget token":                     {userinfo.KeyUint, ticket(`{"exp":{in 60},"user_id":6}`), none, identity.ErrRejected},
		"another key":                        {userinfo.KeyUint, sign(siteKey, `{"typ":"JWT","alg":"HS256"}`, fmt.Sprintf(`{"sub":"6","exp":%d}`, noon.Unix()+60)), none, identity.ErrRejected},
		"alg none":                           {userinfo.KeyUint, base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + strings.Split(good, ".")[1] + ".", none, identity.ErrRejected},
		"the name of a key":                  {userinfo.KeyUint, sign(ticketKey, `{"typ":"JWT","alg":"HS256","kid":"1"}`, fmt.Sprintf(`{"sub":"6","exp":%d}`, noon.Unix()+60)), none, identity.ErrRejected},
		"a ticket cut off":                   {userinfo.KeyUint, good[:len(good)-1], none, identity.ErrRejected},
		"a megabyte of dots":                 {userinfo.KeyUint, "eyJ" + strings.Repeat(".", 1<<20), none, identity.ErrNoCredential},
		"a megabyte of claims":               {userinfo.KeyUint, "eyJ." + strings.Repeat("a", 1<<20) + ".a", none, identity.ErrRejected},
		"the site's key":                     {userinfo.KeyUint, siteKey, none, identity.ErrNoCredential},
		"a wrong site's key":                 {userinfo.KeyUint, "x", none, identity.ErrNoCredential},
		"a jti that is empty":                {userinfo.KeyUint, ticket(`{"sub":"6","exp":{in 60},"jti":""}`), none, identity.ErrRejected},
		"a jti that is a number":             {userinfo.KeyUint, ticket(`{"sub":"6","exp":{in 60},"jti":1}`), none, identity.ErrRejected},
		"a jti of 129 bytes":                 {userinfo.KeyUint, ticket(`{"sub":"6","exp":{in 60},"jti":"` + strings.Repeat("j", 129) + `"}`), none, identity.ErrRejected},
		"nobody can tell without the table":  {userinfo.KeyUnknown, good, none, identity.ErrUnavailable},
		"a forged one is so without it, too": {userinfo.KeyUnknown, good + "x", none, identity.ErrRejected},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tickets(t, c.kind, atNoon).Resolve(t.Context(), bearer(c.token))
			if !errors.Is(err, c.err) || err == nil != (c.err == nil) {
				t.Errorf("got error %v, want %v", err, c.err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if err != nil && strings.Contains(err.Error(), ticketKey) {
				t.Errorf("the error shows the key: %v", err)
			}
		})
	}
}

func TestATicketIsReadNowhereButInTheBearerToken(t *testing.T) {
	r := tickets(t, userinfo.KeyUint, atNoon)
	good := ticket(`{"sub":"6","exp":{in 60}}`)
	inQuery := request(stranger)
	inQuery.URL.RawQuery = "ticket=" + good + "&access_token=" + good + "&jwt_token=" + good
	for name, req := range map[string]*http.Request{
		"in the query": inQuery, "in a cookie": request(stranger, "Cookie", "ticket="+good),
		"under Basic": request(stranger, "Authorization", "Basic "+good), "without a scheme": request(stranger, "Authorization", good),
	} {
		if got, err := r.Resolve(t.Context(), req); !errors.Is(err, identity.ErrNoCredential) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestEveryChangedByteSpoilsATicket(t *testing.T) {
	good := ticket(`{"sub":"6","exp":{in 60}}`)
	r := tickets(t, userinfo.KeyUint, atNoon)
	for i := range len(good) {
		for _, flip := range []byte{1, 2, 4, 32} {
			spoiled := []byte(good)
			spoiled[i] ^= flip
			if got, err := r.Resolve(t.Context(), bearer(string(spoiled))); err == nil {
				t.Fatalf("byte %d changed by %d: %+v", i, flip, got)
			}
		}
	}
}

func TestATicketWithAJTICountsOnce(t *testing.T) {
	r := tickets(t, userinfo.KeyUint, atNoon)
	once := ticket(`{"sub":"6","exp":{in 60},"jti":"a"}`)
	var good atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := r.Resolve(t.Context(), bearer(once)); err == nil {
				good.Add(1)
			} else if !errors.Is(err, identity.ErrRejected) {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	if n := good.Load(); n != 1 {
		t.Errorf("it counted %d times", n)
	}
	if _, err := r.Resolve(t.Context(), bearer(ticket(`{"sub":"7","exp":{in 61},"jti":"a"}`))); !errors.Is(err, identity.ErrRejected) {
		t.Errorf("another ticket with the same jti: %v", err)
	}
	for range 2 {
		if _, err := r.Resolve(t.Context(), bearer(ticket(`{"sub":"6","exp":{in 60}}`))); err != nil {
			t.Errorf("one without jti: %v", err)
		}
	}
}

func TestATicketWithAJTICountsOnceForResolversThatTakeEachOthersPlace(t *testing.T) {
	o := identity.TicketOptions{
		Key: secret.New(ticketKey), KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, Now: func() time.Time { return noon }, Used: identity.NewUsedTickets(),
	}
	once := ticket(`{"sub":"6","exp":{in 60},"jti":"a"}`)
	for i, want := range []error{nil, identity.ErrRejected} {
		r, err := identity.NewTicket(o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Resolve(t.Context(), bearer(once)); !errors.Is(err, want) {
			t.Errorf("resolver %d: %v, want %v", i, err, want)
		}
	}
}

// SEC-28.
func TestUsedTicketsAreRememberedInBoundedMemory(t *testing.T) {
	used := identity.NewUsedTickets()
	use := func(i, end int, now time.Time) error {
		return used.Add(strconv.Itoa(i), now, noon.Add(time.Duration(end)*time.Second))
	}
	for i := range identity.MaxUsedTickets {
		if err := use(i, 60+i%2, noon); err != nil {
			t.Fatalf("ticket %d: %v", i, err)
		}
	}
	if err := use(-1, 60, noon); !errors.Is(err, identity.ErrUnavailable) {
		t.Errorf("one more than can be remembered: %v", err)
	}
	later := noon.Add(61 * time.Second) // the even ones have ended, the odd ones count for this last second
	if err := use(-1, 120, later); err != nil {
		t.Errorf("after others have ended: %v", err)
	}
	if n := used.Len(); n != identity.MaxUsedTickets/2+1 {
		t.Errorf("%d are remembered", n)
	}
	if err := use(1, 61, later); !errors.Is(err, identity.ErrRejected) {
		t.Errorf("one that has not quite ended counts again: %v", err)
	}
}

func TestASiteKeyThatLooksLikeATicketIsStillTheKey(t *testing.T) {
	odd := secret.New(ticket(`{"sub":"6","exp":{in 60}}`))
	r, err := identity.NewTicket(identity.TicketOptions{
		Key: secret.New(ticketKey), SiteKey: odd, KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, Now: atNoon,
	})
	if err != nil {
		t.Fatal(err)
	}
	site, err := identity.NewSite(odd)
	if err != nil {
		t.Fatal(err)
	}
	req := bearer(odd.Reveal())
	req.URL.RawQuery = "user_id=7"
	got, err := identity.Chain{r, site.BesideTickets()}.Resolve(t.Context(), req)
	if diff := cmp.Diff(identity.Identity{UserID: "7", Method: "site"}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
}

func TestTicketsAndTheSiteKeyShareTheBearerToken(t *testing.T) {
	site, err := identity.NewSite(secret.New(siteKey))
	if err != nil {
		t.Fatal(err)
	}
	good, forged := ticket(`{"sub":"6","exp":{in 60}}`), ticket(`{"sub":"6","exp":{in 60}}`)+"x"
	for name, c := range map[string]struct {
		chain  func(r *identity.Ticket) identity.Chain
		token  string
		query  string
		method string
		err    error
	}{
		"a ticket before the key":          {func(r *identity.Ticket) identity.Chain { return identity.Chain{r, site.BesideTickets()} }, good, "", "ticket", nil},
		"a ticket behind the key":          {func(r *identity.Ticket) identity.Chain { return identity.Chain{site.BesideTickets(), r} }, good, "", "ticket", nil},
		"a ticket names, user_id does not": {func(r *identity.Ticket) identity.Chain { return identity.Chain{site.BesideTickets(), r} }, good, "user_id=7", "ticket", nil},
		"a ticket without a key": {func(r *identity.Ticket) identity.Chain {
			return identity.Chain{r, identity.NoSite{BesideTickets: true}}
		}, good, "", "ticket", nil},
		"a forged ticket": {func(r *identity.Ticket) identity.Chain { return identity.Chain{site.BesideTickets(), r} }, forged, "", "", identity.ErrRejected},
		"the key":         {func(r *identity.Ticket) identity.Chain { return identity.Chain{r, site.BesideTickets()} }, siteKey, "user_id=6", "site", nil},
		"a wrong key":     {func(r *identity.Ticket) identity.Chain { return identity.Chain{r, site.BesideTickets()} }, "x", "", "", identity.ErrUnauthorized},
		"a wrong key where there is none": {func(r *identity.Ticket) identity.Chain {
			return identity.Chain{r, identity.NoSite{BesideTickets: true}}
		}, "x", "", "", identity.ErrUnauthorized},
		"a ticket where nobody takes tickets": {func(*identity.Ticket) identity.Chain { return identity.Chain{site} }, good, "", "", identity.ErrUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			req := bearer(c.token)
			req.URL.RawQuery = c.query
			got, err := c.chain(tickets(t, userinfo.KeyUint, atNoon)).Resolve(t.Context(), req)
			if !errors.Is(err, c.err) || errors.Is(err, identity.ErrUnauthorized) != errors.Is(c.err, identity.ErrUnauthorized) || got.Method != c.method {
				t.Errorf("got %+v, %v", got, err)
			}
			if c.method != "" && got.UserID != "6" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAShortTicketKeyIsRefused(t *testing.T) {
	for _, key := range []string{"", strings.Repeat("k", 31)} {
		if _, err := identity.NewTicket(identity.TicketOptions{Key: secret.New(key), KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, Now: atNoon}); err == nil {
			t.Errorf("%d bytes are accepted", len(key))
		}
	}
}
