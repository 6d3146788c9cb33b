package preset

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chatpass/chatpass/userinfo"
)

// Families are the kinds of platforms.
var Families = []string{"cms", "forum", "shop", "framework", "community", "media", "learning"}

var (
	fileKeys = []string{
		"name", "title", "versions", "family", "databases", "notes", "vars", "users", "joins", "search", "friends", "fields", "private", "flags",
		"permissions", "write", "profiles", "settings", "session", "detect", "site",
	}
	databases   = []string{"mysql", "postgres", "sqlite"}
	formats     = []string{"php", "dotenv", "json", "yaml", "ini", "python"}
	userKeys    = []string{"table", "key", "where"}
	joinKeys    = []string{"as", "table", "on", "one", "kv", "many", "where", "order", "optional"}
	friendKeys  = []string{"table", "user", "friend", "where", "optional"}
	writeKeys   = []string{"from", "to", "answer"}
	writings    = []string{"allow", "ask", "deny"}
	profileKeys = []string{"table", "parent", "key", "where", "joins", "fields", "optional"}
	detectKeys  = []string{"anchor", "columns", "companions", "rank", "settings"}
	rowKeys     = []string{"table", "key", "value", "name"}
	siteKeys    = []string{"files", "marks", "format", "database", "prefix", "url", "secrets", "cookies"}
	cookieKeys  = []string{"domain", "paths"}
	pathKeys    = []string{"path", "url", "row"}
	dbKeys      = []string{"driver", "host", "port", "name", "user", "password", "socket", "path", "url"}
)

func (r *reader) file(root *yaml.Node) *File {
	f := &File{}
	f.Users.Place, f.Users.FieldsPlace = r.at(root, "users"), r.at(root, "fields")
	r.object(root, "", fileKeys, func(name string, n *yaml.Node) {
		switch name {
		case "name":
			f.Name = r.text(n, name)
		case "title":
			f.Title = r.text(n, name)
		case "versions":
			f.Versions = r.text(n, name)
		case "family":
			f.Family = r.oneOf(n, name, Families)
		case "databases":
			r.each(n, name, func(path string, kid *yaml.Node) {
				f.Databases = append(f.Databases, r.oneOf(kid, path, databases))
			})
		case "notes":
			f.Notes = r.text(n, name)
		case "settings":
			f.Settings = r.dict(n, name)
		case "session":
			f.Session = r.sessions(n, name)
		case "detect":
			f.Detect = r.detect(n)
		case "site":
			f.Site = r.site(n)
		default:
			r.users(&f.Users, name, n)
		}
	})
	return f
}

// users reads the parts of a file that are the mapping.
func (r *reader) users(s *userinfo.Spec, name string, n *yaml.Node) {
	switch name {
	case "vars":
		s.Vars = r.dict(n, name)
		for key, value := range s.Vars {
			if !plain(key) || key == "site" || len(value) > maxVar || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || strings.ContainsRune("{}'\"|", c) }) || strings.Contains(value, "??") {
				r.fault(r.at(n, join(name, shown(key))), "is no constant", fmt.Sprintf("use a plain name, and a text of at most %d bytes without braces, quotes, | and ??", maxVar))
			}
		}
	case "users":
		s.Place = r.at(n, name)
		r.object(n, name, userKeys, func(key string, v *yaml.Node) {
			switch path := join(name, key); key {
			case "table":
				s.Tables = r.texts(v, path)
			case "key":
				s.Key, s.KeyType = r.key(v, path)
			case "where":
				s.Where = r.conditions(v, path)
			}
		})
	case "joins":
		r.list(n, name, func(path string, v *yaml.Node) { s.Joins = append(s.Joins, r.join(v, path)) })
	case "search":
		s.SearchPlace = r.at(n, name)
		if s.Search = r.texts(n, name); s.Search == nil || len(s.Search) == 1 && s.Search[0] == "off" {
			s.Search = []string{}
		}
	case "friends":
		s.Friends = r.friends(n, name)
	case "fields":
		s.FieldsPlace = r.at(n, name)
		s.Fields = r.fields(n, name)
	case "private":
		s.Private = r.fields(n, name)
	case "flags":
		r.object(n, name, []string{"banned", "active", "admin"}, func(key string, v *yaml.Node) {
			c := r.condition(v, join(name, key))
			switch key {
			case "banned":
				s.Banned = &c
			case "active":
				s.Active = &c
			default:
				s.Admin = &c
			}
		})
	case "permissions":
		r.object(n, name, nil, func(key string, v *yaml.Node) {
			s.Permissions = append(s.Permissions, userinfo.PermissionSpec{Name: key, Cond: r.condition(v, join(name, shown(key)))})
		})
	case "write":
		r.list(n, name, func(path string, v *yaml.Node) { s.Write = append(s.Write, r.write(v, path)) })
	case "profiles":
		s.Profiles = r.profiles(n, name)
	}
}

