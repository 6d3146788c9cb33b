package config_test

import (
	"strings"
	"testing"
)

// long is a value longer than what is shown of one.
var long = strings.Repeat("x", 70)

func TestAFaultNamesTheVariableTheProblemAndTheRemedy(t *testing.T) {
	for name, test := range map[string]struct {
		env  env
		want []string // parts of the only fault's line
	}{
		"an address without a port":                  {with("LISTEN", "localhost"), []string{`CHATPASS_LISTEN is "localhost"`, ": write host:port"}},
		"a port beyond the last":                     {with("LISTEN", "localhost:65536"), []string{"CHATPASS_LISTEN", "port"}},
		"a port with a name":                         {with("LISTEN", "localhost:http"), []string{"CHATPASS_LISTEN", "port"}},
		"a host with a space":                        {with("LISTEN", "local host:80"), []string{"CHATPASS_LISTEN", "host"}},
		"an address with a scheme":                   {with("LISTEN", "http://127.0.0.1:80"), []string{"CHATPASS_LISTEN"}},
		"a relative socket":                          {with("LISTEN", "unix:run/a.sock"), []string{"CHATPASS_LISTEN", "absolute path"}},
		"a socket path the kernel cannot hold":       {with("LISTEN", "unix:/"+strings.Repeat("a", 107)), []string{"CHATPASS_LISTEN", "107 bytes"}},
		"a standard stream to listen on":             {with("LISTEN", "fd:1"), []string{"CHATPASS_LISTEN", "file descriptor"}},
		"a descriptor that is no number":             {with("LISTEN", "fd:03"), []string{"CHATPASS_LISTEN", "file descriptor"}},
		"the main listener cannot be off":            {with("LISTEN", "off"), []string{"CHATPASS_LISTEN"}},
		"both listeners at one address":              {with("ADMIN_LISTEN", "127.0.0.1:8090"), []string{"CHATPASS_ADMIN_LISTEN", "CHATPASS_LISTEN"}},
		"a base path without a slash":                {with("BASE_PATH", "chat"), []string{`CHATPASS_BASE_PATH is "chat"`, "such as /chat"}},
		"a base path that climbs":                    {with("BASE_PATH", "/a/../b"), []string{"CHATPASS_BASE_PATH"}},
		"a base path with a dot":                     {with("BASE_PATH", "/a/."), []string{"CHATPASS_BASE_PATH"}},
		"a base path with an empty part":             {with("BASE_PATH", "/a//b"), []string{"CHATPASS_BASE_PATH"}},
		"a base path with two slashes at its end":    {with("BASE_PATH", "/a//"), []string{"CHATPASS_BASE_PATH"}},
		"a base path with a space":                   {with("BASE_PATH", "/a b"), []string{"CHATPASS_BASE_PATH"}},
		"a base path with a query":                   {with("BASE_PATH", "/a?b"), []string{"CHATPASS_BASE_PATH"}},
		"a base path with a route's star":            {with("BASE_PATH", "/*a"), []string{"CHATPASS_BASE_PATH"}},
		"a base path longer than any location":       {with("BASE_PATH", "/"+strings.Repeat("a", 256)), []string{"CHATPASS_BASE_PATH", "…"}},
		"a site without a scheme":                    {with("SITE_URL", "example.com"), []string{"CHATPASS_SITE_URL", "https://"}},
		"a site with another scheme":                 {with("SITE_URL", "ftp://example.com"), []string{"CHATPASS_SITE_URL", "https://"}},
		"a site with a query":                        {with("SITE_URL", "https://example.com/?a=b"), []string{"CHATPASS_SITE_URL", "?"}},
		"a site with a fragment":                     {with("SITE_URL", "https://example.com/#"), []string{"CHATPASS_SITE_URL", "#"}},
		"a site without a host":                      {with("SITE_URL", "https:///a"), []string{"CHATPASS_SITE_URL", "host"}},
		"a site in another script":                   {with("SITE_URL", "https://exämple.com"), []string{"CHATPASS_SITE_URL", "xn--"}},
		"a site with an empty port":                  {with("SITE_URL", "https://example.com:"), []string{"CHATPASS_SITE_URL", "port"}},
		"a site with port 0":                         {with("SITE_URL", "https://example.com:0"), []string{"CHATPASS_SITE_URL", "port"}},
		"more sites than a request compares":         {with("SITE_URL", strings.Repeat("https://example.com,", 101)), []string{"CHATPASS_SITE_URL", "100"}},
		"all of IPv4 trusted":                        {with("TRUSTED_PROXIES", "0.0.0.0/0"), []string{`CHATPASS_TRUSTED_PROXIES has "0.0.0.0/0"`, "everybody", ": write"}},
		"all of IPv4 trusted in odd spelling":        {with("TRUSTED_PROXIES", "1.2.3.4/0"), []string{"CHATPASS_TRUSTED_PROXIES", "everybody"}},
		"all of IPv4 trusted in IPv6 clothes":        {with("TRUSTED_PROXIES", "::ffff:0.0.0.0/96"), []string{"CHATPASS_TRUSTED_PROXIES", "everybody"}},
		"more than IPv4 trusted in IPv6 clothes":     {with("TRUSTED_PROXIES", "::/80"), []string{"CHATPASS_TRUSTED_PROXIES", "too many"}},
		"all of IPv6 trusted":                        {with("TRUSTED_PROXIES", "::/0"), []string{"CHATPASS_TRUSTED_PROXIES", "everybody"}},
		"half of IPv4 trusted":                       {with("TRUSTED_PROXIES", "128.0.0.0/1"), []string{"CHATPASS_TRUSTED_PROXIES", "too many"}},
		"an IPv4 network just too large":             {with("TRUSTED_PROXIES", "10.0.0.0/7"), []string{"CHATPASS_TRUSTED_PROXIES", "too many"}},
		"an IPv6 network just too large":             {with("TRUSTED_PROXIES", "fc00::/15"), []string{"CHATPASS_TRUSTED_PROXIES", "too many"}},
		"a name as proxy":                            {with("TRUSTED_PROXIES", "proxy"), []string{"CHATPASS_TRUSTED_PROXIES", `"proxy"`}},
		"a proxy with a zone":                        {with("TRUSTED_PROXIES", "fe80::1%eth0"), []string{"CHATPASS_TRUSTED_PROXIES"}},
		"no connection":                              {with("DATABASE_MAX_OPEN", "0"), []string{"CHATPASS_DATABASE_MAX_OPEN is 0", "between 1 and 200"}},
		"too many connections":                       {with("DATABASE_MAX_OPEN", "201"), []string{"CHATPASS_DATABASE_MAX_OPEN is 201"}},
		"a number in words":                          {with("DATABASE_MAX_OPEN", "ten"), []string{`CHATPASS_DATABASE_MAX_OPEN is "ten"`, "whole number", "such as 10"}},
		"a number others read as octal":              {with("DATABASE_MAX_OPEN", "010"), []string{"CHATPASS_DATABASE_MAX_OPEN", "whole number"}},
		"a number with a fraction":                   {with("DATABASE_MAX_OPEN", "1.5"), []string{"CHATPASS_DATABASE_MAX_OPEN", "whole number"}},
		"a number no integer holds":                  {with("CACHE_SIZE", "99999999999999999999"), []string{"CHATPASS_CACHE_SIZE", "out of range"}},
		"a duration without a unit":                  {with("QUERY_TIMEOUT", "10"), []string{`CHATPASS_QUERY_TIMEOUT is "10"`, "write 10s"}},
		"a negative duration without a unit":         {with("CACHE_TTL", "-1"), []string{"CHATPASS_CACHE_TTL", "without a unit"}},
		"a negative duration":                        {with("CACHE_TTL", "-1s"), []string{"CHATPASS_CACHE_TTL is -1s", "between 0s and 24h"}},
		"a duration that is none":                    {with("CACHE_STALE", "soon"), []string{`CHATPASS_CACHE_STALE is "soon"`, "10s, 500ms or 1h30m"}},
		"too short a query timeout":                  {with("QUERY_TIMEOUT", "49ms"), []string{"CHATPASS_QUERY_TIMEOUT is 49ms", "50ms and 30s"}},
		"too long a query timeout":                   {with("QUERY_TIMEOUT", "31s"), []string{"CHATPASS_QUERY_TIMEOUT is 31s"}},
		"too long a stale time":                      {with("CACHE_STALE", "169h"), []string{"CHATPASS_CACHE_STALE is 169h", "168h"}},
		"too long a drain":                           {with("DRAIN_DELAY", "6m"), []string{"CHATPASS_DRAIN_DELAY is 6m", "5m"}},
		"too large a cache":                          {with("CACHE_SIZE", "10000001"), []string{"CHATPASS_CACHE_SIZE"}},
		"a preset that does not exist":               {with("PRESET", "wordpres"), []string{`CHATPASS_PRESET`, `"wordpres"`, "is no preset", "did you mean wordpress?"}},
		"a prefix that begins no table":              {with("PRESET", "wordpress", "TABLE_PREFIX", "wp-;"), []string{"CHATPASS_TABLE_PREFIX", `"wp-;"`}},
		"a mapping that is not there":                {with("MAPPING", "nowhere.yaml"), []string{"CHATPASS_MAPPING", "nowhere.yaml", "no such file"}},
		"a mapping beside a preset":                  {with("MAPPING", "nowhere.yaml", "PRESET", "wordpress"), []string{"CHATPASS_MAPPING", "CHATPASS_PRESET"}},
		"a folder that is not there":                 {with("SITE_ROOT", "nowhere"), []string{"CHATPASS_SITE_ROOT", "nowhere", "no such file"}},
		"a widget mode nobody knows":                 {with("WIDGET_MODE", "frame"), []string{`CHATPASS_WIDGET_MODE is "frame"`, "write loader or inline"}},
		"a log level nobody knows":                   {with("LOG_LEVEL", "loud"), []string{`CHATPASS_LOG_LEVEL is "loud"`, "write debug, info, warn or error"}},
		"a log level with an offset":                 {with("LOG_LEVEL", "info+1"), []string{"CHATPASS_LOG_LEVEL"}},
		"a log format nobody knows":                  {with("LOG_FORMAT", "xml"), []string{`CHATPASS_LOG_FORMAT is "xml"`}},
		"a word for gone users nobody knows":         {with("USERS_GONE", "keep"), []string{`CHATPASS_USERS_GONE is "keep"`, "write omit or placeholder"}},
		"sessions of a site nobody knows, by name":   {with("IDENTITY", "session,site"), []string{"CHATPASS_IDENTITY names session", "nothing is known of the sessions"}},
		"session secrets that are no pairs":          {with("PRESET", "wordpress", "SESSION_SECRETS", "canary-without-a-name"), []string{"CHATPASS_SESSION_SECRETS", "first part", "logged_in_key"}},
		"the phrase for keys not yet filled in":      {with("PRESET", "wordpress", "SESSION_SECRETS", "logged_in_key=put your unique phrase here;logged_in_salt=Put your unique phrase here"), []string{"CHATPASS_SESSION_SECRETS", "first part", "no secret", "leave out both"}},
		"half of the session secrets":                {with("PRESET", "wordpress", "SESSION_SECRETS", "logged_in_key=canary-4711"), []string{"CHATPASS_SESSION_SECRETS", "has logged_in_key, but not logged_in_salt", "semicolon"}},
		"session secrets with a comma between":       {with("PRESET", "wordpress", "SESSION_SECRETS", "logged_in_key=canary-4711,logged_in_salt=canary-4712"), []string{"CHATPASS_SESSION_SECRETS", "but not logged_in_salt", "semicolon"}},
		"a session secret of another platform":       {with("PRESET", "wordpress", "SESSION_SECRETS", "app_key=canary-4711"), []string{"CHATPASS_SESSION_SECRETS", "does not have", "logged_in_key"}},
		"a resolver nobody knows":                    {with("IDENTITY", "cookie"), []string{`CHATPASS_IDENTITY names "cookie"`}},
		"a resolver twice":                           {with("IDENTITY", "site,site"), []string{"CHATPASS_IDENTITY names site twice"}},
		"the resolver site without its key":          {with("IDENTITY", "site", "SITE_KEY", ""), []string{"CHATPASS_IDENTITY names site", "CHATPASS_SITE_KEY"}},
		"no database":                                {with("DATABASE_URL", ""), []string{"CHATPASS_DATABASE_URL is missing", "mysql://"}},
		"no table":                                   {with("USERS_TABLE", ""), []string{"CHATPASS_USERS_TABLE"}},
		"no key column":                              {with("USERS_ID", ""), []string{"CHATPASS_USERS_ID"}},
		"no name column":                             {with("USERS_NAME", ""), []string{"CHATPASS_USERS_NAME"}},
		"a condition that is SQL":                    {with("USERS_WHERE", "1=1 or true"), []string{"CHATPASS_USERS_WHERE"}},
		"a column that looks like a secret":          {with("USERS_BADGE", "user_pass"), []string{"CHATPASS_USERS_BADGE", "user_pass"}},
		"a phrase that is not the phrase":            {with("ALLOW_WEAK_SECRETS", "yes"), []string{"CHATPASS_ALLOW_WEAK_SECRETS does not read exactly: yes, anyone may impersonate my users"}},
		"a phrase with a capital":                    {with("ALLOW_WEAK_SECRETS", "Yes, anyone may impersonate my users"), []string{"CHATPASS_ALLOW_WEAK_SECRETS"}},
		"a phrase with a space too many":             {with("ALLOW_WEAK_SECRETS", "yes, anyone may impersonate my users "), []string{"CHATPASS_ALLOW_WEAK_SECRETS"}},
		"a provider's setting of the wrong type":     {with("IMBACHAT_TOKEN_TTL", "60"), []string{`CHATPASS_IMBACHAT_TOKEN_TTL is "60"`, "write 60s"}},
		"a provider's setting out of its bounds":     {with("IMBACHAT_TOKEN_TTL", "25h"), []string{"CHATPASS_IMBACHAT_TOKEN_TTL"}},
		"a provider's list that cannot be read":      {with("IMBACHAT_OPTIONS", "theme"), []string{"CHATPASS_IMBACHAT_OPTIONS", "theme"}},
		"a value is shown with 64 characters of it":  {with("WIDGET_MODE", long), []string{`"` + long[:64] + `…"`}},
		"a line break in a value stays in the line":  {with("WIDGET_MODE", "a\nb\x1b[31m\xff"), []string{`"a\nb\x1b[31m\xff"`}},
		"a typing error in a name has a suggestion":  {with("LISTN", "1"), []string{"CHATPASS_LISTN in the environment is not a variable of Chatpass: did you mean CHATPASS_LISTEN?"}},
		"a small-letter name has a suggestion":       {with("listen", "1"), []string{"CHATPASS_listen", "did you mean CHATPASS_LISTEN?"}},
		"a provider's name has a suggestion":         {with("IMBACHAT_WIDGETID", "1"), []string{"did you mean CHATPASS_IMBACHAT_WIDGET_ID?"}},
		"a file variable has a suggestion":           {with("SITE_KEYFILE", "1"), []string{"did you mean CHATPASS_SITE_KEY_FILE?"}},
		"a name without a word of it":                {with("IMBACHAT_PASSWORD", "1"), []string{"did you mean CHATPASS_IMBACHAT_API_PASSWORD?"}},
		"a file's name without a word of it":         {with("IMBACHAT_KEY_FILE", "1"), []string{"did you mean CHATPASS_IMBACHAT_SECRET_KEY_FILE?"}},
		"a time in days":                             {with("IMBACHAT_TOKEN_TTL", "7d"), []string{`CHATPASS_IMBACHAT_TOKEN_TTL is "7d"`, "write 168h"}},
		"a time in more days than there are":         {with("IMBACHAT_TOKEN_TTL", "9999999d"), []string{"such as 10s"}},
		"a name like no other has none":              {with("COLOUR_OF_THE_SKY", "1"), []string{"CHATPASS_COLOUR_OF_THE_SKY", ": remove it"}},
		"a short name is not like all short names":   {with("X", "1"), []string{"CHATPASS_X in", ": remove it"}},
		"an empty name":                              {env{"": "1"}.and(good()), []string{"CHATPASS_ in the environment", "remove it"}},
		"a name with control characters is escaped":  {with("A\x1b[31m\nB", "1"), []string{`CHATPASS_A\x1b[31m\nB in`}},
		"a Kubernetes name of another kind is ours":  {with("SERVICES", "1"), []string{"CHATPASS_SERVICES"}},
		"a secret in the place of a word is removed": {with("WIDGET_MODE", secretKey), []string{`CHATPASS_WIDGET_MODE holds the value of CHATPASS_IMBACHAT_SECRET_KEY`}},
		"a secret with something before it":          {with("IMBACHAT_WIDGET_ID", "key "+strings.Repeat(secretKey, 3), "IMBACHAT_SECRET_KEY", strings.Repeat(secretKey, 3)), []string{`CHATPASS_IMBACHAT_WIDGET_ID holds the value of CHATPASS_IMBACHAT_SECRET_KEY`}},
		"a text an example leaves to be replaced":    {with("IMBACHAT_SECRET_KEY", "your-secret-key-here-1234"), []string{"CHATPASS_IMBACHAT_SECRET_KEY", "is known to everybody", "is a word of examples"}[:1]},
		"a comment as a secret":                      {with("SITE_KEY", "# made with: openssl rand -base64 48"), []string{"CHATPASS_SITE_KEY"}},
	} {
		t.Run(name, func(t *testing.T) {
			refusal := refuse(t, test.env.input())
			if len(refusal.Faults) != 1 {
				t.Fatalf("want one fault, got\n%v", refusal)
			}
			line := refusal.Error()
			if strings.ContainsAny(line, "\n\x1b") {
				t.Errorf("not one line: %q", line)
			}
			for _, part := range test.want {
				if !strings.Contains(line, part) {
					t.Errorf("%q does not hold %q", line, part)
				}
			}
			if f := refusal.Faults[0]; f.Problem == "" || f.Remedy == "" && f.Var != "IMBACHAT_OPTIONS" {
				t.Errorf("no problem or no remedy: %+v", f)
			}
		})
	}
}

