package mesibo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
)

// endTimeout is how long a log-out waits for Mesibo. After that a job goes on.
const endTimeout = 1500 * time.Millisecond

// accountPart names a user of Mesibo, by the number too where it is known: which of the two an operation looks at is not published (reference A8).
type accountPart struct {
	UID     json.Number `json:"uid,omitempty"`
	Address string      `json:"address"`
	AppID   string      `json:"appid,omitempty"`
	Delete  bool        `json:"delete,omitempty"`
}

func account(u store.MesiboUser) accountPart {
	a := accountPart{Address: u.Address}
	if u.RemoteUID != "" && strings.Trim(u.RemoteUID, "0123456789") == "" {
		a.UID = json.Number(u.RemoteUID)
	}
	return a
}

// codeUnknown is told in the place of a code that is none.
const codeUnknown = "UNKNOWN"

// unknownThere reports whether Mesibo says that there is no such user. Its word for that is not published; these words say something else.
func unknownThere(err error) bool {
	var e *apiError
	return errors.As(err, &e) && e.kind == kindWrong && !slices.Contains([]string{"", codeUnknown, codeBadOp, codeMissing}, e.code)
}

// erase deletes a user at Mesibo, with all their tokens. That there is none is no error.
func (p *Provider) erase(ctx context.Context, u store.MesiboUser) error {
	if strings.HasPrefix(u.Address, parkedPrefix) { // Mesibo has never heard of it
		return nil
	}
	_, err := p.client.call(ctx, opUserDel, account(u))
	if unknownThere(err) {
		return nil
	}
	return err
}

// revoke ends tokens of a user, one, or with id 0 all, here at once, and at Mesibo within endTimeout or by a job as soon as it answers. Mesibo knows no way to end one of the
// tokens that a user has in an app: those of other devices in that app end there too, and where it takes no app either, those in all apps. They stay good here, and are not
// given again, so that the other devices get new ones.
func (p *Provider) revoke(ctx context.Context, u store.MesiboUser, id int64) error {
	s, err := p.open(ctx)
	if err != nil {
		return err
	}
	app := ""
	kept, err := s.MesiboTokensOf(ctx, u.ID)
	if err != nil {
		return err
	}
	if id != 0 {
		i := slices.IndexFunc(kept, func(t store.MesiboToken) bool { return t.ID == id })
		if i < 0 { // it has ended
			return nil
		}
		app = kept[i].App
	}
	if len(kept) == 0 {
		return nil
	}
	// Mesibo first: a job that comes later may throw out who has signed in again. Nothing is lost if this ends in between: the token is here until Mesibo or a job knows.
	now, cancel := context.WithTimeout(ctx, endTimeout)
	defer cancel()
	if p.endTokens(now, s, u, app, id) != nil {
		if err := p.enqueue(ctx, revokeKind(app), u); err != nil {
			return err
		}
	}
	_, err = s.DropMesiboTokens(ctx, u.ID, id)
	return err
}

// revokeKind is the kind of the job that ends tokens in an app, or with "" in all. There is one open job of a kind and user.
func revokeKind(app string) string {
	if app == "" {
		return kindRevoke
	}
	sum := sha256.Sum256([]byte(app))
	return kindRevoke + "-" + hex.EncodeToString(sum[:8]) // no two apps of a list are alike in it, and the store holds 32 bytes
}

// revokedApp is the app of a job that ends tokens; "" for all, which is also what an app that is not on the list any more gets.
func (p *Provider) revokedApp(kind string) string {
	i := slices.IndexFunc(p.apps, func(app string) bool { return revokeKind(app) == kind })
	if i < 0 {
		return ""
	}
	return p.apps[i]
}

// endTokens ends tokens of a user at Mesibo, in an app or with "" in all, and notes it of those that are kept here. One of them, or none with id 0, is to be forgotten after.
func (p *Provider) endTokens(ctx context.Context, s state, u store.MesiboUser, app string, id int64) error {
	kept, err := s.MesiboTokensOf(ctx, u.ID)
	if err != nil {
		return err
	}
	if app != "" && !slices.ContainsFunc(kept, func(t store.MesiboToken) bool { return t.ID != id && t.App != app }) {
		app = "" // there are no others to spare
	}
	if strings.HasPrefix(u.Address, parkedPrefix) {
		return nil
	}
	var e *apiError
	if app != "" {
		part := account(u)
		part.AppID, part.Delete = app, true
		_, err = p.client.call(ctx, opUserToken, part)
		if errors.As(err, &e) && e.kind == kindWrong {
			app = ""
		}
	}
	if app == "" {
		_, err = p.client.call(ctx, opUserSet, userPart{Address: u.Address, Token: &tokenPart{Remove: true}})
	}
	if err != nil && !unknownThere(err) {
		return err
	}
	return s.StaleMesiboTokens(ctx, u.ID, app)
}

