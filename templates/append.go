package templates

import (
	"bytes"
	"encoding/json"
	"strings"
)

// InlineData is what AppendInlineWidget appends.
type InlineData struct {
	BasePath string   // as in WidgetData
	Nonce    string   // as in WidgetData
	HideOn   string   // as in WidgetData
	Scripts  []string // as in WidgetData
	JSON     []byte   // the identity answer as one valid JSON object without white space around it
}

// AppendInlineWidget appends the same bytes to dst that Widget writes in inline mode for the same data, without html/template:
// the inline widget is on the path of every page view. It returns ErrNotObject when JSON is not an object, and dst unchanged
// with any error. Addresses with unusual characters go through html/template after all, so both always agree; for them JSON
// that is not valid is an error, too.
func AppendInlineWidget(dst []byte, d InlineData) ([]byte, error) {
	if len(d.JSON) < 2 || d.JSON[0] != '{' || d.JSON[len(d.JSON)-1] != '}' {
		return dst, ErrNotObject
	}
	if !plain(d) {
		var out bytes.Buffer
		err := Widget(&out, WidgetData{
			BasePath: d.BasePath, Nonce: d.Nonce, HideOn: d.HideOn, Inline: true, Data: json.RawMessage(d.JSON), Scripts: d.Scripts,
		})
		return append(dst, out.Bytes()...), err
	}
	dst = append(dst, `<script type="application/json" id="chatpass-data"`...)
	dst = appendNonce(dst, d.Nonce)
	dst = append(dst, '>')
	dst = appendJSON(dst, d.JSON)
	dst = append(dst, "</script>\n"...)
	for _, script := range d.Scripts {
		dst = appendScript(dst, script, "", "", d.Nonce)
		dst = append(dst, '\n')
	}
	return appendScript(dst, d.BasePath, "/loader.js", d.HideOn, d.Nonce), nil
}

func appendScript(dst []byte, address, file, hideOn, nonce string) []byte {
	dst = append(dst, `<script src="`...)
	dst = append(dst, address...)
	dst = append(dst, file...)
	dst = append(dst, `" async`...)
	if hideOn != "" {
		dst = append(append(append(dst, ` data-hide-on="`...), hideOn...), '"')
	}
	dst = appendNonce(dst, nonce)
	return append(dst, "></script>"...)
}

// appendNonce appends the attribute; html/template writes the plus sign of base64 as a character reference.
func appendNonce(dst []byte, nonce string) []byte {
	if nonce == "" {
		return dst
	}
	dst = append(dst, ` nonce="`...)
	for i := range len(nonce) {
		if nonce[i] == '+' {
			dst = append(dst, "&#43;"...)
		} else {
			dst = append(dst, nonce[i])
		}
	}
	return append(dst, '"')
}

// plain reports whether html/template would copy all attributes as they are, but for a plus sign in the nonce.
func plain(d InlineData) bool {
	for i := range len(d.Nonce) {
		if c := d.Nonce[i]; !alphanumeric(c) && strings.IndexByte("+/=-_", c) < 0 {
			return false
		}
	}
	for _, script := range d.Scripts {
		if !plainAddress(script) {
			return false
		}
	}
	for i := range len(d.HideOn) {
		if c := d.HideOn[i]; !alphanumeric(c) && strings.IndexByte("/.-_~*,%:@!$()=", c) < 0 {
			return false
		}
	}
	return d.BasePath == "" || plainAddress(d.BasePath)
}

// plainAddress knows only paths and http addresses of the plainest kind. A colon is left to them: elsewhere it makes a scheme.
func plainAddress(address string) bool {
	rest := address
	for _, scheme := range []string{"https://", "http://"} {
		if after, ok := strings.CutPrefix(address, scheme); ok {
			rest = after
			break
		}
	}
	if rest == address && !strings.HasPrefix(address, "/") {
		return false
	}
	for i := range len(rest) {
		if c := rest[i]; !alphanumeric(c) && strings.IndexByte("/.:-_~?=", c) < 0 {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
