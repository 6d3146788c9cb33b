package sitefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/chatpass/chatpass/preset"
)

// ErrNotThere is that a folder does not hold the platform: its marks or its configuration file are missing, or the file sets nothing
// the platform would.
var ErrNotThere = errors.New("the platform is not there")

// Found is what the configuration file of a platform tells. It holds secrets, so fmt prints only the file and the notes.
type Found struct {
	File      string            // path of the configuration file, absolute
	Database  string            // for CHATPASS_DATABASE_URL, with the password; "" when the file does not tell it
	Prefix    string            // of tables
	HasPrefix bool              // the file sets Prefix, if only to nothing
	SiteURL   string            // without a slash at the end; "" when the file does not tell it
	Secrets   map[string]string // by the names of the preset; only those that are set
	Cookies   *Cookies          // where the cookies of sessions go; nil when nothing is known or the file does not tell it plainly
	Notes     []string          // what could not be read or was chosen, by the names of settings, never by their values
}

// Format prints the file and the notes.
func (f Found) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "{%s %q}", f.File, f.Notes) }

// Look reads the configuration of a platform below a folder. All marks must exist, and of the files the first counts that exists and
// sets something of what the preset names; a file may have * in its name (*/settings.py) and may be beside the folder
// (../wp-config.php) unless a whole installation is there. The error is ErrNotThere, a NoDatabaseError, or tells what is wrong with the
// file: it cannot be opened, is too large, or cannot be parsed. An error never holds a value of the file.
func Look(root string, s preset.Site) (*Found, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, fmt.Errorf("the folder of the site: %w", err)
	}
	for _, mark := range s.Marks {
		if _, err := os.Stat(filepath.Join(root, mark)); err != nil {
			return nil, unmarked(root, s, mark, missing(err, filepath.Join(root, mark)))
		}
	}
	var empty *look
	for _, file := range candidates(root, s) {
		text, err := read(file)
		switch {
		case errors.Is(err, ErrNotThere):
			continue
		case err != nil:
			return nil, err
		}
		doc, err := parse(s.Format, text, file)
		if err != nil {
			return nil, fmt.Errorf("%s %w", file, err)
		}
		l := &look{root: root, site: s, doc: doc, found: &Found{File: file}}
		if slices.ContainsFunc(references(s.Database), doc.about) {
			l.found.Database = l.database()
			l.others()
			return l.found, nil
		}
		if empty == nil {
			empty = l
		}
	}
	switch {
	case empty != nil && len(s.Marks) > 0:
		return nil, empty.noDatabase()
	case empty != nil:
		return nil, fmt.Errorf("%w: %s sets no database", ErrNotThere, empty.found.File)
	}
	return nil, fmt.Errorf("%w: %s holds none of %s", ErrNotThere, root, strings.Join(s.Files, ", "))
}

// missing is ErrNotThere for a file that does not exist, and the error itself for one that cannot be looked at.
func missing(err error, file string) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w: no %s", ErrNotThere, file)
	}
	return err
}

// candidates are the paths of the files of a preset, in its order.
func candidates(root string, s preset.Site) []string {
	var files []string
	for _, file := range s.Files {
		if strings.HasPrefix(file, "../") && len(s.Marks) > 0 && !slices.ContainsFunc(s.Marks, func(mark string) bool {
			_, err := os.Stat(filepath.Join(root, "..", mark))
			return err != nil
		}) {
			continue // that file belongs to the installation above
		}
		if !strings.ContainsAny(file, "*?[") {
			files = append(files, filepath.Join(root, file))
			continue
		}
		escaped := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(root)
		matches, err := filepath.Glob(filepath.Join(escaped, file))
		if err == nil { // else the pattern is wrong, and matches nothing
			files = append(files, matches...)
		}
	}
	return files
}

// read is the text of a regular file of at most MaxSize bytes. A folder or pipe of that name is not there.
func read(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, missing(err, file)
	case !info.Mode().IsRegular(): // opening a pipe would wait for its other end
		return nil, ErrNotThere
	case info.Size() > MaxSize:
		return nil, fmt.Errorf("%s is longer than %d bytes", file, MaxSize)
	}
	opened, err := os.Open(file) //nolint:gosec // reading this file is what the owner asked for
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(opened, MaxSize+1))
	return text, errors.Join(err, opened.Close())
}

// references are the settings that show that a file speaks of a database.
func references(d preset.Database) []string {
	return []string{d.URL, d.Driver, d.Name, d.Host, d.User, d.Password, d.Path}
}

// look turns a document into what was found.
type look struct {
	root  string
	site  preset.Site
	doc   *document
	found *Found
}

func (l *look) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(l.found.Notes, text) {
		l.found.Notes = append(l.found.Notes, text)
	}
}

