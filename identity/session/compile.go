package session

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// recipe is a recipe that was checked.
type recipe struct {
	name, instead string
	weaker        bool
	cookie        decode.Names
	pattern       *regexp.Regexp // of a cookie with ~, for its groups
	prefix        string         // of a cookie with *
	read          decode.Reading
	missing       []string
	maySkip       bool
	names         []string // of slots
	steps         []step
	user          node
	expires       *node
}

// step is a step that was checked. what says why a check rejects, for logs; it holds no value.
type step struct {
	condition *node
	then      outcome // of a condition that holds; nothing: it must hold
	what      string
	value     *node
	slot      int
	row       *row
	settings  *settings
	file      *file
}

// secrets are the values recipes may name.
type secrets map[string]secret.Secret

// keys are a secret and its predecessors.
func (s secrets) keys(name string) []secret.Secret {
	keys := []secret.Secret{s[name]}
	for former := range strings.SplitSeq(s[name+"_previous"].Reveal(), ",") {
		if former = strings.TrimSpace(former); former != "" {
			keys = append(keys, secret.New(former))
		}
	}
	return keys
}

// compiler checks recipes and collects what is wrong with them.
type compiler struct {
	o      Options
	turns  chan struct{}
	faults []setting.Fault
}

func compileAll(recipes []Recipe, o Options) ([]*recipe, []setting.Fault) {
	c := &compiler{o: o, turns: newTurns()}
	if len(recipes) > maxRecipes {
		c.fault(recipes[maxRecipes].Place, "session", fmt.Errorf("has more than %d recipes", maxRecipes))
		return nil, c.faults
	}
	var all []*recipe
	for i := range recipes {
		all = append(all, c.recipe(&recipes[i], recipes[:i]))
	}
	return all, c.faults
}

func (c *compiler) fault(at userinfo.Place, what string, err error) {
	const most = 20 // faults are for a person to read
	if len(c.faults) == most {
		return
	}
	problem := what + " " + err.Error()
	if at.Text != "" {
		problem = at.Text + " " + problem
	}
	c.faults = append(c.faults, setting.Fault{Var: at.Var, Problem: problem, Remedy: "docs/sessions.md describes the language"})
}

func (c *compiler) recipe(r *Recipe, above []Recipe) *recipe {
	out := &recipe{name: r.Name, instead: r.Instead, weaker: r.Weaker}
	if !validName(strings.ReplaceAll(r.Name, "-", "_")) {
		c.fault(r.Place, "name", errors.New("is missing, or has other characters than letters, digits, _ and -"))
	}
	if slices.ContainsFunc(above, func(x Recipe) bool { return x.Name == r.Name }) {
		c.fault(r.Place, "name", fmt.Errorf("is %q, as that of a recipe above", setting.Clip(r.Name)))
	}
	if r.Instead != "" && !slices.ContainsFunc(above, func(x Recipe) bool { return x.Name == r.Instead }) {
		c.fault(r.Place, "instead", fmt.Errorf("names %q, which is no recipe above", setting.Clip(r.Instead)))
	}
	c.cookie(r, out)
	s := &scope{slots: map[string]int{}, secret: map[string]bool{}, needs: r.Needs, secrets: c.o.Secrets, life: c.o.Lifetime}
	for _, need := range r.Needs {
		if c.o.Secrets[need].IsZero() {
			out.missing, s.missing = append(out.missing, need), true
		}
	}
	w := &writer{compiler: c, scope: s, out: out}
	for _, name := range []string{"value", "raw", "cookie", "ua", "ip", "host"} {
		w.slot(name)
	}
	for group := 1; group <= out.groups(); group++ {
		w.slot(strconv.Itoa(group))
	}
	if len(r.Steps) > maxSteps {
		c.fault(r.Place, "steps", fmt.Errorf("are more than %d", maxSteps))
		return out
	}
	for i := range r.Steps {
		w.step(&r.Steps[i])
	}
	if n := w.expr(r.Place, "user", r.User, false); n != nil {
		out.user = *n
		out.markUser()
	}
	if r.Expires != "" {
		out.expires = w.expr(r.Place, "expires", r.Expires, false)
	}
	if len(out.names) > maxSlots {
		c.fault(r.Place, "steps", fmt.Errorf("set more than %d variables", maxSlots))
	}
	return out
}

// markUser marks the columns that the user is taken from as they are.
func (r *recipe) markUser() {
	if r.user.op != opVariable {
		return
	}
	for i := range r.steps {
		for row := r.steps[i].row; row != nil; row = row.join {
			for j := range row.takes {
				row.takes[j].user = row.takes[j].slot == r.user.slot
			}
		}
	}
}

func (c *compiler) cookie(r *Recipe, out *recipe) {
	var err error
	name := r.Cookie
	if !strings.HasPrefix(name, "~") {
		name = (&writer{compiler: c}).fill(r.Place, name, func(variable string) (string, bool) {
			if own := c.o.Secrets[variable]; !own.IsZero() {
				return own.Reveal(), true
			}
			text, known := c.o.Vars[variable]
			return text, known
		})
	}
	if own := c.o.Secrets[r.Named].Reveal(); own != "" && !strings.HasPrefix(own, "~") && !strings.HasSuffix(own, "*") {
		name = own
	}
	if out.cookie, err = decode.NewNames(name); err != nil {
		c.fault(r.Place, "cookie:", err)
		return
	}
	if r.Read != "" {
		if out.read, err = decode.ParseReading(r.Read); err != nil {
			c.fault(r.Place, "cookie:", err)
		}
	}
	if text, is := strings.CutPrefix(name, "~"); is {
		if out.pattern, err = regexp.Compile(`\A(?:` + text + `)\z`); err != nil {
			c.fault(r.Place, "cookie:", err)
		}
		return
	}
	if prefix, is := strings.CutSuffix(name, "*"); is {
		out.prefix = prefix
	}
}

// groups is how many parts of the cookie's name are given to the recipe as $1, $2 …
func (r *recipe) groups() int {
	switch {
	case r.pattern != nil:
		return r.pattern.NumSubexp()
	case r.prefix != "":
		return 1
	default:
		return 0
	}
}

// given is what a recipe starts with, by slot.
func (r *recipe) given(m decode.Match, q *request) []string {
	list := []string{m.Value, m.Raw, m.Name, q.http.UserAgent(), q.resolver.o.ClientIP(q.http), q.host}
	switch {
	case r.pattern != nil:
		if groups := r.pattern.FindStringSubmatch(m.Name); groups != nil {
			return append(list, groups[1:]...)
		}
	case r.prefix != "":
		return append(list, strings.TrimPrefix(m.Name, r.prefix))
	}
	return list
}
