package mesibo

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

func TestM05SpellingsOfOnePhoneAreOnePhone(t *testing.T) {
	h := newHouse(t, "", nil)
	for _, spelling := range []string{"+91 (987) 654-3210", "00919876543210", "919876543210", "09876543210", "null9876543210"} {
		h.clock.Add(3 * time.Hour)
		if got := h.ask("J", "op", "login", "phone", spelling, "appid", testApp); got.values["result"] != "OK" {
			t.Fatalf("%s: %s", spelling, got.body)
		}
		if got := h.ask("F", "op", "login", "phone", alice, "appid", testApp, "code", h.code(alice)); got.values["phone"] != alice {
			t.Errorf("%s: %s", spelling, got.body)
		}
	}
	if calls := h.mesibo.asked("useradd"); len(calls) != 1 {
		t.Fatalf("%d tokens were made for one user", len(calls))
	}
	if user, _ := h.mesibo.asked("useradd")[0]["user"].(map[string]any); user["address"] != alice {
		t.Errorf("the address is %v", user["address"])
	}
}

func TestM06AKnownPhoneIsSentOneCode(t *testing.T) {
	h := newHouse(t, "", nil)
	got := h.ask("F", "op", "login", "phone", alice, "appid", testApp)
	if text := ts.ReplaceAllString(got.body, `"ts":T`); text != `{"op":"login","ts":T,"result":"OK"}` {
		t.Fatalf("got %s", got.body)
	}
	code := h.code(alice)
	if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(code) {
		t.Errorf("the code is %q", code)
	}
	h.quiet()
	if strings.Contains(h.log.String(), code) || strings.Contains(h.log.String(), alice) {
		t.Errorf("code or phone in the log: %s", h.log)
	}
}

// M07, SEC-94: what is sent back, and how long it takes, tells nobody whose phone it is.
func TestM07AnUnknownPhoneIsAnsweredAsAKnownOne(t *testing.T) {
	h := newHouse(t, "", nil)
	h.people.set("917111111111", userinfo.User{ID: "8"}, userinfo.User{ID: "9"})
	h.p.front.floor = 50 * time.Millisecond
	for _, phone := range []string{nobodys, "917111111111", alice} {
		began := time.Now()
		got := h.ask("J", "op", "login", "phone", phone, "appid", testApp)
		if text := ts.ReplaceAllString(got.body, `"ts":T`); text != `{"op":"login","ts":T,"result":"OK"}` || got.err != nil {
			t.Errorf("%s: %s", phone, got.body)
		}
		if took := time.Since(began); took < h.p.front.floor {
			t.Errorf("%s: answered after %s", phone, took)
		}
	}
	h.code(alice)
	h.quiet()
	for _, phone := range []string{nobodys, "917111111111"} {
		for _, way := range []string{"F", "J"} {
			want := h.ask(way, "op", "login", "phone", alice, "appid", testApp, "code", "000000").body
			if got := h.ask(way, "op", "login", "phone", phone, "appid", testApp, "code", "000000").body; got != want {
				t.Errorf("%s: %s, but a known phone gets %s", phone, got, want)
			}
		}
	}
}

func TestM08TheRightCodeGivesAToken(t *testing.T) {
	h := newHouse(t, "", nil)
	for _, way := range []string{"G", "F", "J"} {
		for _, key := range []string{"code", "otp"} {
			got := h.ask(way, "op", "login", "phone", alice, "appid", testApp, key, h.fresh(alice))
			token, _ := got.values["token"].(string)
			if got.values["result"] != "OK" || len(token) <= 16 || got.values["phone"] != alice || got.values["name"] != "Alice" || got.values["cc"] != "91" {
				t.Fatalf("%s %s: %s", way, key, got.body)
			}
			for _, key := range []string{"name", "status", "photo", "phone", "cc", "invite", "fileurl", "downloadurl", "uploadurl"} {
				if _, is := got.values[key].(string); !is {
					t.Errorf("%s is no text: %v", key, got.values[key])
				}
			}
			urls, _ := got.values["urls"].(map[string]any)
			share, _ := got.values["share"].(map[string]any)
			for _, one := range []any{urls["upload"], urls["download"], share["text"], share["subject"], share["title"]} {
				if text, _ := one.(string); text == "" {
					t.Errorf("an empty text: %s", got.body)
				}
			}
			keys := regexp.MustCompile(`"([a-z]+)":(?:"|\{|[0-9])`).FindAllStringSubmatch(got.body, -1)
			if keys[0][1] != "op" || keys[1][1] != "ts" || keys[2][1] != "token" || keys[len(keys)-1][1] != "result" {
				t.Errorf("the order is another: %s", got.body)
			}
		}
	}
}

