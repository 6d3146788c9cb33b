package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/userinfo"
)

const presetsHelp = `
Without a name: every platform that is known, by the name CHATPASS_PRESET takes. With a name: the mapping of that platform in YAML, to
read or to start a mapping of your own from (CHATPASS_MAPPING, docs/mapping-language.md):

  chatpass presets wordpress > mapping.yaml

--schema prints the JSON Schema of the language, with which an editor completes and checks such a file.
Exit code 1 if there is no such preset.`

func presetsFlags(f *flag.FlagSet) func(*call) int {
	asJSON := f.Bool("json", false, "write the list as JSON")
	schema := f.Bool("schema", false, "print the JSON Schema of mappings")
	return func(c *call) int {
		switch {
		case len(c.args) > 1:
			c.say("chatpass presets: name one preset\nTry: chatpass presets --help")
			return exitUsage
		case *schema && (*asJSON || len(c.args) > 0), *asJSON && len(c.args) > 0:
			c.say("chatpass presets: a name, --json and --schema exclude each other\nTry: chatpass presets --help")
			return exitUsage
		case *schema:
			_, _ = c.stdout.Write(preset.Schema)
			return exitOK
		case len(c.args) == 1:
			return c.printPreset(c.args[0])
		}
		return c.listPresets(*asJSON)
	}
}

// printPreset prints a preset as it was written.
func (c *call) printPreset(name string) int {
	text, ok := preset.Text(name)
	if !ok {
		hint := ""
		if near := userinfo.Nearest(name, preset.Names()); near != "" {
			hint = "; did you mean " + near + "?"
		}
		c.say("chatpass presets: there is no preset %q%s\nThere are: %s", setting.Clip(name), hint, strings.Join(preset.Names(), ", "))
		return exitFailed
	}
	_, _ = c.stdout.Write(text)
	return exitOK
}

// platform is one line of the list.
type platform struct {
	Name      string   `json:"name"`
	Title     string   `json:"title"`
	Versions  string   `json:"versions"`
	Family    string   `json:"family"`
	Databases []string `json:"databases"`
}

func (c *call) listPresets(asJSON bool) int {
	all := make([]platform, 0, len(preset.All()))
	for _, p := range preset.All() {
		all = append(all, platform{p.Name, p.Title, p.Versions, p.Family, p.Databases})
	}
	if asJSON {
		enc := json.NewEncoder(c.stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		_ = enc.Encode(all)
		return exitOK
	}
	w := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "NAME\tTITLE\tVERSIONS")
	for _, p := range all {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", p.Name, p.Title, p.Versions)
	}
	_ = w.Flush()
	return exitOK
}
