package imbachat_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

var john = userinfo.User{
	ID: "6", Name: "John", AvatarURL: "https://x.example/6.jpg", ProfileURL: "https://x.example/members/6/", Email: "john@example.com",
	LastLogin: time.Unix(1767225600, 0).UTC(), Badge: "Gold", Role: "admin",
	Extra: []userinfo.Field{
		{Name: "city", Type: userinfo.FieldText, Text: `Ri"ga`},
		{Name: "age", Type: userinfo.FieldNumber, Text: "42"},
		{Name: "vip", Type: userinfo.FieldBool, Text: "true"},
		{Name: "user_mail", Type: userinfo.FieldText, Text: "john@example.com"},
	},
}

func TestTheObjectOfAUser(t *testing.T) {
	bare := func(id userinfo.ID) userinfo.User { return userinfo.User{ID: id, Name: "A"} }
	for name, c := range map[string]struct {
		user   userinfo.User
		change func(*imbachat.Config)
		kind   userinfo.KeyKind
		want   string
	}{
		"with every field": {
			john, nil, userinfo.KeyUint,
			`{"user_id":6,"name":"John","avatar_url":"https://x.example/6.jpg","profile_url":"https://x.example/members/6/","lastlogin":1767225600,` +
				`"badge":"Gold","chat_role":"admin","city":"Ri\"ga","age":42,"vip":true,"user_mail":"john@example.com"}`,
		},
		"with nothing but a name":           {bare("6"), nil, userinfo.KeyUint, `{"user_id":6,"name":"A"}`},
		"without a name":                    {userinfo.User{ID: "6"}, nil, userinfo.KeyUint, `{"user_id":6,"name":""}`},
		"with an address that is not shown": {userinfo.User{ID: "6", Name: "A", Email: "a@example.com"}, nil, userinfo.KeyUint, `{"user_id":6,"name":"A"}`},
		"without avatar, as the PHP sample": {
			bare("6"), func(c *imbachat.Config) { c.AvatarEmpty = "false" }, userinfo.KeyUint, `{"user_id":6,"name":"A","avatar_url":false}`,
		},
		"with an avatar all the same": {
			userinfo.User{ID: "6", Name: "A", AvatarURL: "/a"},
			func(c *imbachat.Config) { c.AvatarEmpty = "false" }, userinfo.KeyUint,
			`{"user_id":6,"name":"A","avatar_url":"/a"}`,
		},
		"with a negative id":              {bare("-6"), nil, userinfo.KeyInt, `{"user_id":-6,"name":"A"}`},
		"with an id of text":              {bare("alice"), nil, userinfo.KeyText, `{"user_id":"alice","name":"A"}`},
		"with an id of digits as text":    {bare("007"), nil, userinfo.KeyText, `{"user_id":"007","name":"A"}`},
		"with a uuid":                     {bare("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), nil, userinfo.KeyUUIDBytes, `{"user_id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","name":"A"}`},
		"with a number wanted as string":  {bare("6"), func(c *imbachat.Config) { c.UserIDAs = "string" }, userinfo.KeyUint, `{"user_id":"6","name":"A"}`},
		"with 2^53-1":                     {bare("9007199254740991"), nil, userinfo.KeyUint, `{"user_id":9007199254740991,"name":"A"}`},
		"with 2^53+1 is left out":         {bare("9007199254740993"), nil, userinfo.KeyUint, ``},
		"with 2^53+1 as string":           {bare("9007199254740993"), func(c *imbachat.Config) { c.UserIDAs = "string" }, userinfo.KeyUint, `{"user_id":"9007199254740993","name":"A"}`},
		"with text for a number left out": {bare("alice"), func(c *imbachat.Config) { c.UserIDAs = "number" }, userinfo.KeyText, ``},
		"with a name that ends scripts":   {userinfo.User{ID: "6", Name: "</script><b>&\u2028"}, nil, userinfo.KeyUint, `{"user_id":6,"name":"\u003c/script\u003e\u003cb\u003e\u0026\u2028"}`},
		"with emoji":                      {userinfo.User{ID: "6", Name: "Žofie 🦊"}, nil, userinfo.KeyUint, `{"user_id":6,"name":"Žofie 🦊"}`},
	} {
		t.Run(name, func(t *testing.T) {
			config := settings()
			if c.change != nil {
				c.change(config)
			}
			format := config.Format(func() userinfo.KeyKind { return c.kind })
			got := string(format.AppendUser([]byte("["), &c.user))
			if got != "["+c.want {
				t.Errorf("got  %s\nwant [%s", got, c.want)
			}
			if c.want != "" && !json.Valid([]byte(got[1:])) {
				t.Errorf("%s is no JSON", got[1:])
			}
		})
	}
}

func BenchmarkAppendUser(b *testing.B) {
	format := settings().Format(func() userinfo.KeyKind { return userinfo.KeyUint })
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = format.AppendUser(buf[:0], &john)
	}
	if len(buf) == 0 {
		b.Fatal("nothing written")
	}
}