func TestACodeMayBeTypedWithSpacesAndInOtherDigits(t *testing.T) {
	h := newHouse(t, "", nil)
	code := h.fresh(alice)
	typed := strings.Map(func(r rune) rune { return r - '0' + '\u0660' }, code[:3]) + " - " + code[3:]
	if got := h.ask("J", "op", "login", "phone", alice, "appid", testApp, "otp", typed); got.values["result"] != "OK" {
		t.Errorf("%s", got.body)
	}
}

func TestM09ACodeIsGoodOnceAndNotForLong(t *testing.T) {
	h := newHouse(t, "", nil)
	try := func(app, code string) string {
		got := h.ask("F", "op", "login", "phone", alice, "appid", app, "code", code)
		if got.values["result"] == "OK" {
			return "OK"
		}
		if got.values["errmsg"] != "Invalid OTP" {
			t.Errorf("%s", got.body)
		}
		text, _ := got.values["error"].(string)
		return text
	}
	code := h.fresh(alice)
	for n := range 4 {
		if got := try(testApp, wrong(code)); got != "BADCODE" {
			t.Fatalf("wrong try %d: %s", n, got)
		}
	}
	if got := try(otherApp, code); got != "BADCODE" {
		t.Errorf("the code of another app: %s", got)
	}
	if got := try(testApp, code); got != "BADCODE" {
		t.Errorf("the sixth try, with the right code: %s", got)
	}
	code = h.fresh(alice)
	for range 4 {
		try(testApp, wrong(code))
	}
	if got := try(testApp, code); got != "OK" {
		t.Errorf("the fifth try: %s", got)
	}
	if got := try(testApp, code); got != "BADCODE" {
		t.Errorf("a used code: %s", got)
	}
	code = h.fresh(alice)
	h.clock.Add(codeLife)
	if got := try(testApp, code); got != "BADCODE" {
		t.Errorf("a code after five minutes: %s", got)
	}
	old := h.fresh(alice)
	code = h.fresh(alice)
	if got := try(testApp, old); got != "BADCODE" && old != code {
		t.Errorf("the code before: %s", got)
	}
	if got := h.ask("J", "op", "login", "phone", bob, "appid", testApp, "otp", code); got.values["error"] != "BADUSER" {
		t.Errorf("another phone's code: %s", got.body)
	}
}

func TestM14SEC92CodesAreAskedForOnlySoOften(t *testing.T) {
	h := newHouse(t, "", nil)
	address := 0
	ask := func(phone string) (code string, wait string) {
		address++
		got := h.serve(request(t, "F", "op", "login", "phone", phone, "appid", testApp), fmt.Sprint("192.0.2.", address))
		if got.status != http.StatusOK {
			t.Fatalf("%d %v", got.status, got.err)
		}
		text, _ := got.values["error"].(string)
		return text, got.header.Get("Retry-After")
	}
	if code, _ := ask(alice); code != "" {
		t.Fatalf("the first: %s", code)
	}
	h.clock.Add(29 * time.Second)
	if code, wait := ask("+91 98765 43210"); code != "RATELIMIT" || wait != "1" {
		t.Errorf("another spelling within 30 s: %s, %s", code, wait)
	}
	for range 2 {
		h.clock.Add(31 * time.Second)
		if code, _ := ask(alice); code != "" {
			t.Fatalf("within the limit: %s", code)
		}
	}
	h.clock.Add(31 * time.Second)
	if code, wait := ask("00919876543210"); code != "RATELIMIT" || wait == "" {
		t.Errorf("the fourth in 10 minutes: %s", code)
	}
	if code, _ := ask(bob); code != "" {
		t.Errorf("another phone: %s", code)
	}
	if code, _ := ask(nobodys); code != "" {
		t.Errorf("an unknown phone: %s", code)
	}
	if code, _ := ask(nobodys); code != "RATELIMIT" {
		t.Errorf("an unknown phone has no limit: %s", code)
	}
	for range 7 {
		h.clock.Add(11 * time.Minute)
		if code, _ := ask(alice); code != "" {
			t.Fatalf("within the limit of a day: %s", code)
		}
	}
	h.clock.Add(11 * time.Minute)
	if code, _ := ask(alice); code != "RATELIMIT" {
		t.Errorf("the eleventh in a day: %s", code)
	}
	h.clock.Add(24 * time.Hour)
	if code, _ := ask(alice); code != "" {
		t.Errorf("a day later: %s", code)
	}
}

