package preset_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/chatpass/chatpass/preset"
)

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(preset.Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("mapping.schema.json", document); err != nil {
		t.Fatal(err)
	}
	s, err := compiler.Compile("mapping.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate holds a text in YAML against the schema, as an editor does.
func validate(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(plainKeys(value))
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(document)
}

// plainKeys makes texts of the names that YAML reads as numbers.
func plainKeys(value any) any {
	switch value := value.(type) {
	case map[any]any:
		m := map[string]any{}
		for k, v := range value {
			text, _ := yaml.Marshal(k)
			m[string(bytes.TrimSpace(text))] = plainKeys(v)
		}
		return m
	case map[string]any:
		for k, v := range value {
			value[k] = plainKeys(v)
		}
	case []any:
		for i, v := range value {
			value[i] = plainKeys(v)
		}
	}
	return value
}

func TestEveryPresetFitsTheSchemaOfEditors(t *testing.T) {
	s := schema(t)
	names := preset.Names()
	if len(names) < 20 {
		t.Fatalf("only %d presets", len(names))
	}
	for _, name := range names {
		text, _ := preset.Text(name)
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := validate(t, s, []byte(small)); err != nil {
		t.Error(err)
	}
}

func TestTheSchemaRefusesWhatTheReaderRefuses(t *testing.T) {
	s := schema(t)
	for name, text := range map[string]string{
		"an unknown part":            small + "feilds: {}",
		"an unknown part of users":   "users: { tabel: users, key: id }",
		"an unknown form":            small + "  badge: { cole: x }",
		"two forms":                  small + "  badge: { col: a, const: b }",
		"a part of another form":     small + "  badge: { col: a, sep: b }",
		"a list for an expression":   small + "  badge: [a]",
		"a map without to":           small + "  badge: { map: a }",
		"a bit without a mask":       small + "  badge: { bit: a }",
		"an unknown form of time":    small + "  badge: { time: a, as: epoch }",
		"an unknown aggregate":       small + "  badge: { list: r.a, agg: sum }",
		"a case without then":        small + "  badge: { case: [ { if: x = 1 } ] }",
		"a condition without in":     small + "flags: { banned: { of: x } }",
		"an unknown flag":            small + "flags: { baned: x = 1 }",
		"an unknown permission":      small + "permissions: { send: true }",
		"a rule without an answer":   small + "write: [ { from: x = 1 } ]",
		"a rule of another answer":   small + "write: [ { answer: maybe } ]",
		"an unknown part of a rule":  small + "write: [ { form: x = 1, answer: deny } ]",
		"rules that are no list":     small + "write: { answer: deny }",
		"a rule that is no rule":     small + "write: [ deny ]",
		"a join of no kind":          small + "joins: [ { as: a, table: t, on: { i: id } } ]",
		"a join of two kinds":        small + "joins: [ { as: a, table: t, on: { i: id }, one: true, many: true } ]",
		"a join on two columns":      small + "joins: [ { as: a, table: t, on: { i: id, j: id }, one: true } ]",
		"a kv without its value":     small + "joins: [ { as: a, table: t, on: { i: id }, kv: { key: k } } ]",
		"an order that is none":      small + "joins: [ { as: a, table: t, on: { i: id }, one: true, order: a b } ]",
		"a table of another schema":  "users: { table: mysql.user, key: id }",
		"a key with a blank":         "users: { table: u, key: 'a b' }",
		"an unknown type of key":     "users: { table: u, key: { col: a, type: number } }",
		"a family that is none":      "family: blog\n" + small,
		"a database that is none":    "databases: [oracle]\n" + small,
		"a format that is none":      small + "site: { format: xml }",
		"a detect without an anchor": small + "detect: { columns: [a] }",
		"a constant called site":     small + "vars: { site: x }",
		"personas without a user id": small + "profiles: { table: p, parent: u, key: id, fields: { name: n } }",
		"friends without columns":    small + "friends: { table: t }",
		"nine columns to search":     small + "search: [a, b, c, d, e, f, g, h, i]",
		"a field with a blank":       small + "  'a b': c",
	} {
		t.Run(name, func(t *testing.T) {
			if err := validate(t, s, []byte(text)); err == nil {
				t.Error("the schema accepts it")
			}
			if _, faults := parse(text); len(faults) == 0 {
				t.Error("the reader accepts it")
			}
		})
	}
}
