package mesibo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// Importer is what an import of an older backend asks the provider, which alone knows how phones, texts and pictures are kept.
type Importer struct{ p *Provider }

// Importer returns it.
func (p *Provider) Importer() Importer { return Importer{p} }

// Signup reports whether somebody whose phone no user of the site has may sign in.
func (i Importer) Signup() bool { return i.p.c.Signup == wordOpen }

// Contacts reports whether saved phones may be taken over from where anybody could write them: only while who has a user's phone finds the user in any case.
func (i Importer) Contacts() bool { return i.p.c.Privacy == wordOpen }

// MaxMembers is the most members of a group.
func (Importer) MaxMembers() int { return maxMembers }

// Phone returns the one spelling of a phone, digits with the country's code; false for what is none.
func (i Importer) Phone(text string) (string, bool) { return normalise(text, "", i.p.c.DefaultCountry) }

// Name is a user's or group's name as it is kept.
func (Importer) Name(text string) string { return clean(text, maxName) }

// Status is a user's status as it is kept.
func (Importer) Status(text string) string { return clean(text, maxStatus) }

// errNoPhones says that the phones of the site's users are not mapped.
var errNoPhones = errors.New("mesibo: the phones of the site's users are not known: set CHATPASS_MESIBO_USERS_PHONE")

// EachPhone calls yield with every user of the site who may chat and has a phone, in its one spelling. An error of yield ends it.
func (i Importer) EachPhone(ctx context.Context, yield func(id userinfo.ID, phone string) error) error {
	s, ok := i.p.people.(*sitePeople)
	if !ok || s.scan == nil {
		return errNoPhones
	}
	for at := (userinfo.Cursor{}); ; {
		page, err := s.page(ctx, at)
		if err != nil {
			return err
		}
		for n := range page.Users {
			u := &page.Users[n]
			if phone := s.phoneOf(u); phone != "" && keepable(u.ID) {
				if err := yield(u.ID, phone); err != nil {
					return err
				}
			}
		}
		if !page.More {
			return nil
		}
		at = page.Last
	}
}

// Names reads the names of at most 500 users of the site, of those who may chat.
func (i Importer) Names(ctx context.Context, ids []userinfo.ID) (map[userinfo.ID]string, error) {
	if i.p.users == nil {
		return nil, errNobody
	}
	users, err := i.p.users(ctx, ids...)
	names := make(map[userinfo.ID]string, len(users))
	for n := range users {
		names[users[n].ID] = siteName(&users[n])
	}
	return names, err
}

// PhotoName is the name that a file of the older backend gets as the photo of a user or group there, always the same for the same photo, name and size, so that an import that
// was ended does not leave it there twice. Who has not been told it does not guess it: it is a keyed hash.
func (i Importer) PhotoName(ctx context.Context, of, old string, size int64) (string, error) {
	st, err := i.p.open(ctx)
	if err != nil {
		return "", err
	}
	return st.KeyedHash("mesibo imported photo", of+" "+strconv.FormatInt(size, 10)+" "+old) + photoExt, nil
}

// PutPhoto makes a picture of a file's bytes and keeps it under a name of PhotoName, or finds it kept; false for what is no picture that is taken.
func (i Importer) PutPhoto(ctx context.Context, name string, user int64, data []byte) (bool, error) {
	if !photoName.MatchString(name) {
		return false, fmt.Errorf("mesibo: no name of a picture: %w", store.ErrInvalid)
	}
	st, err := i.p.open(ctx)
	if err != nil {
		return false, err
	}
	row, err := st.MesiboFile(ctx, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	known := err == nil
	root, err := i.p.private.folder.make()
	if err != nil {
		return false, err
	}
	defer root.Close()
	if known && there(root, &row) {
		return true, nil
	}
	pic, err := i.p.private.decoding.read(ctx, data)
	if errors.Is(err, errImage) {
		return false, nil
	}
	if err == nil {
		err = writeAgain(root, thumbOf(name), pic.thumb)
	}
	if err == nil {
		err = writeAgain(root, name, pic.photo)
	}
	if err != nil || known {
		return err == nil, err
	}
	sum := sha256.Sum256(pic.photo)
	err = st.PutMesiboFile(ctx, store.MesiboFile{
		Name: name, User: user, MIME: photoType, Size: int64(len(pic.photo)), SHA256: hex.EncodeToString(sum[:]), CreatedAt: i.p.now(),
	})
	if errors.Is(err, store.ErrConflict) { // of another import at the same time
		err = nil
	}
	return err == nil, err
}

// IsPhoto reports whether PutPhoto would take a picture, and keeps nothing.
func (i Importer) IsPhoto(ctx context.Context, data []byte) (bool, error) {
	_, err := i.p.private.decoding.read(ctx, data)
	if errors.Is(err, errImage) {
		return false, nil
	}
	return err == nil, err
}

// writeAgain is writeFile where an import that was ended may have left half of it.
func writeAgain(root *os.Root, name string, data []byte) error {
	if err := unlessMissing(root.Remove(name + writeExt)); err != nil {
		return err
	}
	return writeFile(root, name, data)
}

// DropPhoto removes a picture that nothing shows any more.
func (i Importer) DropPhoto(ctx context.Context, name string) error {
	st, err := i.p.open(ctx)
	if err != nil {
		return err
	}
	i.p.dropFile(ctx, st, name)
	return nil
}
