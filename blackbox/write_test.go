package blackbox_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// guildRules: who is blocked from writing is never written to, by the join; members write to admins after being let in; nobody writes to guests.
const guildRules = `
joins:
  - { as: b, table: guild_block, on: { owner: id }, many: true }
write:
  - { to: "has(b.what, 'writing')", answer: deny }
  - { from: "role = 'admin'", answer: allow }
  - { to: "role is not null and role = 'guest'", answer: deny }
  - { from: "role is not null and role = 'member'", to: "role is not null and role = 'admin'", answer: ask }
`

var buttonOf = regexp.MustCompile(`^<button type="button" class="chatpass-write" data-chatpass-to="(\d+)" data-chatpass-token="([\w.-]+)">Write</button>$`)

func TestTheRulesOnWritingDecideWhatAButtonDoes(t *testing.T) {
	t.Parallel()
	_, e := guild(t)
	s := serve(t, mappedBy(t, e, guildMapping+guildRules))
	for name, c := range map[string]struct {
		from, to, status int // -1: no button
	}{
		"an admin to a member":            {1, 2, 0},
		"an admin to a guest":             {1, 4, 0},
		"an admin to somebody closed off": {1, 3, -1},
		"a member to an admin":            {2, 1, 1},
		"a member to a guest":             {2, 4, -1},
		"a member to one without a role":  {2, 5, 0},
		"a member to somebody closed off": {2, 3, -1},
		"somebody closed off to an admin": {3, 1, 1},
		"a guest to a member":             {4, 2, 0},
		"one without a role to an admin":  {5, 1, 0}, // an allow that cannot tell is none, and no other rule fits
		"oneself":                         {1, 1, -1},
		"nobody":                          {1, 99, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := s.get(t, fmt.Sprintf("/chat/button?to=%d&user_id=%d", c.to, c.from), theSite)
			expectPersonal(t, a)
			if c.status < 0 {
				a.expect(t, http.StatusOK, "")
				return
			}
			a.expectStatus(t, http.StatusOK)
			m := buttonOf.FindStringSubmatch(a.body)
			if m == nil || m[1] != fmt.Sprint(c.to) {
				t.Fatalf("the button is %q", a.body)
			}
			want := fmt.Sprintf(`{"user_id":%d,"initiator":%d,"status":%d,"exp":`, c.to, c.from, c.status)
			if claims := claimsOf(t, m[2], secretKey); !strings.HasPrefix(claims, want) {
				t.Errorf("the token says %s, want %s", claims, want)
			}
		})
	}
	t.Run("a guest of the site writes to nobody", func(t *testing.T) {
		t.Parallel()
		s.get(t, "/chat/button?to=2").expect(t, http.StatusOK, "")
		s.get(t, "/chat/button?to=2", theSite).expect(t, http.StatusOK, "")
	})
	t.Run("an unknown visitor writes to nobody", func(t *testing.T) {
		t.Parallel()
		s.get(t, "/chat/button?to=2&user_id=99", theSite).expect(t, http.StatusNotFound, "")
	})
	t.Run("users-info knows nothing of rules", func(t *testing.T) {
		t.Parallel()
		s.users(t, "3,4").expect(t, http.StatusOK, `[{"user_id":3,"name":"Cleo","chat_role":"member"},{"user_id":4,"name":"Dan","chat_role":"guest"}]`)
	})
}

func TestRulesOnWritingAreTakenInAtOnce(t *testing.T) {
	t.Parallel()
	db, e := guild(t)
	s := serve(t, mappedBy(t, e, guildMapping+guildRules).with("CACHE_TTL", "1h"))
	s.users(t, "2").expectStatus(t, http.StatusOK)
	if a := s.get(t, "/chat/button?to=2&user_id=1", theSite); !buttonOf.MatchString(a.body) {
		t.Fatalf("before: %d %q", a.status, a.body)
	}
	db.Exec(t, "INSERT INTO guild_block VALUES (2, 'writing')")
	s.get(t, "/chat/button?to=2&user_id=1", theSite).expect(t, http.StatusOK, "")
}

func TestRulesOnWritingWithAFaultAreRefusedWithTheirLine(t *testing.T) {
	t.Parallel()
	_, e := guild(t)
	for name, c := range map[string]struct{ rules, want string }{
		"another answer":        {"write:\n  - { answer: no way }\n", "mapping.yaml:4: write[0].answer"},
		"no answer":             {"write:\n  - { from: level = 1 }\n", "mapping.yaml:4: write[0]"},
		"what cannot be read":   {"write:\n  - { from: level >, answer: deny }\n", "mapping.yaml:4: write[0].from"},
		"an unknown word":       {"write:\n  - { form: level = 1, answer: deny }\n", "mapping.yaml:4: write[0].form"},
		"a secret":              {"write:\n  - { to: pass = 'x', answer: deny }\n", "mapping.yaml:4: write[0].to"},
		"a join that is not":    {"write:\n  - { to: exists(x), answer: deny }\n", "mapping.yaml:4: write[0].to"},
		"a column that is none": {"write:\n  - { to: lvl = 1, answer: deny }\n", "mapping.yaml:4: write[0].to"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := run(t, mappedBy(t, e, guildMapping+c.rules), "users", "1")
			if r.code != 78 || !strings.Contains(r.stderr, "CHATPASS_MAPPING "+c.want+" ") {
				t.Errorf("ended with %d: %s", r.code, r.stderr)
			}
		})
	}
}

func TestTheAccountNeedsWhatTheRulesRead(t *testing.T) {
	t.Parallel()
	_, e := guild(t)
	r := run(t, mappedBy(t, e, guildMapping+guildRules), "grants")
	lines := strings.Split(r.stdout, "\n")
	if r.code != 0 || !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "guild_block") && strings.Contains(l, "what") }) {
		t.Errorf("grants ended with %d and prints\n%s", r.code, r.stdout)
	}
}
