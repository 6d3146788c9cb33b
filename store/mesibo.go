package store

import (
	"time"
)

// MesiboUser is somebody who signed in to a Mesibo chat at least once.
type MesiboUser struct {
	ID         int64  // of the store; 0 before it is put there
	SiteUser   string // the user's id in the site's canonical text, at most 255 bytes; "tel:" and the phone for one who signed up without the site
	Address    string // the user's name at Mesibo, at most 255 bytes
	Phone      string // digits with the country's code; empty for one who has none
	RemoteUID  string // Mesibo's number of the user, empty if it is not known
	Name       string // that the user chose in the app; empty: SiteName is shown
	SiteName   string // the site's, when the user was last looked at
	Status     string
	Photo      string // name of a file, see MesiboFile; empty for none
	CC         string // country code the user's phone writes, digits; may be empty
	Changed    int64  // Unix seconds when something others see was last changed; never goes back
	CreatedAt  time.Time
	DisabledAt time.Time // since when the user is shut out; zero for not
}

// ShownName is what others see.
func (u *MesiboUser) ShownName() string {
	if u.Name != "" {
		return u.Name
	}
	return u.SiteName
}

// MesiboToken is a token that Mesibo issued, and that private operations are allowed with. Its text is sealed.
type MesiboToken struct {
	ID        int64
	User      int64     // MesiboUser.ID
	App       string    // Mesibo's app id, such as a package name
	Device    string    // empty for one the client did not name
	Address   string    // MesiboUser.Address that it opens
	IssuedAt  time.Time // zero for one that may be ended at Mesibo, which is good here still but not given again
	ExpiresAt time.Time
	Visitor   string // keyed hash of the address it was asked from; may be empty
	Password  string // mark of the password of the user when it was issued; empty if it is not known
}

// MesiboPhone is a user of the site who has a phone.
type MesiboPhone struct {
	SiteUser string
	Phone    string // normalised digits
}

// The kinds of a MesiboChallenge.
const (
	ChallengeOTP  = "otp"  // a code that was sent to the phone
	ChallengeLink = "link" // a code that the signed-in user of the site was shown
)

// MesiboChallenge is a code that somebody has to know. Neither code nor phone is kept, only keyed hashes of them.
type MesiboChallenge struct {
	ID        int64
	PhoneMAC  string // keyed hash of the phone
	Kind      string
	App       string // app id it is bound to; empty: any
	SiteUser  string // whose it is; empty for a phone that belongs to nobody: such a challenge is never solved
	CodeMAC   string // keyed hash of phone, app and code
	Tries     int    // wrong ones
	CreatedAt time.Time
	ExpiresAt time.Time
	Password  string // mark of the user's password when the challenge was made; empty if it is not known or does not matter
}

// Verdict is what became of a try.
type Verdict uint8

// The verdicts of a try.
const (
	VerdictWrong  Verdict = iota // not the code of those that wait; it counts against them
	VerdictSolved                // it was the code, and is used up now
	VerdictIdle                  // no code waits, or it has ended, was used or tried too often: nothing could be guessed
)

// Limit bounds how often something may happen: at most Most times within Window. Scope names what is counted, as a keyed hash where it is about a person.
type Limit struct {
	Scope  string
	Window time.Duration
	Most   int
	Times  int // how often it happens at once, the same for all limits of a scope; 0 is once
}

// MesiboGroup is a group of users.
type MesiboGroup struct {
	GID     int64 // Mesibo's number
	Name    string
	Status  string
	Photo   string // name of a file; empty for none
	Type    int64
	Changed int64 // Unix seconds of the last change of the group or of its members
	Deleted bool
}

// The roles of a MesiboMember.
const (
	RoleMember = 0
	RoleAdmin  = 1
	RoleOwner  = 2
)

// MesiboMember is a user in a group.
type MesiboMember struct {
	GID      int64
	User     int64 // MesiboUser.ID
	Role     int
	JoinedAt int64 // Unix seconds
	Left     bool  // was a member once: clients that knew are told of it once
}

// MesiboFile is a file that a user uploaded. Its bytes are on disk.
type MesiboFile struct {
	Name      string // random, with the extension of its type; unique
	User      int64
	MIME      string
	Size      int64
	SHA256    string // hex
	CreatedAt time.Time
}

// MesiboPush is where a device gets notifications.
type MesiboPush struct {
	User       int64
	Device     string
	Token      string // sealed in the store
	Production bool
}
