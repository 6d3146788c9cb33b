package sitefile

import "strings"

// parseINI reads "name = value" lines and [sections], whose name then stands before: section.name. A comment begins with # or ; at
// the start of a line, and at a # after an unquoted value.
func parseINI(src string, t *tree) error {
	section, line := "", 0
	for text := range strings.SplitSeq(src, "\n") {
		line++
		text = strings.TrimSpace(text)
		if text == "" || text[0] == '#' || text[0] == ';' {
			continue
		}
		if text[0] == '[' {
			name, _, ok := strings.Cut(text[1:], "]")
			if !ok {
				return fault(line, "a section is not closed")
			}
			section = strings.TrimSpace(name)
			continue
		}
		name, value, ok := strings.Cut(text, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			continue
		}
		made, err := t.add(textNode(iniValue(strings.TrimSpace(value)), line))
		if err != nil {
			return fault(line, "%w", err)
		}
		path := []string{name}
		if section != "" {
			path = []string{section, name}
		}
		if err := t.set(path, made); err != nil {
			return fault(line, "%w", err)
		}
	}
	return nil
}

func iniValue(text string) string {
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		if inner, _, ok := strings.Cut(text[1:], text[:1]); ok {
			return inner
		}
	}
	text, _, _ = strings.Cut(text, "#")
	return strings.TrimSpace(text)
}