// holder returns who has an address now; store.ErrNotFound for nobody.
func holder(ctx context.Context, s state, address string) (store.MesiboUser, error) {
	had, err := s.MesiboUsersByPhone(ctx, []string{address}) // an address that is no phone is one user's for ever
	if err != nil {
		return store.MesiboUser{}, err
	}
	for _, u := range had {
		if u.Address == address && u.DisabledAt.IsZero() {
			return u, nil
		}
	}
	return store.MesiboUser{}, store.ErrNotFound
}

// spare sees to whoever has an address now, after something was done at Mesibo to the one who had it before: it may have met the new one, whose tokens are made anew then.
func (p *Provider) spare(ctx context.Context, s state, address string) error {
	now, err := holder(ctx, s, address)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	active := true
	if _, err := p.client.call(ctx, opUserSet, userPart{Address: address, Active: &active}); err != nil && !unknownThere(err) {
		return err
	}
	return s.StaleMesiboTokens(ctx, now.ID, "")
}

// stray sees to a token that Mesibo made, and that nobody gets, since the address was given up or shut out meanwhile.
func (p *Provider) stray(ctx context.Context, s state, u store.MesiboUser) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	now, err := s.MesiboUserByID(ctx, u.ID)
	switch {
	case err == nil && now.Address == u.Address && !now.DisabledAt.IsZero():
		err = p.enqueue(ctx, kindShut, now)
	case err == nil || errors.Is(err, store.ErrNotFound):
		u.SiteUser = "" // the job is about the address alone
		err = p.enqueue(ctx, strayKind(u.Address), u)
	default:
	}
	if err != nil {
		p.log.Warn("a token of mesibo that nobody got cannot be ended", "error", err.Error())
	}
}

// strayKind is the kind of the job about an address that was given up while a token of it was made.
func strayKind(address string) string {
	sum := sha256.Sum256([]byte(address))
	return kindStray + "-" + hex.EncodeToString(sum[:8])
}

// endStray ends what was made of an address after it was given up: the user at Mesibo, or the tokens of whoever has the address by now.
func (p *Provider) endStray(ctx context.Context, s state, j provider.Job) error {
	now, err := holder(ctx, s, j.Address)
	switch {
	case err == nil:
		return p.endTokens(ctx, s, now, "", 0)
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	if err := p.erase(ctx, store.MesiboUser{Address: j.Address}); err != nil {
		return err
	}
	return p.spare(ctx, s, j.Address)
}

// regroup has a user put into their groups at Mesibo, which has just made them anew, under another address perhaps.
func (p *Provider) regroup(ctx context.Context, s state, u store.MesiboUser) error {
	in, err := s.MesiboGroupsOf(ctx, u.ID, 0, math.MaxInt64, 1)
	if err != nil || len(in) == 0 {
		return err
	}
	return p.enqueue(ctx, kindGroups, u)
}

// joinGroups puts a user into their groups at Mesibo. Doing it twice changes nothing.
func (p *Provider) joinGroups(ctx context.Context, s state, u store.MesiboUser) error {
	groups, err := s.MesiboGroupsOf(ctx, u.ID, 0, math.MaxInt64, groupsAtOnce)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if g.Deleted {
			continue
		}
		if err := p.joinGroup(ctx, s, g.GID, u); err != nil {
			return err
		}
	}
	return nil
}

// groupsAtOnce is the most groups of a user that are looked at: fifty a day are made, and nobody makes one who is in 200.
const groupsAtOnce = 2_000

func (p *Provider) joinGroup(ctx context.Context, s state, gid int64, u store.MesiboUser) error {
	unlock, err := p.private.locks.lock(ctx, lockKey{"group", gid}) // who is removed meanwhile must not be put in again
	if err != nil {
		return err
	}
	defer unlock()
	members, err := s.MesiboMembers(ctx, []int64{gid})
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(members, func(m store.MesiboMember) bool { return m.User == u.ID && !m.Left }) {
		return nil
	}
	_, err = p.client.call(ctx, opGroupEdit, groupPart{GID: gid, Members: membersPart([]string{u.Address}, false)})
	var e *apiError
	if errors.As(err, &e) && e.kind == kindWrong { // the group is not there; the others are joined all the same
		p.log.Warn("mesibo does not take a member of a group who has another address now", "gid", gid, "error", err.Error())
		return nil
	}
	return err
}
