package importing

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
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

// of is whose photo it is. No two share a file: who changes theirs has the former one removed.
func (p *photo) of() string {
	if p.gid != 0 {
		return "group " + strconv.FormatInt(p.gid, 10)
	}
	return "user " + strconv.FormatInt(p.ref, 10)
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
		var err error
		if p.name, err = r.Provider.PhotoName(ctx, p.of(), base(p.old), size); err != nil {
			return err
		}
		if p.user < 0 {
			if err := r.plan(ctx, c, &p, store.ImportedNew); err != nil {
				return err
			}
			continue
		}
		row := store.MesiboImportPhoto{Ref: p.ref, User: p.user, Name: p.name}
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
	if r.DryRun {
		for i, d := range done {
			if d.Outcome == store.ImportedSame || d.Outcome == store.ImportedKept {
				c.add(d.Outcome)
			} else if err := r.plan(ctx, c, &here[i], d.Outcome); err != nil {
				return err
			}
		}
		return nil
	}
	var put []store.MesiboImportPhoto
	for i, d := range done {
		why := ""
		if d.Outcome == store.ImportedNew || d.Outcome == store.ImportedChanged {
			if why, err = r.putFile(ctx, &here[i]); err != nil {
				return err
			}
		}
		if why == "" {
			put = append(put, rows[i])
		} else if err := r.leave(c, here[i].ref, "", why); err != nil {
			return err
		}
	}
	done, err = r.Store.ImportMesiboPhotos(ctx, r.how, put)
	for i, d := range done {
		if !c.add(d.Outcome) { // forgotten meanwhile
			err = errors.Join(err, r.leave(c, put[i].Ref, "", WhyNoOwner))
		}
		if d.Former != "" {
			err = errors.Join(err, r.Provider.DropPhoto(ctx, d.Former))
		}
	}
	return err
}

// plan counts what would become of a photo.
func (r *run) plan(ctx context.Context, c *Count, p *photo, would store.Imported) error {
	why, err := r.useFile(p, func(data []byte) (bool, error) { return r.Provider.IsPhoto(ctx, data) })
	switch {
	case err != nil:
		return err
	case why != "":
		return r.leave(c, p.ref, "", why)
	case !c.add(would):
		c.Added++ // of a group that would be made
	}
	return nil
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

// putFile makes a picture of an old photo's file and keeps it, or tells why it is left out.
func (r *run) putFile(ctx context.Context, p *photo) (why string, err error) {
	return r.useFile(p, func(data []byte) (bool, error) { return r.Provider.PutPhoto(ctx, p.name, p.user, data) })
}

// useFile calls use with what is in an old photo's file, or tells why it is left out.
func (r *run) useFile(p *photo, use func(data []byte) (bool, error)) (why string, err error) {
	f, err := r.Files.Open(base(p.old))
	if errors.Is(err, fs.ErrNotExist) {
		return WhyNoFile, nil
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxPhotoFile+1))
	if err != nil {
		return "", err
	}
	kept := false
	if len(data) <= maxPhotoFile {
		kept, err = use(data)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return WhyNoOwner, nil // forgotten meanwhile
	case err == nil && !kept:
		return WhyPicture, nil
	}
	return "", err
}
