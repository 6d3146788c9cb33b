package mesibo

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/internal/writable"
)

// Bounds of lists.
const (
	maxAppIDs = 32 // one per platform and brand
	maxPaths  = 16 // those of all known generations, twice
)

var (
	appIDs        = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)                              // package names, bundle ids, and words of one's own
	legacyPath    = regexp.MustCompile(`^(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}){1,8}/?$`)                 // no wildcard, no dot segment, not the root
	countryDigits = regexp.MustCompile(`^[1-9][0-9]{0,2}$`)                                               // ITU-T E.164
	origin        = regexp.MustCompile(`^https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?$`) // as browsers send it
)

// Faults lists what is wrong with the settings, but for the secret's length.
func (c *Config) Faults() []setting.Fault {
	f := &faults{}
	f.account(c)
	f.choices(c)
	f.legacyDoor(c)
	f.codes(c)
	if c.Files != "" {
		if err := writable.Blocked(c.Files); err != nil {
			f.add("FILES", "names a folder that cannot be made, since "+err.Error(), "name a folder that is there, or one that can be made")
		}
	}
	if c.TokenTTL != 0 && (c.TokenTTL < minTTL || c.TokenTTL > maxTTL) {
		f.add("TOKEN_TTL", fmt.Sprintf("is %s", c.TokenTTL), "use a time from 1m to 87600h, such as 720h, or remove it for a year in the stock apps and 30 days in your own")
	}
	if c.DefaultCountry != "" && !countryDigits.MatchString(c.DefaultCountry) {
		f.add("DEFAULT_COUNTRY", fmt.Sprintf("is %q, which is no country code", setting.Clip(c.DefaultCountry)), "write one to three digits without +, such as 91")
	}
	return f.list
}

// faults collects what is wrong.
type faults struct{ list []setting.Fault }

func (f *faults) add(name, problem, remedy string) {
	f.list = append(f.list, setting.Fault{Var: "MESIBO_" + name, Problem: problem, Remedy: remedy})
}

// account looks at what names the application at Mesibo.
func (f *faults) account(c *Config) {
	if strings.ContainsFunc(c.AppToken.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
		f.add("APP_TOKEN", "holds a space, a line break or another character that no app token has", "copy the app token anew from the console, in one line and without anything around it")
	}
	ids := c.appIDs()
	switch {
	case len(ids) == 0:
		f.add("APP_IDS", "is missing", "list the ids of the apps that may sign in, such as com.example.messenger: the package name of the Android app, the bundle id of the iOS app, and one of your own for web pages")
	case len(ids) > maxAppIDs:
		f.add("APP_IDS", fmt.Sprintf("lists %d ids", len(ids)), fmt.Sprintf("list at most %d", maxAppIDs))
	}
	for i, id := range ids {
		if !appIDs.MatchString(id) {
			f.add("APP_IDS", fmt.Sprintf("lists %q, which is no app id", setting.Clip(id)), "use letters, digits, dots, hyphens and _, such as com.example.messenger, with commas between them")
		} else if slices.Contains(ids[:i], id) {
			f.add("APP_IDS", fmt.Sprintf("lists %q twice", setting.Clip(id)), "list each id once")
		}
	}
	if problem := baseProblem(c.BaseURL); problem != "" {
		f.add("BASE_URL", problem, "remove it, or use the address of the backend API, such as https://api.mesibo.com/backend/")
	}
}

// choices looks at the settings that are one of a few words.
func (f *faults) choices(c *Config) {
	for _, one := range []struct {
		name, value string
		words       []string
	}{
		{"ADDRESS", c.Address, []string{wordPhone, wordOpaque}},
		{"OTP", c.OTP, []string{wordLocal, name}},
		{"SIGNUP", c.Signup, []string{wordOff, wordOpen}},
		{"PRIVACY", c.Privacy, []string{wordOpen, wordMutual, wordOff}},
	} {
		if !slices.Contains(one.words, one.value) {
			last := len(one.words) - 1
			f.add(one.name, fmt.Sprintf("is %q, which is none of its choices", setting.Clip(one.value)), "write "+strings.Join(one.words[:last], ", ")+" or "+one.words[last])
		}
	}
}

