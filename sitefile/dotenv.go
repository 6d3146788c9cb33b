package sitefile

import "strings"

// parseDotenv reads NAME=value lines as Laravel does: export, comments, quotes, values over several lines in double quotes, and
// ${OTHER} of a name that stands before. The words null and empty are nothing. A line that is none of these is passed over.
func parseDotenv(src string, t *tree) error {
	d := &dotenv{src: src, line: 1, t: t}
	for d.pos < len(d.src) {
		if err := d.statement(); err != nil {
			return err
		}
	}
	return nil
}

type dotenv struct {
	src  string
	pos  int
	line int
	t    *tree
}

// rest is what is left of the line, without its end.
func (d *dotenv) rest() string {
	rest := d.src[d.pos:]
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

// newline goes to the next line.
func (d *dotenv) newline() {
	d.pos = min(d.pos+len(d.rest())+1, len(d.src))
	d.line++
}

func (d *dotenv) statement() error {
	text := d.rest()
	name, value, ok := strings.Cut(text, "=")
	name = strings.TrimSpace(name)
	if after, isExport := strings.CutPrefix(name, "export "); isExport {
		name = strings.TrimSpace(after)
	}
	if !ok || !isVariableName(name) {
		d.newline()
		return nil
	}
	line := d.line
	trimmed := strings.TrimLeft(value, " \t")
	d.pos += len(text) - len(trimmed)
	var made *node
	var err error
	switch {
	case strings.HasPrefix(trimmed, "'"):
		made, err = d.quoted('\'')
	case strings.HasPrefix(trimmed, `"`):
		made, err = d.quoted('"')
	default:
		made = d.expand(unquoted(trimmed), false)
	}
	if err != nil {
		return err
	}
	d.newline()
	made.line = line
	switch strings.ToLower(made.text) {
	case "null", "(null)", "empty", "(empty)":
		made.text = ""
	}
	if _, err := d.t.add(made); err != nil {
		return fault(line, "%w", err)
	}
	return d.t.set([]string{name}, made)
}

// isVariableName holds for letters, digits, _ and dots, with no digit first.
func isVariableName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c >= 0x80 || !isWordStart(c) && c != '.' && (i == 0 || !isDigit(c)) {
			return false
		}
	}
	return name != ""
}

// unquoted is a value up to its comment: a # after a blank, or at once.
func unquoted(text string) string {
	for i := range len(text) {
		if text[i] == '#' && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t') {
			text = text[:i]
			break
		}
	}
	return strings.TrimSpace(text)
}

// quoted reads up to the closing quote, which may be lines below.
func (d *dotenv) quoted(quote byte) (*node, error) {
	start := d.line
	for i := d.pos + 1; i < len(d.src); i++ {
		switch c := d.src[i]; {
		case c == '\\' && quote == '"':
			i++
		case c == quote:
			raw := d.src[d.pos+1 : i]
			d.line += strings.Count(raw, "\n")
			d.pos = i + 1
			if quote == '\'' {
				return textNode(raw, start), nil
			}
			return d.expand(raw, true), nil
		}
	}
	return nil, fault(start, "a quote is not closed")
}

// expand replaces ${NAME} and ${NAME:-default}, and escapes too if the value was in double quotes.
func (d *dotenv) expand(raw string, escapes bool) *node {
	value := textNode("", d.line)
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if escapes && raw[i] == '\\' && i+1 < len(raw) {
			i++
			if at := strings.IndexByte(`nrtvf\"$'`, raw[i]); at >= 0 {
				b.WriteByte("\n\r\t\v\f\\\"$'"[at])
				continue
			}
			b.WriteByte('\\')
			b.WriteByte(raw[i])
			continue
		}
		if !strings.HasPrefix(raw[i:], "${") {
			b.WriteByte(raw[i])
			continue
		}
		stop := strings.IndexByte(raw[i:], '}')
		if stop < 0 {
			b.WriteString(raw[i:])
			break
		}
		value = d.t.join(value, textNode(b.String(), d.line), d.line)
		b.Reset()
		value = d.t.join(value, d.lookup(raw[i+2:i+stop]), d.line)
		i += stop
	}
	return d.t.join(value, textNode(b.String(), d.line), d.line)
}

func (d *dotenv) lookup(ref string) *node {
	name, other, hasDefault := strings.Cut(ref, ":-")
	found := d.t.root.kids[name]
	switch {
	case found != nil && (!hasDefault || !found.known || found.text != ""):
		return &node{text: found.text, known: found.known, env: found.env, dflt: found.dflt}
	case hasDefault:
		return envNode(name, d.line).withDefault(textNode(other, d.line))
	}
	return envNode(name, d.line)
}
