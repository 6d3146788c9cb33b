package main

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Sizes of the WordPress site whose visitors are asked for.
const (
	visitors      = 8000 // distinct cookies that wrk chooses among
	countedVisits = 400  // requests over which queries are counted
)

// identityTables is a site with twelve rows of meta data and one live session of its own per user.
var identityTables = func() []string {
	var statements []string
	for _, s := range wordpressTables {
		s = strings.ReplaceAll(s, ".wp_", ".live_")
		s = strings.Replace(s, "SELECT seq, CONCAT('member', seq), MD5(seq),", "SELECT seq, CONCAT('member', seq), CONCAT('$P$B', MD5(seq)),", 1)
		s = strings.Replace(s, "'wp_capabilities'", "'live_capabilities'", 1)
		s = strings.Replace(s, "'wp_user_level'", "'live_user_level'", 1)
		// Every user has a token of their own, so this value cannot come from the list that all users share.
		s = strings.Replace(s, "SELECT u.seq, k.name, k.value FROM", "SELECT u.seq, k.name, REPLACE(k.value, '{verifier}', SHA2(CONCAT('token', LPAD(u.seq, 38, 'x')), 256)) FROM", 1)
		s = strings.Replace(s, "REPEAT('ab', 32)", "'{verifier}'", 1)
		statements = append(statements, s)
	}
	return statements
}()

// identities is what was measured of the identity of visitors.
type identities struct {
	contests []*contest
	queries  float64 // of the database, per request with a cookie
}

// salts are LOGGED_IN_KEY and LOGGED_IN_SALT of the site.
type salts struct{ key, salt string }

// cookie is what WordPress would send to user n, signed by hand.
func (s salts) cookie(n int) string {
	password := md5.Sum([]byte(strconv.Itoa(n)))
	fragment := ("$P$B" + hex.EncodeToString(password[:]))[8:12]
	login, expires, token := "member"+strconv.Itoa(n), "1900000000", "token"+strings.Repeat("x", 38-len(strconv.Itoa(n)))+strconv.Itoa(n)
	mac := func(digest func() hash.Hash, key, text string) string {
		h := hmac.New(digest, []byte(key))
		h.Write([]byte(text))
		return hex.EncodeToString(h.Sum(nil))
	}
	inner := mac(md5.New, s.key+s.salt, login+"|"+fragment+"|"+expires+"|"+token)
	value := login + "|" + expires + "|" + token + "|" + mac(sha256.New, inner, login+"|"+expires+"|"+token)
	return "wordpress_logged_in_0123456789abcdef0123456789abcdef=" + url.QueryEscape(value)
}

// startLive starts the built program beside the WordPress site.
func (l *lab) startLive(s salts) (*target, error) {
	t, err := l.startProgram("chatpass", []string{
		"CHATPASS_PRESET=wordpress", "CHATPASS_TABLE_PREFIX=live_",
		"CHATPASS_SESSION_SECRETS=logged_in_key=" + s.key + ";logged_in_salt=" + s.salt,
	})
	if err == nil {
		t.users = strings.TrimSuffix(t.users, "/users") + "/identity"
	}
	return t, err
}

// identities measures who a visitor is by a WordPress cookie, against a look-up by primary key: of the same program for the site's own server, and the floor's.
func (l *lab) identities(ctx context.Context, r *report) error {
	if l.skip {
		return nil
	}
	s := salts{l.siteKey[:40], l.signingKey[:40]}
	t, err := l.startLive(s)
	if err != nil {
		return err
	}
	t.ask = &question{kind: "cookie", credential: filepath.Join(l.dir, "cookies.txt")}
	byKey := *t
	byKey.name, byKey.ask = "site key", &question{kind: "key", credential: l.bearer()}
	if err := l.writeCookies(s, t.ask.credential); err != nil {
		return err
	}
	if err := l.ownIdentities(ctx, t, s); err != nil {
		return err
	}
	if r.identities.queries, err = l.countVisits(ctx, t, s); err != nil {
		return err
	}
	floor, err := l.begin(ctx, l.floorOf("users"))
	if err != nil {
		return err
	}
	targets := append([]*target{t, &byKey}, floor...)
	for _, conns := range l.connections {
		c, err := l.compete(ctx, load{"users", 1, l.rows, conns}, targets)
		if err != nil {
			return err
		}
		r.identities.contests = append(r.identities.contests, c)
	}
	return end(append(floor, t))
}

