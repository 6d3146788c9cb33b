// Package writable tells whether files can be put into a folder.
package writable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrNoFolder says that what is there is no folder.
var ErrNoFolder = errors.New("is no folder")

// Probe tells whether a folder is there and takes files, or can be made and then would. It puts an empty folder there, or where the first folder would be made, and removes
// it at once. The error is ErrNoFolder, or that of the file system: fs.ErrPermission if another account might do it.
func Probe(path string) error {
	at, err := nearest(path)
	if err != nil {
		return err
	}
	made, err := os.MkdirTemp(at, ".chatpass-*")
	if err != nil {
		return cause(at, err)
	}
	return os.Remove(made)
}

// Blocked tells whether something that is no folder stands in the place of a folder, or of one above it: ErrNoFolder. Whoever asks, the answer is the same.
func Blocked(path string) error {
	_, err := nearest(path)
	if errors.Is(err, ErrNoFolder) {
		return err
	}
	return nil
}

// nearest is the folder, or the first above it that is there.
func nearest(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for {
		info, err := os.Stat(path)
		switch {
		case err == nil && info.IsDir():
			return path, nil
		case err == nil:
			return "", fmt.Errorf("%s %w", path, ErrNoFolder)
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
			return "", cause(path, err)
		}
		above := filepath.Dir(path)
		if above == path {
			return "", cause(path, err)
		}
		path = above
	}
}

// cause is why a folder cannot be used, with the folder's own path and not that of a probe.
func cause(path string, err error) error {
	if inner := (*fs.PathError)(nil); errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}
