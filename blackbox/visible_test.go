package blackbox_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// guild is a site whose users have roles, and one of them no role: 1 is admin, 2 and 3 are members, 4 a guest, 5 nothing.
func guild(t testing.TB) (*mysqltest.DB, env) {
	t.Helper()
	db := mysqltest.Start(t).Database(t)
	db.Exec(t,
		"CREATE TABLE guild (id int unsigned PRIMARY KEY, name varchar(100) NOT NULL, role varchar(40), level int, paid tinyint NOT NULL DEFAULT 0)",
		`INSERT INTO guild VALUES (1, 'Ada', 'admin', 9, 1), (2, 'Ben', 'member', 3, 1), (3, 'Cleo', 'member', 0, 0), (4, 'Dan', 'guest', NULL, 1), (5, 'Eve', NULL, 3, 0)`,
		"CREATE TABLE guild_block (owner int unsigned NOT NULL, what varchar(40) NOT NULL, KEY (owner))",
		"INSERT INTO guild_block VALUES (3, 'writing')")
	return db, settings(db)
}

// mappedBy are the settings with a mapping of its own.
func mappedBy(t testing.TB, e env, mapping string) env {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mapping.yaml")
	if err := os.WriteFile(file, []byte(mapping), 0o600); err != nil {
		t.Fatal(err)
	}
	return e.with("MAPPING", file)
}

const guildMapping = "users: { table: guild, key: id }\nfields: { name: name, role: role }\n"

// expectNoChat checks that a user is named to their browser and gets nothing of a provider, from outside and from the command.
func expectNoChat(t testing.TB, s *sidecar, e env, id int, name, reason string) {
	t.Helper()
	s.get(t, fmt.Sprintf("/chat/identity?user_id=%d", id), theSite).expect(t, http.StatusOK, fmt.Sprintf(`{"user_id":%d,"name":%q,"providers":{}}`, id, name))
	for _, target := range []string{"/chat/widget?mode=inline&user_id=%d", "/chat/button?to=1&user_id=%d"} {
		a := s.get(t, fmt.Sprintf(target, id), theSite)
		a.expect(t, http.StatusOK, "")
		expectPersonal(t, a)
	}
	r := run(t, e, "token", fmt.Sprint(id))
	if r.code != 1 || r.stdout != "" || !strings.Contains(r.stderr, reason) {
		t.Errorf("token %d ended with %d and printed %q, %q; want %q", id, r.code, r.stdout, r.stderr, reason)
	}
	if a := s.users(t, fmt.Sprint(id)); a.status != http.StatusOK || !strings.Contains(a.body, name) {
		t.Errorf("users-info: %d %s; old dialogs must keep the name", a.status, a.body)
	}
}

func expectChat(t testing.TB, s *sidecar, id int) {
	t.Helper()
	for _, target := range []string{"/chat/identity?user_id=%d", "/chat/widget?mode=inline&user_id=%d"} {
		if a := s.get(t, fmt.Sprintf(target, id), theSite); a.status != http.StatusOK || !strings.Contains(a.body, tokenHeader) {
			t.Errorf("user %d, %s: %d %s", id, target, a.status, a.body)
		}
	}
}

func TestOnlyTheRolesThatAreNamedGetTheChat(t *testing.T) {
	t.Parallel()
	_, e := guild(t)
	e = e.with("USERS_TABLE", "guild", "USERS_ID", "id", "USERS_NAME", "name", "USERS_ROLE", "role", "WIDGET_ROLES", "member, admin")
	s := serve(t, e)
	for _, id := range []int{1, 2, 3} {
		expectChat(t, s, id)
	}
	expectNoChat(t, s, e, 4, "Dan", `the role "guest" is none of CHATPASS_WIDGET_ROLES (member, admin)`)
	expectNoChat(t, s, e, 5, "Eve", `the role "" is none of CHATPASS_WIDGET_ROLES`)
	s.get(t, "/chat/identity", theSite).expect(t, http.StatusOK, `{"user_id":null,"providers":{}}`)
	s.get(t, "/chat/identity?user_id=99", theSite).expectStatus(t, http.StatusNotFound)
	if a := s.get(t, "/chat/button?to=5&user_id=1", theSite); !strings.Contains(a.body, tokenHeader) {
		t.Errorf("a button to one without the chat: %d %q; that is for the rules on writing to say", a.status, a.body)
	}
}

func TestAvailableChatOfTheMappingDecidesAboutTheVisitor(t *testing.T) {
	t.Parallel()
	_, e := guild(t)
	e = mappedBy(t, e, guildMapping+"permissions: { available_chat: \"level > 0\", send_files: paid = true }\n").with("IMBACHAT_GUESTS", "load")
	s := serve(t, e)
	for _, id := range []int{1, 2, 5} {
		expectChat(t, s, id)
	}
	const reason = "available_chat of the mapping does not hold"
	expectNoChat(t, s, e, 3, "Cleo", reason)
	expectNoChat(t, s, e, 4, "Dan", reason) // NULL > 0 does not hold
	if a := s.users(t, "3"); !strings.Contains(a.body, `"available_chat":false`) {
		t.Errorf("users-info does not tell the truth: %s", a.body)
	}
	if a := s.get(t, "/chat/identity"); !strings.Contains(a.body, `"user_id":null`) || !strings.Contains(a.body, "imbachat") {
		t.Errorf("a guest: %s", a.body)
	}
}

