package userinfo_test

import (
	"context"
	"fmt"

	"github.com/chatpass/chatpass/userinfo"
)

func ExampleParseMapping() {
	_, faults := userinfo.ParseMapping(userinfo.Settings{
		Table: "users", ID: "id", Name: "{first} {last} ?? nick", Badge: "user_pass", Where: "status = 1 or admin = 1",
	})
	for _, f := range faults {
		fmt.Println(f)
	}
	// Output:
	// CHATPASS_USERS_BADGE maps column user_pass, which looks like a secret, to an output: map another column: what proves who somebody is must never be shown
	// CHATPASS_USERS_WHERE uses OR, which this setting does not know: use IN (…) for several values of one column: write conditions such as status_id in (2,3); deleted_at is null
}

func ExampleDirectory_ByID() {
	m, faults := userinfo.ParseMapping(userinfo.Settings{Table: "members", ID: "id", Name: "nick", Email: "mail"})
	if len(faults) > 0 {
		fmt.Println(faults)
		return
	}
	directory, err := userinfo.NewDirectory(m, members(), userinfo.Options{}) // members is a table in memory
	if err != nil {
		fmt.Println(err)
		return
	}
	users, err := directory.ByID(context.Background(), "2", "1", "2", "007")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range users {
		fmt.Println(u.ID, u.Name)
	}
	// Output:
	// 2 Bob
	// 1 Ann
}

func ExampleKeyKind_Parse() {
	for _, text := range []string{"7", "007", "7 or 1=1"} {
		id, ok := userinfo.KeyUint.Parse(text)
		fmt.Printf("%q %t\n", id, ok)
	}
	// Output:
	// "7" true
	// "" false
	// "" false
}
