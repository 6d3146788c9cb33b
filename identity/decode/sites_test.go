package decode_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/identity/decode"
	"github.com/chatpass/chatpass/internal/secret"
)

func TestAWordPressCookieHasFourParts(t *testing.T) {
	mac := strings.Repeat("a", 64)
	for name, value := range map[string]string{
		"nothing": "", "three parts": "a|1|t", "five parts": "a|1|t|" + mac + "|", "no login": "|1|t|" + mac, "no token": "a|1||" + mac, "no MAC": "a|1|t|", "a short MAC": "a|1|t|" + mac[1:],
		"no time": "a||t|" + mac, "a time with a sign": "a|+1|t|" + mac, "a time with zeroes before it": "a|01|t|" + mac, "a time before 1970": "a|-1|t|" + mac,
		"a time of 13 digits": "a|1111111111111|t|" + mac, "a time that is none": "a|1e9|t|" + mac,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decode.ParseWordPress(value)
			refused(t, err, decode.ErrMalformed)
		})
	}
}

func TestAWordPressCookieEndsWithItsTime(t *testing.T) {
	v := vector[wordpressVector](t, "wp-phpass")
	w, err := decode.ParseWordPress(v.Value)
	good(t, err)
	for at, want := range map[time.Time]error{w.Expires: nil, w.Expires.Add(time.Second): decode.ErrExpired} {
		err := w.CheckMAC(v.User.Pass, secret.New(v.Key), secret.New(v.Salt), at)
		_, err2 := w.CheckTokens(v.Tokens, at)
		if want == nil {
			good(t, err)
			good(t, err2)
			continue
		}
		refused(t, err, want)
		refused(t, err2, want)
	}
}

func TestAWordPressCookieBindsFourCharactersOfThePassword(t *testing.T) {
	for hash, want := range map[string][]string{
		"$P$BabcdEFGHijklmnopqrstuvwxyz0123":                              {"EFGH"},
		"$2y$10$abcdefghijklmnop":                                         {"bcde"},
		"$wp$2y$10$abcdefghijklmnopqrstuuN0bZ1c2d3e4f5g6h7i8j9k0l1m2n3o4": {"n3o4"},
		"$argon2id$v=19$xyz":                                              {"d$v=", "$xyz"},
		"5f4dcc3b5aa765d61d8327deb882cf99":                                {"5aa7", "cf99"},
		"$P$B1234567":                                                     nil, // 11 characters
		"":                                                                nil,
	} {
		if diff := cmp.Diff(want, decode.WordPressFragments(hash)); diff != "" {
			t.Errorf("%q: %s", hash, diff)
		}
	}
	v := vector[wordpressVector](t, "wp-phpass")
	w, err := decode.ParseWordPress(v.Value)
	good(t, err)
	for _, hash := range []string{"", "$P$B", "*"} {
		refused(t, w.CheckMAC(hash, secret.New(v.Key), secret.New(v.Salt), now), decode.ErrForged)
	}
}

func TestAWordPressTokenMustStandInTheMetaValue(t *testing.T) {
	v := vector[wordpressVector](t, "wp-phpass")
	w, err := decode.ParseWordPress(v.Value)
	good(t, err)
	key := `s:64:"` + v.TokenSum + `";`
	for name, c := range map[string]struct {
		meta string
		want error
	}{
		"with its end":                {`a:1:{` + key + `a:1:{s:10:"expiration";i:1893456000;}}`, nil},
		"the end itself":              {`a:1:{` + key + `i:1893456000;}`, nil},
		"an end as text":              {`a:1:{` + key + `a:1:{s:10:"expiration";s:10:"1893456000";}}`, nil},
		"ended":                       {`a:1:{` + key + `a:1:{s:10:"expiration";i:1700000000;}}`, decode.ErrExpired},
		"no end":                      {`a:1:{` + key + `a:0:{}}`, decode.ErrMalformed},
		"true":                        {`a:1:{` + key + `b:1;}`, decode.ErrExpired},
		"an object":                   {`a:1:{` + key + `O:3:"Foo":1:{s:10:"expiration";i:1893456000;}}`, decode.ErrForged},
		"another token":               {`a:1:{s:64:"` + strings.Repeat("a", 64) + `";i:1893456000;}`, decode.ErrForged},
		"no token":                    {`a:0:{}`, decode.ErrForged},
		"a meta value that is broken": {`a:1:{`, decode.ErrMalformed},
		"no meta value":               {``, decode.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			end, err := w.CheckTokens(c.meta, now)
			if c.want != nil {
				refused(t, err, c.want)
			} else if err != nil || end.Unix() != 1893456000 {
				t.Errorf("%s, %v", end, err)
			}
		})
	}
	end, err := w.CheckTokens(`a:1:{`+key+`i:99999999999;}`, now)
	good(t, err)
	same(t, "never longer than the cookie", end, w.Expires)
}

func TestAnSMFCookieIsBoundToPasswordSaltAndSecret(t *testing.T) {
	v := vector[struct {
		Secret string `json:"auth_secret"`
		Row    struct {
			Passwd string
			Salt   string `json:"password_salt"`
		} `json:"members_row"`
		Value string `json:"cookie_value"`
	}](t, "smf")
	cookie, err := decode.JSON(v.Value)
	good(t, err)
	hash := cookie.At("1").Text()
	refused(t, decode.CheckSMF(hash, v.Row.Passwd+"x", v.Row.Salt, secret.New(v.Secret)), decode.ErrForged)
	refused(t, decode.CheckSMF(hash, v.Row.Passwd, v.Row.Salt+"x", secret.New(v.Secret)), decode.ErrForged)
	refused(t, decode.CheckSMF(hash, v.Row.Passwd, v.Row.Salt, secret.New(v.Secret+"x")), decode.ErrForged)
	refused(t, decode.CheckSMF(hash, "", v.Row.Salt, secret.New(v.Secret)), decode.ErrForged)
	refused(t, decode.CheckSMF(strings.ToUpper(hash), v.Row.Passwd, v.Row.Salt, secret.New(v.Secret)), decode.ErrForged)
	refused(t, decode.CheckSMF("", v.Row.Passwd, v.Row.Salt, secret.New(v.Secret)), decode.ErrForged)
}