// legacyDoor looks at how the stock messengers are let in.
func (f *faults) legacyDoor(c *Config) {
	generations := words(c.Legacy)
	known := func(word string) bool { return word == wordV1 || word == wordV2 }
	if off := len(generations) == 1 && generations[0] == wordOff; !off && (len(generations) == 0 || slices.ContainsFunc(generations, func(w string) bool { return !known(w) })) {
		f.add("LEGACY", fmt.Sprintf("is %q", setting.Clip(c.Legacy)), "write v1, v2, both with a comma between them, or off")
	}
	paths := trimmed(c.LegacyPaths)
	if c.legacy() && len(paths) == 0 {
		f.add("LEGACY_PATHS", "is empty", "list the paths that the messengers call, or set CHATPASS_MESIBO_LEGACY=off")
	}
	if len(paths) > maxPaths {
		f.add("LEGACY_PATHS", fmt.Sprintf("lists %d paths", len(paths)), fmt.Sprintf("list at most %d", maxPaths))
	}
	for i, path := range paths {
		if !legacyPath.MatchString(path) {
			f.add("LEGACY_PATHS", fmt.Sprintf("lists %q, which is no path", setting.Clip(path)), "use paths such as /messenger/api.php, with commas between them")
		} else if slices.Contains(paths[:i], path) {
			f.add("LEGACY_PATHS", fmt.Sprintf("lists %q twice", setting.Clip(path)), "list each path once")
		}
	}
	for _, o := range trimmed(c.Origins) {
		if !origin.MatchString(o) {
			f.add("ORIGINS", fmt.Sprintf("lists %q, which is no origin", setting.Clip(o)), "use origins such as https://messenger.example.com, without a path and with commas between them")
		}
	}
	if v1, _ := c.generations(); v1 && c.Address == wordOpaque {
		f.add("ADDRESS", "is opaque, by which the first generation's apps cannot match their contacts", "use phone, or set CHATPASS_MESIBO_LEGACY to v2 or off")
	}
}

// codes looks at how log-in codes are made and sent.
func (f *faults) codes(c *Config) {
	if !c.legacy() {
		return
	}
	kind, _, _ := strings.Cut(c.OTPDelivery.Reveal(), ":")
	switch kind {
	case linkDelivery, "webhook", "smtp":
	case "log":
		if !c.loopback {
			f.add("OTP_DELIVERY", "is log, and other machines reach CHATPASS_LISTEN", "use log for a trial on this machine only, with a CHATPASS_LISTEN such as 127.0.0.1:8090")
		}
	default:
		f.add("OTP_DELIVERY", "is no way to deliver codes", "use linkcode, webhook:https://…, smtp:… or log")
		return
	}
	if variable, problem, remedy := c.deliveryProblem(); problem != "" {
		f.add(variable, problem, remedy)
	}
	if c.OTP == name && kind == linkDelivery {
		f.add("OTP", "is mesibo, whose codes have to be sent, and CHATPASS_MESIBO_OTP_DELIVERY is linkcode", "use local, or set a delivery that sends")
	}
	if c.OTP == name && c.Address == wordOpaque {
		f.add("OTP", "is mesibo, which checks codes of phones, and CHATPASS_MESIBO_ADDRESS is opaque", "use local, or the address phone")
	}
	if c.Signup == wordOpen && (kind == linkDelivery || kind == "smtp") {
		f.add("SIGNUP", "is open, but no code reaches a phone that the site does not know by CHATPASS_MESIBO_OTP_DELIVERY="+kind, "use off, or a delivery to phones: webhook")
	}
}

// appIDs is the allow-list of app ids; the first is the default of one's own pages.
func (c *Config) appIDs() []string { return trimmed(c.AppIDs) }

// trimmed is a list without spaces around its items and without empty ones.
func trimmed(list []string) []string {
	var kept []string
	for _, one := range list {
		if one = strings.TrimSpace(one); one != "" {
			kept = append(kept, one)
		}
	}
	return kept
}

// words splits a list at commas.
func words(list string) []string { return trimmed(strings.Split(list, ",")) }

// baseProblem tells what is wrong with the address of the API: the app token goes there, so it must be https but on this machine.
func baseProblem(base string) string {
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(base, "?#"):
		return "is not an address of the form https://host/path"
	case u.Scheme == "https":
		return ""
	case u.Scheme != "http":
		return "is not an https address"
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if u.Hostname() == "localhost" || err == nil && addr.IsLoopback() {
		return ""
	}
	return "is plain http, by which the app token would go in clear text"
}
