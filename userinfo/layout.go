package userinfo

import (
	"slices"
)

// layOut gives every column that is read its place in the row.
func (b *binder) layOut(p *plan) {
	p.sel.Columns = b.main.names
	p.width = len(b.main.names)
	for i := range b.mapping.joins {
		j := b.joins[b.mapping.joins[i].As]
		if !j.used || j.absent || !j.left {
			continue
		}
		of := 0
		columns := b.found.columns
		if j.on.alias != "" {
			of, columns = b.joins[j.on.alias].at, b.joins[j.on.alias].columns
		}
		with, _ := findColumn(columns, j.on.name)
		j.read.at(j.column.Name)
		p.sel.Joins = append(p.sel.Joins, Join{Table: j.table, Column: j.column.Name, Of: of, With: with.Name, Columns: j.read.names, Where: j.where})
		j.at, j.first = len(p.sel.Joins), p.width
		b.check(p, j)
		p.width += len(j.read.names)
	}
	for i := range b.mapping.joins {
		j := b.joins[b.mapping.joins[i].As]
		if !j.used || j.absent || j.left {
			continue
		}
		q := &beside{kind: j.Kind, name: j.nameAt, sel: Select{Table: j.table, Columns: j.read.names, Where: j.where, Order: j.order, PerKey: perKey}, where: j.rest}
		if j.Kind == JoinOne && !b.decides(j.As) {
			q.sel.Limit = mostOfOne
		}
		q.key, _ = KindOf(j.column)
		q.indexed = j.column.Indexed
		_, q.on = b.place(j.on)
		on := b.asks(j.on)
		q.uuid, q.number = uuidForms(on, j.column), on.Type == ColumnNumber
		if j.Kind == JoinKV {
			q.sel.Where = append(q.sel.Where, j.keys()...)
		}
		for k := range j.outs {
			j.outs[k].at = p.width
			p.width++
		}
		q.outs = j.outs
		p.more = append(p.more, q)
	}
}

// keys is the condition on the names of a key/value table: those that are needed.
func (j *joinBind) keys() []Cond {
	key, _ := findColumn(j.columns, j.Key)
	var names []any
	for _, o := range j.outs {
		if o.ref.like && len(j.outs) == 1 && key.Type == ColumnText {
			return []Cond{{Column: key.Name, Op: OpLike, Values: []any{o.ref.name}}} // finds more than it should: _ is any character there
		}
		if o.ref.like {
			return nil // which there are only the table knows
		}
		if !slices.Contains(names, any(o.ref.name)) {
			names = append(names, o.ref.name)
		}
	}
	return []Cond{{Column: key.Name, Op: OpIn, Values: names}}
}

// place is the column a reference names and its place in the row.
func (b *binder) place(r ref) (Column, int) {
	if r == (ref{}) {
		return Column{}, constant
	}
	if b.barred(r) {
		return Column{}, missing
	}
	if r.alias == "" {
		col, ok := findColumn(b.found.columns, r.name)
		if !ok {
			return Column{}, missing
		}
		return col, b.main.at(col.Name)
	}
	j := b.joins[r.alias]
	if j.absent {
		return Column{}, missing
	}
	col, _ := findColumn(j.columns, r.name)
	if j.left {
		if r.agg == aggExists { // a left join that has a row has its key
			return j.column, j.first + j.read.at(j.column.Name)
		}
		if col.Name == "" {
			return Column{}, missing
		}
		return col, j.first + j.read.at(col.Name)
	}
	for _, o := range j.outs {
		if o.ref == r {
			if j.Kind == JoinKV {
				col, _ = findColumn(j.columns, j.Value)
			}
			return col, o.at
		}
	}
	return Column{}, missing
}
