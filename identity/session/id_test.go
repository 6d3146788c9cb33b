package session_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/userinfo"
)

// phpSession is a value behind a name as PHP's session handler writes it, in base64, since it stands in a column.
func phpSession(value string) string {
	return base64.StdEncoding.EncodeToString([]byte("u|" + value))
}

func TestOnlyWholeNumbersAndTextsOfASessionAreIds(t *testing.T) {
	for name, c := range map[string]struct{ user, data, want string }{
		"a number in JSON":              {"data|json:u", `{"u":7}`, "7"},
		"a text in JSON":                {"data|json:u", `{"u":"7"}`, "7"},
		"true in JSON":                  {"data|json:u", `{"u":true}`, "none"},
		"false in JSON":                 {"data|json:u", `{"u":false}`, "none"},
		"null in JSON":                  {"data|json:u", `{"u":null}`, "none"},
		"one as a float in JSON":        {"data|json:u", `{"u":1.0}`, "none"},
		"one with an exponent in JSON":  {"data|json:u", `{"u":1e0}`, "none"},
		"a list in JSON":                {"data|json:u", `{"u":[1]}`, "none"},
		"an object in JSON":             {"data|json:u", `{"u":{"id":1}}`, "none"},
		"the whole of a JSON true":      {"data|json:0", `[true]`, "none"},
		"a name twice in JSON":          {"data|json:u", `{"u":1,"u":2}`, "rejected"},
		"a name twice, escaped once":    {"data|json:u", `{"u":1,"\u0075":2}`, "rejected"},
		"a name twice on the way":       {"data|json:a.u", `{"a":{"u":1},"a":{"u":2}}`, "rejected"},
		"another name twice":            {"data|json:u", `{"u":7,"v":1,"v":2}`, "7"},
		"a number in PHP":               {"data|php:u", `a:1:{s:1:"u";i:7;}`, "7"},
		"a text in PHP":                 {"data|php:u", `a:1:{s:1:"u";s:1:"7";}`, "7"},
		"true in PHP":                   {"data|php:u", `a:1:{s:1:"u";b:1;}`, "none"},
		"one as a float in PHP":         {"data|php:u", `a:1:{s:1:"u";d:1;}`, "none"},
		"a list in PHP":                 {"data|php:u", `a:1:{s:1:"u";a:1:{i:0;i:1;}}`, "none"},
		"an object in PHP":              {"data|php:u", `a:1:{s:1:"u";O:1:"A":1:{s:2:"id";i:1;}}`, "none"},
		"a name twice in PHP":           {"data|php:u", `a:2:{s:1:"u";i:1;s:1:"u";i:2;}`, "rejected"},
		"a number in a PHP session":     {"data|base64|php_session:u", phpSession(`i:7;`), "7"},
		"true in a PHP session":         {"data|base64|php_session:u", phpSession(`b:1;`), "none"},
		"a float in a PHP session":      {"data|base64|php_session:u", phpSession(`d:1;`), "none"},
		"a name twice in a PHP session": {"data|base64|php_session:u", phpSession(`i:1;u|i:2;`), "rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			own := tableOf()
			own.User = c.user
			d := ownSite()
			d.tables["sessions"].rows = [][]any{{"ada", "7", "2026-01-01 01:00:00", "0", c.data, "", "", "0"}}
			if got := ask(t, open(t, options(d, nil), ownRecipe(t, own)), "sid=ada"); got != c.want {
				t.Errorf("%s names %s, want %s", c.data, got, c.want)
			}
		})
	}
}

