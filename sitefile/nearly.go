package sitefile

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/preset"
)

// NoDatabaseError is that the platform is there, with all its marks and its configuration file, but the file does not hold the database.
type NoDatabaseError struct {
	Found *Found // what the file tells besides; its first note says that the database is not among it
}

// Error says which file it is, and which line of it reads another file.
func (e *NoDatabaseError) Error() string { return e.Found.File + " " + e.Found.Notes[0] }

// MissingMarkError is that the configuration file of a platform is there and speaks of a database, but one of the marks is not there. It is
// an ErrNotThere.
type MissingMarkError struct {
	File string // path of the configuration file, absolute
	Mark string // as the preset names it
}

// Error names both.
func (e *MissingMarkError) Error() string {
	return fmt.Sprintf("%v: %s is there, but %s is missing", ErrNotThere, e.File, e.Mark)
}

// Unwrap makes it an ErrNotThere.
func (e *MissingMarkError) Unwrap() error { return ErrNotThere }

// noDatabase is the error of a file that tells no database, with what it tells else.
func (l *look) noDatabase() error {
	text := "does not hold the database"
	if l.doc.includes > 0 {
		text += fmt.Sprintf("; line %d includes another file, which is not read", l.doc.includes)
	}
	l.note("%s", text)
	l.others()
	return &NoDatabaseError{l.found}
}

// unmarked is a MissingMarkError where the configuration file is in the folder, else the error given: that of the mark.
func unmarked(root string, s preset.Site, mark string, err error) error {
	if !errors.Is(err, ErrNotThere) {
		return err
	}
	inside := s
	inside.Files = slices.DeleteFunc(slices.Clone(s.Files), func(file string) bool { return strings.HasPrefix(file, "../") })
	for _, file := range candidates(root, inside) {
		text, reading := read(file)
		if reading != nil {
			continue
		}
		doc, parsing := parse(s.Format, text, file)
		if parsing == nil && slices.ContainsFunc(references(s.Database), doc.about) {
			return &MissingMarkError{File: filepath.Clean(file), Mark: mark}
		}
	}
	return err
}