func TestTheChatIsTakenFromAUserAtOnce(t *testing.T) {
	t.Parallel()
	db, e := guild(t)
	e = mappedBy(t, e, guildMapping+"permissions: { available_chat: paid = 1 }\n").with("CACHE_TTL", "1h")
	s := serve(t, e)
	s.users(t, "2").expectStatus(t, http.StatusOK)
	expectChat(t, s, 2)
	db.Exec(t, "UPDATE guild SET paid = 0 WHERE id = 2")
	expectNoChat(t, s, e, 2, "Ben", "available_chat")
}

func TestRolesWithoutARoleAreRefusedAtStart(t *testing.T) {
	t.Parallel()
	_, e := guild(t)
	e = e.with("USERS_TABLE", "guild", "USERS_ID", "id", "USERS_NAME", "name")
	expectRefusal(t, run(t, e.with("WIDGET_ROLES", "member"), "serve"), "CHATPASS_WIDGET_ROLES")
	expectRefusal(t, run(t, e.with("WIDGET_HIDE_ON", "admin/*"), "serve"), "CHATPASS_WIDGET_HIDE_ON")
}

func TestTheTagSaysWhereTheWidgetIsHidden(t *testing.T) {
	t.Parallel()
	db := mysqltest.Start(t).Database(t)
	e := people(t, db, 2).with("WIDGET_HIDE_ON", "/checkout/*, /admin/*")
	const tag = `<script src="/chat/loader.js" async data-hide-on="/checkout/*,/admin/*"></script>`
	s := serve(t, e)
	s.get(t, "/chat/widget").expect(t, http.StatusOK, tag)
	if a := s.get(t, "/chat/widget?mode=inline&user_id=1", theSite); !strings.HasSuffix(a.body, "\n"+tag) {
		t.Errorf("the inline fragment is %s", a.body)
	}
	if r := run(t, e, "snippet", "loader"); r.code != 0 || r.stdout != tag+"\n" {
		t.Errorf("the snippet is %q", r.stdout)
	}
}

func TestCheckTellsWhoGetsTheChat(t *testing.T) {
	t.Parallel()
	_, e := guild(t)
	byRole := e.with("USERS_TABLE", "guild", "USERS_ID", "id", "USERS_NAME", "name", "USERS_ROLE", "role")
	t.Run("nothing where nothing is set", func(t *testing.T) {
		t.Parallel()
		for _, subject := range []string{" widget:", " writing:", " CHATPASS_WIDGET_ROLES:"} {
			if lines := check(t, byRole, 0); strings.Contains(lines, subject) {
				t.Errorf("it speaks of%s\n%s", subject, lines)
			}
		}
	})
	t.Run("how many get none", func(t *testing.T) {
		t.Parallel()
		expectLine(t, check(t, byRole.with("WIDGET_ROLES", "member,admin"), 0), "ok widget: 3 of 5 users looked at get the chat, 2 get none")
	})
	t.Run("a role that nobody has", func(t *testing.T) {
		t.Parallel()
		lines := check(t, byRole.with("WIDGET_ROLES", "Member,admin"), 0)
		expectLine(t, lines, "warn CHATPASS_WIDGET_ROLES:", `"Member"`, "none of the 5 users", `none at all, "admin", "guest", "member"`)
		if strings.Contains(lines, `the role "admin"`) {
			t.Errorf("it warns of a role that somebody has:\n%s", lines)
		}
	})
	t.Run("nobody gets it", func(t *testing.T) {
		t.Parallel()
		expectLine(t, check(t, mappedBy(t, e, guildMapping+"permissions: { available_chat: level > 9 }\n"), 0), "warn widget: none of the 5 users looked at gets the chat")
	})
	t.Run("what the rules on writing answer", func(t *testing.T) {
		t.Parallel()
		lines := check(t, mappedBy(t, e, guildMapping+"write:\n  - { to: level > 5, answer: deny }\n  - { from: role = 'member', answer: ask }\n"), 0)
		expectLine(t, lines, "ok writing: of 5 users looked at, each to each other: 6 allow, 6 ask, 8 deny") // to Ada and to Dan, whose level is not known; else of the members; Eve's role is not known
		expectLine(t, lines, "warn writing:", "mapping.yaml:4: write[0].to cannot tell for 1 of 5 users")
		expectLine(t, lines, "warn writing:", "mapping.yaml:5: write[1].from cannot tell for 1 of 5 users")
	})
}
