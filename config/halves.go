package config

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitefile"
)

// halves are the platforms of which a folder holds a part only.
type halves struct {
	file  *preset.File // of which the configuration is there and cannot be used; nil if there is none
	err   error
	marks []string // what is to be said about those that lack a mark
}

// add notes what [sitefile.Look] says of a platform. A file that cannot be read counts more than one without a database, and of the latter
// the platform with the most marks.
func (h *halves) add(file *preset.File, err error) {
	var unmarked *sitefile.MissingMarkError
	var none, before *sitefile.NoDatabaseError
	switch {
	case errors.As(err, &unmarked):
		h.marks = append(h.marks, filepath.Base(unmarked.File)+" is there as "+file.Title+" has it, but "+unmarked.Mark+" is missing")
	case errors.Is(err, sitefile.ErrNotThere):
	case h.file == nil, !errors.As(err, &none), errors.As(h.err, &before) && len(file.Site.Marks) > len(h.file.Site.Marks):
		h.file, h.err = file, err
	}
}

// unmarked is what is missing, for a message about a folder in which nothing is recognised.
func (h *halves) unmarked() string {
	if len(h.marks) == 0 {
		return ""
	}
	return ": " + strings.Join(h.marks, "; ")
}

// noDatabase takes what a configuration without a database tells else, where the settings tell the database.
func (l *loader) noDatabase(file *preset.File, err *sitefile.NoDatabaseError) {
	if l.isSet("DATABASE_URL") {
		found := *err.Found
		found.Notes = found.Notes[1:] // that it lacks the database
		l.found = &found
		l.doubts()
		return
	}
	l.fault("SITE_ROOT", "is a folder of "+file.Title+": "+filepath.Base(err.Found.File)+" is there, but "+err.Found.Notes[0],
		"set "+setting.Prefix+"DATABASE_URL to the address of the site's database, and "+setting.Prefix+"PRESET="+file.Name)
}
