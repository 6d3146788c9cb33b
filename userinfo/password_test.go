package userinfo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

// locked is a table of users with hashed passwords.
func locked() *source {
	s := members()
	t := s.tables["members"]
	t.columns = append(t.columns, col("pass", userinfo.ColumnText), col("old_pass", userinfo.ColumnBytes))
	for i, row := range t.rows {
		t.rows[i] = append(row, fmt.Sprintf("$2y$canary-%d", i), nil)
	}
	t.rows[1][4] = ""
	return s
}

func lockedSettings(password string) userinfo.Settings {
	return userinfo.Settings{Table: "members", ID: "id", Name: "nick", Password: password, Private: []userinfo.PrivateField{{Name: userinfo.PasswordField}}}
}

func passwordOf(t *testing.T, d *userinfo.Directory, id userinfo.ID) string {
	t.Helper()
	found, err := d.Whole(t.Context(), id)
	if err != nil || len(found) != 1 {
		t.Fatalf("user %s: %v, %v", id, found, err)
	}
	return found[0].Private[userinfo.PasswordField]
}

func TestOfAPasswordNothingIsReadButADigest(t *testing.T) {
	from := locked()
	d := directory(t, lockedSettings("pass"), from, userinfo.Options{Scan: []string{}})
	first, second, none := passwordOf(t, d, "1"), passwordOf(t, d, "2"), ""
	if first == second || first == none || len(first) != 32 || strings.Contains(first, "canary") {
		t.Errorf("digests %q and %q of an empty one", first, second)
	}
	if again := passwordOf(t, d, "1"); again != first {
		t.Errorf("the same hash gives %q and %q", first, again)
	}
	from.mu.Lock()
	from.tables["members"].rows[0][4] = "$2y$canary-another"
	from.mu.Unlock()
	if after := passwordOf(t, d, "1"); after == first || len(after) != 32 {
		t.Errorf("another hash gives %q after %q", after, first)
	}
	from.mu.Lock()
	from.tables["members"].rows[0][4] = strings.Repeat("\xff", 10_000) // neither its length nor what is no text matters
	from.mu.Unlock()
	if after := passwordOf(t, d, "1"); len(after) != 32 {
		t.Errorf("a long one gives %q", after)
	}
	page, err := d.Scan(t.Context(), userinfo.Cursor{})
	if err != nil || len(page.Users) == 0 || page.Users[0].Private != nil {
		t.Errorf("scanned %v, %v", page.Users, err)
	}
	if facts, err := d.Facts(t.Context()); err != nil || !slices.Contains(facts.Reads["members"], "pass") {
		t.Errorf("the account needs %v, %v", facts.Reads, err)
	}
}

func TestAPasswordIsReadOnlyForAProviderThatAsks(t *testing.T) {
	s := lockedSettings("pass")
	s.Private = nil
	d := directory(t, s, locked(), userinfo.Options{})
	if got := passwordOf(t, d, "1"); got != "" {
		t.Errorf("read %q", got)
	}
	if facts, err := d.Facts(t.Context()); err != nil || slices.Contains(facts.Reads["members"], "pass") {
		t.Errorf("the account needs %v, %v", facts.Reads, err)
	}
}

func TestWhereThePasswordIs(t *testing.T) {
	for name, c := range map[string]struct {
		offered, setting string
		known            bool
	}{
		"of the file":        {"pass", "", true},
		"the first there is": {"{pwd?} ?? {pass?}", "", true},
		"not there":          {"pwd?", "", false},
		"set":                {"pwd?", "pass", true},
		"bytes":              {"old_pass", "", true},
		"switched off":       {"pass", "off", false},
		"Switched Off":       {"pass", "Off", false},
		"SWITCHED OFF":       {"pass", "OFF", false},
		"several columns":    {"{pass}{old_pass}", "", true},
		"a converter":        {"{pass|lower}", "", true},
		"neither":            {"", "", false},
		"alternatives, set":  {"", "{pwd?} ?? {pass}", true},
	} {
		t.Run(name, func(t *testing.T) {
			spec := &userinfo.Spec{}
			if c.offered != "" {
				spec.Private = []userinfo.FieldSpec{{Name: "password", Expr: userinfo.ExprSpec{Text: c.offered}}}
			}
			m, faults := userinfo.NewMapping(spec, lockedSettings(c.setting))
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			d, err := userinfo.NewDirectory(m, locked(), userinfo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := passwordOf(t, d, "1"); (got != "") != c.known {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestMistakesInThePasswordAreTold(t *testing.T) {
	for setting, want := range map[string]string{
		"{":            "CHATPASS_USERS_PASSWORD",
		"'x'":          "the same text for every user",
		"pass|nothing": "CHATPASS_USERS_PASSWORD",
		"pwd":          "CHATPASS_USERS_PASSWORD names column pwd, which table members does not have",
		`"pass"`:       "is the same text for every user: quotes make a constant text of it: write pass without them",
		"'pass'":       "write pass without them",
		`"two words"`:  "quotes make a constant text of it: set it to the column",
		"none":         `is "none", which is no column: write off`,
		"-":            "write off",
		"No":           "write off",
		"false":        "write off",
		"members.pass": "names the users table before the column: write only the column: pass",
		"MEMBERS.pass": "write only the column: pass",
		"others.pass":  "no join others",
	} {
		m, faults := userinfo.NewMapping(nil, lockedSettings(setting))
		if m != nil {
			d, err := userinfo.NewDirectory(m, locked(), userinfo.Options{})
			if err != nil {
				t.Fatal(err)
			}
			faults, _ = d.Bind(t.Context())
		}
		if len(faults) != 1 || !strings.Contains(faults[0].String(), want) {
			t.Errorf("%q: %v", setting, faults)
		}
	}
	bad := &userinfo.Spec{Private: []userinfo.FieldSpec{{Name: "password", Expr: userinfo.ExprSpec{Text: "'x'", Place: userinfo.Place{Var: "MAPPING", Text: "m.yaml:3"}}}}}
	if _, faults := userinfo.NewMapping(bad, lockedSettings("")); len(faults) != 1 || !strings.Contains(faults[0].String(), "m.yaml:3 is the same text for every user") {
		t.Errorf("in a file: %v", faults)
	}
}
