package session

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// writer turns the steps of one recipe into what is run.
type writer struct {
	*compiler

	scope *scope
	out   *recipe
}

// slot is the place of a variable, which is added if it is new.
func (w *writer) slot(name string) int {
	if slot, known := w.scope.slots[name]; known {
		return slot
	}
	slot := len(w.out.names)
	w.scope.slots[name] = slot
	w.out.names = append(w.out.names, name)
	return slot
}

// variable is the place of a variable that a step sets.
func (w *writer) variable(at userinfo.Place, name string, isSecret bool) int {
	switch {
	case !validName(name):
		w.fault(at, "variable", fmt.Errorf("%q has other characters than letters, digits and _", setting.Clip(name)))
	case w.scope.slots[name] < w.given() && w.has(name):
		w.fault(at, "variable", fmt.Errorf("%s is what the visitor sent, and is not set", name))
	}
	w.scope.secret[name] = isSecret
	return w.slot(name)
}

func (w *writer) has(name string) bool {
	_, known := w.scope.slots[name]
	return known
}

// given is how many slots are filled before the first step.
func (w *writer) given() int { return 6 + w.out.groups() }

// expr checks an expression; nil after a fault.
func (w *writer) expr(at userinfo.Place, what, text string, truth bool) *node {
	n, err := w.scope.parse(text, truth)
	if err != nil {
		w.fault(at, what, err)
		return nil
	}
	return &n
}

func (w *writer) add(s step) { w.out.steps = append(w.out.steps, s) }

func (w *writer) step(s *Step) {
	parts := 0
	condition := func(name, text string, then outcome) {
		if text == "" {
			return
		}
		parts++
		if n := w.expr(s.Place, name, text, true); n != nil {
			what := name + " " + text + " does not hold"
			if s.Why != "" {
				what = s.Why
			}
			w.add(step{condition: n, then: then, what: what})
		}
	}
	condition("check", s.Check, nothing)
	condition("guest", s.Guest, nobody)
	condition("skip", s.Skip, skippedHere)
	w.out.maySkip = w.out.maySkip || s.Skip != ""
	if len(s.Set) > 0 {
		parts++
	}
	for _, pair := range s.Set {
		if n := w.expr(s.Place, "set "+setting.Clip(pair[0]), pair[1], false); n != nil {
			w.add(step{value: n, slot: w.variable(s.Place, pair[0], n.secret)})
		}
	}
	if s.Row != nil {
		parts++
		w.row(s.Place, s.Row)
	}
	if s.Settings != nil {
		parts++
		w.settings(s.Place, s.Settings)
	}
	if s.File != nil {
		parts++
		w.file(s.Place, s.File)
	}
	if parts != 1 {
		w.fault(s.Place, "step", errors.New("must be exactly one of set, check, guest, skip, row, settings and file"))
	}
}

func (w *writer) row(at userinfo.Place, s *RowSpec) {
	r := &row{table: w.table(at, s.Tables, s.Optional || s.NoTable), optional: s.Optional, plan: newLazy[rowPlan]()}
	add := func(pair [2]string) {
		n := w.expr(at, "row "+setting.Clip(pair[0]), pair[1], false)
		if n == nil {
			return
		}
		w.column(at, pair[0])
		r.terms = append(r.terms, term{column: pair[0], value: n})
	}
	r.secret, r.own = s.Secret, s.own
	var err error
	if r.where, err = userinfo.ParseConditions(s.Where); err != nil {
		w.fault(at, "row where", err)
	}
	add(s.By)
	for _, pair := range s.And {
		add(pair)
	}
	r.takes = w.takes(at, s.Take)
	if s.Join != nil {
		r.join = w.join(at, r, s.Join)
	}
	w.add(step{row: r})
}

// join is the look-up of a row that belongs to another: that of a row whose key is a column of the first.
func (w *writer) join(at userinfo.Place, of *row, s *JoinSpec) *row {
	r := &row{table: w.table(at, s.Tables, s.Optional), optional: s.Optional, plan: newLazy[rowPlan]()}
	w.column(at, s.By[0])
	w.column(at, s.By[1])
	with := w.slot("join " + s.By[1]) // no name that a recipe could use
	of.with = len(of.takes)
	of.takes = append(of.takes, take{column: s.By[1], slot: with})
	r.terms = []term{{column: s.By[0], value: &node{op: opVariable, slot: with}}}
	for _, pair := range s.And {
		n := w.expr(at, "join "+setting.Clip(pair[0]), pair[1], false)
		if n != nil && (n.op != opText || n.text == "") {
			w.fault(at, "join "+setting.Clip(pair[0]), errors.New("is no constant"))
			continue
		}
		w.column(at, pair[0])
		r.terms = append(r.terms, term{column: pair[0], value: n})
	}
	r.takes = w.takes(at, s.Take)
	if r.key = s.Key; r.key != "" {
		w.column(at, r.key)
	}
	return r
}

