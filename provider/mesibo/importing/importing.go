// Package importing takes over what the PHP backend of Mesibo's first generation kept: its users, their contacts, groups and photos.
//
// The old database is only read. Every thing that is taken over is noted together with it, so that an import that was ended at any moment is
// begun again and goes on where it was: nothing is lost, and nothing is there twice. What was changed here since stays as it is.
package importing

import (
	"context"
	"database/sql"
	"os"

	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// Provider tells whose a phone is, and how phones, texts and pictures are kept.
type Provider interface {
	// Phone returns the one spelling of a phone, digits with the country's code; false for what is none.
	Phone(text string) (string, bool)
	// EachPhone calls yield with every user of the site who may chat and has a phone, in its one spelling. An error of yield ends it.
	EachPhone(ctx context.Context, yield func(id userinfo.ID, phone string) error) error
	// Names reads the names of at most 500 users of the site, of those who may chat.
	Names(ctx context.Context, ids []userinfo.ID) (map[userinfo.ID]string, error)
	// Contacts reports whether who saved whose phone decides about nothing but what the owner of the phone sees anyway.
	Contacts() bool
	// MaxMembers is the most members of a group.
	MaxMembers() int
	// Signup reports whether somebody whose phone no user of the site has may sign in.
	Signup() bool
	// Name and Status are texts of users and groups, as they are kept.
	Name(text string) string
	Status(text string) string
	// PhotoName is the name that a file of the older backend gets as the photo of a user or group there, always the same for the same photo, name and size.
	PhotoName(ctx context.Context, of, old string, size int64) (string, error)
	// PutPhoto keeps a picture, or finds it kept; false for what is no picture that is taken.
	PutPhoto(ctx context.Context, name string, user int64, data []byte) (bool, error)
	// IsPhoto reports whether PutPhoto would take a picture, and keeps nothing.
	IsPhoto(ctx context.Context, data []byte) (bool, error)
	// DropPhoto removes a picture that nothing shows any more.
	DropPhoto(ctx context.Context, name string) error
}

// Import is what is taken over, and how.
type Import struct {
	From     *sql.DB // the old database, in a session that cannot write
	Store    *store.Store
	Provider Provider
	Files    *os.Root // the old folder of photos; nil: they stay behind

	Admins    bool // those who are administrators of a group stay so, not its owner alone
	Overwrite bool // names, photos and groups that were changed here get the old ones all the same
	DryRun    bool // only tell

	Progress func(step string, done, of int) // of is 0 where it is not known
	Left     func(Left) error                // told of each thing that is left out; its error ends the import
}

// Left is a thing that is left out.
type Left struct {
	Kind  string // a Kind
	Ref   int64  // uid, or gid of groups and members
	Phone string // as it stands in the old database; empty where it is about none
	Why   string
}

// The kinds of things, as a summary lists them.
const (
	KindUsers    = "users"
	KindContacts = "contacts"
	KindGroups   = "groups"
	KindMembers  = "members"
	KindPhotos   = "photos"
	KindPush     = "push tokens"
	KindTokens   = "tokens"
	KindNames    = "names"
)

// Why a thing is left out.
const (
	WhyNoPhone  = "this is no phone number"
	WhyNobody   = "no user of the site has this phone"
	WhySeveral  = "several users of the site have this phone"
	WhyTaken    = "another user has this phone as address at Mesibo"
	WhyOwn      = "nobody is a contact of their own"
	WhyTwice    = "the same stands there twice"
	WhyNoOwner  = "the user it belongs to is left out"
	WhyStranger = "this member is no user of the chat here"
	WhyNoGroup  = "the group is not there, or has no number"
	WhyEmpty    = "none of its members is a user of the chat here"
	WhyHeadless = "it has no owner among the users of the chat here; it is taken over without"
	WhyAdmin    = "an administrator there is a plain member here, since anybody could make themselves one"
	WhyPrivacy  = "contacts decide who finds whom here, and anybody could write them there"
	WhyTooMany  = "more than are taken over of one"
	WhyNoFile   = "its file is not in the folder"
	WhyPicture  = "its file is no JPEG, PNG, WebP or GIF that can be read, or too large"
)

// Count is what became of the things of a kind.
type Count struct {
	Kind                              string
	Found, Added, Changed, Same, Kept int // what is found is one of those that follow
	Left                              int
}

// Summary is what became of everything, in the order of the work.
type Summary struct{ Counts []Count }

// run is one import at work.
type run struct {
	Import

	from   *source
	how    store.MesiboImport
	counts []*Count
	ids    map[int64]int64  // MesiboUser.ID by uid; below 0 for one who would be made
	phones map[string]int64 // the same by phone
	photos []photo          // of users, then of groups
}

// Run takes everything over. Its error is one of the old database or the store, neither of which holds values of rows; a *SchemaError if the database is not
// that of the old backend; or ctx's. The summary is true with an error too.
func (im Import) Run(ctx context.Context) (Summary, error) {
	r := &run{
		Import: im, how: store.MesiboImport{Overwrite: im.Overwrite, DryRun: im.DryRun}, ids: map[int64]int64{}, phones: map[string]int64{},
	}
	err := r.all(ctx)
	var s Summary
	for _, c := range r.counts {
		s.Counts = append(s.Counts, *c)
	}
	return s, err
}

func (r *run) all(ctx context.Context) (err error) {
	if r.from, err = newSource(ctx, r.From); err != nil {
		return err
	}
	owners, err := r.owners(ctx)
	if err != nil {
		return err
	}
	for _, step := range []struct {
		kind, table string
		work        func(ctx context.Context, c *Count) error
	}{
		{KindUsers, "users", func(ctx context.Context, c *Count) error { return r.users(ctx, c, owners) }},
		{KindContacts, "contacts", r.contacts},
		{KindGroups, "groups", r.groups},
		{KindPhotos, "", r.takePhotos},
		{KindPush, "notifytokens", r.stays},
		{KindTokens, "tokens", r.stays},
		{KindNames, "names", r.stays},
	} {
		c := r.count(step.kind)
		if step.table != "" {
			if c.Found, err = r.from.count(ctx, step.table); err != nil {
				return err
			}
		}
		if err := step.work(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// stays is for what is counted alone.
func (r *run) stays(_ context.Context, c *Count) error {
	c.Left = c.Found
	return nil
}

// count begins the count of a kind.
func (r *run) count(kind string) *Count {
	c := &Count{Kind: kind}
	r.counts = append(r.counts, c)
	return c
}

// add counts what became of a thing; false if it is not here now.
func (c *Count) add(o store.Imported) bool {
	switch o {
	case store.ImportedNew:
		c.Added++
	case store.ImportedChanged:
		c.Changed++
	case store.ImportedSame:
		c.Same++
	case store.ImportedKept:
		c.Kept++
	default:
		return false
	}
	return true
}

// leave counts and tells a thing that is left out.
func (r *run) leave(c *Count, ref int64, phone, why string) error {
	c.Left++
	return r.tell(Left{Kind: c.Kind, Ref: ref, Phone: phone, Why: why})
}

func (r *run) tell(l Left) error {
	if r.Import.Left == nil {
		return nil
	}
	return r.Import.Left(l)
}

func (r *run) progress(step string, done, of int) {
	if r.Progress != nil {
		r.Progress(step, done, of)
	}
}
