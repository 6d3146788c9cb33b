package main_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/chatpass/chatpass"

// edges are the rooms of the house and whom each may import: DESIGN §3 as a table. "" is main. A trailing /* is any package below.
// Rooms of internal/ are not listed as targets: every room but the leaves may import them, see [leaves].
var edges = map[string][]string{
	"":                      {"*"},
	"bench":                 {"*"},
	"bench/*":               {"*"}, // measures the rooms from outside; nobody imports it
	"blackbox":              {},    // tests of the built program; nothing of it is shipped
	"config":                {"userinfo", "identity", "identity/session", "preset", "sitefile"},
	"demo":                  {"jwt", "static", "templates"},
	"detect":                {"userinfo", "preset"},
	"handlers":              {"userinfo", "identity", "provider", "templates", "static"},
	"identity":              {"userinfo", "jwt", "identity/decode"},
	"identity/decode":       {"jwt", "userinfo/convert"}, // pure functions of formats; no database, no request
	"identity/session":      {"identity", "identity/decode", "userinfo", "userinfo/convert"},
	"internal/*":            {},
	"internal/dburl":        {},
	"jwt":                   {"userinfo"},
	"pagecheck":             {}, // a page as browsers get it; knows no settings
	"preset":                {"userinfo", "identity", "identity/session"},
	"provider":              {"userinfo"},
	"provider/*":            {"provider", "userinfo", "jwt", "store"}, // never another provider
	"provider/all":          {"provider", "provider/*"},
	"provider/providertest": {"provider", "userinfo"},
	"sitedb":                {"userinfo", "identity"},
	"sitefile":              {"preset"},
	"static":                {},
	"store":                 {},
	"templates":             {},
	"userinfo":              {"userinfo/convert"},
	"userinfo/convert":      {},
}

// leaves import nothing local, not even internal/: they could stand in any other program.
var leaves = []string{"static", "templates", "userinfo/convert"}

// internalEdges are the few edges between rooms of internal/; all others are leaves.
var internalEdges = map[string][]string{
	"internal/setting":    {"internal/secret"},
	"internal/dburl":      {"internal/secret", "internal/setting"},
	"internal/evidence":   {"internal/mysqltest", "internal/pgtest"},
	"internal/mesibotest": {"internal/mysqltest"},
}

// libraries are the foreign modules and the only rooms that may import them: one library, one room.
// A library that is not listed is refused, so that a new one gets its room before its first use.
var libraries = map[string][]string{
	"charm.land/huh/v2":                      {""},
	"github.com/agext/levenshtein":           {"", "config", "userinfo"},
	"github.com/bep/imagemeta":               {"provider/*"},
	"github.com/coder/websocket":             {"demo"},
	"github.com/gin-gonic/gin":               {"handlers"},
	"github.com/glebarez/go-sqlite":          {"demo", "sitedb", "store"},
	"github.com/glebarez/sqlite":             {"sitedb", "store"},
	"github.com/go-gormigrate/gormigrate/v2": {"store"},
	"github.com/go-sql-driver/mysql":         {"sitedb", "store", "internal/dburl"},
	"go.yaml.in/yaml/v3":                     {"preset", "sitefile"},
	"github.com/golang-jwt/jwt/v5":           {"jwt"},
	"github.com/jackc/pgx/v5":                {"sitedb", "store", "internal/dburl"},
	"github.com/joho/godotenv":               {"config"},
	"github.com/kelseyhightower/envconfig":   {"config"},
	"github.com/mattn/go-isatty":             {""},
	"github.com/maypok86/otter/v2":           {"userinfo", "handlers", "identity"},
	"github.com/prometheus":                  {"handlers"},
	"github.com/sony/gobreaker/v2":           {"sitedb", "identity", "provider/*"},
	"golang.org/x/image":                     {"provider/*"},
	"github.com/wneessen/go-mail":            {"provider/*"},
	"golang.org/x/net":                       {"pagecheck"},
	"golang.org/x/sync":                      {"", "demo", "userinfo", "identity", "sitedb", "handlers"},
	"golang.org/x/text":                      {"userinfo", "userinfo/convert", "sitedb"},
	"golang.org/x/time":                      {"demo", "handlers", "provider/*"},
	"gorm.io":                                {"sitedb", "store"},
	"modernc.org/sqlite":                     {"sitedb", "store"},
}

// exempt are the rooms that no library rule binds: helpers of tests and the benchmarks drive servers and rivals directly.
func exempt(pkg string) bool {
	return pkg == "bench" || strings.HasPrefix(pkg, "bench/") || pkg == "blackbox" || forTests(pkg)
}

