package sitefile_test

import (
	"testing"

	"github.com/chatpass/chatpass/sitefile"
)

func TestATextThatLooksLikeThePlaceOfATagIsUnknown(t *testing.T) {
	for _, text := range []string{`"\x65rbx-1z"`, `"\x65rbx9z"`, `"\x65rbxz"`, `"\x65rbx1"`, `"\x65rbx99999999999999999999z"`} {
		values, err := sitefile.Parse("yaml", []byte("host: "+text+"\nuser: <%= 'u' %>\n"))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if host, ok := values.Get("host"); ok {
			t.Errorf("%s reads as %q", text, host)
		}
		if user, _ := values.Get("user"); user != "u" {
			t.Errorf("beside %s the tag reads as %q", text, user)
		}
	}
}
