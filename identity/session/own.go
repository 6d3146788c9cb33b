package session

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// Own is the sessions of a site that no preset knows, as the CHATPASS_SESSION_* variables spell them; empty means unset. [Own.Recipe] makes a recipe of it,
// which is followed like any other. docs/sessions.md describes the variables.
type Own struct {
	Cookie    string // name, or prefix*
	Transform string // what makes of the cookie the key of a row: filters with | between
	Table     string // of sessions; or Files
	Key       string // column that is looked up
	User      string // column of the user's id, or a way into a column; with Files the way into the session
	Expires   string // column of the end, perhaps with its form behind |
	Since     string // column of the last activity, perhaps with its form behind |
	Where     string // conditions on the row, as USERS_WHERE
	Bound     string // agent=column;ip=column
	Files     string // folder of PHP's session files, see [ParseFiles]
	Lifetime  time.Duration
}

// PHPLifetime is how long PHP keeps a session nobody uses, unless it is told otherwise: session.gc_maxlifetime.
const PHPLifetime = 1440 * time.Second

// OwnSecret is the secret of the transform hmac-sha256 among the site's own secrets.
const OwnSecret = "session_key"

// Any reports whether anything is set that describes sessions; Files and Lifetime alone may also belong to a recipe of a preset.
func (o Own) Any() bool {
	return o.Cookie+o.Transform+o.Table+o.Key+o.User+o.Expires+o.Since+o.Where+o.Bound != ""
}

// ownReader makes a recipe and collects what is wrong.
type ownReader struct {
	own    Own
	recipe Recipe
	row    RowSpec
	faults []setting.Fault
	after  []Step // checks behind the look-up
}

// Recipe returns the recipe, or every fault by its variable without the prefix.
func (o Own) Recipe() (Recipe, []setting.Fault) {
	r := &ownReader{own: o, recipe: Recipe{Name: "own", Read: "php", User: "$uid", Place: userinfo.Place{Var: "SESSION_COOKIE"}}}
	r.cookie()
	key := r.transform()
	switch {
	case o.Table != "" && o.Files != "":
		r.fault("SESSION_FILES", "is set, and CHATPASS_SESSION_TABLE too", "remove one: sessions are in a table or in files")
	case o.Files != "":
		r.files(key)
	case o.Table == "":
		r.fault("SESSION_TABLE", "is missing", "set it to the table of sessions, or CHATPASS_SESSION_FILES to the folder of PHP's session files")
	default:
		r.table(key)
	}
	if len(r.faults) > 0 {
		return Recipe{}, r.faults
	}
	return r.recipe, nil
}

func (r *ownReader) fault(variable, problem, remedy string) {
	r.faults = append(r.faults, setting.Fault{Var: variable, Problem: problem, Remedy: remedy})
}

// cookie checks the name of the cookie. PHP keeps a dot or blank in a name as _, and cookies of both spellings are found by the one.
func (r *ownReader) cookie() {
	const name, remedy = "SESSION_COOKIE", "write the name as the browser shows it, such as PHPSESSID, or its beginning with *"
	text := strings.TrimSpace(r.own.Cookie)
	if text == "" {
		r.fault(name, "is missing", remedy)
		return
	}
	prefix, many := strings.CutSuffix(text, "*")
	kept, ok := decode.PHPName(prefix)
	if many {
		kept += "*"
	}
	if _, err := decode.NewNames(kept); !ok || strings.ContainsFunc(text, notInNames) || err != nil || strings.HasPrefix(text, "~") || strings.ContainsAny(text, "{}") {
		r.fault(name, fmt.Sprintf("is %q, which is no name of a cookie", setting.Clip(text)), remedy)
		return
	}
	r.recipe.Cookie = kept
}

// notInNames tells what the name of a cookie cannot have (RFC 6265 §4.1.1): a cookie that is called so never comes.
func notInNames(c rune) bool {
	return c <= ' ' || c == 0x7f || strings.ContainsRune("()<>@,;:\\\"/?={}", c)
}

// column checks the name of a column; what says what it is for.
func (r *ownReader) column(variable, text string) bool {
	if validName(text) {
		return true
	}
	if text == "" {
		r.fault(variable, "is missing", "name the column")
		return false
	}
	r.fault(variable, fmt.Sprintf("is %q, which is no plain name of a column", setting.Clip(text)), "use letters, digits and _")
	return false
}

func (r *ownReader) table(key string) {
	o := r.own
	if !validName(o.Table) {
		r.fault("SESSION_TABLE", fmt.Sprintf("is %q, which is no plain name of a table", setting.Clip(o.Table)), "use letters, digits and _")
	}
	r.column("SESSION_KEY", o.Key)
	r.row = RowSpec{Tables: []string{o.Table}, By: [2]string{o.Key, key}, Where: o.Where, Secret: true, own: map[string]ownColumn{o.Key: {setting: "SESSION_KEY"}}}
	if _, err := userinfo.ParseConditions(o.Where); err != nil {
		r.fault("SESSION_WHERE", err.Error(), "write conditions such as revoked = 0; kind in ('web','app')")
	}
	r.userOfRow()
	r.end()
	r.bound()
	r.recipe.Steps = append([]Step{{Row: &r.row, Place: userinfo.Place{Var: "SESSION_TABLE"}}}, r.after...)
}

