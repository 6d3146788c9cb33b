package mesibo

import (
	"context"
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

// counting is a state that counts the tries which met a live code: those that could have been right.
type counting struct {
	state

	met int
}

func (c *counting) TryMesiboChallenge(ctx context.Context, phoneMAC string, codeMAC func(c store.MesiboChallenge) string) (store.MesiboChallenge, store.Verdict, error) {
	found, verdict, err := c.state.TryMesiboChallenge(ctx, phoneMAC, codeMAC)
	if verdict != store.VerdictIdle {
		c.met++
	}
	return found, verdict, err
}

// watchTries counts the tries of a house.
func (h *house) watchTries() *counting {
	h.t.Helper()
	s, err := h.p.open(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	c := &counting{state: s}
	h.p.open = func(context.Context) (state, error) { return c, nil }
	return c
}

// SEC-91: a million guesses in a day, with as many new codes of either kind as can be had, from as many addresses as there are.
func TestSEC91AMillionGuessesInADayFindNothing(t *testing.T) {
	h := newHouse(t, "", nil)
	h.p.front.post.courier = silence{} // nobody reads them
	tries := h.watchTries()
	const pace = 24 * time.Hour / 1_000_000
	made, served, end := 0, 0, h.clock.Now().Add(24*time.Hour)
	guess := func() { // until no code is alive
		for before := -1; before != tries.met; {
			before = tries.met
			r := request(t, "F", "op", "login", "phone", alice, "appid", testApp, "code", fmt.Sprintf("%06d", made%1e6))
			if got := h.serve(r, fmt.Sprint("address ", made)); got.values["error"] != "BADCODE" && got.values["result"] != "OK" {
				t.Fatalf("%s", got.body)
			}
			made++
			served++
			h.clock.Add(pace)
		}
	}
	for h.clock.Now().Before(end) {
		asked := h.serve(request(t, "F", "op", "login", "phone", alice, "appid", testApp), fmt.Sprint("address ", made))
		guess()
		_, err := h.link("6")
		guess()
		wait := 10 * time.Second
		if asked.values["result"] != "OK" && err != nil { // no code is alive, and none can be had: all guesses until then are as the last one
			seconds, problem := time.ParseDuration(asked.header.Get("Retry-After") + "s")
			if problem != nil {
				t.Fatal(problem)
			}
			wait = max(wait, min(seconds, fault(t, err).RetryAfter))
		}
		made += int(wait / pace)
		h.clock.Add(wait)
	}
	const alive = 2 // codes of one phone: one that was sent, and one for the link
	if chance := float64(tries.met*alive) / 1e6; chance >= 5e-4 || tries.met > 5*(askLimits[2].most+linkLimits[1].most) || tries.met < 100 {
		t.Errorf("%d of %d guesses could be right: a chance of %g", tries.met, made, chance)
	}
	if served < tries.met+50 {
		t.Errorf("%d guesses were made, and %d met a code", served, tries.met)
	}
}

// SEC-91: were there more codes than the limits of codes let, the tries of a phone would end all the same.
func TestSEC91NewCodesDoNotMakeNewTries(t *testing.T) {
	h := newHouse(t, "", nil)
	tries := h.watchTries()
	address := 0
	try := func(code string) served {
		address++
		return h.serve(request(t, "G", "op", "login", "phone", bob, "appid", testApp, "code", code), fmt.Sprint("address ", address))
	}
	anew := func() {
		if _, err := h.p.challenge(t.Context(), tries, store.MesiboChallenge{Kind: store.ChallengeOTP, App: testApp, SiteUser: "7"}, bob, "123456"); err != nil {
			t.Fatal(err)
		}
	}
	for n := range maxTries {
		if n%5 == 0 {
			anew()
		}
		if got := try("000000"); got.values["error"] != "BADCODE" {
			t.Fatalf("try %d: %s", n, got.body)
		}
	}
	for _, code := range []string{"000000", "123456"} {
		anew()
		if got := try(code); got.values["error"] != "RATELIMIT" || got.header.Get("Retry-After") == "" {
			t.Errorf("one more, %s: %s", code, got.body)
		}
	}
	h.clock.Add(24 * time.Hour)
	anew()
	if got := try("123456"); got.values["result"] != "OK" {
		t.Errorf("a day later: %s", got.body)
	}
}

func TestNobodyIsLockedOutByTriesWithoutCodes(t *testing.T) {
	h := newHouse(t, "", nil)
	for n := range maxTries + 50 {
		r := request(t, "F", "op", "login", "phone", alice, "appid", testApp, "code", "000000")
		if got := h.serve(r, fmt.Sprint("address ", n/60)); got.values["error"] != "BADCODE" {
			t.Fatalf("try %d: %s", n, got.body)
		}
	}
	if got := h.ask("F", "op", "login", "phone", alice, "appid", testApp, "code", h.fresh(alice)); got.values["result"] != "OK" {
		t.Errorf("who has the phone: %s", got.body)
	}
	link, err := h.link("6")
	if err != nil {
		t.Fatal(err)
	}
	if got := h.ask("F", "op", "login", "phone", alice, "appid", testApp, "code", link.Code); got.values["result"] != "OK" {
		t.Errorf("by a link code: %s", got.body)
	}
}

func TestAllWhoseAddressIsUnknownShareOneWideLimit(t *testing.T) {
	for what, c := range map[string]struct {
		rules []rule
		pairs []string
		error any
	}{
		"try": {tryUnknown, []string{"code", "000000"}, "BADCODE"},
		"ask": {askUnknown, nil, nil},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t, "", nil)
			limit := store.Limit{Scope: "mesibo " + what + " unknown", Window: c.rules[0].window, Most: c.rules[0].most, Times: c.rules[0].most - 1}
			if wait, err := h.store.opened.Spend(t.Context(), limit); wait > 0 || err != nil {
				t.Fatal(wait, err)
			}
			request := func(phone string) *http.Request {
				return request(t, "F", append([]string{"op", "login", "phone", phone, "appid", testApp}, c.pairs...)...)
			}
			if got := h.serve(request(alice), ""); got.values["error"] != c.error {
				t.Errorf("the last: %s", got.body)
			}
			if got := h.serve(request(bob), ""); got.values["error"] != "RATELIMIT" {
				t.Errorf("one more: %s", got.body)
			}
			if got := h.serve(request(bob), "192.0.2.1"); got.values["error"] != c.error {
				t.Errorf("from a known address: %s", got.body)
			}
		})
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

// Whoever has a phone, the answer is the same when strangers were sent as many codes as are paid for.
func TestNobodyPaysForStrangersWithoutEnd(t *testing.T) {
	h := newHouse(t, "", func(c *Config) { c.Signup = wordOpen })
	sent := func() (n int) {
		for {
			select {
			case <-h.sent:
				n++
			default:
				return n
			}
		}
	}
	limit := openLimits[0]
	if wait, err := h.store.opened.Spend(t.Context(), store.Limit{Scope: "mesibo ask strangers", Window: limit.window, Most: limit.most, Times: limit.most - 1}); wait > 0 || err != nil {
		t.Fatal(wait, err)
	}
	want := h.ask("F", "op", "login", "phone", "917000000001", "appid", testApp).body
	h.code("917000000001")
	for _, phone := range []string{"917000000002", "917000000003", alice} {
		if got := h.ask("F", "op", "login", "phone", phone, "appid", testApp).body; got != want {
			t.Errorf("%s, but another got %s", got, want)
		}
	}
	if code := h.code(alice); code == "" || sent() != 0 {
		t.Error("a stranger was sent one too many")
	}
	if text := h.log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "nobody on the site has") || strings.Contains(text, "917000") {
		t.Errorf("the operator is told: %s", text)
	}
	if got := h.ask("F", "op", "login", "phone", "917000000002", "appid", testApp, "code", "000000"); got.values["error"] != "BADCODE" {
		t.Errorf("%s", got.body)
	}
	h.clock.Add(time.Hour)
	h.ask("F", "op", "login", "phone", "917000000002", "appid", testApp)
	h.code("917000000002")
	h.quiet()
}