// value is what a reference stands for, and whether the file sets it at all. An alternative that is set but cannot be read ends the search, since
// the platform would take it and not the next one. readable is false then.
func (l *look) value(ref string) (value string, known, readable bool) {
	for _, name := range alternatives(ref) {
		if name == "" {
			continue
		}
		text, ok := constant(name)
		if !ok {
			text, ok = l.doc.values[name]
			remark := l.doc.remarks[name]
			if remark != "" && (text != "" || !ok) {
				l.note("%s %s", name, remark)
			}
			if remark != "" && !ok {
				return "", false, false
			}
		}
		if ok && text != "" {
			return text, true, true
		}
		known = known || ok
	}
	return "", known, true
}

// WordPressPhrase stands in WordPress' configuration in place of its keys until somebody fills them in.
const WordPressPhrase = "put your unique phrase here"

// others reads what is told besides the database.
func (l *look) others() {
	l.found.Prefix, l.found.HasPrefix, _ = l.value(l.site.Prefix)
	if text, known, _ := l.value(l.site.URL); known && text != "" {
		if address, ok := siteAddress(text); ok {
			l.found.SiteURL = address
		} else {
			l.note("%s is no address of a site", l.site.URL)
		}
	}
	l.found.Secrets = map[string]string{}
	for _, name := range sortedKeys(l.site.Secrets) {
		ref := l.site.Secrets[name]
		text, _, _ := l.value(ref)
		switch {
		case strings.EqualFold(text, WordPressPhrase): // WordPress then takes one from its database
			l.note("%s still is the text of the sample file", ref)
		case text != "":
			l.found.Secrets[name] = text
		}
	}
	l.found.Cookies = l.cookies()
}

// database is the address of the database, or "" with a note.
func (l *look) database() string {
	d := l.site.Database
	if address, _, _ := l.value(d.URL); address != "" {
		p, ok := fromURL(address)
		if !ok {
			l.note("%s is no address of a database Chatpass reads", d.URL)
			return ""
		}
		if p.scheme == "sqlite" {
			p.path = l.resolve(p.path)
		}
		return l.address(p)
	}
	driver, _, readable := l.value(d.Driver)
	p := parts{scheme: scheme(driver)}
	switch {
	case !readable: // noted
		return ""
	case driver == "":
		l.note("%s", l.unset(d.Driver))
		return ""
	case p.scheme == "":
		l.note("%s is no database Chatpass reads: it reads MySQL, MariaDB, PostgreSQL and SQLite", d.Driver)
		return ""
	case p.scheme == "sqlite":
		return l.sqlite()
	}
	for _, setting := range []struct {
		ref string
		to  *string
	}{
		{d.Host, &p.host},
		{d.Port, &p.port},
		{d.Name, &p.name},
		{d.User, &p.user},
		{d.Password, &p.password},
		{d.Socket, &p.socket},
	} {
		var ok bool
		*setting.to, _, ok = l.value(setting.ref)
		readable = readable && ok
	}
	switch {
	case !readable:
		return ""
	case p.name == "":
		l.note("%s", l.unset(d.Name))
		return ""
	case p.user == "" && p.scheme == "mysql":
		l.note("%s", l.unset(d.User))
		return ""
	}
	return l.address(p)
}

func (l *look) sqlite() string {
	path, _, readable := l.value(l.site.Database.Path)
	switch {
	case !readable:
		return ""
	case path == "":
		l.note("%s", l.unset(l.site.Database.Path))
		return ""
	}
	return l.address(parts{scheme: "sqlite", path: l.resolve(path)})
}

// unset says that a setting is needed and not there.
func (l *look) unset(ref string) string {
	if l.doc.includes > 0 {
		return ref + " is not set in the file; files it includes are not read"
	}
	return ref + " is not set in the file"
}

func (l *look) address(p parts) string {
	address, problem := p.address()
	if problem != "" {
		l.note("%s", problem)
	}
	return address
}

// resolve makes the path of an SQLite file absolute. A relative one is below the folder of the configuration, the site's folder or the
// one above the configuration: the first where the file exists, else the site's.
func (l *look) resolve(path string) string {
	folder := filepath.Dir(l.found.File)
	bases := []string{folder, l.root, filepath.Dir(folder)}
	if filepath.IsAbs(path) {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return filepath.Clean(path)
		}
		if strings.HasPrefix(path, "//") { // sqlite:////path
			return filepath.Clean(path)
		}
	}
	for _, base := range bases {
		full := filepath.Join(base, path)
		if info, err := os.Stat(full); err == nil && info.Mode().IsRegular() {
			return full
		}
	}
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(l.root, path)
}
