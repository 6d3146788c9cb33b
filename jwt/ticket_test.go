package jwt_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/jwt"
)

const ticketLife = 5 * time.Minute

// ticketAt is a moment at which a ticket that ends at vectorEnd has four minutes left.
var ticketAt = vectorEnd.Add(-4 * time.Minute)

func TestATicketSaysWhoIsThere(t *testing.T) {
	for name, c := range map[string]struct {
		claims string
		want   jwt.TicketClaims
	}{
		"a text":        {`{"sub":"6","exp":1893456000}`, jwt.TicketClaims{Subject: "6", ExpiresAt: vectorEnd}},
		"a number":      {`{"exp":1893456000,"sub":6}`, jwt.TicketClaims{Subject: "6", ExpiresAt: vectorEnd}},
		"all there may": {`{"jti":"a-1","iat":1893455760,"nbf":1893455760,"exp":1893456000,"sub":"ada"}`, jwt.TicketClaims{Subject: "ada", ID: "a-1", ExpiresAt: vectorEnd}},
		"with spaces":   {` { "sub" : "6" , "exp" : 1893456000 } `, jwt.TicketClaims{Subject: "6", ExpiresAt: vectorEnd}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := verifier(t, ticketAt, sampleKey).Ticket(forge(goodHeader, c.claims), ticketAt, ticketLife)
			if err != nil {
				t.Fatal(err)
			}
			got.ExpiresAt = got.ExpiresAt.UTC()
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOneKindOfTokenNeverPassesForAnother(t *testing.T) {
	v := verifier(t, ticketAt, sampleKey)
	tokens := map[string]string{
		"a widget token":       forge(goodHeader, goodClaims),
		"an open-dialog token": forge(goodHeader, `{"user_id":2,"initiator":1,"status":0,"exp":1893456000}`),
		"an inbound token":     forge(goodHeader, `{"imba_id":276,"exp":1893456000}`),
		"a log-in of an app":   forge(goodHeader, `{"sub":"6","exp":1893456000,"iss":"https://app.example"}`),
	}
	for name, token := range tokens {
		if got, err := v.Ticket(token, ticketAt, ticketLife); !errors.Is(err, jwt.ErrInvalid) {
			t.Errorf("%s as a ticket: %+v, %v", name, got, err)
		}
	}
	ticket := forge(goodHeader, `{"sub":"6","exp":1893456000}`)
	if _, _, err := v.Widget(ticket); !errors.Is(err, jwt.ErrInvalid) {
		t.Errorf("a ticket as a widget token: %v", err)
	}
	if _, err := v.Dialog(ticket); !errors.Is(err, jwt.ErrInvalid) {
		t.Errorf("a ticket as an open-dialog token: %v", err)
	}
}

func TestAKeyIsNotTakenForATicket(t *testing.T) {
	for token, want := range map[string]bool{
		forge(goodHeader, goodClaims): true, "eyJ..": true, "": false, "eyJ": false, "a.b.c": false, "eyJ.a": false, "eyJ.a.b.c": false,
		" eyJ.a.b": false, "a-plain-site-key-of-48-bytes": false,
	} {
		if got := jwt.TicketShaped(token); got != want {
			t.Errorf("%.20q: %t", token, got)
		}
	}
}

// FuzzTicket believes only what carries the right signature and bounds.
func FuzzTicket(f *testing.F) {
	for _, seed := range []string{
		`{"sub":"6","exp":1893456000}`, `{"sub":6,"exp":1893456000,"iat":1893455760,"jti":"x"}`, `{"sub":"6","exp":1893456000,"jti":""}`,
		`{"sub":"\ud800","exp":1893456000}`, `{"sub":1e1,"exp":1893456000}`, `{"exp":1893456000}`, `[]`, ``,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, claims string) {
		v := verifier(t, ticketAt, sampleKey)
		if _, err := v.Ticket(claims, ticketAt, ticketLife); err == nil {
			t.Errorf("claims without a signature are believed: %q", claims)
		}
		got, err := v.Ticket(forge(goodHeader, claims), ticketAt, ticketLife)
		if err != nil {
			if !errors.Is(err, jwt.ErrInvalid) || got != (jwt.TicketClaims{}) {
				t.Errorf("%+v, %v", got, err)
			}
			return
		}
		left := got.ExpiresAt.Sub(ticketAt)
		if got.Subject == "" || got.Subject == "0" || left > ticketLife+jwt.Leeway || left < -jwt.Leeway || !strings.Contains(claims, "exp") && !strings.Contains(claims, `\u`) {
			t.Errorf("%q is believed as %+v", claims, got)
		}
		if _, err := v.Ticket(forgeWith(sha256.New, "another key", goodHeader, claims), ticketAt, ticketLife); err == nil {
			t.Error("another key is believed")
		}
	})
}