// write reads a rule on who may write to whom.
func (r *reader) write(n *yaml.Node, path string) userinfo.WriteSpec {
	w := userinfo.WriteSpec{Place: r.at(n, path)}
	answered := false
	r.object(n, path, writeKeys, func(name string, v *yaml.Node) {
		at := join(path, name)
		if name == "answer" {
			answered = true
			w.Answer = r.oneOf(v, at, writings)
			return
		}
		c := r.condition(v, at)
		if name == "from" {
			w.From = &c
		} else {
			w.To = &c
		}
	})
	if !answered && n.Kind == yaml.MappingNode {
		r.fault(w.Place, "has no answer", "write answer: allow, ask or deny")
	}
	return w
}

// key reads `ID` and `{ col: ID, type: uint }`.
func (r *reader) key(n *yaml.Node, path string) (column, kind string) {
	if n.Kind != yaml.MappingNode {
		return r.text(n, path), ""
	}
	r.object(n, path, []string{"col", "type"}, func(name string, v *yaml.Node) {
		if name == "col" {
			column = r.text(v, join(path, name))
		} else {
			kind = r.text(v, join(path, name))
		}
	})
	return column, kind
}

func (r *reader) join(n *yaml.Node, path string) userinfo.JoinSpec {
	j := userinfo.JoinSpec{Place: r.at(n, path)}
	kinds := 0
	r.object(n, path, joinKeys, func(name string, v *yaml.Node) {
		switch at := join(path, name); name {
		case "as":
			j.As = r.text(v, at)
			j.Place = r.at(n, path+" ("+shown(j.As)+")")
		case "table":
			j.Tables = r.texts(v, at)
		case "on":
			for i, p := range r.pairs(v, at) {
				if j.Column, j.Ref = p[0], p[1]; i > 0 {
					r.fault(r.at(v, at), "has more than one pair", "use where for further conditions")
				}
			}
		case "one", "many":
			if kinds++; !r.truth(v, at) {
				kinds--
			} else if name == "many" {
				j.Kind = userinfo.JoinMany
			}
		case "kv":
			kinds++
			j.Kind = userinfo.JoinKV
			r.object(v, at, []string{"key", "value"}, func(key string, w *yaml.Node) {
				if key == "key" {
					j.Key = r.text(w, join(at, key))
				} else {
					j.Value = r.text(w, join(at, key))
				}
			})
		case "where":
			j.Where = r.conditions(v, at)
		case "order":
			j.Order = r.texts(v, at)
		case "optional":
			j.Optional = r.truth(v, at)
		}
	})
	switch {
	case kinds != 1:
		r.fault(j.Place, "says nothing, or more than one thing, of how many rows belong to a user", "write one: true, many: true or kv: { key: …, value: … }")
	case len(j.Tables) == 0 || j.Column == "" || j.Ref == "" || j.As == "":
		r.fault(j.Place, "lacks as, table or on", "write { as: x, table: t, on: { column: reference }, one: true }")
	case j.Kind == userinfo.JoinKV && (j.Key == "" || j.Value == ""):
		r.fault(j.Place, "does not name the columns of names and values", "write kv: { key: meta_key, value: meta_value }")
	}
	return j
}

func (r *reader) friends(n *yaml.Node, path string) *userinfo.FriendsSpec {
	f := &userinfo.FriendsSpec{Place: r.at(n, path)}
	r.object(n, path, friendKeys, func(name string, v *yaml.Node) {
		switch at := join(path, name); name {
		case "table":
			f.Tables = r.texts(v, at)
		case "user":
			f.User = r.text(v, at)
		case "friend":
			f.Friend = r.text(v, at)
		case "where":
			f.Where = r.conditions(v, at)
		case "optional":
			f.Optional = r.truth(v, at)
		}
	})
	return f
}

