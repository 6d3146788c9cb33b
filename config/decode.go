package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/kelseyhightower/envconfig"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
)

// decode sets the field of every variable from its value or its default, and tells sections whether they are on.
// The error is a default that its field cannot hold.
func (l *loader) decode() error {
	for _, v := range l.vars.list {
		if !v.field.IsValid() {
			if l.isSet(v.name) {
				l.fault(v.name, "is not built yet in this version", "remove it")
			}
			continue
		}
		v.field.SetZero() // a section may have been through another Load
		if err := l.assignDefault(v); err != nil {
			return err
		}
		text := l.values[v.name].text
		if text == "" {
			continue
		}
		before := reflect.New(v.field.Type()).Elem()
		before.Set(v.field)
		if err := assign(v.field, text); err != nil {
			v.field.Set(before)
			problem, remedy := explain(v, text, err)
			l.fault(v.name, problem, remedy)
		}
	}
	for _, s := range l.in.Sections {
		if e, ok := s.(Enabler); ok {
			e.SetEnabled(l.anySet(sectionPrefix(s)))
		}
	}
	return nil
}

// assignDefault sets the field of a variable to its default: that of the preset or mapping, else its own.
func (l *loader) assignDefault(v variable) error {
	if l.file != nil && !v.secret {
		if text, ok := l.file.Settings[v.name]; ok {
			if err := assign(v.field, text); err == nil {
				return nil
			}
			l.fault("MAPPING", "has a default for "+setting.Prefix+v.name+" which it cannot have", "correct it under settings")
		}
	}
	if v.def == "" {
		return nil
	}
	if err := assign(v.field, v.def); err != nil {
		return fmt.Errorf("config: the default of %s: %w", v.name, err)
	}
	return nil
}

// anySet reports whether any built variable with this prefix has a value.
func (l *loader) anySet(prefix string) bool {
	for _, v := range l.vars.list {
		if v.field.IsValid() && strings.HasPrefix(v.name, prefix) && l.isSet(v.name) {
			return true
		}
	}
	return false
}

var (
	wholeNumber = regexp.MustCompile(`^[+-]?(0|[1-9][0-9]*)$`)
	bareNumber  = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]*)?$`)

	errBareNumber  = errors.New("a number without a unit")
	errWholeNumber = errors.New("not a whole number")
)

// assign sets a field from text. Texts and secrets are taken as they are, all else is decoded by envconfig.
func assign(field reflect.Value, text string) error {
	switch {
	case field.Type() == secretType:
		field.Set(reflect.ValueOf(secret.New(text)))
		return nil
	case field.Type() == reflect.TypeFor[string]():
		field.SetString(text)
		return nil
	}
	trimmed := strings.TrimSpace(text)
	switch field.Interface().(type) {
	case time.Duration:
		if trimmed != "0" && bareNumber.MatchString(trimmed) {
			return errBareNumber
		}
		text = trimmed
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		if !wholeNumber.MatchString(trimmed) { // envconfig would read 010 as eight and 1_0 as ten
			return errWholeNumber
		}
		text = strings.TrimPrefix(trimmed, "+")
	case bool, float32, float64:
		text = trimmed
	}
	return viaEnvconfig(field, text)
}

// handover is the process variable in which a single value goes to envconfig. No shell can set a name with a space.
const handover = "CHATPASS VALUE"

var handing sync.Mutex // guards the process variable handover

// viaEnvconfig lets envconfig decode one value. envconfig reads nothing but the process environment, stops at its first fault, and
// falls back to names without the prefix; so it sees one field at a time, under a name that cannot be anybody else's.
// Values of secrets never come here.
func viaEnvconfig(field reflect.Value, text string) error {
	one := reflect.New(reflect.StructOf([]reflect.StructField{
		{Name: "Value", Type: field.Type(), Tag: `envconfig:"` + handover + `"`},
	}))
	one.Elem().Field(0).Set(field)
	handing.Lock()
	defer handing.Unlock()
	if err := os.Setenv(handover, text); err != nil {
		return err // a NUL byte, which only a file can hold
	}
	err := envconfig.Process("", one.Interface())
	if unset := os.Unsetenv(handover); err == nil {
		err = unset
	}
	if parse := (*envconfig.ParseError)(nil); errors.As(err, &parse) {
		return parse.Err // without the value
	}
	if err == nil {
		field.Set(one.Elem().Field(0))
	}
	return err
}

// mostDays bounds the days that a remedy tells in hours: ten years.
const mostDays = 3650

// explain says what is wrong with a value, by the type it should have had.
func explain(v variable, text string, err error) (problem, remedy string) {
	example := ""
	if v.def != "" {
		example = ", such as " + v.def
	}
	switch v.field.Interface().(type) {
	case time.Duration:
		if trimmed := strings.TrimSpace(text); errors.Is(err, errBareNumber) && len(trimmed) < 10 {
			return "is " + quote(text) + ", a number without a unit", "write " + trimmed + "s for seconds or " + trimmed + "ms for milliseconds; m and h are known too"
		}
		if days, ok := strings.CutSuffix(strings.TrimSpace(text), "d"); ok {
			if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= mostDays {
				return "is " + quote(text) + ", and days are no unit here", "write " + strconv.Itoa(24*n) + "h"
			}
		}
		return "is " + quote(text) + ", which is no duration", "write a number with its unit, such as 10s, 500ms or 1h30m"
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		if errors.Is(err, strconv.ErrRange) {
			return "is " + quote(text) + ", which is out of range", "write a number of fewer digits" + example
		}
		return "is " + quote(text) + ", which is no whole number", "write digits only" + example
	case bool:
		return "is " + quote(text) + ", which is neither true nor false", "write true or false"
	case float32, float64:
		return "is " + quote(text) + ", which is no number", "write a number" + example
	default:
		return "is refused: " + setting.ClipAt(clean(err.Error()), 200), "" // 200: a line of a terminal or two
	}
}

// quote shows a value that is no secret: quoted, and at most setting.Shown characters of it. Addresses with a user name or password are not shown.
func quote(text string) string {
	if strings.Contains(text, "@") {
		return "a value with a name or password in it"
	}
	return strconv.Quote(setting.Clip(text))
}

// clean is text in one line, with control and invalid characters escaped.
func clean(text string) string {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		q := strconv.Quote(text)
		return q[1 : len(q)-1]
	}
	return text
}