// take adds a column that is read, and returns its variable.
func (r *ownReader) take(variable, column string, own ownColumn) string {
	r.row.Take = append(r.row.Take, [2]string{variable, column})
	if _, known := r.row.own[column]; !known {
		r.row.own[column] = own
	}
	return "$" + variable
}

// userOfRow reads column, or column|filter|…|filter:names.
func (r *ownReader) userOfRow() {
	const name = "SESSION_USER"
	column, way, inside := strings.Cut(r.own.User, "|")
	column = strings.TrimSpace(column)
	if !r.column(name, column) {
		return
	}
	switch {
	case strings.EqualFold(column, r.own.Key):
		r.fault(name, "is the column of CHATPASS_SESSION_KEY, so that whoever sends an id would be that user", "name the column of the user's id, and in CHATPASS_SESSION_KEY that of the secret the cookie holds")
		return
	case userinfo.LooksSecret(column):
		r.fault(name, fmt.Sprintf("is %q, which looks like a secret", setting.Clip(column)), "name the column of the user's id")
		return
	}
	if !inside {
		r.take("uid", column, ownColumn{setting: name})
		r.after = append(r.after, Step{Guest: "not has($uid) or $uid = 0", Place: userinfo.Place{Var: name}})
		return
	}
	if e := r.filters(name, r.take("data", column, ownColumn{setting: name, inside: true}), way, dataFilters); e != "" {
		r.inside(e)
	}
}

// inside takes the user's id from what a session holds; a session without it is a guest's.
func (r *ownReader) inside(expression string) {
	at := userinfo.Place{Var: "SESSION_USER"}
	r.after = append(r.after, Step{Set: [][2]string{{"uid", "first(" + expression + ", '')"}}, Place: at}, Step{Guest: "not has($uid) or $uid = 0", Place: at})
}

// ahead is how far a last activity may lie in the future, in seconds: clocks differ a little, zones by more.
const ahead = 300

// end says when the session ends: by its own column, by the last activity, or the earlier of both.
func (r *ownReader) end() {
	o := r.own
	var ends []string
	if e := r.time("SESSION_EXPIRES", "until", o.Expires); e != "" {
		ends = append(ends, e)
	}
	if e := r.time("SESSION_SINCE", "since", o.Since); e != "" {
		at := userinfo.Place{Var: "SESSION_SINCE"}
		r.after = append(r.after, Step{Check: e + " <= now() + " + strconv.Itoa(ahead), Why: "the last activity lies in the future: the zone of the times is another", Place: at})
		ends = append(ends, e+" + "+strconv.FormatInt(int64(o.Lifetime/time.Second), 10))
	}
	switch {
	case o.Since != "" && o.Lifetime <= 0:
		r.fault("SESSION_LIFETIME", "is missing", "set how long after CHATPASS_SESSION_SINCE a session ends, such as 24m")
	case o.Since == "" && o.Lifetime > 0:
		r.fault("SESSION_LIFETIME", "has nothing to count from", "set CHATPASS_SESSION_SINCE to the column of the last activity, or remove it")
	case len(ends) == 1:
		r.recipe.Expires = ends[0]
	case len(ends) == 2:
		r.recipe.Expires = "when(" + ends[0] + " < " + ends[1] + ", " + ends[0] + ", " + ends[1] + ")"
	}
}

// files reads PHP's session files.
func (r *ownReader) files(key string) {
	o := r.own
	for _, v := range [][2]string{
		{"SESSION_KEY", o.Key}, {"SESSION_EXPIRES", o.Expires}, {"SESSION_SINCE", o.Since}, {"SESSION_WHERE", o.Where}, {"SESSION_BOUND", o.Bound},
	} {
		if v[1] != "" {
			r.fault(v[0], "is set, but belongs to CHATPASS_SESSION_TABLE, and sessions are in files", "remove it")
		}
	}
	if _, _, err := ParseFiles(o.Files); err != nil {
		r.fault("SESSION_FILES", err.Error(), "write what session.save_path of the site's PHP says, such as /var/lib/php/sessions")
	}
	at := userinfo.Place{Var: "SESSION_FILES"}
	r.recipe.Steps = []Step{{
		File: &FileSpec{Folder: filepath.Join("/", "var", "lib", "php", "sessions"), Name: "concat('sess_', " + key + ")", Content: "data", Changed: "since"}, Place: at,
	}}
	if e := r.way(); e != "" {
		r.inside(e)
	}
	r.recipe.Steps = append(r.recipe.Steps, r.after...)
	r.recipe.Expires = fmt.Sprintf("$since + lifetime(%d)", int64(PHPLifetime/time.Second))
}

// way reads the way to the id in a session file: user.id, perhaps with the session's format in front: php_binary:user.id.
func (r *ownReader) way() string {
	const name = "SESSION_USER"
	text := strings.TrimSpace(r.own.User)
	switch {
	case text == "":
		r.fault(name, "is missing", "write where in the session the user's id is: user_id, or user.id for $_SESSION['user']['id']")
		return ""
	case !strings.ContainsAny(text, ":|"):
		text = "php_session:" + text
	}
	return r.filters(name, "$data", text, dataFilters)
}
