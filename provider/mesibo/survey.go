package mesibo

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// Bounds of the look that check takes at phones.
const (
	surveyPages = 5                // of a thousand users: enough to tell what most are like
	surveyTime  = 10 * time.Second // a third of what check has for everything
)

// survey is what phones of the site are like. It holds no phone when it is done.
type survey struct {
	users, none, unreadable int
	national                int // written as within a country
	usable, shared          int // users who have a phone alone, and those who do not
	whole                   bool
}

// survey reads the first users of the site and tells what their phones are like, and never a phone.
func (s *sitePeople) survey(ctx context.Context) []provider.Finding {
	if s.scan == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, surveyTime)
	defer cancel()
	found, err := s.count(ctx)
	if err != nil {
		return []provider.Finding{{
			Level: provider.LevelWarn, Text: "the phones of users cannot be looked at: " + err.Error(), Remedy: "see what is told of the database",
		}}
	}
	return s.findings(found)
}

// count looks at the phones of the first users.
func (s *sitePeople) count(ctx context.Context) (*survey, error) {
	found := &survey{}
	holders := map[string]int{}
	var at userinfo.Cursor
	for range surveyPages {
		page, err := s.scan(ctx, at)
		if err != nil {
			return nil, err
		}
		for i := range page.Users {
			found.users++
			text := page.Users[i].Private[phoneField]
			phone := s.phoneOf(&page.Users[i])
			switch {
			case text == "":
				found.none++
			case phone == "":
				found.unreadable++
			default:
				holders[phone]++
			}
			if withinCountry(text, s.country) {
				found.national++
			}
		}
		if at = page.Last; !page.More {
			found.whole = true
			break
		}
	}
	for _, n := range holders {
		if n == 1 {
			found.usable++
		} else {
			found.shared += n
		}
	}
	return found, nil
}

// findings tells what was found.
func (s *sitePeople) findings(f *survey) []provider.Finding {
	who := fmt.Sprintf("the first %d users who may chat", f.users)
	if f.whole {
		who = fmt.Sprintf("all %d users who may chat", f.users)
	}
	list := []provider.Finding{{
		Level: provider.LevelOK,
		Text:  fmt.Sprintf("phones of %s: %d can be used, %d are shared with another user, %d are no phone, %d have none", who, f.usable, f.shared, f.unreadable, f.none),
	}}
	if f.usable == 0 && s.needed {
		list[0].Level, list[0].Text = provider.LevelWarn, list[0].Text+": nobody of them can sign in"
		list[0].Remedy = "map the column with the phones in CHATPASS_MESIBO_USERS_PHONE; phones without a country code need CHATPASS_MESIBO_DEFAULT_COUNTRY if they begin with 0, else the code in the mapping: +91{phone}"
	}
	if f.shared > 0 {
		list = append(list, provider.Finding{
			Level: provider.LevelWarn, Text: fmt.Sprintf("%d users share their phone with another user, by which none of them can sign in", f.shared),
			Remedy: "leave each phone with one user; the log names them when one of them tries",
		})
	}
	if with := f.users - f.none; f.national > with/2 {
		list = append(list, s.foreign(f.national, with))
	}
	return list
}

// plainColumn is a mapping of nothing but a column.
var plainColumn = regexp.MustCompile(`^\{?([A-Za-z_][A-Za-z0-9_.]*)\}?$`)

// foreign warns of phones that are taken for another country's.
func (s *sitePeople) foreign(n, of int) provider.Finding {
	country, column := s.country, "phone"
	if country == "" {
		country = "91"
	}
	if m := plainColumn.FindStringSubmatch(s.column); m != nil {
		column = m[1]
	}
	remedy := fmt.Sprintf("if they lack the country's code, put it in front: CHATPASS_MESIBO_USERS_PHONE=+%s{%s}", country, column)
	if s.country == "" {
		remedy += " (with the code of your country); if they have it, set CHATPASS_MESIBO_DEFAULT_COUNTRY to it, and this is not told any more"
	}
	return provider.Finding{
		Level:  provider.LevelWarn,
		Text:   fmt.Sprintf("%d of %d phones look like numbers within a country: they are short and begin neither with + nor with 0, so that their first digits are taken for the code of a country, perhaps a foreign one", n, of),
		Remedy: remedy,
	}
}
