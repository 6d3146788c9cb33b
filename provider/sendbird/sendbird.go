// Package sendbird serves Sendbird: session tokens for the site's users, who are made there when they first sign in, kept in step with the site,
// and shut out when the site shuts them out.
package sendbird

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// Most characters of what the provider takes of a user.
const (
	maxAddress  = 80
	maxNickname = 80
	maxPicture  = 2048
)

// name is the provider's name.
const name = "sendbird"

// Provider is Sendbird. It is safe for concurrent use.
type Provider struct {
	app       string
	before    string // of an address, around the user's id
	behind    string
	ttl       time.Duration // 0: the provider's default
	loginPath string
	compat    bool
	tokenURL  string
	rate      int

	client *client
	store  provider.Store // nil: nothing is remembered
	users  func(ctx context.Context, ids ...userinfo.ID) ([]userinfo.User, error)
	now    func() time.Time
	log    *slog.Logger
	issued func(provider string)
	kind   func() userinfo.KeyKind

	ctx   context.Context // of work that outlives the request that began it
	close context.CancelFunc
	desk  *desk
	looks *profiles

	unnoted      *unnoted
	unkept, lost provider.Spell // of notes
	waits        provider.Spell // that Sendbird asks for
	crowded      provider.Spell // of users who are out of sight
	unseen, anew provider.Spell // of passwords

	passwords atomic.Int32  // whether anything tells of a change of passwords: one of passwordsUnknown …
	wake      chan struct{} // there is a job that is not to wait
	updating  chan struct{} // holds one token while a changed profile is told: the places of jobs are for others
	told      *quota        // of log lines about changed passwords

	perUser, perAddress, revokes *quota
	nameless                     sync.Once // the warning about users without an address
	moved                        sync.Once // the warning about users who had another address
}

// Open builds the provider from settings without faults; no network.
func (c *Config) Open(d provider.Deps) (provider.Provider, error) {
	before, behind, found := strings.Cut(c.UserID, "{id}")
	if !found || c.WritesPerSecond < minPace || c.APIToken.IsZero() {
		return nil, fmt.Errorf("sendbird: the settings have faults that were not looked for")
	}
	log := d.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	transport := d.Transport
	if transport == nil {
		transport = provider.NewTransport(connectTimeout, callTimeout)
	}
	requested, issued := d.Requested, d.Issued
	if requested == nil {
		requested = func(string, string) {}
	}
	if issued == nil {
		issued = func(string) {}
	}
	p := &Provider{
		app: c.AppID, before: before, behind: behind, ttl: c.TokenTTL, loginPath: c.LoginPath, compat: c.Compat500,
		tokenURL: d.BasePath + tokenPath, rate: c.WritesPerSecond,
		store: d.Store, users: d.Users, now: d.Now, log: log, issued: issued, kind: d.KeyKind,
		desk: newDesk(d.Now), looks: newProfiles(), unnoted: newUnnoted(), wake: make(chan struct{}, 1), updating: make(chan struct{}, 1), told: newQuota(many, d.Now),
		perUser: newQuota(10, d.Now), perAddress: newQuota(60, d.Now), revokes: newQuota(10, d.Now),
	}
	p.client = &client{
		base: c.base(), token: c.APIToken, http: provider.NewHTTPClient(transport, callTimeout), pace: newPacer(c.WritesPerSecond, d.Now), now: d.Now,
		count: func(code string) { requested(name, code) }, limited: p.limited,
		breaker: newBreaker(func(open bool) {
			if open {
				log.Warn("sendbird fails; it is left alone for a second at a time until it answers")
			} else {
				log.Info("sendbird answers again")
			}
		}),
	}
	p.ctx, p.close = context.WithCancel(context.Background())
	return p, nil
}

// Close ends all work that goes on without a request, and notes whose tokens were given and not noted yet.
func (p *Provider) Close() error {
	p.close()
	p.desk.close()
	p.settle()
	p.client.http.CloseIdleConnections()
	return nil
}

// Name returns "sendbird".
func (*Provider) Name() string { return name }

// member is a user as the provider knows them.
type member struct {
	id       userinfo.ID
	address  string // the user's id at the provider
	nickname string
	picture  string // "" is none
}

// member returns a user as the provider knows them. It returns provider.ErrNoToken for one whose id makes no address there.
//
// Two users never have one address: it holds the whole id, as it is, between two texts that are the same for all.
func (p *Provider) member(u *userinfo.User) (member, error) {
	address := p.before + string(u.ID) + p.behind
	// A dot segment is taken for a folder by whoever tidies paths, however it is escaped.
	if u.ID == "" || !utf8.ValidString(address) || utf8.RuneCountInString(address) > maxAddress || address == "." || address == ".." ||
		strings.ContainsFunc(address, unicode.IsControl) {
		return member{}, fmt.Errorf("%w: its id makes no user id of at most %d characters at sendbird", provider.ErrNoToken, maxAddress)
	}
	m := member{id: u.ID, address: address, nickname: first(u.Name, maxNickname), picture: u.AvatarURL}
	if m.nickname == "" {
		m.nickname = address
	}
	if utf8.RuneCountInString(m.picture) > maxPicture {
		m.picture = ""
	}
	return m, nil
}

// first returns the first n characters of a text.
func first(text string, n int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// hash tells whether the profile is another than it was.
func (m *member) hash() string {
	sum := sha256.Sum256([]byte(m.nickname + "\x00" + m.picture))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// own is what the page's own code needs to connect.
type own struct {
	AppID      string `json:"app_id"`
	UserID     string `json:"user_id"`
	Nickname   string `json:"nickname"`
	ProfileURL string `json:"profile_url"` // the avatar, as the provider calls it
	TokenURL   string `json:"token_url,omitempty"`
}

func (p *Provider) own(m member) own {
	return own{AppID: p.app, UserID: m.address, Nickname: m.nickname, ProfileURL: m.picture}
}

// Widget returns what the page's own code needs to connect, and where it gets a token; never a token, which would cost a call to the provider for
// every page. It is nil for guests, and for users whose id makes no address at the provider.
func (p *Provider) Widget(_ context.Context, u *userinfo.User, _ time.Time) (*provider.Widget, error) {
	if u == nil {
		return nil, nil //nolint:nilnil // the seam's way to say that nothing is shown
	}
	m, err := p.member(u)
	if err != nil {
		p.tellNameless()
		return nil, nil //nolint:nilnil,nilerr // another provider may show something
	}
	p.looks.seen(m)
	o := p.own(m)
	o.TokenURL = p.tokenURL
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	return &provider.Widget{Own: text}, nil
}

// tellNameless tells the operator once of users who cannot be named at the provider.
func (p *Provider) tellNameless() {
	p.nameless.Do(func() {
		p.log.Warn("there are users whose id cannot be one at sendbird; they get no chat there", "most_characters", maxAddress-utf8.RuneCountInString(p.before+p.behind))
	})
}
