package session

import (
	"strconv"
	"strings"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
)

// readers are the formats without a key. What they read of a cookie is only what the visitor says.
func readers() map[string]*function {
	return map[string]*function{
		"base64":       {args: "text", min: 1, max: 1, call: onTexts(func(_ *run, s []string) (string, error) { return ofBytes(decode.Base64(s[0])) })},
		"inflate":      {args: "text", min: 1, max: 1, call: onTexts(func(_ *run, s []string) (string, error) { return ofBytes(decode.Inflate([]byte(s[0]))) })},
		"inflate_zlib": {args: "text", min: 1, max: 1, call: onTexts(func(_ *run, s []string) (string, error) { return ofBytes(decode.InflateZlib([]byte(s[0]))) })},
		"json":         {args: "text [, name, …]", min: 1, max: -1, call: tree(decode.JSON)},
		"php":          {args: "text [, name, …]", min: 1, max: -1, call: tree(decode.PHP)},
		"django_row":   {args: "text [, name, …]", min: 1, max: -1, call: tree(decode.DjangoRow)},
		"php_session":  {args: "text, format [, name, …]", min: 2, max: -1, call: phpSession, check: constant(1, anyFormat, "php", "php_binary", "php_serialize")},
		"prestashop": {args: "text, name", min: 2, max: 2, call: onTexts(func(_ *run, s []string) (string, error) {
			fields, err := decode.PrestaShop(s[0], secret.Secret{})
			if err != nil {
				return "", err
			}
			v, err := value{table: fields, sort: isTable}.item(s[1:])
			return v.text, err
		})},
		"wordpress": {args: "cookie", min: 1, max: 1, call: func(r *run, args []value) (value, error) {
			text, err := args[0].read()
			if err != nil {
				return value{}, err
			}
			w, err := r.wordpress(text)
			return value{list: []string{w.Login, strconv.FormatInt(w.Expires.Unix(), 10), w.Token}, sort: isList}, err
		}},
		"recaller": {args: "text", min: 1, max: 1, call: func(_ *run, args []value) (value, error) {
			text, err := args[0].read()
			if err != nil {
				return value{}, err
			}
			r, err := decode.ParseRecaller(text)
			return value{list: []string{r.ID, r.Token, r.Hash}, sort: isList}, err
		}},
	}
}

func ofBytes(raw []byte, err error) (string, error) { return string(raw), err }

func tree(read func(string) (decode.Value, error)) call {
	return func(_ *run, args []value) (value, error) {
		s, err := texts(args)
		if err != nil {
			return value{}, err
		}
		v, err := read(s[0])
		return found(v, err, s[1:])
	}
}

// anyFormat stands for php or php_serialize, whichever a session is written in.
const anyFormat = "auto"

// formatOf tells by its beginning which of the two a session is written in: one array as a whole, or a name and |. It does not try one after the other, since
// what visitors put into their session could then make the first fail and mean something in the second; php_binary has no beginning of its own and must be said.
func formatOf(text string) string {
	digits, is := strings.CutPrefix(text, "a:")
	if size, _, found := strings.Cut(digits, ":{"); is && found && wholeNumber(size) {
		return "php_serialize"
	}
	return "php"
}

func phpSession(_ *run, args []value) (value, error) {
	s, err := texts(args)
	if err != nil {
		return value{}, err
	}
	if s[1] == anyFormat {
		s[1] = formatOf(s[0])
	}
	format, err := decode.ParseSessionFormat(s[1])
	if err != nil {
		return value{}, err
	}
	v, err := decode.PHPSession(s[0], format)
	return found(v, err, s[2:])
}

// wordpressCookie is a cookie of WordPress that was read.
type wordpressCookie struct {
	text string
	decode.WordPress

	err error
}

// wordpress reads a cookie, which several steps of a recipe ask for, once.
func (r *run) wordpress(text string) (decode.WordPress, error) {
	if text == "" || r.parsed.text != text {
		w, err := decode.ParseWordPress(text)
		r.parsed = wordpressCookie{text, w, err}
	}
	return r.parsed.WordPress, r.parsed.err
}

// hashes are the transforms that make of a cookie the key of its row; a - in their names is a _ here.
func hashes() map[string]*function {
	all := map[string]*function{}
	for _, word := range decode.Transforms() {
		if word == "raw" {
			continue
		}
		f := &function{args: "text", min: 1, max: 1, gives: givesSecret}
		if t, err := decode.NewTransform(word, secret.Secret{}); err == nil {
			f.call = transform(t)
		} else {
			f.open = func(keys []secret.Secret) (call, error) {
				t, err := decode.NewTransform(word, keys[0])
				return transform(t), err
			}
		}
		all[strings.ReplaceAll(word, "-", "_")] = f
	}
	return all
}

func transform(t decode.Transform) call {
	return onTexts(func(_ *run, s []string) (string, error) { return t.Apply(s[0]) })
}
