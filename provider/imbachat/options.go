package imbachat

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// Options are passed to ImbaChat.load as they are (ImbaChat §4.2); true and false become booleans, everything else text.
type Options map[string]any

const maxOptions = 64

// ownOptions are set by us and by nobody else.
var ownOptions = map[string]bool{"token": true, "user_key": true, "user_id": true, "id": true}

// Decode reads `language=en-US;theme=dark;resizable=true`; envconfig calls it.
func (o *Options) Decode(text string) error {
	options := Options{}
	for piece := range strings.SplitSeq(text, ";") {
		piece = strings.TrimSpace(piece)
		if piece == "" {
			continue
		}
		name, value, ok := strings.Cut(piece, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case !ok || name == "" || !plainWord(name):
			return fmt.Errorf("%q is not name=value", setting.Clip(piece))
		case ownOptions[name]:
			return fmt.Errorf("option %s is set by Chatpass", name)
		case len(options) == maxOptions:
			return errors.New("more than 64 options")
		}
		if _, twice := options[name]; twice {
			return fmt.Errorf("option %s stands twice", name)
		}
		switch value {
		case "true":
			options[name] = true
		case "false":
			options[name] = false
		default:
			options[name] = value
		}
	}
	*o = options
	return nil
}

// encodedOptions is the JSON object of the options, open where the user's id belongs.
type encodedOptions struct{ before, behind []byte }

// encode writes the options as JSON that is safe inside a script element, in the order of their names.
func (o Options) encode() (e encodedOptions, err error) {
	e.before = []byte{'{'}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		if name < "user_id" {
			if e.before, err = appendOption(e.before, name, o[name]); err != nil {
				return encodedOptions{}, err
			}
			e.before = append(e.before, ',')
			continue
		}
		if e.behind, err = appendOption(append(e.behind, ','), name, o[name]); err != nil {
			return encodedOptions{}, err
		}
	}
	e.before = append(e.before, `"user_id":`...)
	e.behind = append(e.behind, '}')
	return e, nil
}

func appendOption(dst []byte, name string, value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("option %s cannot be written as JSON: %w", name, err)
	}
	return append(append(userinfo.AppendString(dst, name), ':'), text...), nil
}