func (r *reader) profiles(n *yaml.Node, path string) *userinfo.ProfilesSpec {
	p := &userinfo.ProfilesSpec{Place: r.at(n, path)}
	r.object(n, path, profileKeys, func(name string, v *yaml.Node) {
		switch at := join(path, name); name {
		case "table":
			p.Tables = r.texts(v, at)
		case "parent":
			p.Parent = r.text(v, at)
		case "key":
			p.Key = r.text(v, at)
		case "where":
			p.Where = r.conditions(v, at)
		case "joins":
			r.list(v, at, func(path string, w *yaml.Node) { p.Joins = append(p.Joins, r.join(w, path)) })
		case "fields":
			p.Fields = r.fields(v, at)
		case "optional":
			p.Optional = r.truth(v, at)
		}
	})
	return p
}

func (r *reader) fields(n *yaml.Node, path string) []userinfo.FieldSpec {
	var fields []userinfo.FieldSpec
	r.object(n, path, nil, func(name string, v *yaml.Node) {
		fields = append(fields, userinfo.FieldSpec{Name: name, Expr: r.expr(v, join(path, shown(name)))})
	})
	return fields
}

func (r *reader) detect(n *yaml.Node) *Detect {
	const path = "detect"
	d := &Detect{Companions: map[string][]string{}, Settings: map[string]Row{}}
	r.object(n, path, detectKeys, func(name string, v *yaml.Node) {
		switch at := join(path, name); name {
		case "anchor":
			d.Anchor = r.text(v, at)
		case "columns":
			d.Columns = r.texts(v, at)
		case "companions":
			r.object(v, at, nil, func(table string, w *yaml.Node) { d.Companions[table] = r.texts(w, join(at, shown(table))) })
		case "rank":
			rank, err := strconv.Atoi(r.text(v, at))
			if d.Rank = rank; err != nil {
				r.fault(r.at(v, at), "is no whole number", "write a number")
			}
		case "settings":
			r.object(v, at, nil, func(what string, w *yaml.Node) {
				row := Row{}
				places := map[string]*string{"table": &row.Table, "key": &row.Key, "value": &row.Value, "name": &row.Name}
				r.object(w, join(at, shown(what)), rowKeys, func(key string, x *yaml.Node) { *places[key] = r.text(x, join(at, key)) })
				d.Settings[what] = row
			})
		}
	})
	if strings.TrimSpace(d.Anchor) == "" {
		r.fault(r.at(n, path), "has no anchor", "write anchor: the end of the users table's name")
	}
	return d
}

func (r *reader) site(n *yaml.Node) *Site {
	const path = "site"
	s := &Site{Secrets: map[string]string{}}
	d := &s.Database
	places := map[string]*string{
		"driver": &d.Driver, "host": &d.Host, "port": &d.Port, "name": &d.Name, "user": &d.User, "password": &d.Password, "socket": &d.Socket,
		"path": &d.Path, "url": &d.URL,
	}
	r.object(n, path, siteKeys, func(name string, v *yaml.Node) {
		switch at := join(path, name); name {
		case "files":
			s.Files = r.texts(v, at)
		case "marks":
			s.Marks = r.texts(v, at)
		case "format":
			s.Format = r.oneOf(v, at, formats)
		case "database":
			r.object(v, at, dbKeys, func(key string, w *yaml.Node) { *places[key] = r.text(w, join(at, key)) })
		case "prefix":
			s.Prefix = r.text(v, at)
		case "url":
			s.URL = r.text(v, at)
		case "secrets":
			s.Secrets = r.dict(v, at)
		case "cookies":
			s.Cookies = r.cookies(v, at)
		}
	})
	return s
}

func (r *reader) cookies(n *yaml.Node, path string) *Cookies {
	c := &Cookies{}
	r.object(n, path, cookieKeys, func(name string, v *yaml.Node) {
		switch at := join(path, name); name {
		case "domain":
			c.Domain = r.text(v, at)
		case "paths":
			r.list(v, at, func(at string, w *yaml.Node) {
				one := CookiePath{}
				places := map[string]*string{"path": &one.Path, "url": &one.URL, "row": &one.Row}
				r.object(w, at, pathKeys, func(key string, x *yaml.Node) { *places[key] = r.text(x, join(at, key)) })
				c.Paths = append(c.Paths, one)
			})
		}
	})
	return c
}

// plain tells the names of constants.
func plain(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && c != '_' && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
