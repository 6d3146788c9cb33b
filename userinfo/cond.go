package userinfo

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
)

// literal is a value as a condition spells it; its SQL type comes from the column, never from the spelling alone.
type literal struct {
	text   string
	quoted bool
}

// condition is a parsed, not yet bound condition.
type condition struct {
	column string
	op     Op
	values []literal
}

// Limits of USERS_WHERE.
const (
	maxConditions = 32
	maxInValues   = 256
)

// parseWhere reads conditions joined by ";" or "and": `status_id in (2,3); deleted_at is null`.
func parseWhere(text string) ([]condition, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("is longer than %d bytes", maxExpression)
	}
	var conds []condition
	for _, piece := range splitConditions(text) {
		s := &scanner{text: piece}
		if s.next().kind == tokenEnd {
			continue
		}
		for {
			c, err := s.condition()
			if err != nil {
				return nil, fmt.Errorf("%w in %q", err, setting.Clip(strings.TrimSpace(piece)))
			}
			if conds = append(conds, c); len(conds) > maxConditions {
				return nil, fmt.Errorf("has more than %d conditions", maxConditions)
			}
			if s.token.kind == tokenEnd {
				break
			}
			if !s.word("and") {
				if s.token.kind == tokenWord && strings.EqualFold(s.token.text, "or") {
					return nil, errors.New("uses OR, which this setting does not know: use IN (…) for several values of one column")
				}
				return nil, fmt.Errorf("has %q where a ; or the end was expected in %q", setting.Clip(s.token.text), setting.Clip(strings.TrimSpace(piece)))
			}
		}
	}
	return conds, nil
}

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenNumber
	tokenString
	tokenSymbol
	tokenBad
)

type token struct {
	kind tokenKind
	text string
}

// scanner splits a condition into tokens; token is the one under the cursor.
type scanner struct {
	text  string
	token token
	wide  bool // words may be references such as m.key?
}

func (s *scanner) next() token {
	s.text = strings.TrimLeft(s.text, " \t\r\n")
	s.token = s.read()
	return s.token
}

func (s *scanner) read() token {
	if s.text == "" {
		return token{}
	}
	c := s.text[0]
	switch {
	case c == '\'' || c == '"':
		return s.quoted(c)
	case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		dotted := false
		return s.take(tokenWord, func(c byte) bool {
			if s.wide {
				dotted = dotted || c == '.'
				if c == '.' || c == '?' || dotted && (c == '-' || c == ':' || c == '%' || c == '/') {
					return true
				}
			}
			return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		})
	case c >= '0' && c <= '9' || c == '-' && len(s.text) > 1 && s.text[1] >= '0' && s.text[1] <= '9':
		first := true
		return s.take(tokenNumber, func(c byte) bool {
			ok := c >= '0' && c <= '9' || c == '.' || first && c == '-'
			first = false
			return ok
		})
	}
	for _, symbol := range []string{"<=", ">=", "<>", "!=", "==", "=", "<", ">", "(", ")", ",", "&"} {
		if strings.HasPrefix(s.text, symbol) {
			s.text = s.text[len(symbol):]
			return token{tokenSymbol, symbol}
		}
	}
	bad := s.text
	s.text = ""
	return token{tokenBad, bad}
}

func (s *scanner) take(kind tokenKind, belongs func(byte) bool) token {
	end := 0
	for end < len(s.text) && belongs(s.text[end]) {
		end++
	}
	t := token{kind, s.text[:end]}
	s.text = s.text[end:]
	return t
}

// quoted reads a string; a doubled quote stands for one.
func (s *scanner) quoted(quote byte) token {
	var b strings.Builder
	for i := 1; i < len(s.text); i++ {
		if s.text[i] != quote {
			b.WriteByte(s.text[i])
			continue
		}
		if i+1 < len(s.text) && s.text[i+1] == quote {
			b.WriteByte(quote)
			i++
			continue
		}
		s.text = s.text[i+1:]
		return token{tokenString, b.String()}
	}
	bad := s.text
	s.text = ""
	return token{tokenBad, bad}
}

func (s *scanner) word(w string) bool {
	if s.token.kind == tokenWord && strings.EqualFold(s.token.text, w) {
		s.next()
		return true
	}
	return false
}

func (s *scanner) symbol(w string) bool {
	if s.token.kind == tokenSymbol && s.token.text == w {
		s.next()
		return true
	}
	return false
}

var symbolOps = map[string]Op{
	"=": OpEqual, "==": OpEqual, "!=": OpNotEqual, "<>": OpNotEqual,
	"<": OpLess, "<=": OpLessEqual, ">": OpGreater, ">=": OpGreaterEqual,
}

