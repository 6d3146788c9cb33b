package userinfo

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agext/levenshtein"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo/convert"
)

// plan is a mapping that has met its table: every column exists, has a type and a place in the row.
// The key stands first in every row. A plan is not changed after bind.
type plan struct {
	kind    KeyKind
	sel     Select
	search  []string
	site    string
	fields  [fieldCount]boundExpr
	extra   []boundField
	indexed bool // the key column is the first of an index
	unique  bool // no two rows can have the same key
}

type boundField struct {
	name string
	kind FieldType
	expr boundExpr
}

// boundExpr is an expression whose columns have a place in the row.
type boundExpr struct {
	alts    []template
	single  int  // place of the one column without converters this is, or -1
	address bool // an address: checked and made absolute
	zones   []*time.Location
}

// bind checks the mapping against the columns of its table and lists every fault.
func (m *Mapping) bind(columns []Column) (*plan, []setting.Fault) {
	b := binder{mapping: m, columns: columns, place: map[string]int{}}
	p := &plan{site: m.env.Site, sel: Select{Table: m.table}}
	if key, ok := b.column("USERS_ID", m.key); ok {
		kind, usable := KindOf(key)
		if !usable {
			b.fault("USERS_ID", fmt.Sprintf("is column %s of type %s, which cannot be a user id", key.Name, key.DBType), "use an integer, text, uuid or binary(16) column")
		}
		if looksSecret(key.Name) {
			b.fault("USERS_ID", fmt.Sprintf("maps column %s, which looks like a secret, to an output", key.Name), "use the column with the user's id")
		}
		p.kind, p.indexed, p.unique = kind, key.Indexed, key.Unique
		b.at(key.Name)
	}
	for field, e := range m.fields {
		p.fields[field] = b.expr(fieldVars[field], e)
		p.fields[field].address = isAddress(field)
		if field == fieldLastLogin {
			p.fields[field].single = -1
		}
	}
	for _, x := range m.extra {
		p.extra = append(p.extra, boundField{x.name, x.expr.fieldType(), b.expr("USERS_FIELDS", x.expr)})
	}
	for _, c := range m.where {
		col, ok := b.column("USERS_WHERE", c.column)
		if !ok {
			continue
		}
		cond, err := c.bind(col)
		if err != nil {
			b.fault("USERS_WHERE", err.Error(), "compare it with a value of its type")
			continue
		}
		p.sel.Where = append(p.sel.Where, cond)
	}
	p.search = b.searchColumns()
	if len(b.faults) > 0 {
		return nil, b.faults
	}
	p.sel.Columns = b.names
	return p, nil
}

type binder struct {
	mapping *Mapping
	columns []Column
	place   map[string]int // place of a column in the row
	names   []string
	faults  []setting.Fault
}

// fault adds a fault, once: a column that is missing may be named many times.
func (b *binder) fault(name, problem, remedy string) {
	if f := (setting.Fault{Var: name, Problem: problem, Remedy: remedy}); !slices.Contains(b.faults, f) {
		b.faults = append(b.faults, f)
	}
}

// column finds a column as it is spelled, or else in other letter case, as MySQL does.
func (b *binder) column(variable, name string) (Column, bool) {
	names := make([]string, len(b.columns))
	folded := -1
	for i, c := range b.columns {
		if c.Name == name {
			return c, true
		}
		if folded < 0 && strings.EqualFold(c.Name, name) {
			folded = i
		}
		names[i] = c.Name
	}
	if folded >= 0 {
		return b.columns[folded], true
	}
	remedy := "correct the name"
	if near := nearest(name, names); near != "" {
		remedy = "did you mean " + near + "?"
	}
	remedy += "; a column the database account has no right on looks the same: GRANT SELECT (" + name + ") ON " + b.mapping.table
	b.fault(variable, fmt.Sprintf("names column %s, which table %s does not have", name, b.mapping.table), remedy)
	return Column{}, false
}

func (b *binder) at(column string) int {
	if i, ok := b.place[column]; ok {
		return i
	}
	b.place[column] = len(b.names)
	b.names = append(b.names, column)
	return len(b.names) - 1
}

func (b *binder) expr(variable string, e expr) boundExpr {
	bound := boundExpr{single: -1}
	for _, t := range e.alts {
		parts := append([]part(nil), t.parts...)
		zone := b.mapping.env.Zone
		for i := range parts {
			if parts[i].column == "" {
				continue
			}
			col, ok := b.column(variable, parts[i].column)
			if !ok {
				continue
			}
			if looksSecret(col.Name) { // the table may spell it userPass where the setting says userpass
				b.fault(variable, fmt.Sprintf("maps column %s, which looks like a secret, to an output", col.Name), "use another column")
				continue
			}
			if col.Type == ColumnOther {
				b.fault(variable, fmt.Sprintf("names column %s, whose type %s cannot be shown", col.Name, col.DBType), "use another column")
				continue
			}
			if col.Type == ColumnTimestamp {
				zone = time.UTC
				b.rezone(&parts[i])
			}
			parts[i].index = b.at(col.Name)
		}
		bound.alts = append(bound.alts, template{parts: parts, whole: t.whole})
		bound.zones = append(bound.zones, zone)
	}
	if len(bound.alts) == 1 && len(bound.alts[0].parts) == 1 {
		if only := bound.alts[0].parts[0]; only.column != "" && len(only.filters) == 0 {
			bound.single = only.index
		}
	}
	return bound
}

// rezone makes the converters of a column that is read as UTC anew, so that the site's zone is not applied to it.
func (b *binder) rezone(p *part) {
	filters := make([]convert.Func, len(p.filters))
	for i, spec := range p.specs {
		f, _, err := convert.New(spec, convert.Env{Site: b.mapping.env.Site, Zone: time.UTC})
		if err != nil {
			return // it was made from the same spec before
		}
		filters[i] = f
	}
	p.filters = filters
}

// searchColumns are the columns a search looks in: those set, or the text columns that show in the name.
func (b *binder) searchColumns() []string {
	var found []string
	add := func(variable, name string, must bool) {
		col, ok := b.column(variable, name)
		if !ok {
			return
		}
		if col.Type != ColumnText {
			if must {
				b.fault(variable, fmt.Sprintf("names column %s of type %s; only text can be searched", col.Name, col.DBType), "use text columns")
			}
			return
		}
		if looksSecret(col.Name) { // as in expr
			if must {
				b.fault(variable, fmt.Sprintf("names column %s, which looks like a secret", col.Name), "use another column")
			}
			return
		}
		if !slices.Contains(found, col.Name) {
			found = append(found, col.Name)
		}
	}
	if b.mapping.search != nil {
		for _, name := range b.mapping.search {
			add("USERS_SEARCH", name, true)
		}
		return found
	}
	before := len(b.faults)
	b.mapping.fields[fieldName].columns(func(column string) { add("USERS_NAME", column, false) })
	b.faults = b.faults[:before] // a missing column was reported with the field itself
	return found
}

// nearest is the name most like a misspelled one, or empty if none is near.
func nearest(name string, names []string) string {
	best, score := "", 0.5
	for _, candidate := range names {
		s := levenshtein.Match(strings.ToLower(name), strings.ToLower(candidate), nil)
		if s > score || s == score && candidate < best {
			best, score = candidate, s
		}
	}
	return best
}
