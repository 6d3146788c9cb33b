package blackbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider/providertest"
)

// fields are the parameters of a question in their order: name, value, name, value …
type fields []string

// and returns fields with more of them.
func (f fields) and(more ...string) fields { return append(slices.Clone(f), more...) }

// mesiboReply is an answer of the private backend.
type mesiboReply struct {
	answer

	keys   []string // in their order
	values map[string]any
}

// text is a value that is a string; a missing one is none.
func (r mesiboReply) text(key string) string {
	s, _ := r.values[key].(string)
	return s
}

// ok fails the test unless the answer is a success.
func (r mesiboReply) ok(t testing.TB) mesiboReply {
	t.Helper()
	if r.text("result") != "OK" {
		t.Fatalf("answered %s, want OK", r.body)
	}
	return r
}

// fail fails the test unless the answer is a failure with a code.
func (r mesiboReply) fail(t testing.TB, code string) mesiboReply {
	t.Helper()
	if r.text("result") != "FAIL" || r.text("error") != code {
		t.Errorf("answered %s, want FAIL with %s", r.body, code)
	}
	return r
}

var visitors atomic.Uint32

// visitor is an address that nothing came from yet; see TRUSTED_PROXIES.
func visitor(r *http.Request) {
	if r.Header.Get("X-Forwarded-For") == "" {
		n := visitors.Add(1)
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255))
	}
}

// from is a given address.
func from(address string) option { return header("X-Forwarded-For", address) }

// say asks the private backend in one of the ways that clients ask, and holds the answer to the rules of all answers (M10).
func (m *messenger) say(t testing.TB, w way, f fields, options ...option) mesiboReply {
	t.Helper()
	r := m.sayTo(t, mesiboAPI, w, f, options...)
	if r.status != http.StatusOK {
		t.Fatalf("M10: answered %d %.300s", r.status, r.body)
	}
	return r
}

func (m *messenger) sayTo(t testing.TB, path string, w way, f fields, options ...option) mesiboReply {
	t.Helper()
	method, query, carry := w.ask(t, f)
	r := mesiboReply{answer: m.do(t, method, path+query, append(slices.Concat(options, carry), visitor)...)}
	if r.status == http.StatusOK {
		r.read(t, f)
	}
	return r
}

// read checks what is so in every answer.
func (r *mesiboReply) read(t testing.TB, f fields) {
	t.Helper()
	r.keys, r.values = orderedObject(t, r.body)
	result, _ := r.values["result"].(string)
	switch {
	case result != "OK" && result != "FAIL":
		t.Errorf("M10: result is %v in %s", r.values["result"], r.body)
	case r.keys[len(r.keys)-1] != "result":
		t.Errorf("A3: the last key is %s in %s", r.keys[len(r.keys)-1], r.body)
	case result == "FAIL" && r.text("error") == "" && r.text("code") != "NOOP":
		t.Errorf("M10: a failure without an error: %s", r.body)
	}
	if i := slices.Index(f, "op"); i >= 0 && i%2 == 0 && (!strings.EqualFold(r.text("op"), f[i+1]) || r.keys[0] != "op") {
		t.Errorf("M10: op is not echoed first: %s", r.body)
	}
	if ts, there := r.values["ts"]; there && r.text("op") != "getgroup" {
		n, _ := ts.(json.Number)
		if at, err := strconv.ParseInt(n.String(), 10, 64); err != nil || max(time.Now().Unix()-at, at-time.Now().Unix()) > 5 { // 2 s on a machine that is not busy
			t.Errorf("M02: ts is %v", ts)
		}
	}
	if kind := r.header.Get("Content-Type"); kind != "application/json; charset=utf-8" {
		t.Errorf("Content-Type %q", kind)
	}
	if cache := r.header.Get("Cache-Control"); !strings.Contains(cache, "no-store") {
		t.Errorf("Cache-Control %q", cache)
	}
	if strings.Contains(r.body, mesiboToken) || strings.Contains(r.body, providertest.Planted) {
		t.Errorf("the answer holds the app token, or what the provider wrote: %s", r.body)
	}
	if strings.Contains(r.body, ":null") || strings.Contains(r.body, ": null") {
		t.Errorf("M08: the answer holds a null: %s", r.body)
	}
}

// orderedObject reads a JSON object and the order of its keys; a key that is there twice is a fault.
func orderedObject(t testing.TB, text string) (keys []string, values map[string]any) {
	t.Helper()
	decode(t, text, &values)
	d := json.NewDecoder(strings.NewReader(text))
	if _, err := d.Token(); err != nil {
		t.Fatalf("%v in %.300q", err, text)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatalf("%v in %.300q", err, text)
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			t.Fatalf("%v in %.300q", err, text)
		}
		keys = append(keys, key.(string))
	}
	if len(keys) != len(values) || len(keys) == 0 {
		t.Fatalf("no object, or a key twice: %.300q", text)
	}
	return keys, values
}

var (
	maskTS    = regexp.MustCompile(`"ts":(\d{10}|"\d{10}")`)
	maskToken = regexp.MustCompile(`"token":"[^"]{17,}"`)
)

// masked is an answer without what is another one each time.
func (r mesiboReply) masked() string {
	text := maskTS.ReplaceAllStringFunc(r.body, func(s string) string {
		if strings.HasSuffix(s, `"`) {
			return `"ts":"T"`
		}
		return `"ts":T`
	})
	return strings.TrimSuffix(maskToken.ReplaceAllString(text, `"token":"X"`), "\n")
}

// golden compares an answer byte by byte, but for times and tokens.
func (r mesiboReply) golden(t testing.TB, want string) {
	t.Helper()
	if diff := cmp.Diff(want, r.masked()); diff != "" {
		t.Errorf("the golden answer (-) and the program (+) differ:\n%s", diff)
	}
}

// signIn is the whole log-in of a user in a way.
func (m *messenger) signIn(t testing.TB, w way, id int, more ...string) mesiboReply {
	t.Helper()
	code := m.codeFor(t, w, phoneOf(id), mesiboApp)
	return m.say(t, w, fields{"op", "login", "phone", phoneOf(id), "appid", mesiboApp, w.code, code}.and(more...)).ok(t)
}
