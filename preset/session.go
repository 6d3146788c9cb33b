package preset

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chatpass/chatpass/identity/session"
)

var (
	recipeKeys  = []string{"name", "cookie", "needs", "instead", "weaker", "steps", "user", "expires"}
	stepKeys    = []string{"set", "check", "guest", "skip", "row", "settings", "file"}
	rowStepKeys = []string{"table", "by", "and", "where", "take", "join", "optional"}
	joinStepKey = []string{"table", "by", "and", "take", "optional", "key"}
	settingKeys = []string{"table", "name", "value", "where", "take", "optional"}
	fileStepKey = []string{"folder", "name", "content", "changed"}
)

// sessions reads how the platform's own sessions are followed, and checks it as far as that is possible without settings.
func (r *reader) sessions(n *yaml.Node, path string) []session.Recipe {
	var recipes []session.Recipe
	before := len(r.faults)
	r.list(n, path, func(path string, kid *yaml.Node) { recipes = append(recipes, r.recipe(kid, path)) })
	if len(r.faults) > before {
		return nil
	}
	r.faults = append(r.faults, session.Check(recipes)...)
	return recipes
}

func (r *reader) recipe(n *yaml.Node, path string) session.Recipe {
	c := session.Recipe{Place: r.at(n, path)}
	r.object(n, path, recipeKeys, func(name string, v *yaml.Node) {
		switch at := join(path, name); name {
		case "name":
			c.Name = r.text(v, at)
		case "cookie":
			r.cookie(&c, v, at)
		case "needs":
			c.Needs = r.texts(v, at)
		case "instead":
			c.Instead = r.text(v, at)
		case "weaker":
			c.Weaker = r.truth(v, at)
		case "steps":
			r.list(v, at, func(path string, kid *yaml.Node) { c.Steps = append(c.Steps, r.sessionStep(kid, path)) })
		case "user":
			c.User = r.text(v, at)
		case "expires":
			c.Expires = r.text(v, at)
		}
	})
	return c
}

// cookie reads `name` and `{ name: name, decode: php, setting: cookie_name }`.
func (r *reader) cookie(c *session.Recipe, n *yaml.Node, path string) {
	if n.Kind != yaml.MappingNode {
		c.Cookie = r.text(n, path)
		return
	}
	r.object(n, path, []string{"name", "decode", "setting"}, func(key string, v *yaml.Node) {
		switch at := join(path, key); key {
		case "name":
			c.Cookie = r.text(v, at)
		case "decode":
			c.Read = r.oneOf(v, at, []string{"raw", "php", "form"})
		default:
			c.Named = r.text(v, at)
		}
	})
}

func (r *reader) sessionStep(n *yaml.Node, path string) session.Step {
	s := session.Step{Place: r.at(n, path)}
	r.object(n, path, stepKeys, func(name string, v *yaml.Node) {
		at := join(path, name)
		condition := func(into *string) {
			if *into = r.text(v, at); strings.TrimSpace(*into) == "" {
				r.fault(r.at(v, at), "is empty", "write a condition")
			}
		}
		switch name {
		case "set":
			s.Set = r.pairs(v, at)
		case "check":
			condition(&s.Check)
		case "guest":
			condition(&s.Guest)
		case "skip":
			condition(&s.Skip)
		case "row":
			s.Row = r.rowStep(v, at)
		case "settings":
			s.Settings = r.settingsStep(v, at)
		case "file":
			s.File = r.fileStep(v, at)
		}
	})
	return s
}

func (r *reader) rowStep(n *yaml.Node, path string) *session.RowSpec {
	s := &session.RowSpec{}
	r.object(n, path, rowStepKeys, func(name string, v *yaml.Node) {
		switch at := join(path, name); name {
		case "table":
			s.Tables = r.texts(v, at)
		case "by":
			pairs := r.pairs(v, at)
			if len(pairs) != 1 {
				r.fault(r.at(v, at), "is not exactly one column", "write by: { column: expression }, and further columns under and")
				return
			}
			s.By = pairs[0]
		case "and":
			s.And = r.pairs(v, at)
		case "where":
			s.Where = strings.Join(r.texts(v, at), "; ")
		case "take":
			s.Take = r.pairs(v, at)
		case "join":
			s.Join = r.joinStep(v, at)
		case "optional":
			if s.NoTable = v.Value == "table"; !s.NoTable {
				s.Optional = r.truth(v, at)
			}
		}
	})
	if s.By[0] == "" {
		r.fault(r.at(n, path), "lacks by", "write by: { column: expression }")
	}
	return s
}

func (r *reader) joinStep(n *yaml.Node, path string) *session.JoinSpec {
	s := &session.JoinSpec{}
	r.object(n, path, joinStepKey, func(name string, v *yaml.Node) {
		switch at := join(path, name); name {
		case "table":
			s.Tables = r.texts(v, at)
		case "by":
			if pairs := r.pairs(v, at); len(pairs) == 1 {
				s.By = pairs[0]
			}
		case "and":
			s.And = r.pairs(v, at)
		case "take":
			s.Take = r.pairs(v, at)
		case "optional":
			s.Optional = r.truth(v, at)
		case "key":
			s.Key = r.text(v, at)
		}
	})
	if s.By[0] == "" {
		r.fault(r.at(n, path), "lacks by with exactly one column", "write by: { column: column of the row }")
	}
	return s
}

func (r *reader) settingsStep(n *yaml.Node, path string) *session.SettingsSpec {
	s := &session.SettingsSpec{}
	r.object(n, path, settingKeys, func(name string, v *yaml.Node) {
		switch at := join(path, name); name {
		case "table":
			s.Tables = r.texts(v, at)
		case "name":
			s.Name = r.text(v, at)
		case "value":
			s.Value = r.text(v, at)
		case "where":
			s.Where = r.pairs(v, at)
		case "take":
			s.Take = r.pairs(v, at)
		case "optional":
			s.Optional = r.truth(v, at)
		}
	})
	return s
}

func (r *reader) fileStep(n *yaml.Node, path string) *session.FileSpec {
	s := &session.FileSpec{}
	places := map[string]*string{"folder": &s.Folder, "name": &s.Name, "content": &s.Content, "changed": &s.Changed}
	r.object(n, path, fileStepKey, func(name string, v *yaml.Node) { *places[name] = r.text(v, join(path, name)) })
	return s
}