// and returns e with what other has besides.
func (e env) and(other env) env {
	for name, text := range other {
		if _, ok := e[name]; !ok {
			e[name] = text
		}
	}
	return e
}

func TestAUserNameInASiteAddressIsNotShown(t *testing.T) {
	for _, address := range []string{"https://admin:canary9@example.com", "https://canary9@example.com", "https://admin:canary9@exa mple.com", "admin:canary9@"} {
		if got := refuse(t, with("SITE_URL", address).input()).Error(); strings.Contains(got, "canary9") || !strings.Contains(got, "CHATPASS_SITE_URL") {
			t.Errorf("%s: %s", address, got)
		}
	}
}

func TestAllFaultsAreToldInOneRun(t *testing.T) {
	refusal := refuse(t, with(
		"LISTEN", "x", "BASE_PATH", "x", "SITE_URL", "x,y", "TRUSTED_PROXIES", "0.0.0.0/0,::/0", "QUERY_TIMEOUT", "1", "DATABASE_URL", "",
		"CACHE_SIZE", "x", "PRESET", "phpb", "USERS_TABLE", "a b", "IDENTITY", "session,x", "SITE_KEY", "short", "LOG_LEVEL", "x", "TICKET_KEY", "x",
		"IMBACHAT_TOKEN_TTL", "x", "IMBACHAT_GUESTS", "x", "IMBACHAT_API_PASSWORD", "abc", "NONSENSE", "x",
	).input())
	count := map[string]int{}
	for _, f := range refusal.Faults {
		count[f.Var]++
	}
	for name, want := range map[string]int{
		"LISTEN": 1, "BASE_PATH": 1, "SITE_URL": 2, "TRUSTED_PROXIES": 2, "QUERY_TIMEOUT": 1, "DATABASE_URL": 1, "CACHE_SIZE": 1, "PRESET": 1,
		"USERS_TABLE": 1, "IDENTITY": 1, "SITE_KEY": 1, "LOG_LEVEL": 1, "TICKET_KEY": 1, "IMBACHAT_TOKEN_TTL": 1, "IMBACHAT_GUESTS": 1,
		"IMBACHAT_API_PASSWORD": 1, "NONSENSE": 1,
	} {
		if count[name] != want {
			t.Errorf("%s has %d faults, want %d", name, count[name], want)
		}
		delete(count, name)
	}
	if len(count) > 0 {
		t.Errorf("more faults than wanted: %v", count)
	}
	if got := strings.Count(refusal.Error(), "\n") + 1; got != len(refusal.Faults) {
		t.Errorf("%d lines for %d faults", got, len(refusal.Faults))
	}
}

func TestWhatIsNotWiseIsWarnedOf(t *testing.T) {
	for name, test := range map[string]struct {
		env  env
		want string
	}{
		"an admin listener for everybody":         {with("ADMIN_LISTEN", ":8091"), `CHATPASS_ADMIN_LISTEN is ":8091", which other machines may reach`},
		"an admin listener on an outside address": {with("ADMIN_LISTEN", "192.0.2.1:8091"), "CHATPASS_ADMIN_LISTEN"},
		"a site key no resolver uses":             {with("IDENTITY", ","), "CHATPASS_SITE_KEY is set, but CHATPASS_IDENTITY does not name site"},
		"nobody can be signed in":                 {with("SITE_KEY", ""), "CHATPASS_IDENTITY finds no resolver with settings"},
		"a port in Kubernetes' variable":          {with("PORT", "8080"), "CHATPASS_PORT is ignored"},
		"a secret that ends in white space":       {with("SITE_KEY", siteKey+" "), "CHATPASS_SITE_KEY begins or ends with white space"},
	} {
		t.Run(name, func(t *testing.T) {
			got := lines(load(t, test.env.input()).Warnings)
			if len(got) != 1 || !strings.HasPrefix(got[0], test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
