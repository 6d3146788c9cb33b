// Package sitefile reads the configuration file of a platform as text and never runs it: the database, the prefix of tables, the
// address of the site and the secrets its sessions are made with.
//
// PHP and Python are read by small scanners of this package and not by parsers of the languages: those that exist for PHP in Go
// (z7zmey/php-parser, VKCOM/php-parser) are no longer kept, know no PHP 8.4, and give a tree that would still have to be walked with
// a rule for "this is a constant". What is no constant is left out, with a note; nothing is guessed.
package sitefile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chatpass/chatpass/internal/setting"
)

// Bounds of a file. Real configurations stay far below them; a file above is not what it is taken for.
const (
	MaxSize   = 1 << 20 // bytes of a file
	MaxDepth  = 16      // levels of arrays within each other
	MaxValues = 10_000  // values of a file, those included that are no constants
	maxText   = 1 << 16 // bytes of a value that is put together of parts; a longer one counts as unknown
	maxYAML   = 1 << 16 // bytes of a YAML file: the parser takes time by the square of the depth
)

// ErrFormat is that a format is not one Parse knows.
var ErrFormat = errors.New("is no format of a configuration file: use php, dotenv, json, yaml, ini or python")

// Values are what a file sets, by name: "DB_NAME", "$table_prefix", "$databases.default.default.host", "$CFG.dbname",
// "JConfig.dbprefix", "return.parameters.database_host". They hold secrets, so fmt prints only how many there are. What a text
// cannot tell (a call, a variable nobody set) is left out. Bytes that are no UTF-8 stay as they are: a password may be in them.
//
// True and false are "1" and "" in PHP, as PHP itself writes them, and "true" and "false" elsewhere; null and None are "".
type Values map[string]string

// Format prints the number of values and none of them.
func (v Values) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "[%d values]", len(v)) }

// Get returns what a reference stands for: a name, a constant in single quotes ('3306'), or several of these with " ?? " between
// them, of which the first counts that is known and not empty. It reports false if nothing of it is known, true with "" if
// something is known but empty.
func (v Values) Get(ref string) (string, bool) {
	known := false
	for _, name := range alternatives(ref) {
		value, ok := constant(name)
		if !ok {
			value, ok = v[name]
		}
		if ok && value != "" {
			return value, true
		}
		known = known || ok
	}
	return "", known
}

// alternatives are the parts of a reference; a " ?? " within quotes is none of its separators.
func alternatives(ref string) []string {
	var parts []string
	start, quoted := 0, false
	for i := 0; i < len(ref); i++ {
		switch {
		case ref[i] == '\'':
			quoted = !quoted
		case !quoted && strings.HasPrefix(ref[i:], "??"):
			parts = append(parts, strings.TrimSpace(ref[start:i]))
			start = i + 2
			i++
		}
	}
	return append(parts, strings.TrimSpace(ref[start:]))
}

func constant(name string) (string, bool) {
	if len(name) >= 2 && name[0] == '\'' && name[len(name)-1] == '\'' {
		return name[1 : len(name)-1], true
	}
	return "", false
}

// Parse reads a text in one of the formats php, dotenv, json, yaml, ini and python. A byte order mark and either kind of line end
// are fine. The error names the line where there is one, and never holds a value; it is for a text that is too long, too deep, has too
// many values, or breaks off in the middle of a quote or comment. Time and memory grow with the length of the text only.
func Parse(format string, text []byte) (Values, error) {
	doc, err := parse(format, text, "")
	if err != nil {
		return nil, err
	}
	return doc.values, nil
}

// parse is Parse with what is to be said about values. file is its path, for __DIR__; "" leaves it unknown.
func parse(format string, text []byte, file string) (*document, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("is longer than %d bytes", MaxSize)
	}
	source := strings.TrimPrefix(string(text), "\uFEFF")
	t := newTree()
	var err error
	switch format {
	case "php":
		err = parsePHP(source, t, file)
	case "dotenv":
		err = parseDotenv(source, t)
	case "json":
		err = parseJSON(source, t)
	case "yaml":
		err = parseYAML(source, t)
	case "ini":
		err = parseINI(source, t)
	case "python":
		err = parsePython(source, t)
	default:
		return nil, fmt.Errorf("%q %w", setting.Clip(format), ErrFormat)
	}
	if err != nil {
		return nil, err
	}
	return t.document()
}

// document is what a file holds.
type document struct {
	values   Values
	remarks  map[string]string // what is to be said about a name, known or not; half a sentence without values
	includes int               // line that reads another file, which is not read here; 0: none
}

// about are the names of a document that begin with one of the names of a reference: whether the file speaks of it at all.
func (d *document) about(ref string) bool {
	for _, name := range alternatives(ref) {
		if _, ok := d.values[name]; ok {
			return true
		}
		if _, ok := d.remarks[name]; ok && name != "" {
			return true
		}
	}
	return false
}

// fault is an error in a line.
func fault(line int, format string, args ...any) error {
	return fmt.Errorf("line %d: "+format, append([]any{line}, args...)...)
}

// needUTF8 is for formats whose texts are UTF-8 by definition; in another encoding their values would change while read.
func needUTF8(source string) error {
	if utf8.ValidString(source) {
		return nil
	}
	line := 1
	for text := range strings.SplitSeq(source, "\n") {
		if !utf8.ValidString(text) {
			break
		}
		line++
	}
	return fault(line, "holds bytes that are no UTF-8: save the file as UTF-8")
}

// sortedKeys makes the order of notes and errors the same every time.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
