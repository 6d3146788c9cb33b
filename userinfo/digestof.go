package userinfo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"github.com/chatpass/chatpass/internal/passmark"
)

// digestVersion is raised when the same row gives another digest than it did: when digest, a converter, or what empties and joins texts changes its outcome. Marks from before
// then tell nothing, where everybody would seem to have a new password.
const digestVersion = 1

// digestOf names what a digest is of, "" where no column of it is there: a hash of everything that decides about the digest of a row but the row. An edited expression makes
// another digest of every row, which must not look like a new password of everybody.
func (b *binder) digestOf(e expr) string {
	c := &canon{binder: b}
	c.write("version", digestVersion)
	c.expr(e)
	if !c.found {
		return ""
	}
	if c.converts {
		c.write("env", b.mapping.env.Site, b.mapping.env.Zone.String())
	}
	sum := sha256.Sum256(c.text)
	return hex.EncodeToString(sum[:])[:passmark.DigestOf]
}

// canon writes an expression as it is bound: two texts are equal if the expressions give the same of every row. References are written as what they lead to, so that neither
// letter case nor the aliases of joins count, nor whether a column may be missing that is there.
type canon struct {
	*binder

	text     []byte
	found    bool // a column of it is there
	converts bool // what the site's address and zone are goes into it
}

// write adds values so that no two lists of them look alike.
func (c *canon) write(values ...any) {
	c.text = append(c.text, '(')
	for _, v := range values {
		c.text = append(strconv.AppendQuote(c.text, fmt.Sprint(v)), ' ')
	}
	c.text = append(c.text, ')')
}

// list writes what is nested.
func (c *canon) list(what string, n int, each func(i int)) {
	c.write(what, n)
	for i := range n {
		each(i)
	}
}

func (c *canon) expr(e expr) {
	c.list("alternatives", len(e.alts), func(i int) {
		t := e.alts[i]
		if t.node != nil {
			c.node(t.node)
			return
		}
		c.list("text", len(t.parts), func(k int) {
			p := t.parts[k]
			if p.ref == (ref{}) {
				c.write("constant", p.text)
				return
			}
			c.reference(p.ref)
			c.converts = c.converts || len(p.specs) > 0
			c.list("converters", len(p.specs), func(s int) { c.write(p.specs[s]) })
		})
	})
}

func (c *canon) node(n *node) {
	c.converts = c.converts || n.kind == nodeCall
	c.write("node", n.kind, n.zero, n.sep, n.form)
	c.list("of", len(n.of), func(i int) { c.expr(n.of[i]) })
	c.list("cases", len(n.cases), func(i int) {
		c.condition(n.cases[i].when, nil)
		c.expr(n.cases[i].then)
	})
	if n.other != nil {
		c.write("else")
		c.expr(*n.other)
	}
}

// condition writes a condition; of a join's own where, whose references are columns of that join.
func (c *canon) condition(x *boolean, own *joinBind) {
	c.write("condition", x.op, x.now, x.mask, x.like, x.truth, x.test.op)
	c.list("values", len(x.test.values), func(i int) { c.write(x.test.values[i].text, x.test.values[i].quoted) })
	c.list("in", len(x.in), func(i int) { c.write(x.in[i]) })
	switch {
	case x.ref == ref{}:
	case own != nil:
		c.column(own.columns, x.ref.name)
	default:
		c.reference(x.ref)
	}
	if x.op == opOf {
		c.expr(x.of)
	}
	c.list("kids", len(x.kids), func(i int) { c.condition(x.kids[i], own) })
}

// reference writes what a reference leads to.
func (c *canon) reference(r ref) {
	if _, index := c.place(r); index < 0 {
		c.write("missing")
		return
	}
	c.found = true
	c.leads(r)
}

func (c *canon) leads(r ref) {
	if r.alias == "" {
		c.write("table", c.binder.found.table)
		c.column(c.binder.found.columns, r.name)
		return
	}
	j := c.joins[r.alias]
	c.write("join", j.Kind, j.table)
	c.column(j.columns, j.Column)
	c.leads(j.on)
	c.write("gives", r.agg, r.arg, r.like)
	if j.Kind == JoinKV {
		c.column(j.columns, j.Key)
		c.column(j.columns, j.Value)
		c.write("key", r.name)
	} else {
		c.column(j.columns, r.name)
	}
	c.list("where", len(j.join.where), func(i int) { c.condition(j.join.where[i].boolean, j) })
	c.list("order", len(j.order), func(i int) {
		c.column(j.columns, j.order[i].Column)
		c.write(j.order[i].Descending)
	})
}

// column writes a column as the database spells it, and its type where that decides how its values are written.
func (c *canon) column(columns []Column, name string) {
	col, ok := findColumn(columns, name)
	if !ok {
		c.write("no column")
		return
	}
	kind := col.DBType
	if slices.Contains([]ColumnType{ColumnText, ColumnBytes, ColumnInt, ColumnUint}, col.Type) {
		kind = ""
	}
	c.write("column", col.Name, kind)
}
