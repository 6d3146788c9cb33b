package convert_test

import (
	"fmt"

	"github.com/chatpass/chatpass/userinfo/convert"
)

func ExampleNew() {
	f, _, err := convert.New("div(1000)", convert.Env{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(f([]byte("/avatars/"), []byte("12345"))))
	// Output: /avatars/12
}

func ExampleAppendURL() {
	for _, in := range []string{"/img/6 a.jpg", "//cdn.example/6.jpg", "javascript:alert(1)"} {
		fmt.Printf("%q\n", convert.AppendURL(nil, []byte(in), "https://www.example.com"))
	}
	// Output:
	// "https://www.example.com/img/6%20a.jpg"
	// "https://cdn.example/6.jpg"
	// ""
}

func ExampleTime() {
	fmt.Println(convert.Time([]byte("2026-01-01 12:34:56"), nil))
	fmt.Println(convert.Time([]byte("0000-00-00 00:00:00"), nil).IsZero())
	// Output:
	// 2026-01-01 12:34:56 +0000 UTC
	// true
}

func ExampleNewPHP() {
	role, err := convert.NewPHP("first(keys())")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(role(nil, []byte(`a:2:{s:13:"administrator";b:1;s:15:"bbp_participant";b:1;}`))))
	// Output: administrator
}
