package mesibo

import (
	"context"
	"encoding/base64"
	"errors"
	"io"

	"github.com/chatpass/chatpass/store"
)

const (
	uploadsADay = 200       // files of a user: with 300 KB each, 60 MB
	maxKept     = 512 << 20 // bytes of a user's files together: some 1,700 of 300 KB, five a day in the year they are kept
	leastFree   = 512 << 20 // bytes of the disk that pictures leave to the store and its log, which by default is beside them: without room nobody signs in
)

var errNoRoom = errors.New("mesibo: the disk of the files is nearly full; no more are taken until 512 MB are free")

// room refuses a file of who keeps too many, or where the disk is nearly full.
func (p *Provider) room(q *question, st state, user int64) error {
	kept, err := st.MesiboFileBytes(q.ctx, user)
	if err != nil {
		return err
	}
	if kept >= maxKept {
		return refuse(rateLimit, "Your pictures take up all the room there is for one user")
	}
	free, err := p.private.free(p.private.folder.dir)
	if err == nil && free < leastFree {
		err = errNoRoom
		p.news(p.private.full, err, "pictures are not taken", "")
		return &refusal{code: codeFailed, text: "There is no room for pictures now", wait: retryFailed}
	}
	if err == nil {
		p.news(p.private.full, nil, "", "pictures are taken again")
	}
	return nil // where it cannot be told how much is free, writing will tell
}

// take reads the file that came with a request as a picture.
func (p *Provider) take(q *question, st state) (picture, error) {
	if q.file == nil {
		return picture{}, refuse(missingFile, "There is no file")
	}
	if q.file.Size > maxImageBytes {
		return picture{}, errUpload
	}
	if err := p.room(q, st, q.member.ID); err != nil {
		return picture{}, err
	}
	if err := p.spendDaily(q, st, "mesibo-uploads", q.member.ID, uploadsADay); err != nil {
		return picture{}, err
	}
	file, err := q.file.Open()
	if err != nil {
		return picture{}, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxImageBytes+1))
	if err != nil {
		return picture{}, err
	}
	pic, err := p.private.decoding.read(q.ctx, data)
	if errors.Is(err, errImage) {
		return picture{}, errUpload
	}
	return pic, err
}

var errUpload = refuse(badImage, "Only JPEG, PNG, WebP and GIF pictures up to 10 MB and 16 megapixels are taken")

// takePhoto keeps the picture that came with a request; "" where none came.
func (p *Provider) takePhoto(q *question, st state, user int64) (string, error) {
	if q.file == nil {
		return "", nil
	}
	pic, err := p.take(q, st)
	if err != nil {
		return "", err
	}
	return p.keepPicture(q.ctx, st, user, pic)
}

// putThumb adds a picture's thumbnail, if it has one.
func (p *Provider) putThumb(a *answer, photo string) {
	if tn := p.thumbnail(photo); tn != "" {
		a.put("tn", tn)
	}
}

// thumbnail is a photo's thumbnail as answers have it, JPEG in base64; "" for none.
func (p *Provider) thumbnail(photo string) string {
	return base64.StdEncoding.EncodeToString(p.private.folder.thumb(photo))
}

// upload takes a picture: for a message, or as the photo of the user or of a group; with delete it takes such a photo away. Messages have pictures alone: what
// else clients could send would be served from the site's own origin.
func (p *Provider) upload(q *question, a *answer) error {
	st, err := p.open(q.ctx)
	if err != nil {
		return err
	}
	own, err := p.self(q, st)
	if err != nil {
		return err
	}
	gid, err := q.gid()
	if err != nil {
		return err
	}
	switch {
	case q.flag("delete"):
		if gid > 0 {
			return p.groupPhoto(q, st, own, gid, true, a)
		}
		if own, err = p.setPhoto(q.ctx, st, own, ""); err != nil {
			return err
		}
		p.putUpload(q, a, own, uploaded{profile: true, name: own.ShownName(), status: own.Status})
	case q.forMessage():
		name, err := p.takeNew(q, st, own.ID)
		if err != nil {
			return err
		}
		p.putUpload(q, a, own, uploaded{gid: gid, photo: own.Photo, name: own.ShownName(), status: own.Status, file: name})
	case gid > 0:
		return p.groupPhoto(q, st, own, gid, false, a)
	default:
		name, err := p.takeNew(q, st, own.ID)
		if err != nil {
			return err
		}
		if own, err = p.setPhoto(q.ctx, st, own, name); err != nil {
			p.dropFile(q.ctx, st, name)
			return err
		}
		p.putUpload(q, a, own, uploaded{profile: true, photo: name, name: own.ShownName(), status: own.Status, file: name})
	}
	return nil
}

// forMessage reports whether a file belongs to a message: it names one, or says that it is no photo.
func (q *question) forMessage() bool {
	_, says := q.text("profile")
	if says {
		return !q.flag("profile")
	}
	return q.number("mid") != 0
}

// takeNew is takePhoto where a file must have come.
func (p *Provider) takeNew(q *question, st state, user int64) (string, error) {
	pic, err := p.take(q, st)
	if err != nil {
		return "", err
	}
	return p.keepPicture(q.ctx, st, user, pic)
}

// setPhoto makes a picture a user's photo, in the place of the former one, which is removed.
func (p *Provider) setPhoto(ctx context.Context, st state, own store.MesiboUser, name string) (store.MesiboUser, error) {
	before, after, err := p.change(ctx, st, own, func(u *store.MesiboUser) { u.Photo = name })
	if err != nil {
		return own, err
	}
	if before.Photo != name {
		p.dropFile(ctx, st, before.Photo)
	}
	return after, nil
}

// groupPhoto sets the photo of a group, or takes it away.
func (p *Provider) groupPhoto(q *question, st state, own store.MesiboUser, gid int64, remove bool, a *answer) error {
	unlock, err := p.private.locks.lock(q.ctx, lockKey{"group", gid})
	if err != nil {
		return err
	}
	defer unlock()
	g, err := p.administered(q.ctx, st, gid, own.ID)
	if err != nil {
		return err
	}
	name := ""
	if !remove {
		if name, err = p.takeNew(q, st, own.ID); err != nil {
			return err
		}
	}
	var after store.MesiboGroup
	err = p.compete(q.ctx, st, g, own.ID, nil, func(g *group) error {
		after = g.MesiboGroup
		after.Photo = name
		if err := p.writeGroup(q.ctx, st, g, after); err != nil {
			return err
		}
		p.dropFile(q.ctx, st, g.Photo)
		return nil
	})
	if err != nil {
		p.dropFile(q.ctx, st, name)
		return err
	}
	p.putUpload(q, a, own, uploaded{gid: gid, profile: true, photo: after.Photo, name: after.Name, status: after.Status, file: after.Photo})
	return nil
}

// uploaded is what is told of an upload.
type uploaded struct {
	gid                       int64
	profile                   bool
	photo, name, status, file string
}

// putUpload adds what is told of an upload. phone is a text, as everywhere else; the reference has a number here alone, which iOS does not read.
func (p *Provider) putUpload(q *question, a *answer, own store.MesiboUser, u uploaded) {
	profile, file := 0, ""
	if u.profile {
		profile = 1
	}
	if u.file != "" {
		file = p.sharing(q).URLs.Download + u.file
	}
	a.put("phone", own.Phone)
	a.put("gid", u.gid)
	a.put("profile", profile)
	a.put("photo", u.photo)
	a.put("name", u.name)
	a.put("status", u.status)
	p.putThumb(a, u.file)
	a.put("file", file)
}
