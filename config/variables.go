package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/agext/levenshtein"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/internal/setting"
)

// settings are the variables of the sidecar itself, without the prefix; [Config] holds them checked and typed.
type settings struct {
	Listen           string        `envconfig:"LISTEN" default:"127.0.0.1:8090"`
	AdminListen      string        `envconfig:"ADMIN_LISTEN" default:"127.0.0.1:8091"`
	BasePath         string        `envconfig:"BASE_PATH" default:"/chat"`
	SiteURL          string        `envconfig:"SITE_URL"`
	SiteRoot         string        `envconfig:"SITE_ROOT"`
	TrustedProxies   string        `envconfig:"TRUSTED_PROXIES"`
	DatabaseURL      secret.Secret `envconfig:"DATABASE_URL"`
	DatabaseMaxOpen  int           `envconfig:"DATABASE_MAX_OPEN" default:"10"`
	QueryTimeout     time.Duration `envconfig:"QUERY_TIMEOUT" default:"500ms"`
	Preset           string        `envconfig:"PRESET" default:"custom"`
	TablePrefix      string        `envconfig:"TABLE_PREFIX"`
	MappingFile      string        `envconfig:"MAPPING"`
	UsersTable       string        `envconfig:"USERS_TABLE"`
	UsersID          string        `envconfig:"USERS_ID"`
	UsersName        string        `envconfig:"USERS_NAME"`
	UsersAvatar      string        `envconfig:"USERS_AVATAR"`
	UsersProfileURL  string        `envconfig:"USERS_PROFILE_URL"`
	UsersEmail       string        `envconfig:"USERS_EMAIL"`
	UsersLastLogin   string        `envconfig:"USERS_LASTLOGIN"`
	UsersBadge       string        `envconfig:"USERS_BADGE"`
	UsersRole        string        `envconfig:"USERS_ROLE"`
	UsersFields      string        `envconfig:"USERS_FIELDS"`
	UsersWhere       string        `envconfig:"USERS_WHERE"`
	UsersTimezone    string        `envconfig:"USERS_TIMEZONE" default:"UTC"`
	UsersGone        string        `envconfig:"USERS_GONE" default:"omit"`
	UsersSearch      string        `envconfig:"USERS_SEARCH"`
	UsersFriends     string        `envconfig:"USERS_FRIENDS"`
	UsersPassword    string        `envconfig:"USERS_PASSWORD"`
	CacheTTL         time.Duration `envconfig:"CACHE_TTL" default:"10s"`
	CacheStale       time.Duration `envconfig:"CACHE_STALE" default:"10m"`
	CacheSize        int           `envconfig:"CACHE_SIZE" default:"100000"`
	Identity         string        `envconfig:"IDENTITY" default:"session,site"`
	IdentityHeader   string        `envconfig:"IDENTITY_HEADER" default:"X-Chatpass-User"`
	SiteKey          secret.Secret `envconfig:"SITE_KEY"`
	TicketKey        secret.Secret `envconfig:"TICKET_KEY"`
	SessionSecrets   secret.Secret `envconfig:"SESSION_SECRETS"`
	SessionCookie    string        `envconfig:"SESSION_COOKIE"`
	SessionTransform string        `envconfig:"SESSION_TRANSFORM"`
	SessionTable     string        `envconfig:"SESSION_TABLE"`
	SessionKey       string        `envconfig:"SESSION_KEY"`
	SessionUser      string        `envconfig:"SESSION_USER"`
	SessionExpires   string        `envconfig:"SESSION_EXPIRES"`
	SessionSince     string        `envconfig:"SESSION_SINCE"`
	SessionWhere     string        `envconfig:"SESSION_WHERE"`
	SessionBound     string        `envconfig:"SESSION_BOUND"`
	SessionFiles     string        `envconfig:"SESSION_FILES"`
	SessionLifetime  time.Duration `envconfig:"SESSION_LIFETIME"`
	WhoamiURL        string        `envconfig:"WHOAMI_URL"`
	WhoamiField      string        `envconfig:"WHOAMI_FIELD" default:"user_id"`
	WidgetMode       string        `envconfig:"WIDGET_MODE" default:"loader"`
	WidgetRoles      string        `envconfig:"WIDGET_ROLES"`
	WidgetHideOn     string        `envconfig:"WIDGET_HIDE_ON"`
	StateDir         string        `envconfig:"STATE_DIR"`
	StoreURL         secret.Secret `envconfig:"STORE_URL"`
	StoreKey         secret.Secret `envconfig:"STORE_KEY"`
	StoreKeyPrevious secret.Secret `envconfig:"STORE_KEY_PREVIOUS"`
	StoreRetention   string        `envconfig:"STORE_RETENTION" default:"tokens=30;jobs=7;audit=365"`
	DrainDelay       time.Duration `envconfig:"DRAIN_DELAY" default:"5s"`
	LogLevel         string        `envconfig:"LOG_LEVEL" default:"info"`
	LogFormat        string        `envconfig:"LOG_FORMAT" default:"auto"`
	AllowWeakSecrets string        `envconfig:"ALLOW_WEAK_SECRETS"`
}

