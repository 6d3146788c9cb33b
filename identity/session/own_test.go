package session_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/userinfo"
)

// ownSite is a site with a table of sessions that was made at home.
func ownSite() *database {
	at := fmt.Sprint(now.Unix() - 60)
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte("ada")))
	return &database{tables: map[string]*table{
		"sessions": rows("token text, user_id uint, expires_at time, seen int, data text, ua text, ip text, revoked int",
			[]any{"ada", "7", "2026-01-01 01:00:00", at, `{"user":{"id":8}}`, browser, "203.0.113.77", "0"},
			[]any{"old", "7", "2025-12-31 23:59:59", at, "{}", "", "", "0"},
			[]any{"idle", "7", "2026-01-01 01:00:00", fmt.Sprint(now.Unix() - 2000), "{}", "", "", "0"},
			[]any{"future", "7", "2026-01-01 01:00:00", fmt.Sprint(now.Unix() + 3600), "{}", "", "", "0"},
			[]any{"forever", "7", nil, at, "{}", "", "", "0"},
			[]any{"guest", nil, "2026-01-01 01:00:00", at, `{"user":null}`, "", "", "0"},
			[]any{"zero", "0", "2026-01-01 01:00:00", at, `broken`, "", "", "0"},
			[]any{"gone", "7", "2026-01-01 01:00:00", at, "{}", "", "", "1"},
			[]any{hash, "9", "2026-01-01 01:00:00", at, `user|a:1:{s:2:"id";i:9;}`, fmt.Sprintf("%x", md5.Sum([]byte(browser))), "198.51.100.1", "0"},
			[]any{"YTox", "7", "2026-01-01 01:00:00", at, "dXNlcl9pZHxpOjEwOw==", "", "", "0"},
		),
		"numbers": rows("id uint, user_id uint", []any{"5", "7"}),
	}}
}

// tableOf is the smallest description of a table.
func tableOf() session.Own {
	return session.Own{Cookie: "sid", Table: "sessions", Key: "token", User: "user_id", Expires: "expires_at"}
}

func ownRecipe(tb testing.TB, o session.Own) session.Recipe {
	tb.Helper()
	r, faults := o.Recipe()
	if len(faults) > 0 {
		tb.Fatal(faults)
	}
	return r
}

