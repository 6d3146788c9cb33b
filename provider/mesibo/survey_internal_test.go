package mesibo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

func TestCheckTellsWhatPhonesAreLikeAndNoPhone(t *testing.T) {
	inTowns(t, "BIGINT", []string{
		"(1, 'ann', '+91 98765 43210', 1, 'member')", "(2, 'bob', '09876543210', 1, 'member')", "(3, 'eve', '+1 800 123 4567', 1, 'member')",
		"(4, 'dan', 'ask me', 1, 'member')", "(5, 'fay', NULL, 1, 'member')", "(6, 'gil', '', 1, 'member')", "(7, 'hal', '+1 800 765 4321', 0, 'member')",
	}, func(t *testing.T, s *town) {
		t.Helper()
		got := s.people.survey(t.Context())
		text := fmt.Sprint(got)
		if len(got) != 2 || got[0].Level != provider.LevelOK || got[1].Level != provider.LevelWarn || got[1].Remedy == "" ||
			!strings.Contains(got[0].Text, "all 6 users who may chat: 1 can be used, 2 are shared with another user, 1 are no phone, 2 have none") || !strings.Contains(got[1].Text, "2 users share") {
			t.Errorf("got %s", text)
		}
		for _, secret := range []string{"98765", "9876543210", "800", "ask me"} {
			if strings.Contains(text, secret) {
				t.Errorf("it tells %q: %s", secret, text)
			}
		}
		s.exec("DELETE FROM users WHERE id IN (1, 3)", "UPDATE users SET phone = '12' WHERE id = 2")
		if got := s.people.survey(t.Context()); got[0].Level != provider.LevelWarn || !strings.Contains(got[0].Text, "nobody of them can sign in") || got[0].Remedy == "" {
			t.Errorf("without a phone: %+v", got)
		}
		s.fail(userinfo.ErrUnavailable, 0)
		if got := s.people.survey(t.Context()); len(got) != 1 || got[0].Level != provider.LevelWarn || got[0].Remedy == "" {
			t.Errorf("without a database: %+v", got)
		}
	})
}

func TestCheckLooksAtTheFirstUsersOfALargeSite(t *testing.T) {
	s := newTown(t, "sqlite", "BIGINT")
	for start := 1; start <= 6000; start += 1000 {
		rows := make([]string, 0, 1000)
		for id := start; id < start+1000; id++ {
			rows = append(rows, fmt.Sprintf("(%d, 'n', '91987650%04d', 1, 'member')", id, id))
		}
		s.add(rows...)
	}
	if got := s.people.survey(t.Context()); len(got) != 1 || !strings.Contains(got[0].Text, "the first 5000 users who may chat: 5000 can be used") {
		t.Errorf("got %+v", got)
	}
	if pages, _ := s.counted(); pages != surveyPages {
		t.Errorf("%d pages", pages)
	}
}

func TestPhonesWithoutTheCountrysCodeAreWarnedOf(t *testing.T) {
	for name, test := range map[string]struct {
		country string
		phones  []string
		want    bool
	}{
		"India, within the country":                        {"91", []string{"98765 43210", "87654 32109", "91234 56789"}, true},
		"India, within the country, and none is set":       {"", []string{"98765 43210", "87654 32109"}, true},
		"India, with a 0":                                  {"91", []string{"098765 43210"}, false},
		"India, with the code":                             {"91", []string{"9198765 43210", "+9198765 43210"}, false},
		"the United States, within the country":            {"1", []string{"(212) 555-0123", "415.555.0123"}, true},
		"the United States, with the code":                 {"1", []string{"1 212 555 0123"}, false},
		"Iran, with a 0":                                   {"98", []string{"0912 345 6789"}, false},
		"Iran, with a 0 in its own digits":                 {"98", []string{"۰۹۱۲۳۴۵۶۷۸۹"}, false},
		"Iran, with the code":                              {"98", []string{"989123456789"}, false},
		"Iran, without anything":                           {"98", []string{"9123456789"}, true},
		"China, eleven digits within the country":          {"86", []string{"13812345678"}, true},
		"eleven digits, and no country is set":             {"", []string{"13812345678"}, false},
		"Norway, ten digits with the code that is set":     {"47", []string{"4798765432"}, false},
		"Denmark, too short to be taken for anything":      {"45", []string{"20123456"}, true},
		"half of them with a plus":                         {"91", []string{"9876543210", "+919876543211"}, false},
		"most of them, beside what has a plus or is empty": {"91", []string{"9876543210", "8765432109", "+919876543211", ""}, true},
		"nobody has one":                                   {"91", []string{"", ""}, false},
		"texts":                                            {"91", []string{"ask", "me"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := &sitePeople{country: test.country, column: "mobile"}
			f := &survey{users: len(test.phones)}
			for _, text := range test.phones {
				if text == "" {
					f.none++
				}
				if withinCountry(text, test.country) {
					f.national++
				}
			}
			got := fmt.Sprint(p.findings(f))
			if warned := strings.Contains(got, "within a country"); warned != test.want {
				t.Errorf("got %s", got)
			}
			if want := "CHATPASS_MESIBO_USERS_PHONE=+" + test.country + "{mobile}"; test.want && test.country != "" && !strings.Contains(got, want) {
				t.Errorf("want %s in %s", want, got)
			}
		})
	}
}
