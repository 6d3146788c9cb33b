package imbachat

import (
	"errors"
	"fmt"
	"strings"
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
			return fmt.Errorf("%q is not name=value", clip(piece))
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
