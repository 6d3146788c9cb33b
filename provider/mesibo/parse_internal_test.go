package mesibo

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/provider"
)

var both = generations{first: true, second: true}

func readOne(t *testing.T, g generations, target, body string) (form, error) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader(body))
	return g.read(r)
}

func TestParametersComeHoweverClientsSendThem(t *testing.T) {
	for name, c := range map[string]struct {
		target, body string
		want         map[string]string
		json         bool
	}{
		"a query":                             {"/?op=login&phone=%2B91", "", map[string]string{"op": "login", "phone": "+91"}, false},
		"a plus is a space":                   {"/?name=a+b", "", map[string]string{"name": "a b"}, false},
		"a form":                              {"/", "op=login&phone=91\r\n", map[string]string{"op": "login", "phone": "91"}, false},
		"a form and a query":                  {"/?token=t&op=other", "op=login", map[string]string{"op": "login", "token": "t"}, false},
		"the first of two":                    {"/", "op=login&op=logout", map[string]string{"op": "login"}, false},
		"the first of two in JSON":            {"/", `{"op":"login","op":"logout"}`, map[string]string{"op": "login"}, true},
		"nothing behind the sign":             {"/", "op=&x&=y&&z=1", map[string]string{"op": "", "x": "", "z": "1"}, false},
		"what is escaped wrongly":             {"/", "op=%zz&x=100%", map[string]string{"op": "%zz", "x": "100%"}, false},
		"bytes that are no text":              {"/", "op=%ff%00", map[string]string{"op": "\uFFFD\uFFFD"}, false},
		"a dash in front":                     {"/", "-op=x&op=login", map[string]string{"-op": "x", "op": "login"}, false},
		"two dashes without a line":           {"/", "--op=x", map[string]string{"--op": "x"}, false},
		"JSON leaves the query alone":         {"/?token=t", `{"op":"login"}`, map[string]string{"op": "login"}, true},
		"numbers as they are written":         {"/", `{"phone":18005551234,"big":123456789012345678901234567890,"x":1e3,"y":-0.50}`, map[string]string{"phone": "18005551234", "big": "123456789012345678901234567890", "x": "1e3", "y": "-0.50"}, true},
		"switches and null":                   {"/", `{"a":true,"b":false,"c":null,"d":""}`, map[string]string{"a": "true", "b": "false", "d": ""}, true},
		"lists":                               {"/", `{"phones":["a",1,null,true],"none":[]}`, map[string]string{"phones": "a,1,true", "none": ""}, true},
		"a null keeps the place for the next": {"/", `{"a":null,"a":"x"}`, map[string]string{"a": "x"}, true},
		"escapes":                             {"/", `{"name":"\"\u00e9\ud83d\ude00\u0000"}`, map[string]string{"name": "\"é😀\uFFFD"}, true},
		"half an emoji":                       {"/", `{"name":"\ud83d"}`, map[string]string{"name": "\uFFFD"}, true},
		"nothing":                             {"/", "", map[string]string{}, false},
		"blanks":                              {"/", " \r\n", map[string]string{}, false},
		"an empty object":                     {"/", "{}", map[string]string{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readOne(t, both, c.target, c.body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.values); diff != "" || got.json != c.json {
				t.Errorf("json %v, (-want +got)\n%s", got.json, diff)
			}
		})
	}
}

func TestTheFirstFileOfAFormIsTaken(t *testing.T) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	add := func(disposition, content string) {
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}})
		if err == nil {
			_, err = part.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add(`form-data; name="op"`, "upload")
	add(`form-data; name="none"; filename=""`, "")
	add(`form-data; name="zebra"; filename="../../z.php"`, "the first")
	add(`form-data; name="photo"; filename="a.png"`, strings.Repeat("x", 2<<20))
	add(`form-data; name="token"`, "t")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/?gid=5", &body)
	r.Header.Set("Content-Type", "text/plain")
	got, err := both.read(r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"op": "upload", "none": "", "token": "t", "gid": "5"}, got.values); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got.file == nil || strings.Contains(got.file.Filename, "z") || got.file.Size != int64(len("the first")) {
		t.Fatalf("the file is %+v", got.file)
	}
	f, err := got.file.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if text := drained(f); text != "the first" {
		t.Errorf("the file holds %q", text)
	}
}

func TestAFormOfNothingIsNothing(t *testing.T) {
	got, err := readOne(t, both, "/", "--x--\r\n")
	if no := (*refusal)(nil); err != nil && !errors.As(err, &no) || len(got.values) != 0 {
		t.Errorf("%v %v", got, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"op=login&phone=91", `{"op":"login"}`, `{op: "login"}`, `{"op":["x"]}`, "--x\r\nContent-Disposition: form-data; name=\"op\"\r\n\r\nlogin\r\n--x--\r\n", "[", " ", "--", "\xEF\xBB\xBF{}",
		"--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nlogin\r\n--x--\r\n",
	} {
		f.Add("a=1", seed)
	}
	f.Fuzz(func(t *testing.T, query, body string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.URL.RawQuery = query
		got, err := both.read(r)
		if err != nil {
			no, fault := (*refusal)(nil), (*provider.Fault)(nil)
			if !errors.As(err, &no) && !errors.As(err, &fault) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		if len(got.values) > 2*maxValues {
			t.Fatalf("%d parameters", len(got.values))
		}
		for key, value := range got.values {
			if key == "" || strings.ToValidUTF8(value, "") != value || strings.Contains(value, "\x00") {
				t.Fatalf("%q is %q", key, value)
			}
		}
	})
}
