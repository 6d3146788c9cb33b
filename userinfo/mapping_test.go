package userinfo_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

func TestEveryFaultOfAMappingNamesItsVariable(t *testing.T) {
	with := func(change func(*userinfo.Settings)) userinfo.Settings {
		s := plainSettings
		change(&s)
		return s
	}
	for name, c := range map[string]struct {
		settings userinfo.Settings
		variable string
		says     string
	}{
		"no table":                      {with(func(s *userinfo.Settings) { s.Table = "" }), "USERS_TABLE", "is missing"},
		"a table with a blank":          {with(func(s *userinfo.Settings) { s.Table = "u WHERE 1=1 -- " }), "USERS_TABLE", "not a plain name"},
		"a table with a backtick":       {with(func(s *userinfo.Settings) { s.Table = "u`x" }), "USERS_TABLE", "not a plain name"},
		"a table that is a statement":   {with(func(s *userinfo.Settings) { s.Table = "(select 1)x" }), "USERS_TABLE", "not a plain name"},
		"a table of another schema":     {with(func(s *userinfo.Settings) { s.Table = "mysql.user" }), "USERS_TABLE", "not a plain name"},
		"a table of 65 characters":      {with(func(s *userinfo.Settings) { s.Table = strings.Repeat("x", 65) }), "USERS_TABLE", "not a plain name"},
		"a table with a NUL":            {with(func(s *userinfo.Settings) { s.Table = "u\x00" }), "USERS_TABLE", "not a plain name"},
		"a table of look-alike letters": {with(func(s *userinfo.Settings) { s.Table = "usеrs" }), "USERS_TABLE", "not a plain name"},
		"a database and a table":        {with(func(s *userinfo.Settings) { s.Table = "site.users" }), "USERS_TABLE", "use users alone and name the database in CHATPASS_DATABASE_URL: /site at the end of its path, or for a schema of PostgreSQL ?search_path=site"},
		"a table with a hyphen":         {with(func(s *userinfo.Settings) { s.Table = "site-users" }), "USERS_TABLE", "make a view"},
		"a key with a blank":            {with(func(s *userinfo.Settings) { s.ID = "user id" }), "USERS_ID", "make a view"},
		"a column with a blank":         {with(func(s *userinfo.Settings) { s.Name = "full name" }), "USERS_NAME", "make a view"},
		"a column with a hyphen":        {with(func(s *userinfo.Settings) { s.Badge = "e-mail" }), "USERS_BADGE", "make a view"},
		"a table that begins with 1":    {with(func(s *userinfo.Settings) { s.Table = "1users" }), "USERS_TABLE", "not a plain name"},
		"no key":                        {with(func(s *userinfo.Settings) { s.ID = "" }), "USERS_ID", "is missing"},
		"a key with an alias":           {with(func(s *userinfo.Settings) { s.ID = "u AS a" }), "USERS_ID", "not a plain name"},
		"a secret as key":               {with(func(s *userinfo.Settings) { s.ID = "user_pass" }), "USERS_ID", "looks like a secret"},
		"no name":                       {with(func(s *userinfo.Settings) { s.Name = "" }), "USERS_NAME", "is missing"},
		"a name that is a statement":    {with(func(s *userinfo.Settings) { s.Name = "(select 1)" }), "USERS_NAME", "neither a column name"},
		"a secret as name":              {with(func(s *userinfo.Settings) { s.Name = "{user_pass}" }), "USERS_NAME", "looks like a secret"},
		"a brace that stays open":       {with(func(s *userinfo.Settings) { s.Name = "{nick" }), "USERS_NAME", "without its }"},
		"a brace that never opened":     {with(func(s *userinfo.Settings) { s.Name = "nick}" }), "USERS_NAME", "without its {"},
		"empty braces":                  {with(func(s *userinfo.Settings) { s.Name = "{}" }), "USERS_NAME", "does not start with a column"},
		"braces in braces":              {with(func(s *userinfo.Settings) { s.Name = "{{nick}}" }), "USERS_NAME", "does not start with a column"},
		"an empty alternative":          {with(func(s *userinfo.Settings) { s.Name = "nick ??  ?? mail" }), "USERS_NAME", "empty alternative"},
		"nine alternatives":             {with(func(s *userinfo.Settings) { s.Name = strings.Repeat("nick ?? ", 8) + "nick" }), "USERS_NAME", "more than 8"},
		"65 parts":                      {with(func(s *userinfo.Settings) { s.Name = strings.Repeat("{nick}", 65) }), "USERS_NAME", "more than 64"},
		"4097 bytes":                    {with(func(s *userinfo.Settings) { s.Name = strings.Repeat("x", 4097) }), "USERS_NAME", "longer than"},
		"an unknown filter":             {with(func(s *userinfo.Settings) { s.Badge = "{nick|shout}" }), "USERS_BADGE", "unknown filter"},
		"an empty filter":               {with(func(s *userinfo.Settings) { s.Badge = "{nick|}" }), "USERS_BADGE", "unknown filter"},
		"a filter with an argument":     {with(func(s *userinfo.Settings) { s.Badge = "{nick|lower(1)}" }), "USERS_BADGE", "takes 0"},
		"a filter without its argument": {with(func(s *userinfo.Settings) { s.Badge = "{nick|sub(1)}" }), "USERS_BADGE", "takes 2"},
		"a filter that stays open":      {with(func(s *userinfo.Settings) { s.Badge = "{nick|sub(1,2}" }), "USERS_BADGE", "closing parenthesis"},
		"a division by zero":            {with(func(s *userinfo.Settings) { s.Badge = "{id|div(0)}" }), "USERS_BADGE", "not a whole number"},
		"a filter of the site":          {with(func(s *userinfo.Settings) { s.Avatar = "{site|lower}/a" }), "USERS_AVATAR", "takes no filters"},
		"an avatar from a script":       {with(func(s *userinfo.Settings) { s.Avatar = "javascript:alert(1)" }), "USERS_AVATAR", "neither a column"},
		"a secret in an avatar":         {with(func(s *userinfo.Settings) { s.Avatar = "/a/{login_hash}" }), "USERS_AVATAR", "looks like a secret"},
		"a secret in a profile":         {with(func(s *userinfo.Settings) { s.ProfileURL = "/u/{apiKey}" }), "USERS_PROFILE_URL", "looks like a secret"},
		"a secret as address":           {with(func(s *userinfo.Settings) { s.Email = "reset_token" }), "USERS_EMAIL", "looks like a secret"},
		"a secret as second choice":     {with(func(s *userinfo.Settings) { s.Role = "role ?? salt" }), "USERS_ROLE", "looks like a secret"},
		"a time that is a text":         {with(func(s *userinfo.Settings) { s.LastLogin = "at {seen}" }), "USERS_LASTLOGIN", "point in time"},
		"a time that is a constant":     {with(func(s *userinfo.Settings) { s.LastLogin = "'2026-01-01'" }), "USERS_LASTLOGIN", "point in time"},
		"no zone of that name":          {with(func(s *userinfo.Settings) { s.Timezone = "Europe/Atlantis" }), "USERS_TIMEZONE", "no time zone"},
		"the machine's own zone":        {with(func(s *userinfo.Settings) { s.Timezone = "Local" }), "USERS_TIMEZONE", "no time zone"},
		"a zone that is a path":         {with(func(s *userinfo.Settings) { s.Timezone = "../etc/passwd" }), "USERS_TIMEZONE", "no time zone"},
		"a field without a value":       {with(func(s *userinfo.Settings) { s.Fields = "city" }), "USERS_FIELDS", "not name=column"},
		"a field without a name":        {with(func(s *userinfo.Settings) { s.Fields = "=city" }), "USERS_FIELDS", "not name=column"},
		"a field with an odd name":      {with(func(s *userinfo.Settings) { s.Fields = `a"b=city` }), "USERS_FIELDS", "not name=column"},
		"a field of our own":            {with(func(s *userinfo.Settings) { s.Fields = "user_id=city" }), "USERS_FIELDS", "user_id"},
		"a field named twice":           {with(func(s *userinfo.Settings) { s.Fields = "city=a;city=b" }), "USERS_FIELDS", "twice"},
		"a secret as field":             {with(func(s *userinfo.Settings) { s.Fields = "x=password" }), "USERS_FIELDS", "looks like a secret"},
		"65 fields":                     {with(func(s *userinfo.Settings) { s.Fields = manyFields(65) }), "USERS_FIELDS", "more than 64"},
		"email with alternatives":       {with(func(s *userinfo.Settings) { s.Email, s.Fields = "mail ?? mail2", "user_mail={email}" }), "USERS_FIELDS", "alternatives"},
		"a filter over a composed mail": {with(func(s *userinfo.Settings) { s.Email, s.Badge = "{nick}@example.com", "{email|md5}" }), "USERS_BADGE", "one column"},
		"a condition with or":           {with(func(s *userinfo.Settings) { s.Where = "a = 1 or b = 2" }), "USERS_WHERE", "IN (…)"},
		"a search in a secret":          {with(func(s *userinfo.Settings) { s.Search = "nick,password" }), "USERS_SEARCH", "looks like a secret"},
		"a search in an expression":     {with(func(s *userinfo.Settings) { s.Search = "lower(nick)" }), "USERS_SEARCH", "not a column name"},
		"a search in nine columns":      {with(func(s *userinfo.Settings) { s.Search = "a,b,c,d,e,f,g,h,i" }), "USERS_SEARCH", "more than 8"},
		"friends without columns":       {with(func(s *userinfo.Settings) { s.Friends = "friends" }), "USERS_FRIENDS", "not table("},
		"friends with one column":       {with(func(s *userinfo.Settings) { s.Friends = "friends(a)" }), "USERS_FRIENDS", "not table("},
		"friends with three columns":    {with(func(s *userinfo.Settings) { s.Friends = "friends(a,b,c)" }), "USERS_FRIENDS", "not table("},
		"friends that stay open":        {with(func(s *userinfo.Settings) { s.Friends = "friends(a,b" }), "USERS_FRIENDS", "not table("},
	} {
		t.Run(name, func(t *testing.T) {
			m, faults := userinfo.ParseMapping(c.settings)
			if m != nil || len(faults) != 1 {
				t.Fatalf("got mapping %v and faults %v, want one fault", m != nil, faults)
			}
			if faults[0].Var != c.variable || !strings.Contains(faults[0].String(), c.says) || faults[0].Remedy == "" {
				t.Errorf("got %+v, want %s that says %q and a remedy", faults[0], c.variable, c.says)
			}
			if n := len([]rune(faults[0].Problem)); n > 400 {
				t.Errorf("the problem has %d characters", n)
			}
		})
	}
}

