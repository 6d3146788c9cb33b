package templates_test

import (
	"fmt"
	"os"

	"github.com/chatpass/chatpass/templates"
)

func ExampleWidget() {
	data := map[string]any{"user_id": 6, "name": "</script><script>alert(1)</script>"}
	_ = templates.Widget(os.Stdout, templates.WidgetData{BasePath: "/chat", Inline: true, Data: data})
	// Output:
	// <script type="application/json" id="chatpass-data">{"name":"\u003c/script\u003e\u003cscript\u003ealert(1)\u003c/script\u003e","user_id":6}</script>
	// <script src="/chat/loader.js" async></script>
}

func ExampleSnippet() {
	text, err := templates.Snippet("loader", templates.SnippetData{BasePath: "/chat"})
	fmt.Print(text, err)
	// Output:
	// <script src="/chat/loader.js" async></script>
	// <nil>
}