// unbuilt are the variables of the public contract whose feature this version does not have: known, and refused by name.
var unbuilt = strings.Fields(`
	DATABASE_REPLICAS
	REDIS_URL`)

// Variable is one environment variable Chatpass knows.
type Variable struct {
	Name    string // with the prefix CHATPASS_
	Default string // empty: none
	Secret  bool
	Built   bool // false: known, but its feature is not in this version
}

// Variables lists the variables of the sidecar, of the sections, and those that are not built yet.
// Each also exists with the suffix _FILE. The error is that of a section that is no pointer to a struct.
func Variables(sections ...Section) ([]Variable, error) {
	vars, _, err := declare(sections)
	if err != nil {
		return nil, err
	}
	list := make([]Variable, len(vars.list))
	for i, v := range vars.list {
		list[i] = Variable{Name: setting.Prefix + v.name, Default: v.def, Secret: v.secret, Built: v.field.IsValid()}
	}
	return list, nil
}

// variable is a known variable and the field its value goes to, which is not valid if its feature is not built.
type variable struct {
	name   string // without the prefix
	def    string
	secret bool
	field  reflect.Value
}

type variables struct {
	list  []variable
	known map[string]bool
}

// declare lists all variables that exist, and the struct that the sidecar's own ones are decoded into.
func declare(sections []Section) (*variables, *settings, error) {
	raw := &settings{}
	vars := &variables{known: map[string]bool{}}
	vars.add("", reflect.ValueOf(raw).Elem())
	for _, s := range sections {
		p := reflect.ValueOf(s)
		if p.Kind() != reflect.Pointer || p.IsNil() || p.Elem().Kind() != reflect.Struct {
			return nil, nil, fmt.Errorf("config: the section %T is no pointer to a struct", s)
		}
		vars.add(sectionPrefix(s), p.Elem())
	}
	for _, name := range unbuilt {
		if !vars.known[name] {
			vars.known[name] = true
			vars.list = append(vars.list, variable{name: name})
		}
	}
	return vars, raw, nil
}

// sectionPrefix is what the names of a section's variables start with.
func sectionPrefix(s Section) string { return strings.ToUpper(s.Name()) + "_" }

var secretType = reflect.TypeFor[secret.Secret]()

// add lists the fields of a struct that have an envconfig tag.
func (vs *variables) add(prefix string, spec reflect.Value) {
	for i := range spec.NumField() {
		tags := spec.Type().Field(i).Tag
		name := tags.Get("envconfig")
		if name == "" || !spec.Field(i).CanSet() {
			continue
		}
		v := variable{name: prefix + name, def: tags.Get("default"), secret: spec.Field(i).Type() == secretType, field: spec.Field(i)}
		vs.known[v.name] = true
		vs.list = append(vs.list, v)
	}
}

// suggest returns the known variable whose name is nearest to name, or "" if there is none. A word that is missing is as near as two letters that are wrong: MESIBO_PHONE
// is MESIBO_USERS_PHONE and not MESIBO_SHARE.
func (vs *variables) suggest(name string) string {
	const farthest = 3                                // letters; more turn LOG_LEVEL into unlike names
	const word = 2                                    // what a word that is missing counts, in letters
	if name = strings.ToUpper(name); len(name) > 64 { // longer than any name by more than farthest
		return ""
	}
	best, distance := "", min(farthest, len(name)/3)+1
	names := make([]string, 0, 2*len(vs.list))
	for _, v := range vs.list {
		names = append(names, v.name, v.name+fileSuffix)
	}
	slices.Sort(names)
	for _, candidate := range names {
		if d := levenshtein.Distance(name, candidate, nil); d < distance {
			best, distance = candidate, d
		}
	}
	if best != "" && distance < word {
		return best
	}
	if i := slices.IndexFunc(names, func(candidate string) bool { return lacksWord(name, candidate) }); i >= 0 {
		return names[i]
	}
	return best
}

// lacksWord reports whether a name is another without one of the words within it, as SENDBIRD_TOKEN is for SENDBIRD_API_TOKEN.
func lacksWord(name, whole string) bool {
	words := strings.Split(whole, "_")
	for i := 1; i < len(words)-1; i++ {
		if name == strings.Join(slices.Concat(words[:i], words[i+1:]), "_") {
			return true
		}
	}
	return false
}