// A place in the queue is taken for every phone, so that a full one tells nothing.
func TestForPhonesThatNobodyHasAPlaceInTheQueueIsTakenToo(t *testing.T) {
	h := newHouse(t, "", nil)
	busy, free := make(chan struct{}), make(chan struct{})
	for range sendWorkers {
		if err := h.p.front.post.put(func(context.Context) { busy <- struct{}{}; <-free }); err != nil {
			t.Fatal(err)
		}
	}
	for range sendWorkers {
		<-busy
	}
	for n, phone := range []string{nobodys, alice} {
		if got := h.ask("F", "op", "login", "phone", phone, "appid", testApp); got.values["result"] != "OK" || len(h.p.front.post.queue) != n+1 {
			t.Errorf("%d wait: %s", len(h.p.front.post.queue), got.body)
		}
	}
	close(free)
	h.code(alice)
	h.quiet()
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
	want := h.ask("J", "op", "login", "phone", nobodys, "appid", testApp).body
	if got := h.ask("J", "op", "login", "phone", alice, "appid", testApp).body; got != want {
		t.Fatalf("that Mesibo fails tells who has a phone: %s, but %s", got, want)
	}
	for _, phone := range []string{"917000000008", bob} { // one failure alone stops nothing
		if got := h.ask("J", "op", "login", "phone", phone, "appid", testApp).body; got != want {
			t.Fatalf("%s gets %s", phone, got)
		}
	}
	want = h.ask("J", "op", "login", "phone", bob, "appid", testApp).body
	if got := h.ask("J", "op", "login", "phone", "917000000009", "appid", testApp).body; got != want || !strings.Contains(got, "BADAPP") {
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
	if _, err := h.p.challenge(t.Context(), keyless{}, store.MesiboChallenge{Kind: store.ChallengeOTP, App: testApp, SiteUser: "6"}, alice, "123456"); !errors.Is(err, errNoKey) {
		t.Errorf("got %v", err)
	}
	if _, ok, err := h.p.solve(t.Context(), keyless{}, alice, testApp, "123456"); ok || !errors.Is(err, errNoKey) {
		t.Errorf("got %v", err)
	}
}
