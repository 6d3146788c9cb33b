package preset

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// document is the value of a file's only document; nil after a fault.
func (r *reader) document(text []byte) *yaml.Node {
	at := userinfo.Place{Var: r.variable, Text: r.name + ":"}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	err := decoder.Decode(&first)
	switch {
	case errors.Is(err, io.EOF), err == nil && (len(first.Content) != 1 || first.Content[0].Tag == "!!null"):
		r.fault(at, "is empty", "start from chatpass presets NAME")
		return nil
	case err == nil:
		err = decoder.Decode(&second)
	}
	switch {
	case errors.Is(err, io.EOF):
		return first.Content[0]
	case err == nil:
		r.fault(r.at(&second, ""), "begins a second document", "write one document, without --- between its parts")
	default:
		r.fault(r.syntax(text, err))
	}
	return nil
}

// syntax is the fault of a text that is no YAML. The library tells the line at the beginning of its message: none for the first, one too
// few for what it did not find, and none for an anchor that is not there.
func (r *reader) syntax(text []byte, err error) (at userinfo.Place, problem, remedy string) {
	problem = strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if number, rest, ok := strings.Cut(strings.TrimPrefix(problem, "line "), ": "); ok {
		if n, err := strconv.Atoi(number); err == nil {
			line, problem = n, rest
		}
	}
	if line == 0 || strings.HasPrefix(problem, "did not find expected") {
		line++
	}
	if _, rest, ok := strings.Cut(problem, "unknown anchor '"); ok {
		anchor, _, _ := strings.Cut(rest, "'")
		before, _, _ := bytes.Cut(text, []byte("*"+anchor))
		line = 1 + bytes.Count(before, []byte{'\n'})
	}
	line, remedy = spelled(text, line)
	if remedy == "" {
		remedy = "correct that line; what YAML has a meaning for (: # { } [ ] , & * ! | > ' \" % @) stands in quotes"
	}
	at = userinfo.Place{Var: r.variable, Text: r.name + ":" + strconv.Itoa(min(line, 1+bytes.Count(text, []byte{'\n'}))) + ":"}
	return at, "is no YAML: " + setting.ClipAt(problem, maxProblem), remedy
}

// openBrace is a value that begins like a text with columns in it.
var openBrace = regexp.MustCompile(`(:|- |\[|,)\s*\{[A-Za-z_][A-Za-z0-9_.|]*\}`)

const quoteBraces = "a text with {…} stands in quotes, such as name: \"{login}\""

// spelled is the remedy for what people write most often that is no YAML: tabs, and texts that begin with a brace; and the line that has
// it, since the library may tell the one before or after. Empty for all else.
func spelled(text []byte, line int) (at int, remedy string) {
	lines := strings.Split(string(text), "\n")
	from, to := min(max(line-2, 0), len(lines)), min(line+1, len(lines))
	for i, near := range lines[from:to] {
		if strings.Contains(near[:len(near)-len(strings.TrimLeft(near, " \t"))], "\t") {
			return from + i + 1, "indent with blanks, not tabs"
		}
	}
	for i, near := range lines[from:to] {
		if openBrace.MatchString(near) {
			return from + i + 1, quoteBraces
		}
	}
	return line, ""
}

// unreadable finds what is no text, and text that is nested or cut up absurdly, before a parser sees it: its time grows with the square
// of the depth, its memory with the number of values.
func unreadable(text []byte) (line int, problem string) {
	line = 1
	if !utf8.Valid(text) {
		for len(text) > 0 {
			c, size := utf8.DecodeRune(text)
			if c == utf8.RuneError && size == 1 {
				break
			}
			if c == '\n' {
				line++
			}
			text = text[size:]
		}
		return line, "is not UTF-8"
	}
	opened, depth, indent, marks := 0, 0, 0, 0
	start := true
	for _, c := range text {
		switch {
		case c == '\n' || c == '\r' && !start:
			if c == '\n' {
				line++
			}
			start, indent = true, 0
			marks++
			continue
		case c == 0:
			return line, "holds a NUL byte"
		case c == '[' || c == '{':
			depth++
			opened++
		case (c == ']' || c == '}') && depth > 0:
			depth--
		case c == ',' || c == ':' || c == '-' || c == '?':
			marks++
		}
		if start && (c == ' ' || c == '-' || c == '?') {
			indent++
		} else {
			start = false
		}
		switch {
		case depth > 4*maxDepth || indent > 8*maxDepth:
			return line, "is nested too deep"
		case opened > maxNodes || marks > 4*maxNodes:
			return line, "has too many values"
		}
	}
	return 0, ""
}
