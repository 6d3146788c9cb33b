package importing

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/chatpass/chatpass/store"
)

const (
	photoRows    = 50       // photos of one transaction: making 50 pictures takes some seconds, which is all that an end costs
	maxPhotoFile = 10 << 20 // as of an upload
)

// photo is the photo of an old user or group.
type photo struct {
	ref, user, gid int64  // gid is 0 for a user's
	old            string // as the old database has it: a name, or an address that ends in it
	name           string // here
}

// takePhotos takes over the photos of users and groups.
func (r *run) takePhotos(ctx context.Context, c *Count) error {
	c.Found = len(r.photos)
	if r.Files == nil {
		c.Left = c.Found
		return nil
	}
	for at := 0; at < len(r.photos); {
		r.progress(c.Kind, at, c.Found)
		end := at + 1
		for end < len(r.photos) && end-at < photoRows && (r.photos[end].gid == 0) == (r.photos[at].gid == 0) {
			end++
		}
		if err := r.putPhotos(ctx, c, r.photos[at:end]); err != nil {
			return err
		}
		at = end
	}
	return nil
}

// putPhotos takes over photos that are all of users or all of groups.
func (r *run) putPhotos(ctx context.Context, c *Count, batch []photo) error {
	var here []photo
	var rows []store.MesiboImportPhoto
	for _, p := range batch {
		size, ok := r.size(p.old)
		if !ok {
			if err := r.leave(c, p.ref, "", WhyNoFile); err != nil {
				return err
			}
			continue
		}
		p.name = r.Photos.PhotoName(base(p.old), size)
		if p.user < 0 {
			c.Added++
			continue
		}
		row := store.MesiboImportPhoto{Ref: p.ref, User: p.user, Name: p.name, At: r.Now().Unix()}
		if p.gid != 0 {
			row.User, row.GID = 0, p.gid
		}
		here, rows = append(here, p), append(rows, row)
	}
	plan := r.how
	plan.DryRun = true // which files are needed
	done, err := r.Store.ImportMesiboPhotos(ctx, plan, rows)
	if err != nil {
		return err
	}
	var put []store.MesiboImportPhoto
	for i, d := range done {
		needed := d == store.ImportedNew || d == store.ImportedChanged
		switch {
		case r.DryRun && d == store.ImportedTaken: // of a group that would be made
			c.Added++
			continue
		case r.DryRun:
			c.add(d)
			continue
		case !needed:
			put = append(put, rows[i])
			continue
		}
		switch err := r.putFile(ctx, &here[i]); {
		case err == nil:
			put = append(put, rows[i])
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrPicture):
			if err := r.leave(c, here[i].ref, "", WhyPicture); err != nil {
				return err
			}
		case errors.Is(err, fs.ErrNotExist):
			if err := r.leave(c, here[i].ref, "", WhyNoFile); err != nil {
				return err
			}
		default:
			return err
		}
	}
	if r.DryRun {
		return nil
	}
	done, err = r.Store.ImportMesiboPhotos(ctx, r.how, put)
	for _, d := range done {
		if !c.add(d) {
			c.Left++ // forgotten meanwhile
		}
	}
	return err
}

// base is the name of an old photo's file; empty for what names none.
func base(old string) string {
	name := path.Base(strings.TrimSpace(old))
	if name == "." || name == "/" || name == ".." || strings.ContainsAny(name, "\\\x00") {
		return ""
	}
	return name
}

// size is that of an old photo's file; false if there is none.
func (r *run) size(old string) (int64, bool) {
	name := base(old)
	if name == "" {
		return 0, false
	}
	info, err := r.Files.Stat(name)
	return fileSize(info), err == nil && info.Mode().IsRegular()
}

func fileSize(info os.FileInfo) int64 {
	if info == nil {
		return 0
	}
	return info.Size()
}

// putFile makes a picture of an old photo's file and keeps it.
func (r *run) putFile(ctx context.Context, p *photo) error {
	f, err := r.Files.Open(base(p.old))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxPhotoFile+1))
	switch {
	case err != nil:
		return err
	case len(data) > maxPhotoFile:
		return ErrPicture
	}
	return r.Photos.PutPhoto(ctx, p.name, p.user, data)
}