func TestM14SEC92OneAddressAsksForFewPhones(t *testing.T) {
	h := newHouse(t, "", nil)
	ask := func(n int, address string) any {
		return h.serve(request(t, "J", "op", "login", "phone", fmt.Sprintf("9170000%05d", n), "appid", testApp), address).values["error"]
	}
	for n := range 20 {
		if code := ask(n, "192.0.2.1"); code != nil {
			t.Fatalf("phone %d: %v", n, code)
		}
	}
	if code := ask(20, "192.0.2.1"); code != "RATELIMIT" {
		t.Errorf("the 21st phone: %v", code)
	}
	if code := ask(20, "192.0.2.2"); code != nil {
		t.Errorf("the same phone from elsewhere, after a refusal that must not count: %v", code)
	}
	for n := 21; n < 60; n++ {
		if code := ask(n, ""); code != nil {
			t.Fatalf("an address that many share: %v", code)
		}
	}
}

// SEC-91: a million guesses in a day, with as many new codes as can be had, from as many addresses as there are.
func TestSEC91AMillionGuessesInADayFindNothing(t *testing.T) {
	h := newHouse(t, "", nil)
	h.p.front.post.courier = silence{} // nobody reads them
	s, err := h.p.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const guesses, pace = 1_000_000, 24 * time.Hour / 1_000_000
	looked := 0
	for n := 0; n < guesses; {
		err := h.p.spend(t.Context(), s, "try", alice, tryLimits, fmt.Sprint("address ", n), tryAddress)
		no := (*refusal)(nil)
		switch {
		case err == nil:
			looked++
			n++
			h.clock.Add(pace)
		case errors.As(err, &no) && no.wait > 0: // all guesses until then are refused
			skip := int(no.wait/pace) + 1
			n += skip
			h.clock.Add(time.Duration(skip) * pace)
		default:
			t.Fatal(err)
		}
	}
	const alive = 2 // codes of one phone: one that was sent, and one for the link
	if chance := float64(looked*alive) / 1e6; chance >= 5e-4 || looked < maxTries {
		t.Errorf("%d of the guesses are looked at: a chance of %g", looked, chance)
	}
	h.ask("F", "op", "login", "phone", alice, "appid", testApp) // a new code
	h.clock.Add(time.Minute)
	guess := request(t, "G", "op", "login", "phone", bob, "appid", testApp, "code", "000000")
	for range maxTries {
		if got := h.serve(guess, ""); got.values["error"] != "BADCODE" {
			t.Fatalf("%s", got.body)
		}
	}
	h.clock.Add(11 * time.Minute)
	h.ask("F", "op", "login", "phone", bob, "appid", testApp)
	if got := h.serve(guess, ""); got.values["error"] != "RATELIMIT" || got.header.Get("Retry-After") == "" {
		t.Errorf("a new code makes new guesses: %s", got.body)
	}
}

// SEC-91: one address guesses at many phones.
func TestSEC91OneAddressGuessesAtFewPhones(t *testing.T) {
	h := newHouse(t, "", nil)
	looked := 0
	for n := range 2000 {
		h.clock.Add(30 * time.Second)
		got := h.serve(request(t, "F", "op", "login", "phone", fmt.Sprintf("9170000%05d", n), "appid", testApp, "code", "123456"), "192.0.2.1")
		if got.values["error"] == "BADCODE" {
			looked++
		}
	}
	if looked < 300 || looked > 400 {
		t.Errorf("%d guesses are looked at", looked)
	}
}

