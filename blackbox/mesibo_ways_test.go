package blackbox_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
)

// way is how a client asks the private backend.
type way struct {
	name string
	code string // what it calls the code of a log-in
	v2   bool   // as the second generation asks
	put  func(t testing.TB, f fields) (method, query string, carry []option)
}

func (w way) ask(t testing.TB, f fields) (method, query string, carry []option) {
	t.Helper()
	if len(f)%2 != 0 {
		t.Fatalf("odd fields: %q", f)
	}
	return w.put(t, f)
}

// encode writes fields in their order.
func (f fields) encode() string {
	var parts []string
	for i := 0; i < len(f); i += 2 {
		parts = append(parts, url.QueryEscape(f[i])+"="+url.QueryEscape(f[i+1]))
	}
	return strings.Join(parts, "&")
}

func (f fields) json(t testing.TB) string {
	t.Helper()
	var parts []string
	for i := 0; i < len(f); i += 2 {
		key, err := json.Marshal(f[i])
		if err != nil {
			t.Fatal(err)
		}
		value, err := json.Marshal(f[i+1])
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, string(key)+":"+string(value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// The ways of part A2 and A3.
var (
	asQuery = way{name: "a query", code: "code", put: func(_ testing.TB, f fields) (string, string, []option) {
		return http.MethodGet, "?" + f.encode(), nil
	}}
	asForm = way{name: "a form", code: "code", put: func(_ testing.TB, f fields) (string, string, []option) {
		return http.MethodPost, "", []option{form(f.encode())}
	}}
	asMultipart = way{name: "a multipart form", code: "code", put: func(t testing.TB, f fields) (string, string, []option) {
		t.Helper()
		return http.MethodPost, "", []option{multipartBody(t, f, nil)}
	}}
	asJSON = way{name: "JSON", code: "otp", v2: true, put: func(t testing.TB, f fields) (string, string, []option) {
		t.Helper()
		return http.MethodPost, "", []option{body("application/json", f.json(t))}
	}}
	// curl --data without a header says that JSON is a form.
	asJSONUnnamed = way{name: "JSON that says it is a form", code: "otp", v2: true, put: func(t testing.TB, f fields) (string, string, []option) {
		t.Helper()
		return http.MethodPost, "", []option{form(f.json(t))}
	}}

	allWays = []way{asQuery, asForm, asMultipart, asJSON, asJSONUnnamed}
)

// part is a file that comes along.
type part struct {
	field, filename, kind string
	data                  []byte
}

// multipartBody is a body of fields and then files.
func multipartBody(t testing.TB, f fields, files []part) option {
	t.Helper()
	var text bytes.Buffer
	w := multipart.NewWriter(&text)
	for i := 0; i < len(f); i += 2 {
		if err := w.WriteField(f[i], f[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range files {
		head := textproto.MIMEHeader{}
		head.Set("Content-Disposition", `form-data; name="`+file.field+`"; filename="`+file.filename+`"`)
		head.Set("Content-Type", file.kind)
		into, err := w.CreatePart(head)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := into.Write(file.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return body(w.FormDataContentType(), text.String())
}

// withFiles is a way that sends files along with the fields.
func withFiles(files ...part) way {
	return way{name: "a file", code: "code", put: func(t testing.TB, f fields) (string, string, []option) {
		t.Helper()
		return http.MethodPost, "", []option{multipartBody(t, f, files)}
	}}
}

// withFileAndQuery is how the first web messenger uploads: fields in the query, the file in the body.
func withFileAndQuery(files ...part) way {
	return way{name: "a file beside a query", code: "code", put: func(t testing.TB, f fields) (string, string, []option) {
		t.Helper()
		return http.MethodPost, "?" + f.encode(), []option{multipartBody(t, nil, files)}
	}}
}