func TestNetworksAreComparedAsPHPBBDoes(t *testing.T) {
	for _, c := range []struct {
		a, b   string
		octets int
		want   bool
	}{
		{"203.0.113.77", "203.0.113.9", 3, true},
		{"203.0.113.77", "203.0.114.77", 3, false},
		{"203.0.113.77", "203.0.114.77", 2, true},
		{"203.0.113.77", "203.0.113.9", 4, false},
		{"203.0.113.77", "203.0.113.77", 4, true},
		{"203.0.113.77", "::ffff:203.0.113.9", 3, true},
		{"203.0.113.77", "198.51.100.1", 0, true},
		{"2001:db8:1:2:3::1", "2001:db8:1:2:4::1", 3, true},
		{"2001:db8:1:2:3::1", "2001:db8:1:3:3::1", 3, false},
		{"2001:db8:1:2:3::1", "2001:db8:1:3:3::1", 2, true},
		{"2001:db8:1:2:3::1", "2001:db8:1:2:3::2", 4, false},
		{"2001:db8::1", "2001:db8:0:0::1", 4, true},
		{"fe80::1%eth0", "fe80::1", 4, true},
		{"203.0.113.77", "2001:db8::1", 1, false},
		{"", "", 3, false},
		{"", "203.0.113.77", 3, false},
		{"203.0.113.77", "203.0.113.77", 5, false},
		{"203.0.113.77", "203.0.113.77", -1, false},
	} {
		if got := decode.SameNetwork(c.a, c.b, c.octets); got != c.want {
			t.Errorf("%s and %s in %d octets: %t", c.a, c.b, c.octets, got)
		}
		if got := decode.SameNetwork(c.b, c.a, c.octets); got != c.want {
			t.Errorf("%s and %s in %d octets: %t", c.b, c.a, c.octets, got)
		}
	}
}

func TestBrowsersAreComparedAsPHPBBDoes(t *testing.T) {
	long := strings.Repeat("x", 148)
	for name, c := range map[string]struct {
		userAgent, stored string
		want              bool
	}{
		"case does not matter":         {"Mozilla/5.0 (X11)", "MOZILLA/5.0 (x11)", true},
		"stored are 149 characters":    {long + "yZZZ", long + "Y", true},
		"the 149th counts":             {long + "y", long + "z", false},
		"blanks at the end are cut":    {"a ", "a", true},
		"another browser":              {"Mozilla/5.0", "Opera/9", false},
		"bytes that are no text count": {"a\xff", "a\xfe", false},
		"none":                         {"", "", true},
		"none where one was stored":    {"", "a", false},
	} {
		if got := decode.SameBrowser(c.userAgent, c.stored); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestVBulletinNamesAVisitorByAddressAndBrowser(t *testing.T) {
	three, err := decode.VBulletinIDHash("ua", "203.0.113.9", 3)
	good(t, err)
	neighbour, err := decode.VBulletinIDHash("ua", "::ffff:203.0.113.10", 3)
	good(t, err)
	same(t, "a neighbour", neighbour, three)
	stranger, err := decode.VBulletinIDHash("ua", "203.0.114.9", 3)
	good(t, err)
	if stranger == three {
		t.Error("another network has the same hash")
	}
	for _, c := range []struct {
		ip     string
		octets int
	}{{"", 3}, {"2001:db8::1", 3}, {"203.0.113.9", 0}, {"203.0.113.9", 5}} {
		_, err := decode.VBulletinIDHash("ua", c.ip, c.octets)
		refused(t, err, decode.ErrMalformed)
	}
	refused(t, decode.CheckVBulletinRemember("x", "password", secret.New("salt")), decode.ErrForged)
	refused(t, decode.CheckVBulletinRemember("", "", secret.New("salt")), decode.ErrForged)
}

func TestAMediaWikiTokenIsThirtyTwoDigits(t *testing.T) {
	token := strings.Repeat("ab", 16)
	good(t, decode.CheckMediaWikiToken(token, token))
	// HMAC-SHA256 of "1" with the token as key, by PHP's hash_hmac.
	good(t, decode.CheckMediaWikiVersionedToken("ec879290b62685a1a2771e946cd3bd55", token, "1"))
	refused(t, decode.CheckMediaWikiVersionedToken("ec879290b62685a1a2771e946cd3bd55", token, "2"), decode.ErrForged)
	refused(t, decode.CheckMediaWikiVersionedToken("ec879290b62685a1a2771e946cd3bd55", token, ""), decode.ErrForged)
	refused(t, decode.CheckMediaWikiVersionedToken(token, token, "1"), decode.ErrForged)
	refused(t, decode.CheckMediaWikiVersionedToken("", "", "1"), decode.ErrForged)
	for name, c := range map[string][2]string{
		"another":                     {strings.Repeat("ac", 16), token},
		"no cookie":                   {"", token},
		"no token in the row":         {"", ""},
		"NULs of a new account":       {strings.Repeat("\x00", 32), strings.Repeat("\x00", 32)},
		"a marker of system accounts": {"*** INVALID ***", "*** INVALID ***"},
		"a short one":                 {"ab", "ab"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, decode.CheckMediaWikiToken(c[0], c[1]), decode.ErrForged) })
	}
}