func TestATableOfOnesOwnIsFollowed(t *testing.T) {
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte("ada")))
	for name, c := range map[string]struct {
		own    func(o *session.Own)
		cookie string
		want   string
	}{
		"a session":                                   {nil, "sid=ada", "7"},
		"another cookie":                              {nil, "other=ada", "none"},
		"an unknown session":                          {nil, "sid=eve", "rejected"},
		"another letter case":                         {nil, "sid=ADA", "rejected"},
		"an empty cookie":                             {nil, "sid=", "rejected"},
		"two cookies":                                 {nil, "sid=ada; sid=old", "rejected"},
		"an end that is over":                         {nil, "sid=old", "rejected"},
		"no end where one belongs":                    {nil, "sid=forever", "rejected"},
		"a guest's session":                           {nil, "sid=guest", "none"},
		"a guest's session with a zero":               {nil, "sid=zero", "none"},
		"a dot in the cookie's name":                  {func(o *session.Own) { o.Cookie = "connect.sid" }, "connect.sid=ada", "7"},
		"the beginning of the cookie's name":          {func(o *session.Own) { o.Cookie = "si*" }, "sid=ada", "7"},
		"without an end":                              {func(o *session.Own) { o.Expires = "" }, "sid=forever", "7"},
		"a last activity":                             {func(o *session.Own) { o.Expires, o.Since, o.Lifetime = "", "seen", 24*time.Minute }, "sid=forever", "7"},
		"a last activity too long ago":                {func(o *session.Own) { o.Expires, o.Since, o.Lifetime = "", "seen", 24*time.Minute }, "sid=idle", "rejected"},
		"a last activity in the future":               {func(o *session.Own) { o.Expires, o.Since, o.Lifetime = "", "seen", 24*time.Minute }, "sid=future", "rejected"},
		"both ends, of which one is over":             {func(o *session.Own) { o.Since, o.Lifetime = "seen|unix", 24*time.Minute }, "sid=idle", "rejected"},
		"a condition that holds":                      {func(o *session.Own) { o.Where = "revoked = 0" }, "sid=ada", "7"},
		"a condition that does not":                   {func(o *session.Own) { o.Where = "revoked = 0" }, "sid=gone", "rejected"},
		"a hashed key":                                {func(o *session.Own) { o.Transform = "sha256" }, "sid=ada", "9"},
		"the hash itself as a cookie":                 {func(o *session.Own) { o.Transform = "sha256" }, "sid=" + sum, "rejected"},
		"a part of the cookie":                        {func(o *session.Own) { o.Transform = "after:s:|before:." }, "sid=s%3Aada.c2lnbmF0dXJl", "7"},
		"a part that is missing":                      {func(o *session.Own) { o.Transform = "after:s:|before:." }, "sid=ada", "rejected"},
		"a separator that is a filter's":              {func(o *session.Own) { o.Transform = "before:'|'" }, "sid=ada|x", "7"},
		"base64":                                      {func(o *session.Own) { o.Transform = "base64" }, "sid=YWRh", "7"},
		"no transform":                                {func(o *session.Own) { o.Transform = "none" }, "sid=ada", "7"},
		"the id in JSON":                              {func(o *session.Own) { o.User = "data|json:user.id" }, "sid=ada", "8"},
		"a guest in JSON":                             {func(o *session.Own) { o.User = "data|json:user.id" }, "sid=guest", "none"},
		"JSON that is broken":                         {func(o *session.Own) { o.User = "data|json:user.id" }, "sid=zero", "none"},
		"the id in a PHP session":                     {func(o *session.Own) { o.User, o.Transform = "data|php_session:user.id", "sha256" }, "sid=ada", "9"},
		"the id in a PHP session in base64":           {func(o *session.Own) { o.User = "data|base64|php_session:user_id" }, "sid=YTox", "10"},
		"the same browser and address":                {func(o *session.Own) { o.Bound = "agent=ua; ip=ip/24" }, "sid=ada", "7"},
		"another address":                             {func(o *session.Own) { o.Bound = "ip=ip" }, "sid=ada", "rejected"},
		"the hash of the browser":                     {func(o *session.Own) { o.Bound, o.Transform = "agent=ua|md5", "sha256" }, "sid=ada", "9"},
		"another browser":                             {func(o *session.Own) { o.Bound = "agent=ua" }, "sid=idle", "rejected"},
		"a key of numbers, which anybody could guess": {func(o *session.Own) { o.Table, o.Key, o.Expires = "numbers", "id", "" }, "sid=5", "unavailable"},
		"a column that is not there":                  {func(o *session.Own) { o.Where = "nowhere = 1" }, "sid=ada", "unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			own := tableOf()
			if c.own != nil {
				c.own(&own)
			}
			if got := ask(t, open(t, options(ownSite(), nil), ownRecipe(t, own)), c.cookie); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestEveryTransformFindsItsRow(t *testing.T) {
	sum := sha256.Sum256([]byte("Ada"))
	mac := hmac.New(sha256.New, []byte("throw-away"))
	mac.Write([]byte("Ada"))
	for transform, key := range map[string]string{
		"md5":               fmt.Sprintf("%x", md5.Sum([]byte("Ada"))),
		"sha1":              fmt.Sprintf("%x", sha1.Sum([]byte("Ada"))),
		"sha256":            fmt.Sprintf("%x", sum),
		"sha256-base64url":  base64.RawURLEncoding.EncodeToString(sum[:]),
		"rack-private":      fmt.Sprintf("2::%x", sum),
		"lower":             "ada",
		"hmac-sha256":       fmt.Sprintf("%x", mac.Sum(nil)),
		"after:A|before:a":  "d",
		"before:d|lower":    "a",
		"LOWER | before:da": "a",
	} {
		t.Run(transform, func(t *testing.T) {
			own := tableOf()
			own.Transform = transform
			d := ownSite()
			d.tables["sessions"].rows = append(d.tables["sessions"].rows, []any{key, "11", "2026-01-01 01:00:00", "0", "", "", "", "0"})
			if transform == "lower" {
				d.tables["sessions"].rows = d.tables["sessions"].rows[1:]
			}
			if got := ask(t, open(t, options(d, map[string]string{session.OwnSecret: "throw-away"}), ownRecipe(t, own)), "sid=Ada"); got != "11" {
				t.Errorf("%s, want 11", got)
			}
		})
	}
}

func TestWithoutItsSecretATransformIsNotFollowed(t *testing.T) {
	own := tableOf()
	own.Transform = "hmac-sha256"
	r := open(t, options(ownSite(), nil), ownRecipe(t, own))
	if diff := cmp.Diff([]session.Report{{Recipe: "own", Missing: []string{session.OwnSecret}, Unused: true}}, r.Reports()); diff != "" {
		t.Errorf("- want, + got:\n%s", diff)
	}
}

func TestNoByteOfACookieOfOnesOwnMayChange(t *testing.T) {
	own := tableOf()
	own.Transform = "after:s:|before:.|none"
	d := ownSite()
	const token = "f4Kd09mQx7PzAabbccdd"
	d.tables["sessions"].rows = append(d.tables["sessions"].rows, []any{token, "12", "2026-01-01 01:00:00", "0", "", "", "", "0"})
	r := open(t, options(d, nil), ownRecipe(t, own))
	whole := "sid=s:" + token + ".x"
	if got := ask(t, r, whole); got != "12" {
		t.Fatal(got)
	}
	for i := len("sid="); i < len(whole)-1; i++ {
		for c := range 256 {
			changed := whole[:i] + string([]byte{byte(c)}) + whole[i+1:]
			if got := ask(t, r, changed); changed != whole && got != "rejected" && got != "none" {
				t.Errorf("byte %d as %d names %s", i, c, got)
			}
		}
	}
}

func TestWhatIsWrongWithADescriptionIsToldAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		own  session.Own
		want []string // variables
	}{
		"nothing but a cookie":                     {session.Own{Cookie: "sid"}, []string{"SESSION_TABLE"}},
		"nothing but a table":                      {session.Own{Table: "sessions"}, []string{"SESSION_COOKIE", "SESSION_KEY", "SESSION_USER"}},
		"nothing but a folder":                     {session.Own{Files: "/srv"}, []string{"SESSION_COOKIE", "SESSION_USER"}},
		"a table and a folder":                     {session.Own{Cookie: "sid", Table: "s", Files: "/srv"}, []string{"SESSION_FILES"}},
		"a folder that is relative":                {session.Own{Cookie: "sid", Files: "sessions", User: "id"}, []string{"SESSION_FILES"}},
		"a folder with columns":                    {session.Own{Cookie: "sid", Files: "/srv", User: "id", Key: "k", Expires: "e", Since: "s", Where: "a = 1", Bound: "ip=x"}, []string{"SESSION_KEY", "SESSION_EXPIRES", "SESSION_SINCE", "SESSION_WHERE", "SESSION_BOUND"}},
		"names that are none":                      {session.Own{Cookie: "a=b", Table: "a b", Key: "x;y", User: "u'", Expires: "e-e"}, []string{"SESSION_COOKIE", "SESSION_TABLE", "SESSION_KEY", "SESSION_USER", "SESSION_EXPIRES"}},
		"a cookie that is an expression":           {session.Own{Cookie: "~.*", Table: "s", Key: "k", User: "u"}, []string{"SESSION_COOKIE"}},
		"a cookie with braces":                     {session.Own{Cookie: "{p}x", Table: "s", Key: "k", User: "u"}, []string{"SESSION_COOKIE"}},
		"a cookie that is a list to PHP":           {session.Own{Cookie: "a[b]", Table: "s", Key: "k", User: "u"}, []string{"SESSION_COOKIE"}},
		"the user's id as the key":                 {session.Own{Cookie: "sid", Table: "s", Key: "user_id", User: "User_ID"}, []string{"SESSION_USER"}},
		"a secret as the user's id":                {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "password"}, []string{"SESSION_USER"}},
		"an unknown transform":                     {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "u", Transform: "sha257"}, []string{"SESSION_TRANSFORM"}},
		"a transform with too much":                {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "u", Transform: "md5:x"}, []string{"SESSION_TRANSFORM"}},
		"a transform with too little":              {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "u", Transform: "before"}, []string{"SESSION_TRANSFORM"}},
		"transforms without end":                   {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "u", Transform: strings.Repeat("md5|", 9) + "md5"}, []string{"SESSION_TRANSFORM"}},
		"a way with a gap":                         {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "u|json:a..b"}, []string{"SESSION_USER"}},
		"a filter without a way":                   {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "u|json"}, []string{"SESSION_USER"}},
		"a form of time nobody knows":              {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "u", Expires: "e|moon"}, []string{"SESSION_EXPIRES"}},
		"a last activity without a life":           {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "u", Since: "x"}, []string{"SESSION_LIFETIME"}},
		"a life of nothing":                        {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "u", Lifetime: time.Hour}, []string{"SESSION_LIFETIME"}},
		"a condition that is none":                 {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "u", Where: "1=1 or 1=1"}, []string{"SESSION_WHERE"}},
		"something to be bound to that is unknown": {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "u", Bound: "agent=ua;mood=m"}, []string{"SESSION_BOUND"}},
		"a network that is none":                   {session.Own{Cookie: "sid", Table: "s", Key: "k", User: "u", Bound: "ip=ip/8"}, []string{"SESSION_BOUND"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := c.own.Recipe()
			var got []string
			for _, f := range faults {
				got = append(got, f.Var)
				if f.Problem == "" || f.Remedy == "" {
					t.Errorf("%+v lacks a problem or a remedy", f)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%v; - want, + got:\n%s", faults, diff)
			}
		})
	}
}

