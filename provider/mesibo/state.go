package mesibo

import (
	"context"
	"time"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/store"
)

// state is what the provider remembers: the part of a [store.Store] that it calls. Errors are those of the store: store.ErrNotFound where one thing is asked for that is
// not there.
type state interface {
	// KeyedHash is a keyed hash of a text, 32 hex digits, for what must be found again but not be read: phones, codes, addresses. label keeps purposes apart.
	KeyedHash(label, text string) string

	// PasswordMarks are what tells whether a user's password, of which the site's directory gives a digest, is another than when a mark was kept; "" of "".
	PasswordMarks(siteUser, digest string) passmark.Marks
	// MesiboPasswords lists the marks of the live tokens of users; MarkMesiboTokens puts another in the place of one.
	MesiboPasswords(ctx context.Context, users []int64) ([]store.MesiboPassword, error)
	MarkMesiboTokens(ctx context.Context, user int64, was, is string) error

	// MesiboUser returns the user of the site's id.
	MesiboUser(ctx context.Context, siteUser string) (store.MesiboUser, error)
	MesiboUserByID(ctx context.Context, id int64) (store.MesiboUser, error)
	// MesiboUsersByID and MesiboUsersByPhone return those there are, at most 2,000, without order; disabled ones too.
	MesiboUsersByID(ctx context.Context, ids []int64) ([]store.MesiboUser, error)
	MesiboUsersByPhone(ctx context.Context, phones []string) ([]store.MesiboUser, error)
	// KeepMesiboUser puts a user, or returns the one of that SiteUser that is there already, of whom nothing is changed.
	KeepMesiboUser(ctx context.Context, u store.MesiboUser) (store.MesiboUser, error)
	// SetMesiboUser writes everything of a user but ID, SiteUser and CreatedAt, if it is still as it was in before; store.ErrConflict if not, and for another address
	// while a token of the former one is kept.
	SetMesiboUser(ctx context.Context, before, after store.MesiboUser) error
	// MesiboTokenUsers lists up to n users with a live token behind an id, in order of their ids.
	MesiboTokenUsers(ctx context.Context, after int64, n int) ([]store.MesiboUser, error)

	// PutMesiboToken keeps a token in the place of that of the same user, app and device; store.ErrConflict if the user was shut out or has another address meanwhile.
	PutMesiboToken(ctx context.Context, t store.MesiboToken, token secret.Secret) error
	// MesiboToken returns the live token of user, app and device.
	MesiboToken(ctx context.Context, user int64, app, device string) (store.MesiboToken, secret.Secret, error)
	// MesiboTokenKept is MesiboToken without the text.
	MesiboTokenKept(ctx context.Context, user int64, app, device string) (store.MesiboToken, error)
	// MesiboTokensOf lists the live tokens of a user.
	MesiboTokensOf(ctx context.Context, user int64) ([]store.MesiboToken, error)
	// StaleMesiboTokens notes that tokens of a user, in an app or with "" in all, were ended at Mesibo.
	StaleMesiboTokens(ctx context.Context, user int64, app string) error
	// MesiboTokenOf finds a live token by its text, with its user.
	MesiboTokenOf(ctx context.Context, token secret.Secret) (store.MesiboToken, store.MesiboUser, error)
	// DropMesiboTokens forgets tokens of a user: one, or with id 0 all; it returns those that were live.
	DropMesiboTokens(ctx context.Context, user, id int64) ([]store.MesiboToken, error)

	// PutMesiboPhones keeps phones of users found in a scan, without writing what is there already; EndMesiboScan removes those of users no scan since has found, and
	// DropMesiboPhones those of users.
	DropMesiboPhones(ctx context.Context, users []string) error
	PutMesiboPhones(ctx context.Context, scan int64, phones []store.MesiboPhone) error
	EndMesiboScan(ctx context.Context, scan int64) error
	// MesiboSiteUsers lists up to 3 users of the site with a phone.
	MesiboSiteUsers(ctx context.Context, phone string) ([]string, error)

	// PutMesiboChallenge keeps a challenge in the place of the one of its phone and kind.
	PutMesiboChallenge(ctx context.Context, c store.MesiboChallenge) error
	// TryMesiboChallenge compares codeMACs with the live challenges of a phone, of any kind, in constant time; one that is right is used up by this call alone. A
	// wrong one counts against each of them; the fifth ends them.
	TryMesiboChallenge(ctx context.Context, phoneMAC string, codeMAC func(c store.MesiboChallenge) string) (store.MesiboChallenge, store.Verdict, error)
	// DropMesiboLinkCodes ends the challenges of a user whose codes the site showed.
	DropMesiboLinkCodes(ctx context.Context, siteUser string) error
	// Spend counts an event against all limits, or against none of them and returns how long to wait. Zero is: go on.
	Spend(ctx context.Context, limits ...store.Limit) (time.Duration, error)

	// AddMesiboContacts adds phones to an owner's contacts; ClearMesiboContacts with no phones removes all of them.
	AddMesiboContacts(ctx context.Context, owner int64, phones []string) error
	ClearMesiboContacts(ctx context.Context, owner int64, phones []string) error
	// MesiboContacts lists the users among an owner's contacts, not disabled, changed after since and not after until, by Changed and ID; at most n, but all of the last
	// second.
	MesiboContacts(ctx context.Context, owner, since, until int64, n int) ([]store.MesiboUser, error)
	// MesiboKnownBy tells which of users have a phone among their contacts.
	MesiboKnownBy(ctx context.Context, phone string, users []int64) (map[int64]bool, error)

	MesiboGroup(ctx context.Context, gid int64) (store.MesiboGroup, error)
	// PutMesiboGroup makes a group with its members.
	PutMesiboGroup(ctx context.Context, g store.MesiboGroup, members []store.MesiboMember) error
	// SetMesiboGroup writes name, status, photo, type, Deleted and Changed, if the group is still as it was in before and not deleted; store.ErrConflict if not.
	SetMesiboGroup(ctx context.Context, before, after store.MesiboGroup) error
	// MesiboMembers lists members of groups, those who left too: by role, highest first, then by JoinedAt and user.
	MesiboMembers(ctx context.Context, gids []int64) ([]store.MesiboMember, error)
	// SetMesiboMembers adds members or writes role and Left of those there are, and the group's Changed, under the same condition.
	SetMesiboMembers(ctx context.Context, before store.MesiboGroup, changed int64, members []store.MesiboMember) error
	// MesiboGroupsOf lists groups a user is in, or has left after since, changed after since and not after until, by Changed and GID; at most n, but all of the last second.
	MesiboGroupsOf(ctx context.Context, user, since, until int64, n int) ([]store.MesiboGroup, error)

	PutMesiboFile(ctx context.Context, f store.MesiboFile) error
	MesiboFile(ctx context.Context, name string) (store.MesiboFile, error)
	DropMesiboFile(ctx context.Context, name string) error
	// MesiboFiles lists up to n files by their names, behind after; fewer than n are the last.
	MesiboFiles(ctx context.Context, after string, n int) ([]store.MesiboFile, error)
	// MesiboFileBytes sums up the files of a user, MesiboErasedFiles lists files of users who were forgotten, and MesiboPhotos tells which files are somebody's photo.
	MesiboFileBytes(ctx context.Context, user int64) (int64, error)
	MesiboErasedFiles(ctx context.Context, n int) ([]string, error)
	MesiboPhotos(ctx context.Context, names []string) (map[string]bool, error)
	PutMesiboPush(ctx context.Context, p store.MesiboPush) error

	// MesiboOldTokens reports whether an older backend may have given tokens for a user's address that MesiboOldTokensEnded was not called for since.
	MesiboOldTokens(ctx context.Context, u store.MesiboUser) (bool, error)
	MesiboOldTokensEnded(ctx context.Context, u store.MesiboUser) error
}
