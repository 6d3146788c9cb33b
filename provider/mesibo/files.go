package mesibo

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"regexp"
	"time"

	"github.com/chatpass/chatpass/internal/writable"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
)

// folder is where files are. Each picture is two files, which are written whole and never changed: NAME.jpg, and NAME.tn, its thumbnail.
type folder struct{ dir string }

const (
	photoType = "image/jpeg"
	photoExt  = ".jpg"
	thumbExt  = ".tn"
	writeExt  = ".part" // while it is written
	nameBytes = 16      // random ones: who has not been told a name does not guess it
)

// photoName is a name that files are served by, and nothing else: no path, no other extension.
var photoName = regexp.MustCompile(`^[0-9a-f]{32}\.jpg$`)

var errNoFolder = errors.New("mesibo: there is no folder for files: neither MESIBO_FILES nor STATE_DIR is set")

// make opens the folder, and makes it where it is not there.
func (f folder) make() (*os.Root, error) {
	if f.dir == "" {
		return nil, errNoFolder
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, err
	}
	return os.OpenRoot(f.dir)
}

// probe tells whether files can be put into the folder, which may have to be made then.
func (f folder) probe() error {
	if f.dir == "" {
		return errNoFolder
	}
	return writable.Probe(f.dir)
}

// open opens the folder; an error that is fs.ErrNotExist while there is none.
func (f folder) open() (*os.Root, error) {
	if f.dir == "" {
		return nil, fs.ErrNotExist
	}
	return os.OpenRoot(f.dir)
}

// save writes a picture under a new name, both files or none.
func (f folder) save(p picture) (name string, err error) {
	root, err := f.make()
	if err != nil {
		return "", err
	}
	defer root.Close()
	var random [nameBytes]byte
	_, _ = rand.Read(random[:]) // never fails
	base := hex.EncodeToString(random[:])
	if err := writeFile(root, base+thumbExt, p.thumb); err != nil {
		return "", err
	}
	if err := writeFile(root, base+photoExt, p.photo); err != nil {
		_ = root.Remove(base + thumbExt)
		return "", err
	}
	return base + photoExt, nil
}

// writeFile writes a file that is there whole or not at all, for this account alone.
func writeFile(root *os.Root, name string, data []byte) (err error) {
	file, err := root.OpenFile(name+writeExt, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync() // a full disk is sometimes told only now
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = root.Rename(name+writeExt, name)
	}
	if err != nil {
		_ = root.Remove(name + writeExt)
	}
	return err
}

// remove removes a picture; that there is none is no error.
func (f folder) remove(name string) error {
	if !photoName.MatchString(name) {
		return nil
	}
	root, err := f.open()
	if err != nil {
		return unlessMissing(err)
	}
	defer root.Close()
	return errors.Join(unlessMissing(root.Remove(name)), unlessMissing(root.Remove(thumbOf(name))))
}

// thumb reads a picture's thumbnail; nil where there is none.
func (f folder) thumb(name string) []byte {
	if !photoName.MatchString(name) {
		return nil
	}
	root, err := f.open()
	if err != nil {
		return nil
	}
	defer root.Close()
	data, err := root.ReadFile(thumbOf(name))
	if err != nil {
		return nil
	}
	return data
}

func thumbOf(name string) string { return name[:len(name)-len(photoExt)] + thumbExt }

func unlessMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// keepPicture saves a picture of a user, with its row. After an error neither is there.
func (p *Provider) keepPicture(ctx context.Context, st state, user int64, pic picture) (string, error) {
	name, err := p.private.folder.save(pic)
	if err != nil {
		return "", fmt.Errorf("mesibo: a file cannot be kept in the folder that CHATPASS_MESIBO_FILES names, or else CHATPASS_STATE_DIR: %w", err)
	}
	sum := sha256.Sum256(pic.photo)
	err = st.PutMesiboFile(ctx, store.MesiboFile{
		Name: name, User: user, MIME: photoType, Size: int64(len(pic.photo)), SHA256: hex.EncodeToString(sum[:]), CreatedAt: p.now(),
	})
	if err != nil {
		p.removeFile(name)
		return "", err
	}
	return name, nil
}

// dropFile removes a picture that nothing shows any more; "" is none. What is left after an error goes with the sweep.
func (p *Provider) dropFile(ctx context.Context, st state, name string) {
	if name == "" {
		return
	}
	if err := st.DropMesiboFile(context.WithoutCancel(ctx), name); err != nil {
		p.log.Warn("a file of mesibo cannot be forgotten", "error", err.Error())
		return
	}
	p.removeFile(name)
}

func (p *Provider) removeFile(name string) {
	if err := p.private.folder.remove(name); err != nil {
		p.log.Warn("a file of mesibo cannot be removed", "error", err.Error())
	}
}

// filesRoute serves pictures to who knows their names: apps and pages of any origin show them, without a token.
func (p *Provider) filesRoute() provider.Route {
	return provider.Route{Method: http.MethodGet, Path: filesPath + ":name", Open: true, Serve: p.serveFile}
}

var errNoFile = &provider.Fault{Status: http.StatusNotFound, Code: "not_found", Text: "There is no such file"}

// serveFile answers a file whose row and bytes are there.
func (p *Provider) serveFile(w http.ResponseWriter, r *http.Request, _ *provider.Visitor) error {
	name := path.Base(r.URL.Path)
	if !photoName.MatchString(name) || r.URL.RawPath != "" { // an escaped path is none we gave out
		return errNoFile
	}
	st, err := p.open(r.Context())
	if err != nil {
		return &provider.Fault{Status: http.StatusServiceUnavailable, Code: "unavailable", Text: "Files cannot be looked up now", RetryAfter: time.Second, Cause: err}
	}
	row, err := st.MesiboFile(r.Context(), name)
	if errors.Is(err, store.ErrNotFound) {
		return errNoFile
	}
	if err != nil {
		return &provider.Fault{Status: http.StatusServiceUnavailable, Code: "unavailable", Text: "Files cannot be looked up now", RetryAfter: time.Second, Cause: err}
	}
	root, err := p.private.folder.open()
	if err == nil {
		defer root.Close()
		var file *os.File
		if file, err = root.Open(name); err == nil {
			defer file.Close()
			fileHeader(w.Header(), &row)
			http.ServeContent(w, r, "", row.CreatedAt, file)
			return nil
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		p.log.Warn("a file of mesibo cannot be read", "error", err.Error())
	}
	return errNoFile
}

// fileHeader is what is said of a file: it is a picture and nothing that runs, and never changes. Shared caches do not keep it: it may be deleted.
func fileHeader(h http.Header, row *store.MesiboFile) {
	for _, of := range []string{"Vary", "Pragma", "Cdn-Cache-Control", "Surrogate-Control"} { // of answers for one visitor alone
		h.Del(of)
	}
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	h.Set("Content-Type", row.MIME)
	h.Set("Content-Disposition", "inline")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Etag", `"`+row.SHA256+`"`)
}
