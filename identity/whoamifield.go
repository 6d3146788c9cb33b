package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

var (
	errNoJSON    = errors.New("the site's answer is no JSON")
	errTwice     = errors.New("the site's answer has the id twice")
	errNotAnID   = errors.New("the site's answer has something else where the id should be")
	errNotObject = errors.New("the site's answer has no object where the path of the id leads through")
)

// fieldOf returns the text at a path of a JSON object as it is spelled, so that no number is rounded. Nobody is "": when the path leads
// to nothing, null, false, 0 or an empty text, as sites write it. It refuses a name on the path that stands twice, of which two
// readers could believe different ones.
func fieldOf(body []byte, path []string) (string, error) {
	body = bytes.TrimPrefix(body, []byte("\ufeff")) // PHP files saved with a mark of their encoding send it
	if !utf8.Valid(body) {
		return "", errNoJSON
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	text, err := walk(d, path)
	if err != nil {
		return "", err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "", errNoJSON
	}
	return text, nil
}

// walk reads one value and returns the text at path in it.
func walk(d *json.Decoder, path []string) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", errNoJSON
	}
	switch {
	case t == nil || t == false:
		return "", nil
	case len(path) == 0:
		return leaf(t)
	case t == json.Delim('['): // an object without fields, as PHP writes it
		if d.More() {
			return "", errNotObject
		}
		if _, err := d.Token(); err != nil {
			return "", errNoJSON
		}
		return "", nil
	case t != json.Delim('{'):
		return "", errNotObject
	}
	return walkObject(d, path)
}

func walkObject(d *json.Decoder, path []string) (text string, err error) {
	found := false
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return "", errNoJSON
		}
		if name != path[0] {
			var other json.RawMessage
			if err := d.Decode(&other); err != nil {
				return "", errNoJSON
			}
			continue
		}
		if found {
			return "", errTwice
		}
		found = true
		if text, err = walk(d, path[1:]); err != nil {
			return "", err
		}
	}
	if _, err := d.Token(); err != nil {
		return "", errNoJSON
	}
	return text, nil
}

// leaf is the text of an id.
func leaf(t json.Token) (string, error) {
	var text string
	switch v := t.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	default:
		return "", errNotAnID
	}
	if text == "0" || text == "-0" {
		return "", nil
	}
	if strings.ContainsRune(text, utf8.RuneError) { // half a surrogate pair, which JSON can escape and no text can hold
		return "", errNotAnID
	}
	return text, nil
}