// forTests tells whether a package is a helper of tests, which no shipped package may import.
func forTests(pkg string) bool {
	return (strings.HasPrefix(pkg, "internal/") || strings.HasPrefix(pkg, "provider/")) && strings.HasSuffix(pkg, "test") ||
		pkg == "internal/golden" || pkg == "internal/evidence"
}

// matches tells whether a package is the one pattern names, or below it for a pattern that ends in /*.
func matches(pattern, pkg string) bool {
	if below, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(pkg, below+"/")
	}
	return pattern == "*" || pattern == pkg
}

// room returns the row of edges that governs a package: its own, or the nearest pattern above it.
func room(pkg string) (string, bool) {
	if _, ok := edges[pkg]; ok {
		return pkg, true
	}
	for dir := path.Dir(pkg); dir != "."; dir = path.Dir(dir) {
		if _, ok := edges[dir+"/*"]; ok {
			return dir + "/*", true
		}
	}
	return "", false
}

// judge returns what is wrong with the imports of the shipped (not test) files of a package; pkg is relative to the module, "" is main.
func judge(pkg string, imports []string) []string {
	row, known := room(pkg)
	if !known {
		return []string{fmt.Sprintf("package %s has no room: add it to the layout of DESIGN §2 and to edges in imports_test.go, or move its code to a room that exists", pkg)}
	}
	var faults []string
	for _, imported := range imports {
		var fault string
		switch local, isLocal := strings.CutPrefix(imported, module); {
		case isLocal && (local == "" || local[0] == '/'):
			fault = judgeLocal(pkg, row, strings.TrimPrefix(local, "/"))
		case strings.Contains(strings.Split(imported, "/")[0], "."):
			fault = judgeLibrary(pkg, imported)
		}
		if fault != "" {
			faults = append(faults, fault)
		}
	}
	return faults
}

func judgeLocal(pkg, row, imported string) string {
	name := pkg
	if name == "" {
		name = "main"
	}
	switch {
	case imported == "":
		return fmt.Sprintf("%s imports main: main is wired last and imported by nobody", name)
	case forTests(imported) && !exempt(pkg):
		return fmt.Sprintf("%s imports %s: helpers of tests are not shipped", name, imported)
	case slices.Contains(leaves, pkg):
		return fmt.Sprintf("%s imports %s: %s is a leaf and imports nothing local", name, imported, name)
	case strings.HasPrefix(pkg, "internal/"):
		if slices.Contains(internalEdges[pkg], imported) || forTests(pkg) && imported == "internal/secret" {
			return ""
		}
		return fmt.Sprintf("%s imports %s: rooms of internal/ are leaves, so that every room may import them", name, imported)
	case strings.HasPrefix(imported, "internal/"):
		return ""
	case slices.ContainsFunc(edges[row], func(allowed string) bool { return matches(allowed, imported) }):
		return ""
	case row == "provider/*" && strings.HasPrefix(imported, "provider/"):
		return fmt.Sprintf("%s imports %s: adapters never meet; what two providers share belongs to provider", name, imported)
	case strings.HasPrefix(imported, "provider/"):
		return fmt.Sprintf("%s imports %s: only main and provider/all know concrete providers", name, imported)
	default:
		return fmt.Sprintf("%s imports %s: DESIGN §3 lets it import only [%s] and internal/*; declare the interface you need and let main pass the value",
			name, imported, strings.Join(edges[row], " "))
	}
}

func judgeLibrary(pkg, imported string) string {
	if exempt(pkg) {
		return ""
	}
	name := pkg
	if name == "" {
		name = "main"
	}
	for _, library := range slices.Sorted(maps.Keys(libraries)) {
		if imported != library && !strings.HasPrefix(imported, library+"/") {
			continue
		}
		rooms := libraries[library]
		if slices.ContainsFunc(rooms, func(r string) bool { return matches(r, pkg) }) {
			return ""
		}
		return fmt.Sprintf("%s imports %s: one library, one room; %s lives in %q", name, imported, library, rooms)
	}
	return fmt.Sprintf("%s imports %s: a library without a room; name its room in libraries in imports_test.go", name, imported)
}

