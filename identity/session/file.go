package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chatpass/chatpass/userinfo"
)

const (
	maxFileName = 255 // what file systems allow; PHP's ids have at most 256 characters
	maxFolders  = 8   // folders within each other; PHP's ids would allow more, but no directory tree of that many leaves
)

// file is a look at a session file.
type file struct {
	folder  string
	depth   int // folders below it, named by the first characters of a session's id
	name    *node
	content int
	changed int // -1: nobody asks
}

// ErrFolder says that session files cannot be read: the folder is not there, or its files are somebody else's. It comes beside userinfo.ErrMapping.
var ErrFolder = errors.New("the folder of session files cannot be used")

// ParseFiles reads the setting of a folder of session files: its absolute path, or as PHP's session.save_path has it with the number of folders below it, and
// perhaps a mode of files, in front: 2;/var/lib/php/sessions. The error says what is wrong with it.
func ParseFiles(text string) (folder string, depth int, err error) {
	parts := strings.SplitN(text, ";", 3)
	folder = parts[len(parts)-1]
	if len(parts) > 1 {
		n, ok := number(strings.TrimSpace(parts[0]))
		if !ok || n < 0 || n > maxFolders {
			return "", 0, fmt.Errorf("begins with something other than a number of folders up to %d and a semicolon", maxFolders)
		}
		depth = int(n)
	}
	if folder = strings.TrimSpace(folder); !filepath.IsAbs(folder) {
		return "", 0, errors.New("is no absolute path")
	}
	return filepath.Clean(folder), depth, nil
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

// path is where a file of this name is; false if no session can have it.
func (s *file) path(name string) (string, bool) {
	id := strings.TrimPrefix(name, "sess_")
	if !validFile(name) || len(id) <= s.depth {
		return "", false
	}
	parts := []string{s.folder}
	for i := range s.depth {
		parts = append(parts, id[i:i+1])
	}
	return filepath.Join(append(parts, name)...), true
}

// file reads a session file and sets the variables.
func (r *run) file(ctx context.Context, s *file) error {
	name, err := r.text(s.name)
	if err != nil {
		return err
	}
	path, ok := s.path(name)
	if !ok {
		return noValue("no name of a session file")
	}
	content, changed, err := readFile(ctx, path, r.now)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if info, err := os.Stat(s.folder); err != nil || !info.IsDir() {
			return unavailable(fmt.Errorf("%w: it is not there", ErrFolder))
		}
		return fmt.Errorf("%w: a session file", errNoRow)
	case err != nil:
		return err
	}
	r.slots[s.content] = textValue(content)
	if s.changed >= 0 {
		r.slots[s.changed] = textValue(strconv.FormatInt(changed.Unix(), 10))
	}
	return nil
}

// sampled is how many names of a folder are looked at for one that can be tried.
const sampled = 64

// usable tells whether files of the folder could be read: its way is open, and a file of it, if its names may be listed, is too.
func (s *file) usable() error {
	no := func(why string) error { return fmt.Errorf("%w: %w: %s", userinfo.ErrMapping, ErrFolder, why) }
	info, err := os.Stat(s.folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w: %w", userinfo.ErrMapping, ErrFolder, pathless(err))
	case err != nil:
		return no(pathless(err).Error())
	case !info.IsDir():
		return no("it is no folder")
	}
	if _, err := os.Lstat(filepath.Join(s.folder, "sess_chatpass-asks")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return no(pathless(err).Error() + "; this account may not enter it")
	}
	f, err := os.Open(s.folder)
	if err != nil {
		return nil // Debian lets nobody list PHP's folder, and who knows a name may read the file
	}
	defer func() { _ = f.Close() }()
	names, _ := f.ReadDir(sampled)
	for _, entry := range names {
		if !validFile(entry.Name()) || !entry.Type().IsRegular() {
			continue
		}
		if _, _, err := look(filepath.Join(s.folder, entry.Name()), time.Now()); errors.Is(err, fs.ErrPermission) || errors.Is(err, errOwner) {
			return no("its files are another account's; run Chatpass as the account that runs the site")
		}
		break
	}
	return nil
}

// pathless is an error of a file without its name, which is the visitor's session id.
func pathless(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return fmt.Errorf("%s of a session file: %w", of.Op, of.Err)
	}
	return err
}