func TestADescriptionTellsWhatItReads(t *testing.T) {
	own := tableOf()
	own.Where, own.Bound, own.Since, own.Lifetime = "revoked = 0", "agent=ua", "seen", time.Hour
	reads, faults, err := open(t, options(ownSite(), nil), ownRecipe(t, own)).Reads(t.Context())
	if diff := cmp.Diff(map[string][]string{"sessions": {"token", "user_id", "expires_at", "seen", "ua", "revoked"}}, reads); diff != "" || len(faults) > 0 || err != nil {
		t.Errorf("faults %v, error %v; - want, + got:\n%s", faults, err, diff)
	}
}

// FuzzOwn: whatever is described is refused, or makes a recipe the pipeline takes; whatever cookie comes then names nobody it must not.
func FuzzOwn(f *testing.F) {
	f.Add("sid", "after:s:|before:.", "user_id", "expires_at", "agent=ua;ip=ip/24", "revoked = 0", "sid=ada")
	f.Add("si*", "sha256|lower", "data|base64|php_session:user.id", "seen|unix", "agent=ua|md5", "", "sid=%00;sid=")
	f.Fuzz(func(t *testing.T, cookie, transform, user, expires, bound, where, header string) {
		own := session.Own{Cookie: cookie, Transform: transform, Table: "sessions", Key: "token", User: user, Expires: expires, Bound: bound, Where: where}
		recipe, faults := own.Recipe()
		if len(faults) > 0 {
			return
		}
		o := options(ownSite(), map[string]string{session.OwnSecret: "throw-away"})
		o.ClientIP = func(*http.Request) string { return address }
		r, faults := session.New([]session.Recipe{recipe}, o)
		if len(faults) > 0 {
			t.Fatalf("%+v makes a recipe that is refused: %v", own, faults)
		}
		req := visit(t, "")
		req.Header["Cookie"] = []string{header}
		id, err := r.Resolve(t.Context(), req)
		if err != nil {
			return
		}
		if _, ok := userinfo.KeyUint.Parse(string(id.UserID)); !ok {
			t.Errorf("%q names %q", header, id.UserID)
		}
	})
}
