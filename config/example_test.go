package config_test

import (
	"fmt"

	"github.com/chatpass/chatpass/config"
)

func ExampleLoad() {
	_, err := config.Load(config.Input{
		Command: "snippet",
		Environ: []string{"CHATPASS_BASE_PATH=chat", "CHATPASS_QUERY_TIMEOUT=2", "CHATPASS_LISTEM=:80", "HOME=/root"},
	})
	fmt.Println(err)

	c, err := config.Load(config.Input{Command: "snippet", Environ: []string{"CHATPASS_BASE_PATH=/talk/", "CHATPASS_SITE_URL=https://Example.com"}})
	fmt.Println(c.BasePath, c.SiteURL[0].Origin, c.Listen, err)
	// Output:
	// CHATPASS_LISTEM in the environment is not a variable of Chatpass: did you mean CHATPASS_LISTEN?
	// CHATPASS_QUERY_TIMEOUT is "2", a number without a unit: write 2s for seconds or 2ms for milliseconds; m and h are known too
	// CHATPASS_BASE_PATH is "chat", which is no plain path: write / or a path such as /chat: letters, digits, and _ . - between slashes
	// /talk https://example.com 127.0.0.1:8090 <nil>
}
