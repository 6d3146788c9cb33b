package userinfo

import (
	"fmt"
	"strings"
)

// Conditions are conditions on the rows of one table, in the language of USERS_WHERE. The zero value holds for every row.
type Conditions struct{ list []condition }

// ParseConditions reads conditions joined by ";" or "and". The error says what cannot be read, and where.
func ParseConditions(text string) (Conditions, error) {
	list, err := parseWhere(text)
	return Conditions{list}, err
}

// Columns are the columns that the conditions name, in their order.
func (c Conditions) Columns() []string {
	var names []string
	for _, cond := range c.list {
		names = append(names, cond.column)
	}
	return names
}

// Bind gives the values the types of a table's columns, for the database to compare. The error wraps [ErrMapping]: a column is missing, or its type cannot be
// compared with the value.
func (c Conditions) Bind(table string, columns []Column) ([]Cond, error) {
	var bound []Cond
	for _, cond := range c.list {
		column, ok := columnNamed(columns, cond.column)
		if !ok {
			return nil, fmt.Errorf("%w: table %s has no column %s, or there is no right on it", ErrMapping, table, cond.column)
		}
		b, err := cond.bind(column)
		if err != nil {
			return nil, fmt.Errorf("%w: a condition on table %s %w", ErrMapping, table, err)
		}
		bound = append(bound, b)
	}
	return bound, nil
}

// columnNamed finds a column as it is spelled, or else in other letter case, as MySQL does.
func columnNamed(columns []Column, name string) (Column, bool) {
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, c := range columns {
			if same(c.Name, name) {
				return c, true
			}
		}
	}
	return Column{}, false
}
