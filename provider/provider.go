// Package provider is the seam to chat services: what Chatpass needs from each, and no more. One package below it per service;
// provider/all is the only list of them.
package provider

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/userinfo"
)

// ErrNoToken says that no token can name this user exactly: the id is 0, or a number beyond 2^53 that its readers would round.
var ErrNoToken = errors.New("no token can name this user")

// Widget is what a browser needs to start a provider's chat for one visitor.
type Widget struct {
	Script    string          `json:"script"`            // URL of the provider's script
	Token     string          `json:"token,omitempty"`   // the visitor's pass; empty for guests
	Options   json.RawMessage `json:"options,omitempty"` // a JSON object as encoding/json writes it, passed to the provider's script as it is
	ExpiresAt time.Time       `json:"-"`                 // end of Token; zero for guests
	// Own is what the page's own code needs of a provider that has no script: a JSON object, the whole of what browsers get. Nil with a Script.
	Own json.RawMessage `json:"-"`
}

// AppendJSON appends the widget as browsers get it: Own, else what encoding/json makes of it, at a fraction of the cost: it is on the
// path of every page view.
func (w *Widget) AppendJSON(dst []byte) []byte {
	if len(w.Own) > 0 {
		return append(dst, w.Own...)
	}
	dst = userinfo.AppendString(append(dst, `{"script":`...), w.Script)
	if w.Token != "" {
		dst = userinfo.AppendString(append(dst, `,"token":`...), w.Token)
	}
	if len(w.Options) > 0 {
		dst = append(append(dst, `,"options":`...), w.Options...)
	}
	return append(dst, '}')
}

// Provider is a chat service.
type Provider interface {
	// Name is the provider's key in the identity answer and in metrics: "imbachat".
	Name() string
	// Widget returns what the visitor's browser needs; u is nil for a guest. A token ends at until at the latest, the end of the visitor's
	// session; the zero time is no bound. A nil Widget means the provider shows nothing to this visitor.
	Widget(ctx context.Context, u *userinfo.User, until time.Time) (*Widget, error)
}

// Dialog is an optional ability: a token that opens a conversation between two users.
type Dialog interface {
	// DialogToken returns the token that lets from write to to, ErrNoToken if either cannot be named. ask says that to must agree first.
	DialogToken(ctx context.Context, from, to *userinfo.User, ask bool, until time.Time) (DialogPass, error)
}

// DialogPass is what a button needs to open a conversation.
type DialogPass struct {
	Token      string
	IDAsString bool // the ids in Token are texts
}

// UsersInfo is an optional ability: the provider calls back for the names and pictures of users, and searches them.
type UsersInfo interface {
	// CheckBasic compares a user-id and password (RFC 7617) with the configured pairs in constant time. The same pair gets the same answer
	// as long as the provider lives.
	CheckBasic(login, password string) bool
	// CheckToken verifies the inbound token that hosts need which strip Authorization; false when the feature is off.
	CheckToken(token string) bool
	// AppendUser appends the provider's JSON object of a user; nothing for a user the provider could not tell from another.
	AppendUser(dst []byte, u *userinfo.User) []byte
	// UsersInfoRules tells how the callback is served.
	UsersInfoRules() UsersInfoRules
}

// UsersInfoRules is how users-info is served. The zero value serves only our own routes, with Basic auth and without a budget.
type UsersInfoRules struct {
	Compat       map[string]bool // old plugins whose routes are served
	InboundToken bool            // a jwt_token parameter is looked at
	IDsPerHour   int             // most distinct ids answered in an hour; 0 = no limit
}

// VisitorFields is an optional ability of a [Config]: what its provider's Widget looks at of a visitor beside the id and name, so that no more is read for it. Without it
// everything that is mapped is read. Users of a Dialog and of UsersInfo have all fields anyway.
type VisitorFields interface {
	// VisitorFields lists fields as the mapping language names them: avatar_url, profile_url, email, lastlogin, badge, chat_role, or further fields.
	VisitorFields() []string
}

// UserFields is an optional ability of a [Config]: its provider has to know more of users than is shown, such as their phones. Deps.Users and Deps.Scan give it.
type UserFields interface {
	// UserFields lists the private fields; they may depend on the settings.
	UserFields() []userinfo.PrivateField
}

// Deps is what a provider may use. Now and KeyKind are required.
type Deps struct {
	Now     func() time.Time
	KeyKind func() userinfo.KeyKind // kind of the site's user ids; KeyUnknown until the database has been seen

	BasePath  string            // where the provider's own routes are mounted; "" is the root
	Origins   []string          // the site's public origins, such as "https://example.com", the first for links; empty: not known
	StateDir  string            // folder of Chatpass's own files, perhaps not there yet; "" where the environment names none
	Logger    *slog.Logger      // nil: nothing is logged
	Transport http.RoundTripper // calls to the provider; nil: one of the provider's own, with the system's certificates
	// Users looks up users; those who are unknown, hidden or get no chat are left out. Nil: nobody is looked after between log-ins.
	Users func(ctx context.Context, ids ...userinfo.ID) ([]userinfo.User, error)
	// Scan reads users behind a place in the order of their keys, each with the private fields of this provider and nothing else that is shown; those who get no chat are
	// left out. Nil for a Config without UserFields, and where none of them is mapped.
	Scan func(ctx context.Context, after userinfo.Cursor) (userinfo.Page, error)
	// Requested is told of every call to the provider and the code of its answer, out of a small set; nil: nobody is.
	Requested func(provider, code string)
	// Issued is told of every token a provider issued beside its Widget; nil: nobody is.
	Issued func(provider string)
	// Store is what the provider remembers; nil: nothing.
	Store Store
}

// Config is the settings of one provider: a pointer to a struct with envconfig tags, filled by the config room.
type Config interface {
	// Name is the provider's name, in lower case; its variables start with the name in upper case and an underscore.
	Name() string
	// Enabled reports whether any of its variables was set.
	Enabled() bool
	// Faults lists what is wrong with the settings of an enabled provider.
	Faults() []setting.Fault
	// Secrets lists the secrets that are set, for the checks that concern all secrets.
	Secrets() []setting.Secret
	// Open builds the provider; no network.
	Open(d Deps) (Provider, error)
}
