package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/chatpass/chatpass/identity/decode"
)

// Bounds of reading a file that may be written meanwhile. PHP empties a session file that becomes shorter and writes it at once after that; it keeps the file
// locked from before until after.
const (
	settled  = 50 * time.Millisecond // a file that was not touched for so long is whole
	emptied  = time.Second           // a locked file that has been empty for so long belongs to a script that runs
	pauses   = 4 * time.Millisecond  // between two looks
	maxLooks = 10
	alike    = 2 // looks that must see the same
	empties  = 6 // and of an empty file, in case its writer knows no locks
)

var (
	// errOwner is a file that another account put into a folder in which everybody may: it could say whatever its maker likes.
	errOwner = errors.New("a session file of another account")
	// errChanging is a file that was written while it was read.
	errChanging = errors.New("a session file is being written")
)

// readFile reads a session file as a whole. No lock is kept, since the site would wait for it: a file that was touched just now is read until it is the same
// twice. The error wraps fs.ErrNotExist where there is none.
func readFile(ctx context.Context, path string, now time.Time) (content string, changed time.Time, err error) {
	last, touched, same := "", time.Time{}, 0
	for range maxLooks {
		if err := ctx.Err(); err != nil {
			return "", changed, unavailable(err)
		}
		content, changed, err = look(path, now)
		switch {
		case errors.Is(err, fs.ErrPermission), errors.Is(err, errOwner):
			return "", changed, unavailable(fmt.Errorf("%w: its files are another account's: %w", ErrFolder, err))
		case errors.Is(err, errChanging):
			same = 0
		case err != nil:
			return "", changed, err
		case now.Sub(changed) > settled:
			return content, changed, nil
		case same > 0 && content == last && changed.Equal(touched):
			same++
		default:
			last, touched, same = content, changed, 1
		}
		if same >= empties || same >= alike && content != "" {
			return content, changed, nil
		}
		select {
		case <-time.After(pauses):
		case <-ctx.Done():
		}
	}
	return "", changed, unavailable(errChanging)
}

// look reads a regular file once. Nothing a visitor chose is in the path but its last part, which has no separator.
func look(path string, now time.Time) (content string, changed time.Time, err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return "", changed, pathless(err)
	case err != nil:
		return "", changed, unavailable(pathless(err))
	case !info.Mode().IsRegular(): // a pipe would make us wait, a link lead elsewhere
		return "", changed, noValue("no regular file")
	case info.Size() > decode.MaxLength:
		return "", changed, noValue("the session file is too large")
	}
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0) //nolint:gosec // G304: a file of the folder the owner names, by a name without separators
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return "", changed, pathless(err)
	case err != nil:
		return "", changed, unavailable(pathless(err))
	}
	defer func() { _ = f.Close() }()
	opened, err := f.Stat()
	switch {
	case err != nil || !os.SameFile(info, opened):
		return "", changed, errChanging
	case !ours(filepath.Dir(path), opened):
		return "", changed, errOwner
	}
	text, err := io.ReadAll(io.LimitReader(f, decode.MaxLength+1))
	if err != nil {
		return "", changed, unavailable(pathless(err))
	}
	after, err := f.Stat()
	switch {
	case len(text) > decode.MaxLength:
		return "", changed, noValue("the session file is too large")
	case err != nil || after.Size() != int64(len(text)) || !after.ModTime().Equal(opened.ModTime()):
		return "", changed, errChanging
	case len(text) == 0 && now.Sub(after.ModTime()) < emptied && locked(f):
		return "", changed, errChanging
	}
	return string(text), after.ModTime(), nil
}

// ours tells whether a file can be believed: where everybody may put files into the folder, as on Debian into PHP's, it must be of our own account or root's. PHP
// itself asks the same.
func ours(folder string, file fs.FileInfo) bool {
	info, err := os.Stat(folder)
	if err != nil {
		return false
	}
	owner, known := ownerOf(file)
	return !known || believed(info.Mode(), owner, os.Geteuid())
}

func believed(folder fs.FileMode, owner, account int) bool {
	return folder.Perm()&0o002 == 0 || owner == 0 || owner == account
}
