package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/chatpass/chatpass/identity/decode"
)

// maxFileName is the longest name of a session file: PHP's ids have at most 256 characters.
const maxFileName = 300

// file is a look at a session file.
type file struct {
	folder  string
	name    *node
	content int
	changed int // -1: nobody asks
}

// validFile accepts the names session files have: no path, no hidden file, no name that could mean anything to a file system.
func validFile(name string) bool {
	if name == "" || len(name) > maxFileName {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != ',' && c != '-' {
			return false
		}
	}
	return true
}

// file reads a session file and sets the variables.
func (r *run) file(ctx context.Context, s *file) error {
	name, err := r.text(s.name)
	if err != nil {
		return err
	}
	if !validFile(name) {
		return noValue("no name of a session file")
	}
	if err := ctx.Err(); err != nil {
		return unavailable(err)
	}
	folder := s.folder
	if !filepath.IsAbs(folder) {
		if r.resolver.o.SiteRoot == "" {
			return unavailable(errors.New("the site's folder is not known"))
		}
		folder = filepath.Join(r.resolver.o.SiteRoot, folder)
	}
	content, info, err := readFile(folder, name)
	if err != nil {
		return err
	}
	r.slots[s.content] = textValue(content)
	if s.changed >= 0 {
		r.slots[s.changed] = textValue(strconv.FormatInt(info.ModTime().Unix(), 10))
	}
	return nil
}

// readFile reads a regular file directly in a folder. A file that is not there rejects the session; one that cannot be read, or a folder that cannot, leaves open who
// the visitor is.
func readFile(folder, name string) (string, fs.FileInfo, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return "", nil, unavailable(pathless(err))
	}
	defer func() { _ = root.Close() }()
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil, fmt.Errorf("%w: a session file", errNoRow)
	case err != nil:
		return "", nil, unavailable(pathless(err))
	case !info.Mode().IsRegular(): // a pipe would make us wait, a link lead elsewhere
		return "", nil, noValue("no regular file")
	case info.Size() > decode.MaxLength:
		return "", nil, noValue("the session file is too large")
	}
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("%w: a session file", errNoRow)
	}
	if err != nil {
		return "", nil, unavailable(pathless(err))
	}
	defer func() { _ = f.Close() }()
	opened, err := f.Stat()
	if err != nil || !os.SameFile(info, opened) {
		return "", nil, noValue("the session file was replaced")
	}
	content, err := io.ReadAll(io.LimitReader(f, decode.MaxLength+1))
	switch {
	case err != nil:
		return "", nil, unavailable(pathless(err))
	case len(content) > decode.MaxLength:
		return "", nil, noValue("the session file is too large")
	}
	return string(content), opened, nil
}

// pathless is an error of a file without its name, which is the visitor's session id.
func pathless(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return fmt.Errorf("%s of a session file: %w", of.Op, of.Err)
	}
	return err
}
