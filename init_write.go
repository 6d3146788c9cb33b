package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
)

// vacant refuses a file that must not be written: one that is there, unless it is ours and force says so, and a link in any case,
// since what it leads to is somebody else's business.
func vacant(path string, force bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return cannotWrite(path, err)
	case info.Mode()&fs.ModeSymlink != 0:
		return &halt{exitFailed, path + " is a symbolic link, through which nothing is written", "name the file itself with --output"}
	case !info.Mode().IsRegular():
		return &halt{exitFailed, path + " is no regular file", "name a file with --output"}
	case !force:
		return &halt{exitFailed, path + " is there already and is not overwritten", "name another file with --output, or give --force to lose what it holds"}
	}
	ours, err := ownSettings(path)
	switch {
	case err != nil:
		return cannotWrite(path, err)
	case !ours:
		return &halt{exitFailed, path + " holds settings that are not of Chatpass, perhaps the site's own, and is not overwritten even with --force", "name another file with --output"}
	}
	return nil
}

// maxOwn is far more than a file of settings has, in bytes.
const maxOwn = 1 << 20

// ownSettings reports whether a file sets nothing but variables of Chatpass.
func ownSettings(path string) (bool, error) {
	f, err := os.Open(path) //nolint:gosec // G304: the file the owner names
	if err != nil {
		return false, err
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, maxOwn))
	lines.Buffer(nil, maxOwn)
	for lines.Scan() {
		line := strings.TrimPrefix(strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")), "export ")
		if line != "" && line[0] != '#' && !strings.HasPrefix(line, setting.Prefix) {
			return false, nil
		}
	}
	return true, lines.Err()
}

func cannotWrite(path string, err error) error {
	return &halt{exitFailed, fmt.Sprintf("%s cannot be written: %s", path, withoutPath(err)), "name a file in a folder this account may write to with --output"}
}

// write puts the settings into the file, or on standard output.
func (i *initiation) write(p *plan) error {
	text, err := p.text()
	if err != nil {
		return err
	}
	if i.o.output == "-" {
		i.c.progress("")
		if _, err := io.WriteString(i.c.stdout, text); err != nil {
			return &halt{exitFailed, "standard output cannot be written: " + err.Error(), ""}
		}
		return nil
	}
	path := i.path()
	if err := vacant(path, i.o.force); err != nil { // somebody may have been faster
		return err
	}
	if err := writeWhole(path, text, i.o.force); err != nil {
		var h *halt
		if errors.As(err, &h) {
			return err
		}
		return cannotWrite(path, err)
	}
	return nil
}

// writeWhole makes the file appear as a whole or not at all, for its owner alone. Without force it never replaces one.
func writeWhole(path, text string, force bool) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".chatpass-init-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if removing := os.Remove(f.Name()); err == nil && !errors.Is(removing, fs.ErrNotExist) {
			err = removing
		}
	}()
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	if force {
		return os.Rename(f.Name(), path)
	}
	err = os.Link(f.Name(), path) // fails where a file is, and does not follow links
	switch {
	case errors.Is(err, fs.ErrExist):
		return vacant(path, false)
	case err != nil: // a file system without links
		return writeNew(path, text)
	}
	return nil
}

// writeNew makes a file that must not be there.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // G304: the file the owner names
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