func manyFields(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("f" + strings.Repeat("x", i%60) + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "=city;")
	}
	return b.String()
}

func TestAllFaultsOfAMappingAreToldAtOnce(t *testing.T) {
	_, faults := userinfo.ParseMapping(userinfo.Settings{Avatar: "{", Timezone: "x", Where: "x", Search: "-", Friends: "-", Fields: "-"})
	var got []string
	for _, f := range faults {
		got = append(got, f.Var)
	}
	want := []string{"USERS_TIMEZONE", "USERS_TABLE", "USERS_ID", "USERS_NAME", "USERS_AVATAR", "USERS_FIELDS", "USERS_WHERE", "USERS_SEARCH", "USERS_FRIENDS"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

var secretColumns = []string{
	"pass", "pass2", "passw", "passwd", "password", "PASSWORD", "userPassword", "user_pass", "userpass", "UserPass", "md5pass", "passhash",
	"passcode", "passphrase", "passsalt", "pwd", "user_pwd", "pw", "hash", "hashes", "login_hash", "felogin_forgotHash", "salt", "salts",
	"user_form_salt", "token", "tokens", "remember_token", "rememberToken", "TOKEN_2", "secret", "secret_answer", "two_factor_secret",
	"two_factor_recovery_codes", "api_key", "apiKey", "APIKey", "apikey", "auth_key", "private_key", "user_activation_key", "user_activate_key",
	"loginkey", "user_actkey", "remember_me_key", "persist_code", "activation_code", "reset_code", "validation_code", "verification_code",
	"otp", "otpKey", "totp_seed", "sessioncode", "session_key", "newpasswd", "encrypted_password", "reset_password_token", "rp_token",
}

var innocentColumns = []string{
	"passport_no", "passport", "passengers", "passive", "compass", "bypass", "company", "campus", "hashtag", "hashtags", "keyboard", "keywords",
	"key", "code", "country_code", "zip_code", "monkey", "secretary", "tokenized", "salted_snacks", "salty", "author", "authority", "nick",
	"display_name", "user_id", "avatar", "compassion", "cash", "slash", "option", "pin_color", "topic", "power", "assistant",
}

func TestColumnsThatLookLikeSecretsAreNeverShown(t *testing.T) {
	for _, column := range secretColumns {
		for place, change := range map[string]func(*userinfo.Settings){
			"a name":   func(s *userinfo.Settings) { s.Name = column },
			"a filter": func(s *userinfo.Settings) { s.Badge = "{" + column + "|md5}" },
			"a field":  func(s *userinfo.Settings) { s.Fields = "x={" + column + "}" },
			"a search": func(s *userinfo.Settings) { s.Search = column },
		} {
			s := plainSettings
			change(&s)
			if _, faults := userinfo.ParseMapping(s); len(faults) == 0 {
				t.Errorf("%s was accepted in %s", column, place)
			}
		}
	}
	for _, column := range innocentColumns {
		s := plainSettings
		s.Name = column
		if _, faults := userinfo.ParseMapping(s); len(faults) > 0 {
			t.Errorf("%s was refused: %v", column, faults)
		}
	}
}

func TestASecretIsKnownByTheTablesOwnSpelling(t *testing.T) {
	// As one word in lower case it says nothing; MySQL finds the column all the same.
	from := &source{tables: map[string]*table{"t": {columns: []userinfo.Column{
		col("id", userinfo.ColumnUint), col("confirmCode", userinfo.ColumnText),
	}}}}
	d := directory(t, userinfo.Settings{Table: "t", ID: "id", Name: "confirmcode"}, from, userinfo.Options{})
	faults, err := d.Bind(t.Context())
	if err == nil || len(faults) != 1 || faults[0].Var != "USERS_NAME" || !strings.Contains(faults[0].Problem, "looks like a secret") {
		t.Errorf("got %v, %v", faults, err)
	}
}

func TestASearchKnowsASecretByTheTablesOwnSpelling(t *testing.T) {
	from := &source{tables: map[string]*table{"t": {columns: []userinfo.Column{
		col("id", userinfo.ColumnUint), col("nick", userinfo.ColumnText), col("confirmCode", userinfo.ColumnText),
	}}}}
	d := directory(t, userinfo.Settings{Table: "t", ID: "id", Name: "nick", Search: "nick,confirmcode"}, from, userinfo.Options{})
	faults, err := d.Bind(t.Context())
	if err == nil || len(faults) != 1 || faults[0].Var != "USERS_SEARCH" || !strings.Contains(faults[0].Problem, "looks like a secret") {
		t.Errorf("got %v, %v", faults, err)
	}
}

func TestAMappingTellsWhatItReads(t *testing.T) {
	s := plainSettings
	s.Search, s.Friends = "off", " friends ( user_id , friend_id ) "
	m := mapping(t, s)
	if m.Table() != "members" || m.Key() != "id" || !m.SearchesOff() || !m.MapsFriends() {
		t.Errorf("got %s, %s, %t, %t", m.Table(), m.Key(), m.SearchesOff(), m.MapsFriends())
	}
	s.Avatar, s.ProfileURL, s.LastLogin = "/all.png", "{site}/{id}", "seen"
	if m := mapping(t, s); !m.MapsLastLogin() || !slices.Equal(m.Constants(), []string{"USERS_AVATAR"}) {
		t.Errorf("got %t, %q", m.MapsLastLogin(), m.Constants())
	}
	s.Avatar, s.ProfileURL, s.LastLogin = "avatar ?? /none.png", "/page ?? {id}", ""
	if m := mapping(t, s); m.MapsLastLogin() || !slices.Equal(m.Constants(), []string{"USERS_PROFILE_URL"}) {
		t.Errorf("got %t, %q", m.MapsLastLogin(), m.Constants())
	}
	if m := mapping(t, plainSettings); m.SearchesOff() || m.MapsFriends() {
		t.Error("searches are on and friends off where nothing is said")
	}
}
