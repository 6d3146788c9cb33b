package sitefile

import (
	"regexp"
	"strconv"
	"strings"
)

// erbTags are the tags of ERB that stood in a text, by the word that stands in their place while the text is parsed.
type erbTags struct {
	mark   string // what these words begin with; it occurs nowhere else in the text
	values []*node
}

var (
	erbFetch = regexp.MustCompile(`^ENV\.fetch\(\s*["']([^"']*)["']\s*(?:,\s*(.*?)\s*)?\)\s*(?:\{\s*(.*?)\s*\})?$`)
	erbIndex = regexp.MustCompile(`^ENV\[\s*["']([^"']*)["']\s*\]\s*(?:\|\|\s*(.*))?$`)
)

// cutERB puts a plain word in the place of each <%= %>, so that what is in a tag cannot upset the YAML around it, and nothing in
// the place of other tags. Line numbers stay as they are.
func cutERB(src string) (string, *erbTags) {
	tags := &erbTags{mark: "erbx"}
	for i := 0; strings.Contains(src, tags.mark); i++ {
		tags.mark = "erb" + strconv.Itoa(i) + "x"
	}
	var b strings.Builder
	line := 1
	for {
		before, rest, found := strings.Cut(src, "<%")
		b.WriteString(before)
		line += strings.Count(before, "\n")
		code, after, closed := strings.Cut(rest, "%>")
		if !found || !closed {
			if found {
				b.WriteString("<%" + rest)
			}
			return b.String(), tags
		}
		if expression, ok := strings.CutPrefix(code, "="); ok {
			b.WriteString(tags.mark + strconv.Itoa(len(tags.values)) + "z")
			tags.values = append(tags.values, evaluateERB(strings.TrimSpace(strings.TrimSuffix(expression, "-")), line))
		}
		b.WriteString(strings.Repeat("\n", strings.Count(code, "\n")))
		line += strings.Count(code, "\n")
		src = after
	}
}

// evaluateERB knows constants, ENV["X"], ENV["X"] || constant, ENV.fetch("X", constant) and ENV.fetch("X") { constant }.
func evaluateERB(code string, line int) *node {
	if m := erbFetch.FindStringSubmatch(code); m != nil {
		return envNode(m[1], line).withDefault(rubyConstant(m[2]+m[3], line))
	}
	if m := erbIndex.FindStringSubmatch(code); m != nil {
		return envNode(m[1], line).withDefault(rubyConstant(m[2], line))
	}
	return rubyConstant(code, line)
}

func rubyConstant(code string, line int) *node {
	code = strings.TrimSpace(code)
	switch {
	case len(code) >= 2 && (code[0] == '"' || code[0] == '\'') && strings.IndexByte(code[1:], code[0]) == len(code)-2 &&
		!strings.Contains(code, `\`) && !strings.Contains(code, "#{"):
		return textNode(code[1:len(code)-1], line)
	case code != "" && strings.Trim(code, "0123456789") == "":
		return textNode(code, line)
	}
	return unknownNode(line)
}

// filled is a text of YAML with the values of tags in their places.
func (e *erbTags) filled(t *tree, text string, line int) *node {
	before, rest, found := strings.Cut(text, e.mark)
	value := textNode(before, line)
	for found {
		number, after, ok := strings.Cut(rest, "z")
		i, err := strconv.Atoi(number)
		if !ok || err != nil || i < 0 || i >= len(e.values) { // an escape of YAML spelt it, and no tag
			return unknownNode(line)
		}
		tag := *e.values[i]
		tag.line = line
		if value.text == "" && value.known && after == "" {
			return &tag
		}
		value = t.join(value, &tag, line)
		before, rest, found = strings.Cut(after, e.mark)
		value = t.join(value, textNode(before, line), line)
	}
	return value
}
