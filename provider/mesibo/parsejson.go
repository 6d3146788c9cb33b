package mesibo

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"strings"
)

// readJSON reads a JSON object. Numbers keep their exact text. With a value that cannot be read the others are there all the same, as the answer names the operation.
func readJSON(body io.Reader) (form, error) {
	in := form{values: map[string]string{}, json: true}
	text, err := whole(body)
	if err != nil {
		return in, err
	}
	if !json.Valid(text) {
		return in, badJSON("The body is no JSON")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return in, badJSON("The body is no JSON object")
	}
	var bad error // of the first value that cannot be read
	for n := 0; d.More(); n++ {
		if n == maxValues {
			return in, errTooLarge
		}
		key, err := d.Token()
		if err != nil {
			return in, badJSON("The body is no JSON")
		}
		name, _ := key.(string) // the key of an object is a text
		var text json.RawMessage
		if err := d.Decode(&text); err != nil {
			return in, badJSON("The body is no JSON")
		}
		one := json.NewDecoder(bytes.NewReader(text))
		one.UseNumber()
		value, some, err := jsonValue(one, name != "op")
		switch {
		case err != nil:
			bad = cmp.Or(bad, err)
		case some:
			in.put(name, value)
		}
	}
	return in, bad
}

// jsonValue reads a value as text; false for null. Of a list, if one may be there, it is the texts with commas between.
func jsonValue(d *json.Decoder, list bool) (value string, some bool, err error) {
	token, err := d.Token()
	if err != nil {
		return "", false, badJSON("The body is no JSON")
	}
	if token != json.Delim('[') {
		return jsonText(token)
	}
	if !list {
		return "", false, badJSON("The operation is no text")
	}
	var all strings.Builder
	for first := true; d.More(); {
		token, err := d.Token()
		if err != nil {
			return "", false, badJSON("The body is no JSON")
		}
		one, some, err := jsonText(token)
		if err != nil {
			return "", false, err
		}
		if !some {
			continue
		}
		if !first {
			all.WriteByte(',')
		}
		all.WriteString(one)
		first = false
	}
	_, err = d.Token() // the list's end, as it is valid JSON
	return all.String(), true, err
}

// jsonText is the text of a value that is no list; false for null.
func jsonText(token json.Token) (value string, some bool, err error) {
	switch v := token.(type) {
	case nil:
		return "", false, nil
	case string:
		return v, true, nil
	case json.Number:
		return v.String(), true, nil
	case bool:
		if v {
			return "true", true, nil
		}
		return "false", true, nil
	default: // an object, or a list in a list
		return "", false, badJSON("The body has a value of a kind that no operation takes")
	}
}