// importsOf reads the imports of the shipped files of every package below dir, whatever their build tags.
func importsOf(t *testing.T, dir string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if file == dir {
				return nil
			}
			if name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(file, "go.mod")); err == nil { // a nested module has its own rules
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(dir, filepath.Dir(file))
		if err != nil {
			return err
		}
		pkg := strings.TrimPrefix(filepath.ToSlash(rel), ".")
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		if _, ok := found[pkg]; !ok {
			found[pkg] = nil
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if !slices.Contains(found[pkg], imported) {
				found[pkg] = append(found[pkg], imported)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("reading the imports: %v", err)
	}
	return found
}

func TestImportsFollowTheDirectionsOfTheDesign(t *testing.T) {
	found := importsOf(t, ".")
	if len(found) < 5 {
		t.Fatalf("found only %d packages; the walk is broken", len(found))
	}
	for _, pkg := range slices.Sorted(maps.Keys(found)) {
		for _, fault := range judge(pkg, found[pkg]) {
			t.Error(fault)
		}
	}
}

func TestImportsOfAWrongKindAreRefused(t *testing.T) {
	tests := []struct {
		name, pkg, imported string
		want                string // a part of the fault; "" when the import is allowed
	}{
		{"main may know a provider", "", module + "/provider/imbachat", ""},
		{"the list of providers may know a provider", "provider/all", module + "/provider/imbachat", ""},
		{"handlers may not know a provider", "handlers", module + "/provider/imbachat", "only main and provider/all"},
		{"config may not know providers", "config", module + "/provider", "DESIGN §3"},
		{"two providers never meet", "provider/imbachat", module + "/provider/sendbird", "adapters never meet"},
		{"a provider may not know the list of providers", "provider/imbachat", module + "/provider/all", "adapters never meet"},
		{"a provider may sign tokens", "provider/imbachat", module + "/jwt", ""},
		{"the domain may not know the database", "userinfo", module + "/sitedb", "DESIGN §3"},
		{"the domain may use a room of internal", "userinfo", module + "/internal/setting", ""},
		{"the database may know the domain", "sitedb", module + "/userinfo", ""},
		{"the database may not know handlers", "sitedb", module + "/handlers", "DESIGN §3"},
		{"a leaf may not use internal", "templates", module + "/internal/secret", "is a leaf"},
		{"a converter may not know the domain", "userinfo/convert", module + "/userinfo", "is a leaf"},
		{"settings may hold secrets", "internal/setting", module + "/internal/secret", ""},
		{"a room of internal may not know the domain", "internal/secret", module + "/userinfo", "rooms of internal/ are leaves"},
		{"nobody imports main", "handlers", module, "imported by nobody"},
		{"nobody ships helpers of tests", "sitedb", module + "/internal/mysqltest", "not shipped"},
		{"benchmarks may use helpers of tests", "bench", module + "/internal/mysqltest", ""},
		{"a room nobody planned is refused", "utils", "fmt", "has no room"},
		{"a room nobody planned below a known one is refused", "handlers/helpers", "fmt", "has no room"},
		{"gin may be used by handlers", "handlers", "github.com/gin-gonic/gin/binding", ""},
		{"gin may not be used by a provider", "provider/imbachat", "github.com/gin-gonic/gin", "one library, one room"},
		{"gorm may not be used by handlers", "handlers", "gorm.io/gorm", "one library, one room"},
		{"golang-jwt may not be used by identity", "identity", "github.com/golang-jwt/jwt/v5", "one library, one room"},
		{"only config reads .env", "", "github.com/joho/godotenv", "one library, one room"},
		{"a library without a room is refused", "handlers", "example.com/left/pad", "without a room"},
		{"a driver may be used by a helper of tests", "internal/mysqltest", "github.com/go-sql-driver/mysql", ""},
		{"a rival may be used by the benchmarks", "bench/naive", "gorm.io/gorm", ""},
		{"the standard library is free", "userinfo/convert", "encoding/json", ""},
		{"a module whose name starts like ours is foreign", "jwt", module + "extra/x", "without a room"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := judge(tt.pkg, []string{tt.imported})
			if tt.want == "" {
				if diff := cmp.Diff([]string(nil), got); diff != "" {
					t.Errorf("an allowed import is refused (-want +got):\n%s", diff)
				}
				return
			}
			if len(got) != 1 || !strings.Contains(got[0], tt.want) {
				t.Errorf("judge(%q, %q) = %q, want one fault with %q", tt.pkg, tt.imported, got, tt.want)
			}
		})
	}
}

func TestImportsTablesNameOnlyRoomsThatCanExist(t *testing.T) {
	for library, rooms := range libraries {
		for _, r := range rooms {
			if _, ok := edges[r]; !ok {
				t.Errorf("libraries[%q] names the room %q, which edges does not know", library, r)
			}
		}
	}
	for pkg := range internalEdges {
		if !strings.HasPrefix(pkg, "internal/") {
			t.Errorf("internalEdges names %q, which is not in internal/", pkg)
		}
	}
	for _, leaf := range leaves {
		if allowed, ok := edges[leaf]; !ok || len(allowed) != 0 {
			t.Errorf("leaves names %q, which edges does not know as one that imports nothing", leaf)
		}
	}
}
