package sitefile

import (
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// parseJSON reads objects and arrays as names: database.connection.host, list.0. Of a name that stands twice the last one counts.
func parseJSON(src string, t *tree) error {
	if err := needUTF8(src); err != nil {
		return err
	}
	j := &jsonReader{src: src, decoder: json.NewDecoder(strings.NewReader(src)), t: t}
	j.decoder.UseNumber()
	root, err := j.value(0)
	if err == nil {
		if _, more := j.decoder.Token(); !errors.Is(more, io.EOF) {
			err = j.fault()
		}
	}
	if err != nil {
		return err
	}
	if root.isArray() {
		t.root = root
	}
	return nil
}

type jsonReader struct {
	src     string
	decoder *json.Decoder
	t       *tree
}

func (j *jsonReader) line() int {
	return 1 + strings.Count(j.src[:min(int(j.decoder.InputOffset()), len(j.src))], "\n")
}

// fault says where, and not what: the text of encoding/json shows what stands there.
func (j *jsonReader) fault() error { return fault(j.line(), "is no JSON from here on") }

func (j *jsonReader) value(depth int) (*node, error) {
	if depth > MaxDepth {
		return nil, fault(j.line(), "%w", errDeep)
	}
	tok, err := j.decoder.Token()
	if err != nil {
		return nil, j.fault()
	}
	made := textNode("", 0)
	switch v := tok.(type) {
	case string:
		made.text = v
	case json.Number:
		made.text = v.String()
	case bool:
		made.text = strconv.FormatBool(v)
	case json.Delim:
		made = arrayNode(0)
		if err := j.kids(made, v == '{', depth); err != nil {
			return nil, err
		}
	}
	if _, err := j.t.add(made); err != nil {
		return nil, fault(j.line(), "%w", err)
	}
	return made, nil
}

func (j *jsonReader) kids(parent *node, named bool, depth int) error {
	for j.decoder.More() {
		name := strconv.Itoa(parent.next)
		if named {
			tok, err := j.decoder.Token()
			text, ok := tok.(string)
			if err != nil || !ok {
				return j.fault()
			}
			name = text
		}
		kid, err := j.value(depth + 1)
		if err != nil {
			return err
		}
		parent.put(name, kid)
	}
	if _, err := j.decoder.Token(); err != nil { // the closing bracket
		return j.fault()
	}
	return nil
}
