package handlers

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/chatpass/chatpass/userinfo"
)

// maxBody bounds the body of a request; 500 UUIDs in a form have 20 KB.
const maxBody = 64 << 10

// ask is one call of the provider: its parameters and the memory its answer is made in. It is reused.
type ask struct {
	r    *http.Request
	arg  string // what the path, or the parameter that stands for it, holds: ids, a search, a user's id
	form string // body of the form, URL-encoded
	fail error  // why form could not be read
	read bool   // form and fail are known
	ids  []string
	body []byte
}

// keepBody bounds the memory of one kept answer: room for 500 users with long fields.
const keepBody = 256 << 10

var asks = sync.Pool{New: func() any { return &ask{ids: make([]string, 0, 64), body: make([]byte, 0, 4096)} }}

func takeAsk(r *http.Request) *ask {
	a := asks.Get().(*ask)
	a.r = r
	return a
}

// release gives the memory back; nothing of the request stays reachable through it.
func (a *ask) release() {
	if cap(a.body) > keepBody {
		a.body = nil
	}
	clear(a.ids)
	*a = ask{ids: a.ids[:0], body: a.body[:0]}
	asks.Put(a)
}

// postForm returns the form that was posted, URL-encoded; empty for a body of any other type. The body is read once.
func (a *ask) postForm() (string, error) {
	if a.read || a.r.Method != http.MethodPost {
		return a.form, a.fail
	}
	a.read = true
	kind, options, err := mime.ParseMediaType(a.r.Header.Get("Content-Type"))
	if err != nil {
		return "", nil //nolint:nilerr // a body we do not read is no fault
	}
	body := http.MaxBytesReader(nil, a.r.Body, maxBody)
	switch kind {
	case "application/x-www-form-urlencoded":
		var raw []byte
		if raw, err = io.ReadAll(body); err == nil {
			a.form = string(raw)
		}
	case "multipart/form-data":
		a.form, err = flatten(multipart.NewReader(body, options["boundary"]))
	}
	if err != nil {
		a.form, a.fail = "", bodyError(err)
	}
	return a.form, a.fail
}

// flatten writes the fields of a multipart form as a URL-encoded one, leaving files out. Its memory is bounded by the reader's.
func flatten(parts *multipart.Reader) (string, error) {
	var form strings.Builder
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return form.String(), nil
		}
		if err != nil {
			return "", err
		}
		if part.FormName() == "" || part.FileName() != "" {
			continue
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return "", err
		}
		form.WriteString("&" + url.QueryEscape(part.FormName()) + "=" + url.QueryEscape(string(value)))
	}
}

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return errBodySize
	}
	return errBody
}

// value returns a parameter of the query, or of a form that was posted. A form that cannot be read has none.
func (a *ask) value(name string) string {
	if v, ok := param(a.r.URL.RawQuery, name); ok {
		return v
	}
	form, err := a.postForm()
	if err != nil {
		return ""
	}
	v, _ := param(form, name)
	return v
}

// param returns the first parameter of that name. Parameters are split at & only: a ; is one of our separators of ids, and
// url.ParseQuery would drop what holds it.
func param(form, name string) (string, bool) {
	for form != "" {
		var pair string
		pair, form, _ = strings.Cut(form, "&")
		key, value, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(key); err != nil || plain != name {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			return plain, true
		}
	}
	return "", false
}

// idNames are the parameters in which plugins and samples pass ids; each also with [] as PHP writes lists.
var idNames = [...]string{"user_ids", "ids", "users", "id"}

// listIDs collects the ids of the path, the query and a form that was posted.
func (a *ask) listIDs() error {
	a.ids = splitIDs(a.ids[:0], a.arg)
	a.ids = formIDs(a.ids, a.r.URL.RawQuery)
	form, err := a.postForm()
	a.ids = formIDs(a.ids, form)
	return err
}

// formIDs appends the ids among URL-encoded parameters.
func formIDs(ids []string, form string) []string {
	for form != "" {
		var pair string
		pair, form, _ = strings.Cut(form, "&")
		name, value, _ := strings.Cut(pair, "=")
		if idName(name) == "" {
			continue
		}
		value, err := url.QueryUnescape(value)
		if err != nil {
			continue
		}
		ids = splitIDs(ids, value)
	}
	return ids
}

// idName returns which of idNames a name is, URL-encoded or with [] or not; "" for none.
func idName(name string) string {
	if strings.IndexByte(name, '%') >= 0 {
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
	}
	name = strings.TrimSuffix(name, "[]")
	for _, known := range idNames {
		if name == known {
			return known
		}
	}
	return ""
}

// between has the bytes that stand between the ids of a list.
var between = func() (table [256]bool) {
	for _, c := range []byte(",;| \t\r\n") {
		table[c] = true
	}
	return table
}()

// splitIDs appends the ids of a list. It stops one above the most a call may ask for, which is enough to refuse it.
func splitIDs(ids []string, list string) []string {
	start := 0
	for i := 0; i < len(list) && len(ids) <= userinfo.MaxIDs; i++ {
		if !between[list[i]] {
			continue
		}
		if i > start {
			ids = append(ids, list[start:i])
		}
		start = i + 1
	}
	if start < len(list) && len(ids) <= userinfo.MaxIDs {
		ids = append(ids, list[start:])
	}
	return ids
}