func (s *scanner) condition() (condition, error) {
	if s.token.kind != tokenWord || !validIdentifier(s.token.text) {
		return condition{}, errors.New("a condition must start with a column name")
	}
	c := condition{column: s.token.text}
	s.next()
	switch {
	case s.word("is"):
		c.op = OpNull
		if s.word("not") {
			c.op = OpNotNull
		}
		if !s.word("null") {
			return c, errors.New("IS must be followed by NULL or NOT NULL")
		}
		return c, nil
	case s.word("not"):
		if !s.word("in") {
			return c, errors.New("NOT must be followed by IN")
		}
		c.op = OpNotIn
		return c, s.list(&c)
	case s.word("in"):
		c.op = OpIn
		return c, s.list(&c)
	}
	op, ok := symbolOps[s.token.text]
	if s.token.kind != tokenSymbol || !ok {
		return c, fmt.Errorf("column %s must be followed by = != < <= > >= IN, NOT IN or IS", c.column)
	}
	c.op = op
	s.next()
	return c, s.value(&c)
}

func (s *scanner) list(c *condition) error {
	if !s.symbol("(") {
		return errors.New("IN must be followed by a list in parentheses")
	}
	for {
		if err := s.value(c); err != nil {
			return err
		}
		if len(c.values) > maxInValues {
			return fmt.Errorf("a list has more than %d values", maxInValues)
		}
		if s.symbol(")") {
			return nil
		}
		if !s.symbol(",") {
			return errors.New("a list must be closed with )")
		}
	}
}

func (s *scanner) value(c *condition) error {
	t := s.token
	switch {
	case t.kind == tokenNumber:
		c.values = append(c.values, literal{text: t.text})
	case t.kind == tokenString:
		c.values = append(c.values, literal{text: t.text, quoted: true})
	case t.kind == tokenWord && strings.EqualFold(t.text, "true"), t.kind == tokenWord && strings.EqualFold(t.text, "false"):
		c.values = append(c.values, literal{text: strings.ToLower(t.text)})
	case t.kind == tokenWord && strings.EqualFold(t.text, "null"):
		return errors.New("NULL is compared with IS NULL or IS NOT NULL")
	case t.kind == tokenWord:
		return fmt.Errorf("the value %s must be in quotes: '%s'", setting.Clip(t.text), setting.Clip(t.text))
	default:
		return errors.New("a value is missing or cannot be read")
	}
	s.next()
	return nil
}

// bind gives the values the type of their column.
func (c condition) bind(col Column) (Cond, error) {
	bound := Cond{Column: col.Name, Op: c.op}
	for _, v := range c.values {
		value, err := v.as(col)
		if err != nil {
			return Cond{}, err
		}
		bound.Values = append(bound.Values, value)
	}
	return bound, nil
}

func (l literal) as(col Column) (any, error) {
	mismatch := fmt.Errorf("compares column %s (%s) with %q, which is not of its type", col.Name, col.DBType, setting.Clip(l.text))
	truth := !l.quoted && (l.text == "true" || l.text == "false")
	switch col.Type {
	case ColumnInt, ColumnUint, ColumnBool:
		text := l.text
		if truth {
			text = map[string]string{"true": "1", "false": "0"}[text]
		}
		if whole, zeros, ok := strings.Cut(text, "."); ok && !l.quoted && zeros != "" && strings.Trim(zeros, "0") == "" {
			text = whole // 1.0 is 1 for every database
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || col.Type == ColumnBool && n != 0 && n != 1 {
			return nil, mismatch
		}
		if col.Type == ColumnBool {
			return n == 1, nil
		}
		return n, nil
	case ColumnNumber:
		f, err := strconv.ParseFloat(l.text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, mismatch
		}
		return f, nil
	case ColumnText:
		return l.text, nil
	case ColumnUUID:
		if !canonicalUUID(strings.ToLower(l.text)) {
			return nil, mismatch
		}
		return strings.ToLower(l.text), nil
	case ColumnTime, ColumnTimestamp, ColumnDate:
		for _, layout := range []string{time.DateTime, time.DateOnly, "2006-01-02 15:04"} {
			t, err := time.Parse(layout, l.text)
			switch {
			case err != nil:
			case col.Type == ColumnDate:
				return l.text, nil
			default: // SQLite compares texts: a date alone would be less than its midnight
				return t.Format(time.DateTime), nil
			}
		}
		return nil, mismatch
	case ColumnBytes, ColumnOther:
	}
	return nil, fmt.Errorf("compares column %s, whose type %s this setting cannot compare", col.Name, col.DBType)
}
