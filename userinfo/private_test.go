package userinfo_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

// canary is what a private field holds in these tests; nothing that is shown may have it.
const canary = "+49 171 1234567"

func phone(expr string) []userinfo.PrivateField {
	return []userinfo.PrivateField{{Name: "phone", Var: "MESIBO_USERS_PHONE", Expr: expr, Required: true}}
}

// callers is a table of users with phones, some of whom are hidden, and a table beside it.
func callers() *source {
	s := members()
	s.tables["members"].columns = append(s.tables["members"].columns, col("tel", userinfo.ColumnText), col("gone", userinfo.ColumnInt), col("api_token", userinfo.ColumnText))
	for i, row := range s.tables["members"].rows {
		s.tables["members"].rows[i] = append(row, canary, "0", "x")
	}
	s.tables["members"].rows[1][4] = nil
	s.tables["members"].rows[2][5] = "1"
	return s
}

func callerSettings(expr string) userinfo.Settings {
	return userinfo.Settings{Table: "members", ID: "id", Name: "nick", Email: "mail", Where: "gone = 0", Private: phone(expr)}
}

func TestPrivateFieldsAreReadByWholeAndScanAlone(t *testing.T) {
	from := callers()
	d := directory(t, callerSettings("{tel}"), from, userinfo.Options{Scan: []string{"email"}})
	whole, err := d.Whole(t.Context(), "1", "2", "3", "99")
	if err != nil {
		t.Fatal(err)
	}
	page, err := d.Scan(t.Context(), userinfo.Cursor{})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range slices.Concat(whole, page.Users) {
		want := userinfo.Private{"phone": canary}
		if u.ID == "2" {
			want = nil
		}
		if u.Private["phone"] != want["phone"] || len(u.Private) != len(want) {
			t.Errorf("user %s has %d private fields", u.ID, len(u.Private))
		}
	}
	if ids(whole) != "1 2" || ids(page.Users) != "1 2 10" || page.More || page.Rows != 4 {
		t.Errorf("whole %s, scanned %s of %d", ids(whole), ids(page.Users), page.Rows)
	}
	if whole[0].Name != "Ann" || page.Users[0].Name != "" || page.Users[0].Email != "ann@example.com" {
		t.Errorf("whole is %q, scanned %q %q", whole[0].Name, page.Users[0].Name, page.Users[0].Email)
	}
	shown, err := d.ByID(t.Context(), "1")
	if err != nil || shown[0].Private != nil {
		t.Errorf("by id: %v", err)
	}
	if u, _, err := d.Visitor(t.Context(), "1", nil); err != nil || u.Private != nil {
		t.Errorf("visitor: %v", err)
	}
	if found, err := d.Search(t.Context(), "ann"); err != nil || found[0].Private != nil {
		t.Errorf("search: %v", err)
	}
	answers, err := userinfo.NewAnswers(d, userinfo.AnswersOptions{Encode: func(dst []byte, u *userinfo.User) []byte { return fmt.Appendf(dst, "%q", fmt.Sprint(*u)) }})
	if err != nil {
		t.Fatal(err)
	}
	if text, _, err := answers.Append(t.Context(), nil, []string{"1"}); err != nil || strings.Contains(string(text), canary) {
		t.Errorf("users-info: %s, %v", text, err)
	}
	from.mu.Lock()
	defer from.mu.Unlock()
	plain := 0
	for _, sel := range from.selects {
		if !slices.Contains(sel.Columns, "tel") {
			plain++
		}
	}
	if plain == 0 || plain == len(from.selects) {
		t.Errorf("%d of %d kinds of look-ups read no phone", plain, len(from.selects))
	}
}

func ids(users []userinfo.User) string {
	var list []string
	for _, u := range users {
		list = append(list, string(u.ID))
	}
	return strings.Join(list, " ")
}

