package preset

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

//go:embed *.yaml
var files embed.FS

// Schema is the JSON Schema of the mapping language, for editors.
//
//go:embed mapping.schema.json
var Schema []byte

// Names are the names of the presets in alphabetical order.
var Names = sync.OnceValue(func() []string {
	paths, _ := fs.Glob(files, "*.yaml") // the pattern is right
	names := make([]string, len(paths))
	for i, path := range paths {
		names[i] = strings.TrimSuffix(path, ".yaml")
	}
	slices.Sort(names)
	return names
})

// Text is the file of a preset as it was written; ok is false for a name no preset has.
func Text(name string) (text []byte, ok bool) {
	if !slices.Contains(Names(), name) {
		return nil, false
	}
	text, err := files.ReadFile(name + ".yaml")
	return text, err == nil
}

// Open reads a preset. A preset of ours without a fault is the promise of a test.
func Open(name string) (*File, []setting.Fault) {
	text, ok := Text(name)
	if !ok {
		remedy := "use " + strings.Join(Names(), ", ") + " or custom"
		if near := userinfo.Nearest(name, Names()); near != "" {
			remedy = "did you mean " + near + "? " + remedy
		}
		return nil, []setting.Fault{{Var: "PRESET", Problem: fmt.Sprintf("is %q, which is no preset", setting.Clip(name)), Remedy: remedy}}
	}
	return Parse("PRESET", name+".yaml", text)
}

// All reads every preset, in alphabetical order of their names.
var All = sync.OnceValue(func() []*File {
	var all []*File
	for _, name := range Names() {
		if f, faults := Open(name); len(faults) == 0 {
			all = append(all, f)
		}
	}
	return all
})
