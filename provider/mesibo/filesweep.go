package mesibo

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/chatpass/chatpass/store"
)

const (
	fileAge    = 24 * time.Hour // that a file or row is left alone, while the other of the two may be on its way, or clocks differ
	filesBatch = 1000           // rows of one look
	fewFiles   = 20             // below which any share may be removed

	messageFileAge = 365 * 24 * time.Hour // of a file of a message: as long as the token that it was sent with; by then devices have it
)

// sweepFiles removes files without a row, such as those of users who were erased, and rows without a file. Where most would go it removes nothing: the folder is not mounted,
// is another instance's, or the store is a new one.
func (p *Provider) sweepFiles(ctx context.Context) error {
	root, err := p.private.folder.open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no file was ever kept here, and rows are another instance's
	}
	if err != nil {
		return err
	}
	defer root.Close()
	st, err := p.open(ctx)
	if err != nil {
		return err
	}
	rows, lost, aged, err := p.lostRows(ctx, st, root)
	if err != nil {
		return err
	}
	if err := p.dropAged(ctx, st, aged); err != nil {
		return err
	}
	if tooMany(len(lost), len(rows)) {
		p.log.Warn("most files of mesibo are missing; nothing is swept: is their folder mounted, and the same for all instances?", "rows", len(rows), "missing", len(lost))
		return nil
	}
	stray, all, err := p.strayFiles(ctx, root, rows)
	if err != nil {
		return err
	}
	if tooMany(len(stray), all) {
		p.log.Warn("most files of mesibo are not known; nothing is swept: is the store another one?", "files", all, "unknown", len(stray))
		return nil
	}
	for _, name := range lost {
		if err := st.DropMesiboFile(ctx, name); err != nil {
			return err
		}
	}
	for _, name := range stray {
		if err := unlessMissing(root.Remove(name)); err != nil {
			return err
		}
	}
	if len(lost)+len(stray) > 0 {
		p.log.Info("files of mesibo that nothing belongs to were removed", "rows", len(lost), "files", len(stray))
	}
	return nil
}

// tooMany reports whether more than half of all would go.
func tooMany(gone, all int) bool { return all >= fewFiles && gone > all/2 }

// dropAged removes files that were sent with messages long ago: all but photos.
func (p *Provider) dropAged(ctx context.Context, st state, names []string) error {
	for part := range slices.Chunk(names, filesBatch) {
		photos, err := st.MesiboPhotos(ctx, part)
		if err != nil {
			return err
		}
		for _, name := range part {
			if !photos[name] {
				p.dropFile(ctx, st, name)
			}
		}
	}
	return nil
}

// sweepErased removes the files of users who were forgotten, however many they are: their names were noted then.
func (p *Provider) sweepErased(ctx context.Context) error {
	st, err := p.open(ctx)
	if err != nil {
		return err
	}
	for {
		names, err := st.MesiboErasedFiles(ctx, filesBatch)
		if err != nil || len(names) == 0 {
			return err
		}
		for _, name := range names {
			if err := p.private.folder.remove(name); err != nil {
				return err
			}
			if err := st.DropMesiboFile(ctx, name); err != nil {
				return err
			}
		}
	}
}

// lostRows lists the names of all rows, of those that are old enough and have no file, and of those that are older than files of messages are kept.
func (p *Provider) lostRows(ctx context.Context, st state, root *os.Root) (known map[string]bool, lost, aged []string, err error) {
	known = map[string]bool{}
	for after := ""; ; {
		page, err := st.MesiboFiles(ctx, after, filesBatch)
		if err != nil {
			return nil, nil, nil, err
		}
		for i := range page {
			known[page[i].Name] = true
			switch {
			case page[i].User == 0: // is removed with those who were forgotten
			case p.old(page[i].CreatedAt) && !there(root, &page[i]):
				lost = append(lost, page[i].Name)
			case p.now().Sub(page[i].CreatedAt) > messageFileAge:
				aged = append(aged, page[i].Name)
			}
		}
		if len(page) < filesBatch {
			return known, lost, aged, nil
		}
		after = page[len(page)-1].Name
	}
}

func there(root *os.Root, row *store.MesiboFile) bool {
	if !photoName.MatchString(row.Name) {
		return false
	}
	_, err := root.Stat(row.Name)
	return !errors.Is(err, fs.ErrNotExist)
}

func (p *Provider) old(t time.Time) bool { return p.now().Sub(t) > fileAge }

// strayFiles lists files of ours that are old enough and have no row, and counts all of ours. What else is in the folder is somebody else's.
func (p *Provider) strayFiles(ctx context.Context, root *os.Root, known map[string]bool) (stray []string, all int, err error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, 0, err
	}
	defer dir.Close()
	for ctx.Err() == nil {
		entries, err := dir.ReadDir(filesBatch)
		for _, e := range entries {
			name := strings.TrimSuffix(e.Name(), writeExt)
			photo := strings.TrimSuffix(strings.TrimSuffix(name, photoExt), thumbExt) + photoExt
			if !photoName.MatchString(photo) {
				continue
			}
			all++
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() || !p.old(info.ModTime()) {
				continue
			}
			if !known[photo] || name != e.Name() {
				stray = append(stray, e.Name())
			}
		}
		if err != nil || len(entries) == 0 { // the end, or what cannot be read
			break
		}
	}
	return stray, all, ctx.Err()
}
