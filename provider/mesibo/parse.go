package mesibo

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/chatpass/chatpass/provider"
)

// Limits of a question.
const (
	maxUpload   = 10 << 20 // bytes of all: a photo of a phone's camera has 3 to 8 MB
	maxQuestion = 1 << 20  // bytes of the parameters: a thousand phones have 20 KB
	maxValues   = 100      // parameters and parts: the widest operation has about ten
	maxBoundary = 70       // characters of a multipart boundary (RFC 2046 §5.1.1)
)

// form is what a question brought, whichever way it came.
type form struct {
	values map[string]string
	file   *multipart.FileHeader // the first; nil for none
	json   bool
}

var (
	errTooLarge = &provider.Fault{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Text: "The question is too large"}
	errBroken   = &provider.Fault{Status: http.StatusBadRequest, Code: "bad_request", Text: "The question broke off"}
)

// badJSON is the answer to a body that starts like JSON and is no object of texts, numbers, switches and lists of those.
func badJSON(text string) error { return &refusal{code: "BADJSON", text: text, noTS: true} }

// badForm is the answer to a multipart body that cannot be read.
func badForm() error { return &refusal{code: "BADFORM", text: "The form cannot be read", noTS: true} }

// generations says which clients are served: the first asks by query and form, the second by JSON.
type generations struct{ first, second bool }

// read reads a question's parameters. What they come as is told by the first character that is no blank: clients name all kinds of content types. The error is a
// *refusal, a *provider.Fault or that of a body beyond its bound.
func (g generations) read(r *http.Request) (form, error) {
	in := form{values: map[string]string{}}
	body := bufio.NewReader(r.Body)
	first, err := firstByte(body)
	switch {
	case errors.Is(err, io.EOF):
	case err != nil:
		return in, cutOff(err)
	case first == '{', first == '[':
		if g.second {
			return readJSON(body)
		}
	case !g.first:
	default:
		if err := in.readForm(body, first); err != nil {
			return in, err
		}
		if _, asked := in.values["op"]; !asked && g.second && jsonType(r) {
			return in, badJSON("The body is no JSON object")
		}
	}
	if !g.first {
		return in, nil
	}
	return in, in.pairs(r.URL.RawQuery) // what came in the body goes first
}

// jsonType reports whether a request says that its body is JSON.
func jsonType(r *http.Request) bool {
	return strings.Contains(strings.ToLower(r.Header.Get("Content-Type")), "json")
}

// firstByte skips blanks, and the mark some editors put before text, and returns the first byte, which stays in the reader.
func firstByte(body *bufio.Reader) (byte, error) {
	const mark = "\xEF\xBB\xBF"
	if head, _ := body.Peek(len(mark)); string(head) == mark { // shorter, or an error: the next read tells
		_, _ = body.Discard(len(mark))
	}
	for {
		b, err := body.ReadByte()
		if err != nil {
			return 0, err
		}
		if b != ' ' && b != '\t' && b != '\r' && b != '\n' {
			return b, body.UnreadByte()
		}
	}
}

// cutOff is the error of a body that cannot be read to its end.
func cutOff(err error) error {
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return errTooLarge
	}
	return errBroken
}

// whole reads a body without files.
func whole(body io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(body, maxQuestion+1))
	switch {
	case err != nil:
		return nil, cutOff(err)
	case len(text) > maxQuestion:
		return nil, errTooLarge
	}
	return text, nil
}

// readForm reads a urlencoded or multipart body that starts with first.
func (in *form) readForm(body *bufio.Reader, first byte) error {
	if first == '-' {
		if boundary := boundaryOf(body); boundary != "" {
			return in.parts(multipart.NewReader(body, boundary))
		}
	}
	text, err := whole(body)
	if err != nil {
		return err
	}
	return in.pairs(strings.TrimRight(string(text), " \t\r\n"))
}

// boundaryOf is the boundary that the first line of a multipart body is; empty if it is none.
func boundaryOf(body *bufio.Reader) string {
	head, _ := body.Peek(2 + maxBoundary + 2) // shorter than that is told by the line's end
	line, _, found := bytes.Cut(head, []byte("\n"))
	boundary, dashed := strings.CutPrefix(strings.TrimRight(string(line), " \t\r"), "--")
	if !found || !dashed || len(boundary) > maxBoundary {
		return ""
	}
	return boundary
}

// parts reads a multipart body. Its files are at most maxUpload together, since the body is.
func (in *form) parts(parts *multipart.Reader) error {
	rest := maxQuestion
	for range maxValues {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return unreadable(err)
		case part.FileName() != "":
			if in.file == nil {
				if in.file, err = kept(part); err != nil {
					return unreadable(err)
				}
			}
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, int64(rest)+1))
		if err != nil {
			return unreadable(err)
		}
		if rest -= len(value) + len(part.FormName()); rest < 0 {
			return errTooLarge
		}
		in.put(part.FormName(), string(value))
	}
	return errTooLarge
}

// unreadable is the error of a multipart body that breaks off, is too large or is none.
func unreadable(err error) error {
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		return errTooLarge
	}
	return badForm()
}

// kept keeps a file of a form in memory, without the name that the client gave it. The library gives out files of whole forms alone, without their order: so this is a
// form of one file.
func kept(part io.Reader) (*multipart.FileHeader, error) {
	var one bytes.Buffer
	w := multipart.NewWriter(&one)
	file, err := w.CreateFormFile("file", "file")
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(file, part); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	form, err := multipart.NewReader(&one, w.Boundary()).ReadForm(2 * maxUpload) // twice: no file of a bounded body ever goes to disk
	if err != nil {
		return nil, err
	}
	return form.File["file"][0], nil
}

// pairs reads urlencoded pairs. What is escaped wrongly stands for itself, as it does in PHP.
func (in *form) pairs(text string) error {
	n := 0
	for text != "" {
		var pair string
		pair, text, _ = strings.Cut(text, "&")
		if pair == "" {
			continue
		}
		if n++; n > maxValues {
			return errTooLarge
		}
		key, value, _ := strings.Cut(pair, "=")
		in.put(unescaped(key), unescaped(value))
	}
	return nil
}

func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// put keeps a parameter, unless there is one of that name. No database takes a NUL in a text.
func (in *form) put(key, value string) {
	if _, there := in.values[key]; !there && key != "" {
		in.values[key] = strings.ReplaceAll(strings.ToValidUTF8(value, "\uFFFD"), "\x00", "\uFFFD")
	}
}