// takes are the columns that variables get.
func (w *writer) takes(at userinfo.Place, pairs [][2]string) (takes []take) {
	for _, pair := range pairs {
		name, optional := strings.CutSuffix(pair[1], "?")
		w.column(at, name)
		takes = append(takes, take{column: name, optional: optional, slot: w.variable(at, pair[0], userinfo.LooksSecret(name))})
	}
	return takes
}

func (w *writer) settings(at userinfo.Place, s *SettingsSpec) {
	t := &settings{table: w.table(at, s.Tables, s.Optional), name: s.Name, value: s.Value, where: s.Where, plan: newLazy[settingsPlan]()}
	w.column(at, s.Name)
	w.column(at, s.Value)
	for _, pair := range s.Where {
		w.column(at, pair[0])
	}
	if len(s.Take) == 0 || len(s.Take) > maxTaken {
		w.fault(at, "settings", fmt.Errorf("must take 1 to %d values", maxTaken))
	}
	for _, pair := range s.Take {
		if pair[1] == "" {
			w.fault(at, "settings", errors.New("takes a value without a name"))
		}
		t.names = append(t.names, pair[1])
		t.slots = append(t.slots, w.variable(at, pair[0], secretSetting(pair[1])))
	}
	w.add(step{settings: t})
}

// secretSetting tells by its last word whether a setting is a secret: theme_session_secret is one, hashed_session_ids_supported is none.
func secretSetting(name string) bool {
	word := name[strings.LastIndexAny(name, "_-.")+1:]
	return userinfo.LooksSecret(word) || strings.HasSuffix(strings.ToLower(word), "key")
}

func (w *writer) file(at userinfo.Place, s *FileSpec) {
	f := &file{folder: w.expand(at, s.Folder), changed: -1}
	if f.name = w.expr(at, "file name", s.Name, false); f.name == nil {
		return
	}
	w.folder(at, f)
	f.content = w.variable(at, s.Content, false)
	if s.Changed != "" {
		f.changed = w.variable(at, s.Changed, false)
	}
	w.add(step{file: f})
}

// folder finds where files are: where the owner says, else where the recipe says. Without either the recipe cannot be followed.
func (w *writer) folder(at userinfo.Place, f *file) {
	if own := w.o.Files; own != "" {
		var err error
		if f.folder, f.depth, err = ParseFiles(own); err != nil {
			w.fault(at, "file", err)
		}
		return
	}
	switch {
	case f.folder == "":
		w.lacks("CHATPASS_SESSION_FILES")
	case filepath.IsAbs(f.folder):
	case w.o.SiteRoot == "":
		w.lacks("CHATPASS_SITE_ROOT")
	default:
		f.folder = filepath.Join(w.o.SiteRoot, f.folder)
	}
}

// lacks notes a setting without which the recipe cannot be followed.
func (w *writer) lacks(setting string) {
	if !slices.Contains(w.out.missing, setting) {
		w.out.missing = append(w.out.missing, setting)
	}
}

// table is a table to be found among its names.
func (w *writer) table(at userinfo.Place, names []string, optional bool) *table {
	t := &table{optional: optional, source: w.o.Source, turns: w.turns}
	for _, name := range names {
		name = w.expand(at, name)
		if !validName(name) {
			w.fault(at, "table", fmt.Errorf("%q is no plain name", setting.Clip(name)))
			continue
		}
		t.names = append(t.names, name)
	}
	if len(names) == 0 || len(names) > maxTables {
		w.fault(at, "table", fmt.Errorf("must be one of 1 to %d names", maxTables))
	}
	return t
}

func (w *writer) column(at userinfo.Place, name string) {
	if !validName(name) {
		w.fault(at, "column", fmt.Errorf("%q is no plain name", setting.Clip(name)))
	}
}

// expand fills variables of the mapping in: {p}users.
func (w *writer) expand(at userinfo.Place, text string) string {
	return w.fill(at, text, func(name string) (string, bool) {
		value, known := w.o.Vars[name]
		return value, known
	})
}

// fill puts values in the place of {names}. Without settings, as [Check] has none, every name is as good as any.
func (w *writer) fill(at userinfo.Place, text string, valueOf func(name string) (string, bool)) string {
	var b strings.Builder
	for rest := text; ; {
		before, after, open := strings.Cut(rest, "{")
		b.WriteString(before)
		if !open {
			return b.String()
		}
		name, behind, closed := strings.Cut(after, "}")
		value, known := valueOf(name)
		switch {
		case !closed:
			w.fault(at, "name", fmt.Errorf("%q has a brace that is not closed", setting.Clip(text)))
			return ""
		case !known && w.o.Vars != nil:
			w.fault(at, "name", fmt.Errorf("%q has {%s}, which vars does not know", setting.Clip(text), setting.Clip(name)))
		}
		b.WriteString(value)
		rest = behind
	}
}
