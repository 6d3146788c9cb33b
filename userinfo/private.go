package userinfo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/chatpass/chatpass/internal/setting"
)

// PrivateField is what a provider has to know of users and nobody is shown, such as their phones. It is read only by [Directory.Whole] and [Directory.Scan]; it is no
// part of users-info, of tokens, or of any other answer.
type PrivateField struct {
	Name     string // as mapping files call it under private: "phone"
	Var      string // variable without prefix that holds Expr, such as "MESIBO_USERS_PHONE"
	Expr     string // expression as USERS_EMAIL takes; empty: that of the mapping file, if it has one. Of PasswordField it is always empty.
	Required bool   // that there is neither is a fault
}

// Private are the private fields of a user that are not empty, by their names. It never prints its texts.
type Private map[string]string

// redacted stands for private fields wherever they would be printed.
const redacted = "[private]"

// Format prints nothing of the fields, whatever the verb.
func (Private) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is for logs, which get nothing of the fields.
func (Private) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON gives null: private fields are no part of an answer.
func (Private) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// privateSpecs reads the private fields of a mapping file. Whether anybody asks for them is told later, but a mistake in them is told in any case.
func (c *compiler) privateSpecs(specs []FieldSpec) (offered []extraField) {
	p := c.m.parser()
	for _, f := range specs {
		at := f.Expr.Place
		if !validIdentifier(f.Name) || slices.ContainsFunc(offered, func(x extraField) bool { return x.name == f.Name }) || len(offered) == maxPrivate {
			c.fault(at, fmt.Sprintf("is no private field, stands twice, or is more than the %dth", maxPrivate), "a private field that a provider asks for is phone")
			continue
		}
		e, err := p.spec(f.Expr, false, 0)
		digest := f.Name == PasswordField
		switch {
		case err == nil && digest && e.constant():
			err = errConstant
		case err == nil && !digest:
			err = c.m.checkOutputs(e, false)
		}
		if err != nil {
			c.fault(at, err.Error(), "see docs/mapping-language.md")
			continue
		}
		offered = append(offered, extraField{f.Name, e, at, digest})
	}
	return offered
}

// maxPrivate bounds private fields; providers ask for one or two.
const maxPrivate = 8

// errConstant refuses an expression that looks at nothing of a user.
var errConstant = errors.New("is the same text for every user")

// private takes over the private fields that are asked for: as a setting has them, else as the mapping file offers them.
func (c *compiler) private(asked []PrivateField, offered []extraField) {
	m := c.m
	p := m.parser()
	p.email = m.fields[fieldEmail].alts
	for _, f := range asked {
		at := Place{Var: f.Var}
		if f.Name == PasswordField {
			continue // see password
		}
		if i := slices.IndexFunc(offered, func(x extraField) bool { return x.name == f.Name }); f.Expr == "" && i >= 0 {
			m.private = append(m.private, offered[i])
			continue
		}
		if f.Expr == "" {
			if f.Required {
				c.fault(at, "is missing", "set it to the column with the "+f.Name+" of users, such as "+f.Name+", or to a text such as {m.billing_"+f.Name+"}")
			}
			continue
		}
		if slices.ContainsFunc(m.private, func(x extraField) bool { return x.name == f.Name }) {
			continue // of another provider that asks for the same
		}
		e, err := p.parse(f.Expr, false)
		if err == nil {
			err = m.checkOutputs(e, false)
		}
		if err == nil && e.constant() {
			err = errConstant
		}
		if err != nil {
			c.fault(at, err.Error(), "write a column name, or columns in braces: {phone} ?? {mobile}")
			continue
		}
		m.private = append(m.private, extraField{name: f.Name, expr: e, at: at})
	}
}

// constant tells an expression that looks at nothing of a user.
func (e expr) constant() bool {
	constant := true
	e.all(func(ref) { constant = false })
	return constant
}

// MapsPrivate reports whether the mapping has a private field.
func (m *Mapping) MapsPrivate(name string) bool {
	return slices.ContainsFunc(m.private, func(x extraField) bool { return x.name == name })
}

// readPrivate are the private fields that this mapping reads.
func (m *Mapping) readPrivate() []extraField {
	if !m.reading {
		return nil
	}
	return m.private
}

// readsIfAny is what a plan reads; nothing of none.
func (p *boundPlan) readsIfAny() map[string][]string {
	if p == nil {
		return nil
	}
	return p.reads
}

// Whole returns users as ByID does, with their private fields. They cannot be asked about with MayWrite, and have no personas. More than MaxIDs ids are an error.
func (d *Directory) Whole(ctx context.Context, ids ...ID) ([]User, error) {
	return d.byID(ctx, d.wholly, ids)
}

// wholly reads users with their private fields.
func (d *Directory) wholly(ctx context.Context, set *idSet) (*found, error) {
	p, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	if p.whole == nil {
		return d.read(ctx, set)
	}
	f, err := d.wholes.run(ctx, set, p.whole.crowded(), func(set *idSet) (*found, error) { return d.query(p.whole, set) })
	if err != nil {
		return nil, d.failed(p, err)
	}
	return f, nil
}

// paged is what Scan reads of a mapping: some fields, and the private ones but that of the password.
func (m *Mapping) paged(fields []string) *Mapping {
	c := m.only(fields)
	c.reading = true
	c.private = slices.DeleteFunc(slices.Clone(c.private), func(x extraField) bool { return x.digest })
	return c
}

// whole is the mapping with its private fields, and without what no provider reads of a user it has to know about.
func (m *Mapping) whole() *Mapping {
	c := *m
	c.search, c.friends, c.persona, c.rules = []string{}, nil, nil, nil
	c.reading = true
	return &c
}

// bindPrivate makes the plans of what Whole and Scan read.
func (d *Directory) bindPrivate(b *boundPlan, found schema) (faults []setting.Fault, err error) {
	if len(d.mapping.private) > 0 {
		if b.whole, faults, err = d.bindTo(d.mapping.whole(), found, false); err != nil {
			return faults, err
		}
	}
	if d.scanned == nil {
		return nil, nil
	}
	if b.scan, faults, err = d.bindTo(d.scanned, found, false); err != nil {
		return faults, err
	}
	return nil, d.bindPages(b)
}
