package provider

import (
	"context"
	"time"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/userinfo"
)

// Store is what providers remember, in Chatpass's own database and never in the site's. Several instances may use one. All methods are safe
// for concurrent use; their errors never hold a secret.
type Store interface {
	// Identity returns what is known of a user at a provider; false if nothing is.
	Identity(ctx context.Context, provider, app string, user userinfo.ID) (Identity, bool, error)
	// PutIdentity keeps what is known of a user. The address of an identity that exists stays; what is kept is returned.
	PutIdentity(ctx context.Context, i Identity) (Identity, error)
	// Identities lists up to n identities that are not disabled and were given a token that ends after a time, by their users' ids
	// behind after; "" is the start.
	Identities(ctx context.Context, provider, app string, after userinfo.ID, alive time.Time, n int) ([]Identity, error)
	// TokenIssued notes that a user was given a token that ends at a time; the token itself is never kept.
	TokenIssued(ctx context.Context, provider, app string, user userinfo.ID, issued, ends time.Time) error
	// PasswordMarks are what tells whether a user's password, of which the site's directory gives a digest, is another than when a mark was kept; "" of "".
	PasswordMarks(ctx context.Context, user userinfo.ID, digest string) (passmark.Marks, error)
	// MarkPassword keeps a mark with an identity, in the place of another if that is still there.
	MarkPassword(ctx context.Context, provider, app string, user userinfo.ID, was, is string) error
	// Enqueue adds a job, unless one of the same provider, app, kind and user waits already.
	Enqueue(ctx context.Context, j Job) error
	// Claim gives up to n jobs that are due to this worker alone, until the lease ends.
	Claim(ctx context.Context, provider, app, worker string, n int, lease time.Duration) ([]Job, error)
	// Prolong has the lease of a claimed job begin anew.
	Prolong(ctx context.Context, j Job, lease time.Duration) error
	// Done ends a claimed job.
	Done(ctx context.Context, j Job) error
	// Retry gives a claimed job back, due at a time. class tells why, in a word.
	Retry(ctx context.Context, j Job, at time.Time, class string) error
}

// Identity is a user at a provider.
type Identity struct {
	Provider, App string // App is the provider's application
	User          userinfo.ID
	Address       string    // the user's id at the provider; it never changes
	ProfileHash   string    // of the profile the provider was last told of; "" is not known
	DisabledAt    time.Time // when we shut the user out; zero: we did not
	Password      string    // mark of the password that the user had when given a token; only MarkPassword changes it. "" is not known
}

// Job is something that a provider is to be told, once.
type Job struct {
	ID            int64 // of the store
	Provider, App string
	Kind          string
	User          userinfo.ID
	Address       string
	Urgent        bool   // goes before jobs that are not, when it is enqueued
	Attempts      int    // that failed so far
	Claim         string // of the store: tells this claim from later ones
}

// Runner is an optional ability: work beside the requests.
type Runner interface {
	// Run works until ctx ends. It returns early only if there is nothing to do.
	Run(ctx context.Context)
}

// Issuer is an optional ability: the provider itself issues the tokens, which are not in a Widget.
type Issuer interface {
	// Issue asks the provider for a token of a user, and returns it with its end. It returns ErrNoToken for a user the provider cannot name.
	Issue(ctx context.Context, u *userinfo.User) (secret.Secret, time.Time, error)
}

// Checker is an optional ability: what chatpass check tells of the provider. It may call the provider.
type Checker interface {
	Check(ctx context.Context) []Finding
}

// The levels of a Finding.
const (
	LevelOK   = "ok"
	LevelWarn = "warn"
	LevelFail = "fail"
)

// Finding is one line of chatpass check. It never holds a secret.
type Finding struct {
	Level  string
	Text   string
	Remedy string // empty with LevelOK
}
