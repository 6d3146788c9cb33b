package imbachat_test

import (
	"context"
	"fmt"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/imbachat"
	"github.com/chatpass/chatpass/userinfo"
)

func ExampleConfig_Open() {
	config := &imbachat.Config{
		WidgetID: "276", APILogin: "provider", APIPassword: secret.New("only this example's password"),
		SecretKey: secret.New("only this example's signing key"), TokenTTL: time.Hour, ScriptBase: "https://api.imbachat.com",
	}
	p, err := config.Open(provider.Deps{Now: time.Now, KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }})
	if err != nil {
		fmt.Println(err)
		return
	}
	widget, err := p.Widget(context.Background(), &userinfo.User{ID: "6", Name: "John"}, time.Time{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(widget.Script, string(widget.Options))
	guest, err := p.Widget(context.Background(), nil, time.Time{})
	fmt.Println(guest == nil, err)
	// Output:
	// https://api.imbachat.com/imbachat/v1/276/widget {"user_id":6}
	// true <nil>
}
