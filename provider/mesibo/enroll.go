package mesibo

import (
	"context"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// enrollTries is how often a row that others change meanwhile is read again.
const enrollTries = 5

// maxSiteUser is the most bytes of a site's user id that the store keeps.
const maxSiteUser = 255

// errNoPhone says that a user has no phone that is theirs alone, which their address at Mesibo would be.
var errNoPhone = errors.New("mesibo: the user has no phone of their own")

// errTaken says that the address is that of somebody without the site who proved to have the phone, which a field of a profile does not outweigh.
var errTaken = errors.New("mesibo: the phone is that of somebody who proved to have it")

// enroll returns the row of a user of the site who signs in: made at the first time, and following the user's name and phone after that. phone is normalised and was found
// to be this user's alone just now; "" is none. proven says that they know a code that was sent to it: without, the error is errTaken where somebody else proved to have it.
// A user whose address changes loses the tokens of the former one before anybody gets the new one.
func (p *Provider) enroll(ctx context.Context, site *userinfo.User, phone string, proven bool) (store.MesiboUser, error) {
	id := string(site.ID)
	if id == "" || len(id) > maxSiteUser || strangers(id) {
		return store.MesiboUser{}, fmt.Errorf("%w: its id cannot be kept", provider.ErrNoToken)
	}
	return p.keep(ctx, id, phone, siteName(site), proven)
}

// enrollPhone returns the row of somebody who proved to have a phone that no user of the site has.
func (p *Provider) enrollPhone(ctx context.Context, phone string) (store.MesiboUser, error) {
	if p.c.Signup != wordOpen {
		return store.MesiboUser{}, errNobody
	}
	return p.keep(ctx, strangerPrefix+phone, phone, "", true)
}

func (p *Provider) keep(ctx context.Context, siteUser, phone, shown string, proven bool) (store.MesiboUser, error) {
	if p.c.Address == wordPhone && phone == "" {
		return store.MesiboUser{}, errNoPhone
	}
	s, err := p.open(ctx)
	if err != nil {
		return store.MesiboUser{}, err
	}
	for range enrollTries {
		u, err := s.MesiboUser(ctx, siteUser)
		anew := errors.Is(err, store.ErrNotFound)
		if anew || err == nil && (u.Address != p.address(s, siteUser, phone, u.Address) || !u.DisabledAt.IsZero()) {
			// Before the user loses or gets anything. Who is shut out has an address that others may have: nothing says so but this.
			if cleared := p.clear(ctx, s, siteUser, phone, proven); errors.Is(cleared, store.ErrConflict) {
				continue
			} else if cleared != nil {
				return store.MesiboUser{}, cleared
			}
		}
		if anew {
			u, err = s.KeepMesiboUser(ctx, store.MesiboUser{
				SiteUser: siteUser, Address: p.address(s, siteUser, phone, ""), Phone: phone, SiteName: shown,
				Changed: p.now().Unix(), CreatedAt: p.now(),
			})
		}
		if err == nil {
			u, err = p.follow(ctx, s, u, phone, shown)
		}
		switch {
		case err == nil:
			return u, nil
		case !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrAddressTaken):
			return store.MesiboUser{}, err
		}
	}
	return store.MesiboUser{}, fmt.Errorf("mesibo: the row of a user changes all the time: %w", store.ErrConflict)
}

// address is the name of a user at Mesibo. had is the present one: an opaque one stays for ever, whatever becomes of the key it was made with.
func (p *Provider) address(s state, siteUser, phone, had string) string {
	if p.c.Address == wordPhone {
		return phone
	}
	if len(had) == opaqueLength {
		return had
	}
	digest, err := hex.DecodeString(s.KeyedHash("mesibo address", siteUser))
	if err != nil {
		panic("mesibo: the store's keyed hash is no hex") // a mistake in the program
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(digest))
}

// opaqueLength is the length of an opaque address: 128 bits in base32. No phone has so many digits.
const opaqueLength = 26

// follow brings a row up to date.
func (p *Provider) follow(ctx context.Context, s state, u store.MesiboUser, phone, shown string) (store.MesiboUser, error) {
	after := u
	after.Address, after.Phone, after.SiteName, after.DisabledAt = p.address(s, u.SiteUser, phone, u.Address), phone, shown, time.Time{}
	moved, back := after.Address != u.Address, !u.DisabledAt.IsZero()
	if !moved && !back && after.Phone == u.Phone && after.SiteName == u.SiteName {
		return u, nil
	}
	after.Changed = max(u.Changed, p.now().Unix())
	if moved {
		after.RemoteUID = ""
		if err := p.leave(ctx, s, u); err != nil {
			return u, err
		}
	}
	if back && !moved {
		// Mesibo first: who cannot be let in there yet stays shut out here.
		active := true
		if _, err := p.client.call(ctx, opUserSet, userPart{Address: u.Address, Active: &active}); err != nil && !unknownThere(err) {
			return u, err
		}
	}
	if err := s.SetMesiboUser(ctx, u, after); err != nil {
		if moved && errors.Is(err, store.ErrConflict) {
			err = errors.Join(err, p.spare(ctx, s, u.Address)) // it may be another's already
		}
		return u, err
	}
	return s.MesiboUserByID(ctx, u.ID)
}

// leave ends all tokens of a user's present address here, and deletes the user at Mesibo: whoever has the address next is a new one there, without the messages and groups
// of the former.
func (p *Provider) leave(ctx context.Context, s state, u store.MesiboUser) error {
	if _, err := s.DropMesiboTokens(ctx, u.ID, 0); err != nil {
		return err
	}
	return p.erase(ctx, u)
}

// parkedPrefix stands before the address of one whose phone is another's now, until they sign in again.
const parkedPrefix = "parked:"

// untaken returns errTaken if somebody without the site has an address, who got it by a code that was sent to the phone.
func (p *Provider) untaken(ctx context.Context, s state, phone string) error {
	if p.c.Signup != wordOpen || p.c.Address != wordPhone { // nobody of them may chat; or no address is a phone
		return nil
	}
	u, err := s.MesiboUser(ctx, strangerPrefix+phone)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	case u.Address == phone && u.DisabledAt.IsZero():
		return errTaken
	}
	return nil
}

// clear takes an address that is a phone from those who had it before the phone became another's, and from those who are shut out: the caller found just now that it is the
// caller's alone. Whoever proved to have the phone loses it to nobody but who proved it too. The error is store.ErrConflict if another did it, or changed them, meanwhile.
func (p *Provider) clear(ctx context.Context, s state, siteUser, phone string, proven bool) error {
	if p.c.Address != wordPhone {
		return nil
	}
	if !proven {
		if err := p.untaken(ctx, s, phone); err != nil {
			return err
		}
	}
	had, err := s.MesiboUsersByPhone(ctx, []string{phone})
	if err != nil {
		return err
	}
	for _, u := range had {
		if u.SiteUser == siteUser || u.Address != phone {
			continue
		}
		if err := p.leave(ctx, s, u); err != nil {
			return err
		}
		after := u
		after.Address, after.Phone, after.RemoteUID = parkedPrefix+fmt.Sprint(u.ID), "", ""
		after.Changed = max(u.Changed, p.now().Unix())
		if err := s.SetMesiboUser(ctx, u, after); err != nil {
			if errors.Is(err, store.ErrConflict) {
				err = errors.Join(err, p.spare(ctx, s, phone)) // who was deleted there may have been the new one
			}
			return err
		}
	}
	return nil
}