func TestSEC90CodesAreUniform(t *testing.T) {
	const n = 60_000
	var digits [codeDigits][10]int
	for range n {
		code, err := newCode()
		if err != nil || len(code) != codeDigits {
			t.Fatalf("%q %v", code, err)
		}
		for i := range code {
			digits[i][code[i]-'0']++
		}
	}
	for place, counts := range digits {
		chi := 0.0
		for _, got := range counts {
			chi += math.Pow(float64(got)-n/10, 2) / (n / 10)
		}
		if chi > 45 { // nine degrees of freedom: one run in a million has more
			t.Errorf("place %d: chi-square %.1f of %v", place, chi, counts)
		}
	}
}

// SEC-90: neither code nor phone of a challenge can be read off the store.
func TestSEC90CodesAreKeptAsKeyedHashes(t *testing.T) {
	h := newHouse(t, "", nil)
	code := h.fresh(alice)
	rows, err := h.store.opened.SQLDB().QueryContext(t.Context(), "SELECT phone_mac, code_mac FROM chat_mesibo_challenges")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var phone, mac string
		if err := rows.Scan(&phone, &mac); err != nil {
			t.Fatal(err)
		}
		seen++
		if strings.Contains(phone+mac, code) || strings.Contains(phone+mac, alice) || len(mac) < 32 {
			t.Errorf("kept as %q and %q", phone, mac)
		}
	}
	if err := rows.Err(); err != nil || seen == 0 {
		t.Fatalf("%d rows, %v", seen, err)
	}
}

// SEC-93: of many who know the code, one gets in.
func TestSEC93ACodeIsUsedUpByOne(t *testing.T) {
	for name, dsn := range map[string]func(t *testing.T) string{
		"sqlite":  func(*testing.T) string { return "" },
		"mariadb": func(t *testing.T) string { t.Helper(); return mysqltest.Start(t).Database(t).User(t, "ALL ON *") },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, dsn(t), nil)
			code := h.fresh(alice)
			var mu sync.Mutex
			var all sync.WaitGroup
			results := map[string]int{}
			for n := range 50 {
				all.Go(func() {
					r := request(t, "J", "op", "login", "phone", alice, "appid", testApp, "otp", code, "device", fmt.Sprint("device-", n))
					got := h.serve(r, fmt.Sprint("192.0.2.", n))
					mu.Lock()
					defer mu.Unlock()
					results[fmt.Sprint(got.values["result"], got.values["errmsg"])]++
				})
			}
			all.Wait()
			if diff := cmp.Diff(map[string]int{"OK<nil>": 1, "FAILInvalid OTP": 49}, results); diff != "" {
				t.Errorf("(-want +got)\n%s\n%s", diff, h.log)
			}
			if calls := h.mesibo.asked("useradd"); len(calls) != 1 {
				t.Errorf("%d tokens were made", len(calls))
			}
		})
	}
}

// What the site says when the code comes counts, not what it said when the code was made.
func TestWhoWasShutOutMeanwhileIsNotLetIn(t *testing.T) {
	for name, change := range map[string]func(h *house){
		"the user is gone":                   func(h *house) { h.people.set(alice) },
		"the phone is another's now":         func(h *house) { h.people.set(alice, userinfo.User{ID: "66", Name: "Mallory"}) },
		"another user has the phone as well": func(h *house) { h.people.set(alice, userinfo.User{ID: "6"}, userinfo.User{ID: "66"}) },
	} {
		for _, signup := range []string{wordOff, wordOpen} {
			t.Run(name+", sign-up "+signup, func(t *testing.T) {
				h := newHouse(t, "", func(c *Config) { c.Signup = signup })
				code := h.fresh(alice)
				change(h)
				got := h.ask("F", "op", "login", "phone", alice, "appid", testApp, "code", code)
				if got.values["error"] != "BADUSER" || got.values["token"] != nil || len(h.mesibo.asked("useradd")) != 0 {
					t.Errorf("%s", got.body)
				}
			})
		}
	}
}