func TestPrivateFieldsNeverPrint(t *testing.T) {
	u := userinfo.User{ID: "1", Name: "Ann", Private: userinfo.Private{"phone": canary}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", u)
		fmt.Fprintf(&out, verb+"\n", u.Private)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("user", "user", u, "private", u.Private)
	slog.New(slog.NewTextHandler(&out, nil)).Info("user", "user", u, "private", u.Private)
	text, err := json.Marshal(u)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	if strings.Contains(out.String(), "1234567") || !strings.Contains(out.String(), "[private]") {
		t.Errorf("printed: %s", out.String())
	}
}

func TestTheColumnsOfPrivateFieldsAreAmongThoseAnAccountNeeds(t *testing.T) {
	facts := func(s userinfo.Settings) []string {
		f, err := directory(t, s, callers(), userinfo.Options{}).Facts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return f.Reads["members"]
	}
	if got := facts(callerSettings("{tel}")); !slices.Contains(got, "tel") {
		t.Errorf("asked for: %v", got)
	}
	s := callerSettings("")
	s.Private = nil
	if got := facts(s); slices.Contains(got, "tel") {
		t.Errorf("not asked for: %v", got)
	}
}

func TestAMappingFileOffersPrivateFieldsThatASettingWinsOver(t *testing.T) {
	spec := func(expr string) *userinfo.Spec {
		return &userinfo.Spec{Private: []userinfo.FieldSpec{{Name: "phone", Expr: userinfo.ExprSpec{Text: expr, Place: userinfo.Place{Var: "MAPPING", Text: "m.yaml:3: private.phone"}}}}}
	}
	read := func(spec *userinfo.Spec, private []userinfo.PrivateField) string {
		t.Helper()
		s := callerSettings("")
		s.Private = private
		m, faults := userinfo.NewMapping(spec, s)
		if len(faults) > 0 {
			return faults[0].String()
		}
		d, err := userinfo.NewDirectory(m, callers(), userinfo.Options{})
		if err != nil {
			t.Fatal(err)
		}
		users, err := d.Whole(t.Context(), "1")
		if err != nil {
			return err.Error()
		}
		return users[0].Private["phone"]
	}
	for name, c := range map[string]struct{ got, want string }{
		"the file's":               {read(spec("tel"), phone("")), canary},
		"the setting's":            {read(spec("tel"), phone("mail")), "ann@example.com"},
		"alternatives":             {read(nil, phone("{nothing?} ?? {tel}")), canary},
		"nobody asks":              {read(spec("tel"), nil), ""},
		"not required":             {read(nil, []userinfo.PrivateField{{Name: "phone", Var: "X"}}), ""},
		"required and not there":   {read(nil, phone("")), "CHATPASS_MESIBO_USERS_PHONE is missing"},
		"no column":                {read(nil, phone("telly")), "CHATPASS_MESIBO_USERS_PHONE names column telly, which table members does not have"},
		"a secret":                 {read(nil, phone("api_token")), "CHATPASS_MESIBO_USERS_PHONE maps column api_token, which looks like a secret, to an output"},
		"a secret in the file":     {read(spec("api_token"), nil), "CHATPASS_MAPPING m.yaml:3: private.phone maps column api_token, which looks like a secret"},
		"the same for all":         {read(nil, phone("'+49 171 1234567'")), "CHATPASS_MESIBO_USERS_PHONE is the same text for every user"},
		"no expression":            {read(nil, phone("{tel")), "CHATPASS_MESIBO_USERS_PHONE"},
		"a join that is not there": {read(nil, phone("{m.billing_phone}")), "CHATPASS_MESIBO_USERS_PHONE names m.billing_phone, but there is no join m"},
	} {
		if !strings.Contains(c.got, c.want) || c.want == "" && c.got != "" {
			t.Errorf("%s: %s", name, c.got)
		}
	}
}

func TestScanIsRefusedWhereNobodyWantsIt(t *testing.T) {
	d := directory(t, plainSettings, members(), userinfo.Options{})
	if _, err := d.Scan(t.Context(), userinfo.Cursor{}); !errors.Is(err, userinfo.ErrNoScan) {
		t.Error(err)
	}
}

func TestScanTellsWhenTheDatabaseIsDown(t *testing.T) {
	from := callers()
	d := directory(t, callerSettings("tel"), from, userinfo.Options{Scan: []string{}})
	page, err := d.Scan(t.Context(), userinfo.Cursor{})
	if err != nil {
		t.Fatal(err)
	}
	from.set(func(s *source) { s.fail = userinfo.ErrUnavailable })
	if _, err := d.Scan(t.Context(), page.Last); !errors.Is(err, userinfo.ErrUnavailable) {
		t.Error(err)
	}
	from.set(func(s *source) { s.fail = nil })
	from.set(func(s *source) {
		s.tables["members"].rows = append(s.tables["members"].rows, []any{"11", "Zoe", nil, nil, canary, "0", "x"})
	})
	page, err = d.Scan(t.Context(), page.Last)
	if err != nil || ids(page.Users) != "11" {
		t.Errorf("behind the end: %s, %v", ids(page.Users), err)
	}
}
