package detect_test

import (
	"strings"
	"testing"

	"github.com/chatpass/chatpass/detect"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/userinfo"
)

// platform is a rule and a schema of the platform it is for, in short: tables with more columns than the rule asks for, and
// tables the rule does not name. {p} stands for the prefix; a table without it has a fixed name.
type platform struct {
	name    string
	rule    preset.Detect
	schema  string
	users   string // the users table, with {p}
	varying bool   // the prefix may be anything
}

func rule(anchor, columns string, rank int, companions ...string) preset.Detect {
	d := preset.Detect{Anchor: anchor, Columns: strings.Fields(columns), Rank: rank, Companions: map[string][]string{}}
	for _, c := range companions {
		name, list, _ := strings.Cut(c, "(")
		d.Companions[name] = strings.Fields(strings.TrimSuffix(list, ")"))
	}
	return d
}

const drupal7Columns = "uid mail pass init picture access login"

var platforms = []platform{
	{
		"wordpress", rule("users", "user_login user_nicename user_registered display_name", 0, "usermeta(umeta_id meta_key)"),
		`{p}users(ID user_login user_pass user_nicename user_email user_url user_registered user_activation_key user_status display_name)
		{p}usermeta(umeta_id user_id meta_key meta_value) {p}options(option_id option_name option_value autoload) {p}posts(ID post_author)`,
		"{p}users", true,
	},
	{
		"joomla", rule("users", "sendEmail registerDate lastvisitDate block", 0, "user_usergroup_map(user_id group_id)", "session(session_id client_id guest userid)"),
		`{p}users(id name username email password block sendEmail registerDate lastvisitDate activation params)
		{p}user_usergroup_map(user_id group_id) {p}session(session_id client_id guest time data userid username) {p}usergroups(id title)`,
		"{p}users", true,
	},
	{
		"drupal", rule("users_field_data", "uid mail access login init default_langcode", 0, "user__roles(roles_target_id)", "sessions(sid uid timestamp)"),
		`{p}users_field_data(uid langcode name pass mail status created access login init default_langcode) {p}users(uid uuid langcode)
		{p}user__roles(bundle deleted entity_id roles_target_id) {p}sessions(uid sid hostname timestamp session)`,
		"{p}users_field_data", true,
	},
	{
		"drupal7", rule("users", drupal7Columns, 0, "users_roles(uid rid)", "sessions(sid ssid)"),
		`{p}users(uid name pass mail theme signature created access login status timezone language picture init data)
		{p}users_roles(uid rid) {p}sessions(uid sid ssid hostname timestamp cache session) {p}role(rid name) {p}variable(name value)`,
		"{p}users", true,
	},
	{
		"backdrop", rule("users", drupal7Columns+" changed", 0, "users_roles(uid role)", "sessions(sid ssid)"),
		`{p}users(uid name pass mail signature created changed access login status timezone language picture init data)
		{p}users_roles(uid role) {p}sessions(uid sid ssid hostname timestamp session)`,
		"{p}users", true,
	},
	{
		"phpbb", rule("users", "user_type username_clean user_permissions user_avatar_type", 0, "sessions_keys(key_id user_id)", "config(config_name config_value)"),
		`{p}users(user_id user_type group_id user_permissions username username_clean user_email user_lastvisit user_avatar user_avatar_type)
		{p}sessions_keys(key_id user_id last_ip) {p}config(config_name config_value is_dynamic) {p}banlist(ban_id ban_userid)`,
		"{p}users", true,
	},
	{
		"mybb", rule("users", "uid loginkey usergroup additionalgroups", 0, "usergroups(isbannedgroup)"),
		`{p}users(uid username password salt loginkey email avatar usergroup additionalgroups lastactive) {p}usergroups(gid title isbannedgroup)
		{p}sessions(sid uid ip) {p}settings(sid name value)`,
		"{p}users", true,
	},
	{
		"smf", rule("members", "id_member member_name real_name password_salt", 0, "settings(variable value)"),
		`{p}members(id_member member_name real_name passwd password_salt email_address last_login avatar) {p}settings(variable value)
		{p}sessions(session_id last_update data)`,
		"{p}members", true,
	},
	{
		"xenforo", rule("xf_user", "user_state is_banned secondary_group_ids", 0, "xf_user_remember(remember_key)"),
		`xf_user(user_id username email user_group_id secondary_group_ids user_state is_banned avatar_date) xf_user_remember(user_id remember_key)
		xf_session(session_id session_data expiry_date)`,
		"xf_user", false,
	},
	{
		"vbulletin4", rule("user", "userid usergroupid membergroupids lastactivity password salt", 0, "session(sessionhash idhash userid)"),
		`{p}user(userid username email usergroupid membergroupids lastactivity lastvisit password salt) {p}session(sessionhash idhash userid host)`,
		"{p}user", true,
	},
	{
		"vbulletin5", rule("user", "userid usergroupid membergroupids lastactivity token scheme", 0, "session(sessionhash idhash userid)"),
		`{p}user(userid username email usergroupid membergroupids lastactivity token scheme) {p}session(sessionhash idhash userid host)`,
		"{p}user", true,
	},
	{
		"flarum", rule("users", "is_email_confirmed joined_at avatar_url", 0, "access_tokens(token user_id)"),
		`{p}users(id username email is_email_confirmed password avatar_url joined_at last_seen_at) {p}access_tokens(id token user_id)
		{p}settings(key value)`,
		"{p}users", true,
	},
	{
		"mediawiki", rule("user", "user_name user_real_name user_token user_touched", 0, "user_groups(ug_user ug_group)"),
		`{p}user(user_id user_name user_real_name user_password user_email user_touched user_token) {p}user_groups(ug_user ug_group ug_expiry)`,
		"{p}user", true,
	},
	{
		"moodle", rule("user", "mnethostid policyagreed suspended lastaccess", 0, "sessions(sid sessdata userid)"),
		`{p}user(id auth confirmed policyagreed deleted suspended mnethostid username password firstname lastname email lastaccess)
		{p}sessions(id state sid userid sessdata) {p}config(id name value)`,
		"{p}user", true,
	},
	{
		"opencart", rule("customer", "customer_id customer_group_id safe", 0, "session(session_id data expire)"),
		`{p}customer(customer_id customer_group_id store_id firstname lastname email telephone password safe status) {p}session(session_id data expire)
		{p}setting(setting_id code key value) {p}user(user_id user_group_id username)`,
		"{p}customer", true,
	},
	{
		"prestashop", rule("customer", "id_customer secure_key id_default_group is_guest", 0, "configuration(id_configuration)"),
		`{p}customer(id_customer id_default_group firstname lastname email passwd secure_key is_guest active deleted)
		{p}configuration(id_configuration name value) {p}customer_session(id_customer_session id_customer token)`,
		"{p}customer", true,
	},
	{
		"magento", rule("customer_entity", "entity_id website_id group_id", 0, "customer_log(last_login_at)", "core_config_data(scope path)"),
		`{p}customer_entity(entity_id website_id email group_id store_id is_active firstname lastname) {p}customer_log(log_id customer_id last_login_at)
		{p}core_config_data(config_id scope scope_id path value) {p}sales_order_customer_entity(entity_id)`,
		"{p}customer_entity", true,
	},
	{
		"october", rule("users", "persist_code is_activated last_login", 0, "=system_files(attachment_type disk_name)"),
		`{p}users(id name email password activation_code persist_code is_activated last_login surname username)
		{p}system_files(id disk_name attachment_id attachment_type field) {p}user_throttle(id user_id is_banned) migrations(id migration batch)`,
		"{p}users", true,
	},
	{
		"october3", rule("users", "persist_code remember_token is_guest banned_at", 0, "=system_files(attachment_type disk_name)"),
		`{p}users(id is_guest first_name last_name email password persist_code remember_token activated_at banned_at)
		{p}system_files(id disk_name attachment_id attachment_type field) migrations(id migration batch)`,
		"{p}users", true,
	},
	{
		"livestreet", rule("user", "user_login user_activate user_profile_avatar", 0, "session(session_key session_date_last)"),
		`{p}user(user_id user_login user_password user_mail user_activate user_profile_avatar) {p}session(session_key user_id session_date_last)`,
		"{p}user", true,
	},
	{
		"kvs", rule("ktvs_users", "status_id display_name last_login_date", 0),
		`ktvs_users(user_id username display_name email status_id avatar last_login_date) ktvs_videos(video_id user_id)`,
		"ktvs_users", false,
	},
	{
		"django", rule("auth_user", "date_joined is_superuser is_staff", 1, "=django_session(session_key expire_date)"),
		`auth_user(id password last_login is_superuser username first_name last_name email is_staff is_active date_joined)
		django_session(session_key session_data expire_date) auth_group(id name)`,
		"auth_user", false,
	},
	{
		"django-custom", rule("*", "last_login is_superuser password", 0, "=django_session(session_key expire_date)"),
		`people_person(id password last_login is_superuser email nick) django_session(session_key session_data expire_date)`,
		"people_person", false,
	},
	{
		"laravel", rule("users", "remember_token password email email_verified_at", 0, "=migrations(migration batch)"),
		`{p}users(id name email email_verified_at password remember_token created_at updated_at) {p}migrations(id migration batch)
		{p}sessions(id user_id ip_address user_agent payload last_activity)`,
		"{p}users", true,
	},
	{
		"devise", rule("*", "encrypted_password remember_created_at", 0, "=schema_migrations(version)"),
		`customers(id email encrypted_password reset_password_token remember_created_at name) schema_migrations(version)`,
		"customers", false,
	},
	{
		"rails8", rule("users", "password_digest email_address", 0, "=sessions(user_id user_agent ip_address)", "=schema_migrations(version)"),
		`users(id email_address password_digest created_at) sessions(id user_id ip_address user_agent) schema_migrations(version)`,
		"users", false,
	},
	{
		"ghost", rule("members", "transient_id email status", 0, "=settings(key value)"),
		`members(id uuid transient_id email status name) settings(id group key value) users(id name slug email password)`,
		"members", false,
	},
	{
		"typo3", rule("fe_users", "usergroup lastlogin disable", 0, "fe_sessions(ses_id ses_userid)"),
		`fe_users(uid pid username password usergroup name email lastlogin disable deleted) fe_sessions(ses_id ses_userid ses_tstamp)
		be_users(uid username password usergroup lastlogin disable)`,
		"fe_users", false,
	},
	{
		"una", rule("sys_accounts", "profile_id email_confirmed logged", 0, "sys_profiles(account_id content_id)"),
		`sys_accounts(id profile_id name email email_confirmed password salt role logged) sys_profiles(id account_id type content_id status)`,
		"sys_accounts", false,
	},
	{
		"dolphin", rule("Profiles", "NickName DateLastLogin Salt", 0, "sys_sessions(user_id date)"),
		`Profiles(ID NickName Email Password Salt Status Role DateLastLogin Avatar) sys_sessions(id user_id data date)`,
		"Profiles", false,
	},
	{
		"socialengine", rule("engine4_users", "displayname photo_id lastlogin_date", 0, "engine4_core_session(user_id lifetime)"),
		`engine4_users(user_id email username displayname photo_id level_id enabled lastlogin_date) engine4_core_session(id modified lifetime data user_id)`,
		"engine4_users", false,
	},
	{
		"question2answer", rule("users", "handle sessioncode avatarblobid loggedin", 0, "options(title content)"),
		`{p}users(userid email handle avatarblobid level loggedin sessioncode flags) {p}options(title content) {p}userprofile(userid title content)`,
		"{p}users", true,
	},
	{
		"discourse", rule("users", "username_lower trust_level uploaded_avatar_id", 0, "user_auth_tokens(auth_token rotated_at)"),
		`users(id username username_lower name active admin trust_level uploaded_avatar_id password_hash) schema_migrations(version)
		user_auth_tokens(id user_id auth_token prev_auth_token rotated_at) user_emails(id user_id email)`,
		"users", false,
	},
}

// rules are those of all platforms; vBulletin has one for each of its versions.
func rules() []detect.Rule {
	all := make([]detect.Rule, len(platforms))
	for i, p := range platforms {
		all[i] = detect.Rule{Name: p.name, Detect: p.rule}
	}
	return all
}

// schema reads the short form of a schema: name(column column …), {p} replaced.
func schema(tb testing.TB, text, prefix string) []detect.Table {
	tb.Helper()
	var tables []detect.Table
	for rest := strings.TrimSpace(strings.ReplaceAll(text, "{p}", prefix)); rest != ""; {
		name, after, ok := strings.Cut(rest, "(")
		list, next, closed := strings.Cut(after, ")")
		if !ok || !closed {
			tb.Fatalf("schema %q is not name(column …)", rest)
		}
		t := detect.Table{Name: strings.TrimSpace(name), Rows: -1}
		for _, c := range strings.Fields(list) {
			t.Columns = append(t.Columns, detect.Column{Column: userinfo.Column{Name: c}})
		}
		tables = append(tables, t)
		rest = strings.TrimSpace(next)
	}
	return tables
}