func TestSignUpWithoutTheSite(t *testing.T) {
	h := newHouse(t, "", func(c *Config) { c.Signup = wordOpen })
	got := h.ask("F", "op", "login", "phone", nobodys, "appid", testApp, "code", h.fresh(nobodys), "name", "Nobody")
	if got.values["result"] != "OK" || got.values["phone"] != nobodys || got.values["name"] != "Nobody" {
		t.Fatalf("%s", got.body)
	}
	code := h.fresh(nobodys)
	h.people.set(nobodys, userinfo.User{ID: "66", Name: "Mallory"})
	if got := h.ask("F", "op", "login", "phone", nobodys, "appid", testApp, "code", code); got.values["error"] != "BADUSER" {
		t.Errorf("the phone became a user's of the site meanwhile: %s", got.body)
	}
	if got := h.ask("F", "op", "login", "phone", nobodys, "appid", testApp, "code", h.fresh(nobodys)); got.values["result"] != "OK" {
		t.Errorf("the user of the site: %s", got.body)
	}
}

func TestWhoMayNotChatDoesNotSignUpWithoutTheSite(t *testing.T) {
	h := newHouse(t, "", func(c *Config) { c.Signup = wordOpen })
	const banned = "917222222222"
	h.people.set(banned, userinfo.User{ID: "8", Role: "banned"})
	want := h.ask("J", "op", "login", "phone", nobodys, "appid", testApp).body
	if got := h.ask("J", "op", "login", "phone", banned, "appid", testApp).body; got != want {
		t.Errorf("%s, but another gets %s", got, want)
	}
	h.code(nobodys)
	code := h.fresh(nobodys) // who is banned after it was sent
	h.people.set(nobodys, userinfo.User{ID: "8", Role: "banned"})
	if got := h.ask("J", "op", "login", "phone", nobodys, "appid", testApp, "otp", code); got.values["error"] != "BADUSER" || len(h.mesibo.asked("useradd")) != 0 {
		t.Errorf("%s", got.body)
	}
	h.quiet()
}

func TestNobodyPaysForStrangersWithoutEnd(t *testing.T) {
	h := newHouse(t, "", func(c *Config) { c.Signup = wordOpen })
	h.p.front.post.courier = silence{}
	refused := 0
	for n := range openLimits[0].most + 10 {
		if h.serve(request(t, "F", "op", "login", "phone", fmt.Sprintf("9170000%05d", n), "appid", testApp), "").values["error"] == "RATELIMIT" {
			refused++
		}
	}
	if refused != 10 {
		t.Errorf("%d were refused", refused)
	}
	if got := h.ask("F", "op", "login", "phone", alice, "appid", testApp); got.values["result"] != "OK" {
		t.Errorf("a user of the site: %s", got.body)
	}
}

func TestM22WhatMesiboRefusesIsBadUser(t *testing.T) {
	h := newHouse(t, "", nil)
	h.mesibo.answer = func(map[string]any) any { return map[string]any{"result": false, "error": "NOSUCHTHING"} }
	for _, way := range []string{"F", "J"} {
		got := h.ask(way, "op", "login", "phone", alice, "appid", testApp, "otp", h.fresh(alice))
		if got.values["error"] != "BADUSER" || got.values["token"] != nil || strings.Contains(got.body, "NOSUCHTHING") {
			t.Errorf("%s", got.body)
		}
	}
	if !strings.Contains(h.log.String(), "NOSUCHTHING") {
		t.Error("the raw code is not in the log")
	}
}

func TestMesiboMakesTheCode(t *testing.T) {
	h := newHouse(t, "", func(c *Config) { c.OTP = name })
	h.p.front.floor = 50 * time.Millisecond
	if code := h.fresh(alice); code != "482913" {
		t.Fatalf("the code is %q", code)
	}
	otp, _ := h.mesibo.asked("otp")[0]["otp"].(map[string]any)
	if otp["address"] != alice {
		t.Errorf("asked for %v", otp)
	}
	if got := h.ask("J", "op", "login", "phone", alice, "appid", testApp, "otp", "482914"); got.values["errmsg"] != "Invalid OTP" {
		t.Errorf("%s", got.body)
	}
	if len(h.mesibo.asked("useradd")) != 0 {
		t.Error("a wrong code reaches Mesibo, whose tries others could use up")
	}
	if got := h.ask("J", "op", "login", "phone", alice, "appid", testApp, "otp", "482913"); got.values["result"] != "OK" {
		t.Fatalf("%s", got.body)
	}
	if user, _ := h.mesibo.asked("useradd")[0]["user"].(map[string]any); user["otp"] != "482913" {
		t.Errorf("Mesibo was told %v", user)
	}
	h.clock.Add(time.Hour)
	if got := h.ask("J", "op", "login", "phone", nobodys, "appid", testApp); got.values["result"] != "OK" || len(h.mesibo.asked("otp")) != 1 {
		t.Errorf("an unknown phone: %s", got.body)
	}
}

