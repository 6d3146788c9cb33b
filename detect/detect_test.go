package detect_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chatpass/chatpass/detect"
	"github.com/chatpass/chatpass/preset"
)

var ignoreScore = cmpopts.IgnoreFields(detect.Match{}, "Score")

// short is matches as "preset:prefix:table".
func short(matches []detect.Match) []string {
	var lines []string
	for _, m := range matches {
		lines = append(lines, m.Preset+":"+m.Prefix+":"+m.UsersTable)
	}
	return lines
}

func TestEveryPlatformIsFoundWhateverItsPrefix(t *testing.T) {
	if len(platforms) < 33 {
		t.Fatalf("%d platforms; want 33", len(platforms))
	}
	for _, p := range platforms {
		prefixes := []string{""}
		if p.varying {
			prefixes = []string{"", "wp_", "x7q_", "My-Site_", "abc", "42", "users_", "a_b_2_"}
		}
		for _, prefix := range prefixes {
			t.Run(p.name+" with the prefix "+prefix, func(t *testing.T) {
				users := strings.ReplaceAll(p.users, "{p}", prefix)
				want := []detect.Match{{Preset: p.name, Prefix: prefix, UsersTable: users}}
				if diff := cmp.Diff(want, detect.Platforms(schema(t, p.schema, prefix), rules()), ignoreScore); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestNamesAreComparedWithoutCaseAndKeptAsSpelled(t *testing.T) {
	for _, p := range platforms {
		t.Run(p.name, func(t *testing.T) {
			upper := strings.ToUpper(strings.ReplaceAll(p.schema, "{p}", "Odd_"))
			matches := detect.Platforms(schema(t, upper, ""), rules())
			wantPrefix := ""
			if p.varying {
				wantPrefix = "ODD_"
			}
			want := []detect.Match{{Preset: p.name, Prefix: wantPrefix, UsersTable: strings.ToUpper(strings.ReplaceAll(p.users, "{p}", "Odd_"))}}
			if diff := cmp.Diff(want, matches, ignoreScore); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAllPlatformsInOneDatabaseAreFoundEachOnce(t *testing.T) {
	var tables []detect.Table
	var want []string
	for i, p := range platforms {
		if p.name == "rails8" || p.name == "ghost" || p.name == "laravel" { // "users", "members" and "sessions" stand once
			continue
		}
		prefix := fmt.Sprintf("p%d_", i)
		for _, table := range schema(t, p.schema, prefix) {
			if !slices.ContainsFunc(tables, func(o detect.Table) bool { return o.Name == table.Name }) {
				tables = append(tables, table)
			}
		}
		if !p.varying {
			prefix = ""
		}
		want = append(want, p.name+":"+prefix+":"+strings.ReplaceAll(p.users, "{p}", prefix))
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(tables), func(i, j int) { tables[i], tables[j] = tables[j], tables[i] })
	got := short(detect.Platforms(tables, rules()))
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// wordpress is what its users table and companion look like.
const wordpress = `{p}users(ID user_login user_pass user_nicename user_email user_registered display_name) {p}usermeta(umeta_id user_id meta_key meta_value) `

func at(prefix, text string) string { return strings.ReplaceAll(text, "{p}", prefix) }

func TestPlatformsInUnusualDatabases(t *testing.T) {
	tests := []struct {
		name, schema string
		want         []string
	}{
		{
			"two installs of WordPress are two matches", at("blog_", wordpress) + at("shop", wordpress),
			[]string{"wordpress:blog_:blog_users", "wordpress:shop:shopusers"},
		},
		{
			"a multisite's further blogs are no installs",
			at("wp_", wordpress) + `wp_options(option_name option_value) wp_blogs(blog_id site_id) wp_site(id domain) wp_sitemeta(meta_id meta_key)
			wp_2_options(option_name option_value) wp_2_posts(ID) wp_2_postmeta(meta_id meta_key) wp_3_options(option_name option_value)
			wp_signups(signup_id user_login user_email)`,
			[]string{"wordpress:wp_:wp_users"},
		},
		{
			"users shared by an install of another prefix are found", `common_users(ID user_login user_nicename user_registered display_name) wp_usermeta(umeta_id user_id meta_key)`,
			[]string{"wordpress:common_:common_users"},
		},
		{
			"a left-over copy of the users comes last", at("wp_", wordpress) + `a_users(ID user_login user_nicename user_registered display_name)`,
			[]string{"wordpress:wp_:wp_users", "wordpress:a_:a_users"},
		},
		{
			"a name that only ends so is no users table", `my_superusers(ID user_login user_nicename user_registered display_name) usermeta(umeta_id user_id meta_key)`,
			nil,
		},
		{
			"a name that only ends so is one if the companions begin alike", at("my_super", wordpress), []string{"wordpress:my_super:my_superusers"},
		},
		{
			"no companion, no platform", `wp_users(ID user_login user_nicename user_registered display_name) wp_options(option_name)`, nil,
		},
		{
			"a companion without its columns is none", `wp_users(ID user_login user_nicename user_registered display_name) wp_usermeta(user_id meta_key)`, nil,
		},
		{
			"one of two companions is enough",
			`f_users(user_id user_type username_clean user_permissions user_avatar_type) f_config(config_name config_value)`,
			[]string{"phpbb:f_:f_users"},
		},
		{
			"one of two companions is not enough for a name that only ends so",
			`fusers(user_id user_type username_clean user_permissions user_avatar_type) fconfig(config_name config_value)`, nil,
		},
		{
			"a users table without its columns is none", `wp_users(ID user_login user_registered display_name) wp_usermeta(umeta_id meta_key)`, nil,
		},
		{
			"KVS has no companions", `ktvs_users(user_id status_id display_name last_login_date)`, []string{"kvs::ktvs_users"},
		},
		{
			"KVS is not found by a name that only ends so", `myktvs_users(user_id status_id display_name last_login_date)`, nil,
		},
		{
			"Django's own users win over the rule for any table, which finds the site's",
			`auth_user(id password last_login is_superuser is_staff date_joined) shop_person(id password last_login is_superuser) django_session(session_key expire_date)`,
			[]string{"django::auth_user", "django-custom::shop_person"},
		},
		{
			"Backdrop also looks like Drupal 7",
			`users(uid mail pass init picture access login changed) users_roles(uid role) sessions(sid ssid)`,
			[]string{"backdrop::users"},
		},
		{
			"Drupal 7 with one more column does not look like Backdrop",
			`users(uid mail pass init picture access login changed) users_roles(uid rid) sessions(sid ssid)`,
			[]string{"drupal7::users"},
		},
		{
			"two platforms side by side", at("wp_", wordpress) + `f_user(userid usergroupid membergroupids lastactivity password salt) f_session(sessionhash idhash userid)`,
			[]string{"vbulletin4:f_:f_user", "wordpress:wp_:wp_users"},
		},
		{
			"Laravel's fixed name may carry the prefix",
			`app_users(id remember_token password email email_verified_at) app_migrations(id migration batch)`,
			[]string{"laravel:app_:app_users"},
		},
		{
			"a users table of another name on PostgreSQL", `wikimwuser(user_id user_name user_touched) wikigroups(ug_user)`, []string{"two names:wiki:wikimwuser"},
		},
		{"an empty database", ``, nil},
		{"a table without columns", `users()`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			twoNames := detect.Rule{Name: "two names", Detect: rule("user ?? mwuser", "user_name user_touched", 0, "groups(ug_user)")}
			got := short(detect.Platforms(schema(t, tt.schema, ""), append(rules(), twoNames)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestScoresFollowTheEvidence(t *testing.T) {
	users := `{p}users(ID user_login user_nicename user_registered display_name) `
	one := []detect.Rule{{Name: "x", Detect: rule("users", "user_login display_name", 0, "meta(k)", "more(k)", "fix(k)")}}
	score := func(text string) float64 {
		m := detect.Platforms(schema(t, text, ""), one)
		if len(m) != 1 {
			t.Fatalf("%s: %d matches", text, len(m))
		}
		return m[0].Score
	}
	tests := []struct {
		name, schema string
		want         float64
	}{
		{"every companion", at("a_", users) + `a_meta(k) a_more(k) a_fix(k)`, 4 + 9},
		{"one with another prefix", at("a_", users) + `a_meta(k) b_more(k) a_fix(k)`, 4 + 6 + 0.5},
		{"one missing", at("a_", users) + `a_meta(k) a_more(k)`, 4 + 6 - 4},
		{"nothing but one elsewhere", at("a_", users) + `b_meta(k)`, 4 + 0.5 - 8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := score(tt.schema); got != tt.want {
				t.Errorf("score %v; want %v", got, tt.want)
			}
		})
	}
}

func TestTiesGoToTheRankThenToTheName(t *testing.T) {
	d := func(rank int) preset.Detect { return rule("users", "a b", rank) }
	tests := []struct {
		name  string
		rules []detect.Rule
		want  string
	}{
		{"the higher rank", []detect.Rule{{"a", d(0)}, {"b", d(2)}, {"c", d(1)}}, "b"},
		{"the first name", []detect.Rule{{"z", d(1)}, {"m", d(1)}, {"x", d(1)}}, "m"},
		{"a named anchor before any table", []detect.Rule{{"any", rule("*", "a b", 9)}, {"named", d(0)}}, "named"},
		{"more columns before rank", []detect.Rule{{"few", d(9)}, {"many", rule("users", "a b c", 0)}}, "many"},
		{"a rule without an anchor finds nothing", []detect.Rule{{"none", rule("", "a", 9)}, {"x", d(0)}}, "x"},
		{"a rule without columns finds nothing", []detect.Rule{{"none", rule("users", "", 9)}, {"x", d(0)}}, "x"},
		{"a whole name", []detect.Rule{{"whole", rule("=users", "a b", 1)}, {"x", d(0)}}, "whole"},
		{"a whole name of another table", []detect.Rule{{"whole", rule("=sers", "a b", 1)}, {"x", d(0)}}, "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 2 { // in either order of the rules
				slices.Reverse(tt.rules)
				if got := short(detect.Platforms(schema(t, "users(a b c)", ""), tt.rules)); len(got) != 1 || !strings.HasPrefix(got[0], tt.want+":") {
					t.Errorf("got %q; want %s", got, tt.want)
				}
			}
		})
	}
}

func TestOfEqualInstallsTheOneWithMoreRowsComesFirst(t *testing.T) {
	tables := schema(t, at("a_", wordpress)+at("b_", wordpress)+at("c_", wordpress), "")
	tables[2].Rows, tables[4].Rows = 12000, 3
	want := []string{"wordpress:b_:b_users", "wordpress:c_:c_users", "wordpress:a_:a_users"}
	if diff := cmp.Diff(want, short(detect.Platforms(tables, rules()))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzPlatforms(f *testing.F) {
	for _, p := range platforms {
		f.Add(strings.ReplaceAll(p.schema, "{p}", "x_"), p.rule.Anchor, strings.Join(p.rule.Columns, " "), "usermeta")
	}
	f.Add("İusers(ſ K) users(a)", "users", "a", "=")
	f.Add("Users(a) users(a)", "=", "a", "*")
	f.Fuzz(func(t *testing.T, text, anchor, columns, companion string) {
		var tables []detect.Table
		for _, part := range strings.Split(text, ")") {
			name, list, _ := strings.Cut(part, "(")
			table := detect.Table{Name: strings.TrimSpace(name)}
			for _, c := range strings.Fields(list) {
				var column detect.Column
				column.Name = c
				table.Columns = append(table.Columns, column)
			}
			tables = append(tables, table)
		}
		fuzzed := preset.Detect{Anchor: anchor, Columns: strings.Fields(columns), Companions: map[string][]string{companion: nil}}
		all := append(rules(), detect.Rule{Name: "fuzzed", Detect: fuzzed})
		matches := detect.Platforms(tables, all)
		seen := map[string]int{}
		for i, m := range matches {
			if !strings.HasPrefix(m.UsersTable, m.Prefix) {
				t.Errorf("%q does not begin with its prefix %q", m.UsersTable, m.Prefix)
			}
			if i > 0 && matches[i-1].Score < m.Score {
				t.Error("the matches are not in order")
			}
			seen[m.UsersTable]++
		}
		for _, table := range tables {
			seen[table.Name]--
		}
		for name, n := range seen {
			if n > 0 {
				t.Errorf("the table %q matches more often than it exists", name)
			}
		}
		detect.Guesses(tables)
	})
}
