// Package templates renders the HTML fragments a host page includes (the widget, a "write to" button) and the snippets a
// site owner pastes.
//
// Fragments are escaped by context, and they are pure ASCII: everything else is written as \uXXXX in JSON and as &#N; in
// HTML, so that a host page in any character set shows the right names.
package templates

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
)

//go:embed widget.html
var files embed.FS

var fragments = template.Must(template.ParseFS(files, "widget.html"))

// ErrNotObject says that the data of an inline widget is not a JSON object.
var ErrNotObject = errors.New("the data of an inline widget must be a JSON object")

// ErrNoRecipient says that a button names nobody to write to.
var ErrNoRecipient = errors.New("a button needs a user to write to")

// WidgetData is what a widget fragment is made from. The zero value renders the loader of a sidecar mounted at the root.
type WidgetData struct {
	BasePath string   // where the site mounts Chatpass, without a slash at the end: "/chat"
	Nonce    string   // CSP nonce of the host page; empty for none
	HideOn   string   // patterns of paths whose pages show no widget, with commas between them: "/checkout/*,/admin/*"; empty for none
	Inline   bool     // identity inside the fragment, instead of the loader tag only
	Data     any      // inline mode: the identity answer, must encode to a JSON object; a json.RawMessage is taken as it is
	Scripts  []string // inline mode: addresses of the providers' scripts
}

// Widget writes the widget fragment: exactly one script tag, or in inline mode the JSON block, the providers' scripts and the
// loader's tag, one a line. It returns ErrNotObject, or the error of the encoder or of w.
func Widget(w io.Writer, d WidgetData) error {
	if !d.Inline {
		return render(w, "loader", d)
	}
	data, err := json.Marshal(d.Data)
	if err != nil {
		return fmt.Errorf("encoding the data of the widget: %w", err)
	}
	if data[0] != '{' {
		return ErrNotObject
	}
	return render(w, "inline", struct {
		BasePath, Nonce, HideOn string
		JSON                    json.RawMessage
		Scripts                 []string
	}{d.BasePath, d.Nonce, d.HideOn, appendJSON(nil, data), d.Scripts})
}

// ButtonData is what a "write to" button is made from.
type ButtonData struct {
	To       string // id of the user to write to; required
	Token    string // the provider's open-dialog token
	Label    string // text of the button; empty means "Write"
	AsString bool   // the provider knows this user by a string even if the id looks like a number
}

// Button writes a button that opens a conversation; the loader reacts to clicks on it. It returns ErrNoRecipient, or the
// error of w.
func Button(w io.Writer, d ButtonData) error {
	if d.To == "" {
		return ErrNoRecipient
	}
	if d.Label == "" {
		d.Label = "Write"
	}
	return render(w, "button", d)
}

// render writes nothing at all when the template fails: half a script tag would swallow the rest of the host page.
func render(w io.Writer, name string, data any) error {
	var out bytes.Buffer
	if err := fragments.ExecuteTemplate(&out, name, data); err != nil {
		return fmt.Errorf("rendering %s: %w", name, err)
	}
	if _, err := w.Write(appendHTML(nil, out.Bytes(), name == "button")); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}
