package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/config"
)

// entry is a variable as .env.example describes it.
type entry struct {
	name, example, def string
	comments           int // lines that say what it means
}

var assignment = regexp.MustCompile(`^#(CHATPASS_[A-Z0-9_]+)=(.*)$`)

// exampleFile reads .env.example; built and reserved are the variables before and after the headline of those not built yet.
func exampleFile(t *testing.T) (built, reserved []entry) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", ".env.example"))
	if err != nil {
		t.Fatal(err)
	}
	var e entry
	future := false
	for number, line := range strings.Split(string(content), "\n") {
		match := assignment.FindStringSubmatch(line)
		switch {
		case match != nil:
			e.name, e.example = match[1], match[2]
			if future {
				reserved = append(reserved, e)
			} else {
				built = append(built, e)
			}
			e = entry{}
		case line == "":
			e = entry{}
		case strings.Contains(line, "Known, not built yet"):
			future = true
		case strings.HasPrefix(line, "# Default: "):
			if e.def = strings.TrimPrefix(line, "# Default: "); e.def == "none" {
				e.def = ""
			}
		case line == "#", strings.HasPrefix(line, "# "):
			e.comments++
		default:
			t.Errorf("line %d is neither a comment nor a setting: %q", number+1, line)
		}
		if len([]rune(line)) > 140 {
			t.Errorf("line %d is longer than 140 characters", number+1)
		}
	}
	return built, reserved
}

func TestTheExampleFileNamesEveryVariableAndItsDefaultAndNoOther(t *testing.T) {
	vars, err := config.Variables(sections()...)
	if err != nil {
		t.Fatal(err)
	}
	built, reserved := exampleFile(t)
	want, got := map[string]string{}, map[string]string{}
	for _, v := range vars {
		if v.Built {
			want[v.Name] = "default " + v.Default
		} else {
			want[v.Name] = "reserved"
		}
	}
	for _, e := range built {
		got[e.name] = "default " + e.def
		if e.comments == 0 || e.comments > 3 {
			t.Errorf("%s is described in %d lines, want 1 to 3", e.name, e.comments)
		}
	}
	for _, e := range reserved {
		got[e.name] = "reserved"
	}
	if len(got) != len(built)+len(reserved) {
		t.Error("a variable stands there twice")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the structs (-) and .env.example (+) differ:\n%s", diff)
	}
}

func TestTheExampleFileShowsADefaultAsTheExample(t *testing.T) {
	built, _ := exampleFile(t)
	for _, e := range built {
		if e.def != "" && e.example != e.def && e.name != "CHATPASS_IDENTITY" { // its default names what is not built yet
			t.Errorf("%s: the example %q is not the default %q", e.name, e.example, e.def)
		}
	}
}

func TestACopyOfTheExampleFileSetsNothing(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", ".env.example"))
	if err != nil {
		t.Fatal(err)
	}
	if c := load(t, dotenv(t, good(), string(content))); len(c.Warnings) > 0 {
		t.Errorf("warnings: %q", lines(c.Warnings))
	}
	in := dotenv(t, env{}, string(content))
	in.Command = "version"
	if c := load(t, in); c.LogLevel.String() != "INFO" || len(c.Sections) > 0 {
		t.Errorf("got %+v", c)
	}
}

func TestEveryExampleOfTheExampleFileIsAccepted(t *testing.T) {
	built, _ := exampleFile(t)
	secrets := secretNames(t)
	var content []string
	for i, e := range built {
		if e.name == "CHATPASS_MAPPING" || e.name == "CHATPASS_SITE_ROOT" || e.name == "CHATPASS_SESSION_FILES" || e.name == "CHATPASS_MESIBO_OTP_TEMPLATE" {
			continue // they name what stands on another machine, sessions are in files or in a table, and a template is of another delivery than the example
		}
		if slices.Contains(secrets, strings.TrimPrefix(e.name, "CHATPASS_")) && e.name != "CHATPASS_DATABASE_URL" && e.def == "" { // one with a default is a word, or holds a secret
			if e.example != "" {
				t.Errorf("%s has an example, which somebody will use", e.name)
			}
			if e.name == "CHATPASS_SESSION_SECRETS" {
				continue // a platform's own, which the example file does not name
			}
			e.example = strings.Repeat("k3Yz", 8) + string(rune('A'+i%26)) + string(rune('a'+i/26))
		}
		if e.example == "" {
			t.Errorf("%s has no example", e.name)
		}
		content = append(content, e.name+"="+e.example)
	}
	c := load(t, dotenv(t, env{}, strings.Join(content, "\n")))
	for _, w := range lines(c.Warnings) {
		if !strings.HasPrefix(w, "CHATPASS_TABLE_PREFIX is not used") && !strings.HasPrefix(w, "CHATPASS_ALLOW_WEAK_SECRETS is set") {
			t.Error(w)
		}
	}
}