// visitor is the number of the i-th visitor: they are spread over the whole table.
func (l *lab) visitor(i int) int { return 1 + i*7919%l.rows }

// writeCookies writes the cookies that wrk chooses among, one a line.
func (l *lab) writeCookies(s salts, path string) error {
	var b strings.Builder
	for i := range visitors {
		b.WriteString(s.cookie(l.visitor(i)) + "\n")
	}
	return os.WriteFile(path, []byte(b.String()), 0o600)
}

// visit asks as a page of the site with this cookie does.
func (l *lab) visit(ctx context.Context, t *target, cookie string) (user string, err error) {
	request, err := http.NewRequest(http.MethodGet, t.users, nil)
	if err != nil {
		return "", err
	}
	request.Header.Set("Cookie", cookie)
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	body, err := fetch(ctx, request, http.StatusOK)
	if err != nil {
		return "", err
	}
	var answer struct {
		UserID    json.Number `json:"user_id"`
		Providers map[string]struct {
			Token string `json:"token"`
		} `json:"providers"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", err
	}
	if named := answer.UserID != ""; named != (answer.Providers["imbachat"].Token != "") {
		return "", fmt.Errorf("user %s with or without a token: %.200s", answer.UserID, body)
	}
	return answer.UserID.String(), nil
}

// ownIdentities checks that every cookie names its own user and a forged one nobody.
func (l *lab) ownIdentities(ctx context.Context, t *target, s salts) error {
	request, err := l.request(t.users+"?user_id=3", l.bearer())
	if err != nil {
		return err
	}
	if _, err := t.process.waitFor(ctx, time.Now(), request); err != nil {
		return err
	}
	for i := range 50 {
		cookie, n := s.cookie(l.visitor(i)), strconv.Itoa(l.visitor(i))
		forged := cookie[:len(cookie)-1] + string("0123456789abcdef"[(strings.IndexByte("0123456789abcdef", cookie[len(cookie)-1])+1)%16])
		for cookie, want := range map[string]string{cookie: n, forged: ""} {
			if got, err := l.visit(ctx, t, cookie); err != nil || got != want {
				return fmt.Errorf("the cookie of user %s names %q, not %q: %w", n, got, want, err)
			}
		}
	}
	return nil
}

// countVisits is how many queries the server sees for one visit.
func (l *lab) countVisits(ctx context.Context, t *target, s salts) (float64, error) {
	db, err := sql.Open("mysql", l.dsn())
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	selects := func() (n float64, err error) {
		var name string
		err = db.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Com_select'").Scan(&name, &n)
		return n, err
	}
	before, err := selects()
	if err != nil {
		return 0, err
	}
	for i := range countedVisits {
		if _, err := l.visit(ctx, t, s.cookie(l.visitor(i))); err != nil {
			return 0, err
		}
	}
	after, err := selects()
	return (after - before) / countedVisits, err
}

func (r *report) identityGoals() []goal {
	if len(r.identities.contests) == 0 {
		return nil
	}
	a := newAll()
	for _, c := range r.identities.contests {
		ours, floor := c.ratio("chatpass", "site key"), c.ratio("chatpass", "users")
		a.add(ours >= leastOfKey && floor >= leastOfKey, "%d connections: %.2f × its own, %.2f × floor", c.conns, ours, floor)
	}
	a.add(r.identities.queries <= mostQueries, "%.2f queries", r.identities.queries)
	return []goal{a.goal("S1", fmt.Sprintf("identity with a WordPress cookie ≥ %.1f × a primary-key look-up, in one query", leastOfKey))}
}

// fillIdentity makes the tables of the WordPress site.
func (l *lab) fillIdentity(ctx context.Context, root *sql.DB) error {
	l.say("filling %d WordPress users", l.rows)
	return l.execAll(ctx, root, identityTables, strings.NewReplacer("{db}", dbName, "{rows}", strconv.Itoa(l.rows)))
}
