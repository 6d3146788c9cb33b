package session_test

import (
	"fmt"
	"net/http"
	"time"

	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/userinfo"
)

func ExampleNew() {
	site := &database{tables: map[string]*table{"users": rows("id uint, loginkey text", []any{"42", "a long random text"})}}
	recipe := session.Recipe{
		Name: "login", Cookie: "login", Read: "php",
		Steps: []session.Step{
			{Set: [][2]string{{"parts", "split_first($value, '_', 2)"}}},
			{Row: &session.RowSpec{
				Tables: []string{"users"}, By: [2]string{"id", "item($parts, 0)"}, And: [][2]string{{"loginkey", "item($parts, 1)"}}, Take: [][2]string{{"uid", "id"}},
			}},
		},
		User: "$uid",
	}
	resolver, faults := session.New([]session.Recipe{recipe}, session.Options{
		Source: site, KeyKind: func() userinfo.KeyKind { return userinfo.KeyUint }, Now: time.Now, ClientIP: func(*http.Request) string { return "" },
	})
	if len(faults) > 0 {
		fmt.Println(faults)
		return
	}
	r := &http.Request{Header: http.Header{"Cookie": {"login=42_a%20long%20random%20text"}}}
	visitor, err := resolver.Resolve(r.Context(), r)
	fmt.Println(visitor.UserID, err)
	// Output: 42 <nil>
}
