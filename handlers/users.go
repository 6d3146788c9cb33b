package handlers

import (
	"encoding/base64"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/chatpass/chatpass/userinfo"
)

// maxBody bounds the body of a request; 500 UUIDs in a form have 20 KB.
const maxBody = 64 << 10

// authorize checks the provider's credentials on every route of the provider: Basic (RFC 7617), or where the owner allows it
// the inbound token in jwt_token (ImbaChat §3.3), which then decides alone.
func (s *Server) authorize(c *gin.Context) error {
	headers := c.Request.Header["Authorization"]
	if len(headers) > 1 {
		return errTwoHeaders
	}
	who := s.clients.of(c.Request)
	if wait := s.guesses.blocked(who); wait > 0 {
		s.o.Metrics.failures.WithLabelValues("basic", "limited").Inc()
		return tooMany(wait)
	}
	if s.rules.InboundToken {
		if token := formValue(c.Request, "jwt_token"); token != "" {
			if s.info.CheckToken(token) {
				return nil
			}
			return s.refuse(who, "inbound_token")
		}
	}
	if len(headers) == 0 {
		s.o.Metrics.failures.WithLabelValues("basic", "missing").Inc()
		return errBasic
	}
	scheme, encoded, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Basic") {
		s.o.Metrics.failures.WithLabelValues("basic", "missing").Inc()
		return errBasic
	}
	login, password, ok := decodeBasic(encoded)
	if !ok {
		return s.refuse(who, "basic")
	}
	if !s.info.CheckBasic(login, password) {
		return s.refuse(who, "basic")
	}
	return nil
}

func (s *Server) refuse(who client, kind string) error {
	s.o.Metrics.failures.WithLabelValues(kind, "wrong").Inc()
	if wait := s.guesses.fail(who); wait > 0 {
		return tooMany(wait)
	}
	return errBasic
}

// decodeBasic splits Basic credentials; false for what is no base64, has no colon, or is not printable UTF-8.
func decodeBasic(encoded string) (login, password string, ok bool) {
	encoded = strings.TrimSpace(encoded)
	var stack [256]byte
	raw, err := base64.StdEncoding.AppendDecode(stack[:0], []byte(encoded))
	if err != nil || !utf8.Valid(raw) {
		return "", "", false
	}
	for _, b := range raw {
		if b < 0x20 || b == 0x7f {
			return "", "", false
		}
	}
	return strings.Cut(string(raw), ":")
}

// answerBuf is what one users-info answer is made in.
type answerBuf struct {
	ids  []string
	body []byte
}

// keepBuf bounds the memory of one pooled buffer: room for 500 users with long fields.
const keepBuf = 256 << 10

var answerPool = sync.Pool{New: func() any { return &answerBuf{ids: make([]string, 0, 64), body: make([]byte, 0, 4096)} }}

// users answers users-info for the ids in the path, the query and the form.
func (s *Server) users(c *gin.Context) error {
	return s.usersFrom(c, c.Param("ids"))
}

func (s *Server) usersFrom(c *gin.Context, path string) (err error) {
	b := answerPool.Get().(*answerBuf)
	defer func() {
		if cap(b.body) <= keepBuf {
			answerPool.Put(b)
		}
	}()
	asked := 0
	defer func() { s.calls.note(c.FullPath(), err, asked) }()
	if err := s.authorize(c); err != nil {
		return err
	}
	b.ids = splitIDs(b.ids[:0], path)
	if b.ids, err = requestIDs(b.ids, c.Request); err != nil {
		return err
	}
	if asked = len(b.ids); asked > userinfo.MaxIDs {
		return errTooManyIDs
	}
	if wait := s.budget.spend(b.ids, s.o.Directory.KeyKind()); wait > 0 {
		return tooMany(wait)
	}
	body, age, err := s.o.Answers.Append(c.Request.Context(), b.body[:0], b.ids)
	if err != nil {
		return err
	}
	b.body = body
	h := c.Writer.Header()
	h["Cache-Control"] = noStore
	if age > 0 {
		h.Set("X-Data-Age", strconv.Itoa(int(age/time.Second)))
	}
	send(c, http.StatusOK, jsonType, body)
	return nil
}

// idNames are the parameters in which plugins and samples pass ids; each also with [] as PHP writes lists.
var idNames = [...]string{"user_ids", "ids", "users", "id"}

// requestIDs appends the ids in the query and, of a POST, in the form. Parameters are split at & only: the ; that url.ParseQuery
// refuses is one of our separators.
func requestIDs(ids []string, r *http.Request) ([]string, error) {
	ids = formIDs(ids, r.URL.RawQuery)
	if r.Method != http.MethodPost {
		return ids, nil
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		if err := r.ParseMultipartForm(maxBody); err != nil {
			return ids, bodyError(err)
		}
		for _, name := range idNames {
			for _, suffix := range []string{"", "[]"} {
				for _, v := range r.MultipartForm.Value[name+suffix] {
					ids = splitIDs(ids, v)
				}
			}
		}
		return ids, nil
	}
	body, err := formBody(r)
	if err != nil {
		return ids, err
	}
	return formIDs(ids, body), nil
}

// formBody returns the body of a URL-encoded form; empty for any other type. It is read once and kept in r.
func formBody(r *http.Request) (string, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return "", nil //nolint:nilerr // a body we do not read is no fault
	}
	if r.PostForm == nil {
		raw, err := readAll(r)
		if err != nil {
			return "", bodyError(err)
		}
		r.PostForm = url.Values{rawForm: {raw}}
	}
	return r.PostForm.Get(rawForm), nil
}

// rawForm is where formBody keeps the body; no parameter has such a name.
const rawForm = "\x00"

func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return errBodySize
	}
	return errBody
}

// formIDs appends the ids among URL-encoded parameters.
func formIDs(ids []string, form string) []string {
	for form != "" {
		var pair string
		pair, form, _ = strings.Cut(form, "&")
		name, value, _ := strings.Cut(pair, "=")
		if !isIDName(name) {
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

func isIDName(name string) bool {
	if strings.IndexByte(name, '%') >= 0 {
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
	}
	name = strings.TrimSuffix(name, "[]")
	for _, known := range idNames {
		if name == known {
			return true
		}
	}
	return false
}

// splitIDs appends the ids of a list. It stops one above the most a call may ask for, which is enough to refuse it.
func splitIDs(ids []string, list string) []string {
	for list != "" && len(ids) <= userinfo.MaxIDs {
		end := strings.IndexAny(list, ",;| \t\r\n")
		if end < 0 {
			end = len(list)
		}
		if end > 0 {
			ids = append(ids, list[:end])
		}
		if end == len(list) {
			break
		}
		list = list[end+1:]
	}
	return ids
}

// formValue returns a parameter of the query or of a URL-encoded form.
func formValue(r *http.Request, name string) string {
	if values, err := url.ParseQuery(r.URL.RawQuery); err == nil && values.Get(name) != "" {
		return values.Get(name)
	}
	if r.Method != http.MethodPost {
		return ""
	}
	body, err := formBody(r)
	if err != nil {
		return ""
	}
	values, err := url.ParseQuery(body)
	if err != nil {
		return ""
	}
	return values.Get(name)
}