func TestNoRecipeTakesTrueForTheFirstUser(t *testing.T) {
	d := &database{tables: map[string]*table{
		"users":    rows("id uint unique, login text", []any{"1", "ada"}),
		"sessions": rows("token text, data text", []any{"s", `{"u":true,"f":1.0,"t":"1"}`}),
	}}
	take := func(user string, steps ...session.Step) session.Recipe {
		first := session.Step{Row: &session.RowSpec{Tables: []string{"sessions"}, By: [2]string{"token", "$value"}, Take: [][2]string{{"data", "data"}}}}
		return session.Recipe{Name: "any", Cookie: "sid", Steps: append([]session.Step{first}, steps...), User: user}
	}
	set := func(name, expression string) session.Step {
		return session.Step{Set: [][2]string{{name, expression}}}
	}
	row := func(by string) session.Step {
		return session.Step{Row: &session.RowSpec{Tables: []string{"users"}, By: [2]string{"id", by}, Take: [][2]string{{"uid", "id"}}}}
	}
	for name, c := range map[string]struct {
		recipe session.Recipe
		want   string
	}{
		"as the user":              {take("json($data, 'u')"), "none"},
		"in a variable":            {take("$u", set("u", "json($data, 'u')")), "none"},
		"as the first of several":  {take("first(json($data, 'x'), json($data, 'u'))"), "none"},
		"behind a condition":       {take("when(has($data), json($data, 'u'), '')"), "none"},
		"a float":                  {take("json($data, 'f')"), "none"},
		"to look a row up by":      {take("$uid", row("json($data, 'u')")), "none"},
		"a float to look up by":    {take("$uid", row("json($data, 'f')")), "none"},
		"put together with a text": {take("concat(json($data, 'u'), '')"), "none"},
		"in small letters":         {take("lower(json($data, 'u'))"), "none"},
		"a part of it":             {take("substr(json($data, 'u'), 0, 1)"), "none"},
		"a text":                   {take("json($data, 't')"), "1"},
		"a text to look up by":     {take("$uid", row("json($data, 't')")), "1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ask(t, open(t, options(d, nil), c.recipe), "sid=s"); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestAColumnOfYesAndNoIsNoColumnOfIds(t *testing.T) {
	for _, dbType := range []string{"boolean", "tinyint(1)"} {
		d := ownSite()
		for i := range d.tables["sessions"].columns {
			if c := &d.tables["sessions"].columns[i]; c.Name == "revoked" {
				c.DBType = dbType
				if dbType == "boolean" {
					c.Type = userinfo.ColumnBool
				}
			}
		}
		d.tables["sessions"].rows[0][7] = "1"
		own := tableOf()
		own.User = "revoked"
		if got := ask(t, open(t, options(d, nil), ownRecipe(t, own)), "sid=ada"); got != "unavailable" {
			t.Errorf("%s: %s, want unavailable", dbType, got)
		}
	}
}

func TestTheLogSaysWhyNobodyIsSignedIn(t *testing.T) {
	for name, c := range map[string]struct {
		own    func(o *session.Own)
		cookie string
		want   string
	}{
		"no row":               {nil, "sid=eve", "there is no such row in sessions"},
		"an end that is over":  {nil, "sid=old", "the session has ended"},
		"another browser":      {func(o *session.Own) { o.Bound = "agent=ua" }, "sid=idle", "the browser is another"},
		"another address":      {func(o *session.Own) { o.Bound = "ip=ip" }, "sid=ada", "the address is another"},
		"nobody in it":         {nil, "sid=guest", "nobody is signed in"},
		"true for an id":       {func(o *session.Own) { o.User = "data|json:user" }, "sid=yes", "true is no id"},
		"no such name in it":   {func(o *session.Own) { o.User = "data|json:user.nr" }, "sid=ada", "there is no such name"},
		"a list for an id":     {func(o *session.Own) { o.User = "data|json:user" }, "sid=ada", "a list"},
		"a cookie not decoded": {func(o *session.Own) { o.Transform = "base64" }, "sid=%%%", "base64"},
	} {
		t.Run(name, func(t *testing.T) {
			own := tableOf()
			if c.own != nil {
				c.own(&own)
			}
			d := ownSite()
			d.tables["sessions"].rows = append(d.tables["sessions"].rows, []any{"yes", "7", "2026-01-01 01:00:00", fmt.Sprint(now.Unix()), `{"user":true}`, "", "", "0"})
			var log bytes.Buffer
			o := options(d, nil)
			o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			ask(t, open(t, o, ownRecipe(t, own)), c.cookie)
			_, value, _ := strings.Cut(c.cookie, "=")
			if text := log.String(); !strings.Contains(text, c.want) || !strings.Contains(text, "level=DEBUG") || strings.Contains(text, "="+value) || strings.Contains(text, "203.0.113") {
				t.Errorf("the log says %q, want %q and no value", text, c.want)
			}
		})
	}
	var log bytes.Buffer
	o := options(ownSite(), nil)
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	r := open(t, o, ownRecipe(t, tableOf()))
	for _, cookie := range []string{"sid=eve", "sid=guest", "sid=ada", "other=x"} {
		ask(t, r, cookie)
	}
	if log.Len() > 0 {
		t.Errorf("without debug the log says %q", log.String())
	}
}
