package sendbird_test

import (
	"context"
	"fmt"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/provider/sendbird"
	"github.com/chatpass/chatpass/userinfo"
)

func ExampleConfig_Open() {
	config := &sendbird.Config{
		AppID: "2D7B4CDB-932F-4082-9B09-A1153792DC8D", APIToken: secret.New("only this example's token"),
		LoginPath: "/login", UserID: "prod-{id}", WritesPerSecond: 4,
	}
	p, err := config.Open(provider.Deps{Now: time.Now, KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, BasePath: "/chat"})
	if err != nil {
		fmt.Println(err)
		return
	}
	widget, err := p.Widget(context.Background(), &userinfo.User{ID: "6", Name: "John"}, time.Time{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(widget.AppendJSON(nil)))
	// Output:
	// {"app_id":"2D7B4CDB-932F-4082-9B09-A1153792DC8D","user_id":"prod-6","nickname":"John","profile_url":"","token_url":"/chat/sendbird/token"}
}