func TestMesiboRefusesToMakeACode(t *testing.T) {
	h := newHouse(t, "", func(c *Config) { c.OTP = name })
	h.p.front.floor = 500 * time.Millisecond // enough for the call
	h.mesibo.answer = func(map[string]any) any { return map[string]any{"result": false, "error": "QUOTA"} }
	got := h.ask("J", "op", "login", "phone", alice, "appid", testApp)
	if got.values["error"] != "BADAPP" || got.values["title"] != nil || got.values["message"] != nil {
		t.Fatalf("%s", got.body)
	}
	want := h.ask("J", "op", "login", "phone", bob, "appid", testApp).body
	if got := h.ask("J", "op", "login", "phone", nobodys, "appid", testApp).body; got != want || !strings.Contains(got, "BADAPP") {
		t.Errorf("an unknown phone gets %s, a known one %s", got, want)
	}
	h.clock.Add(troubleTime)
	h.mesibo.answer = nil
	if got := h.ask("J", "op", "login", "phone", bob, "appid", testApp); got.values["result"] != "OK" {
		t.Errorf("half a minute later: %s", got.body)
	}
	h.code(bob)
	h.quiet()
}

func TestTheSitesPhonesAreStillBeingRead(t *testing.T) {
	h := newHouse(t, "", nil)
	h.people.fail(errNotYet)
	for _, phone := range []string{alice, nobodys} {
		got := h.ask("J", "op", "login", "phone", phone, "appid", testApp)
		if got.values["error"] != codeFailed || got.header.Get("Retry-After") == "" {
			t.Errorf("%s", got.body)
		}
	}
}

func TestWithLinkCodesUsersAreToldWhereTheyAre(t *testing.T) {
	h := newHouse(t, "", func(c *Config) { c.OTPDelivery = linkOnly })
	want := `{"op":"login","ts":T,"title":"Get your code","message":"Sign in to example.com and ask there for a code for this app. Then enter it here.","result":"OK"}`
	for _, phone := range []string{alice, nobodys} {
		if got := ts.ReplaceAllString(h.ask("J", "op", "login", "phone", phone, "appid", testApp).body, `"ts":T`); got != want {
			t.Errorf("%s", got)
		}
	}
}

// SEC-95: what is secret, or somebody's own, is nowhere but where it belongs.
func TestSEC95NothingSecretIsLogged(t *testing.T) {
	h := newHouse(t, "", nil)
	code := h.fresh(alice)
	h.ask("F", "op", "login", "phone", alice, "appid", testApp, "code", wrong(code))
	token, _ := h.ask("G", "op", "login", "phone", alice, "appid", testApp, "code", code).values["token"].(string)
	h.ask("G", "op", "getcontacts", "token", token, "phones", bob)
	h.people.fail(errors.New("planted"))
	h.ask("G", "op", "getcontacts", "token", token, "phones", bob)
	h.people.fail(nil)
	h.mesibo.answer = func(map[string]any) any { return map[string]any{"result": false, "error": "about " + alice} }
	h.ask("F", "op", "login", "phone", bob, "appid", testApp, "code", h.fresh(bob))
	h.ask("G", "op", "logout", "token", token)
	text := h.log.String()
	if token == "" || !strings.Contains(text, "planted") {
		t.Fatalf("the test has seen nothing: %s", text)
	}
	for what, canary := range map[string]string{"the code": code, "the token": token, "the app token": h.p.c.AppToken.Reveal(), "a phone": alice, "another": bob} {
		if strings.Contains(text, canary) {
			t.Errorf("%s is in the log:\n%s", what, text)
		}
	}
}

func TestNoKeyNoCodes(t *testing.T) {
	h := newHouse(t, "", nil)
	if _, err := h.p.challenge(t.Context(), keyless{}, store.ChallengeOTP, alice, testApp, "6", "123456"); !errors.Is(err, errNoKey) {
		t.Errorf("got %v", err)
	}
	if _, ok, err := h.p.solve(t.Context(), keyless{}, alice, testApp, "123456"); ok || !errors.Is(err, errNoKey) {
		t.Errorf("got %v", err)
	}
}
