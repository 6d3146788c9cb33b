package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
)

const (
	fileSuffix  = "_FILE"
	maxFileSize = 64 << 10 // bytes; more than any key, password or option list, and a wrong path may name anything
	dotenvName  = ".env"
)

// value is what a variable is set to, and where.
type value struct {
	text  string
	place string // "the environment" or ".env"
}

// collect gathers the variables of .env and the environment, reads the files that *_FILE variables name,
// and refuses what nobody knows.
func (l *loader) collect() {
	set := map[string]value{}
	if l.in.Dir != "" {
		for name, text := range l.dotenv(filepath.Join(l.in.Dir, dotenvName)) {
			if text != "" {
				set[name] = value{text, dotenvName}
			}
		}
	}
	environment := map[string]string{}
	for _, entry := range l.in.Environ {
		if name, text, ok := strings.Cut(entry, "="); ok {
			environment[name] = text
		}
	}
	for name, text := range environment {
		if text != "" {
			set[name] = value{text, "the environment"}
		}
	}

	l.values = map[string]value{}
	for _, v := range l.vars.list {
		l.resolve(v, set)
	}
	l.refuseUnknown(set)
}

// resolve finds the value of one variable: its own, or what stands in the file its _FILE twin names.
func (l *loader) resolve(v variable, set map[string]value) {
	direct, isDirect := set[setting.Prefix+v.name]
	file, isFile := set[setting.Prefix+v.name+fileSuffix]
	switch {
	case isDirect && isFile:
		l.fault(v.name, fmt.Sprintf("is set twice: in %s, and as %s%s in %s", direct.place, setting.Prefix, v.name+fileSuffix, file.place), "remove one of the two")
		l.values[v.name] = direct
	case isDirect:
		l.values[v.name] = direct
	case isFile:
		text, ok := l.readValue(v, file)
		if !ok {
			l.faulty[v.name] = true // a missing value is not worth a second fault
		}
		l.values[v.name] = value{text, file.place}
	}
}

// readValue reads the file that a _FILE variable names, without the newline at its end.
func (l *loader) readValue(v variable, file value) (string, bool) {
	name, path := v.name+fileSuffix, file.text
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.in.Dir, path)
	}
	content, mode, err := readSmall(path)
	if err == nil && strings.ContainsRune(content, 0) {
		err = errors.New("it holds a NUL byte")
	}
	if err != nil {
		which := "the file " + quote(file.text)
		if v.secret {
			which = "a file" // its name may be the secret itself, put into the wrong variable
		}
		l.fault(name, fmt.Sprintf("names %s which cannot be used: %v", which, err), "name a text file that holds only the value and that this process may read")
		return "", false
	}
	if v.secret && mode.Perm()&0o004 != 0 {
		l.warn(name, "names a secret file that every user of this machine can read", "chmod 640 it, or 600")
	}
	if trimmed, ok := strings.CutSuffix(content, "\n"); ok {
		content = strings.TrimSuffix(trimmed, "\r")
	}
	if content == "" {
		l.warn(name, "names an empty file, so the variable counts as not set", "write the value into the file, or remove the variable")
	}
	return content, true
}

// readSmall reads a regular file of at most maxFileSize. Its errors do not repeat the path.
func readSmall(path string) (string, fs.FileMode, error) {
	info, err := os.Stat(path) // before opening, since opening a pipe nobody writes to never ends
	if err != nil {
		return "", 0, withoutPath(err)
	}
	if !info.Mode().IsRegular() {
		return "", 0, errors.New("it is not a regular file")
	}
	f, err := os.Open(path) //nolint:gosec // G304: reading the file the owner names is the point
	if err != nil {
		return "", 0, withoutPath(err)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxFileSize+1))
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return "", 0, withoutPath(err)
	}
	if len(content) > maxFileSize {
		return "", 0, fmt.Errorf("it is larger than %d KiB", maxFileSize>>10)
	}
	return string(content), info.Mode(), nil
}

// withoutPath is the cause of an error of the file system.
func withoutPath(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}

// refuseUnknown notes every variable with our prefix that does not exist.
func (l *loader) refuseUnknown(set map[string]value) {
	for _, full := range slices.Sorted(maps.Keys(set)) {
		name, ours := strings.CutPrefix(full, setting.Prefix)
		base := strings.TrimSuffix(name, fileSuffix)
		switch {
		case !ours, l.vars.known[name], base != name && l.vars.known[base]:
		case name == "PORT" && !strings.Contains(set[full].text, "://"):
			l.warn(name, "is ignored, as Kubernetes sets a variable of this name", "write the address to listen on as "+setting.Prefix+"LISTEN")
		case strings.HasPrefix(name, "PORT"), strings.HasPrefix(name, "SERVICE_"):
			// Kubernetes injects these for a Service called chatpass.
		default:
			remedy := "remove it"
			if near := l.vars.suggest(name); near != "" {
				remedy = "did you mean " + setting.Prefix + near + "?"
			}
			problem := "in " + set[full].place + " is not a variable of Chatpass"
			if name == "" {
				problem = setting.Prefix + " " + problem
			}
			l.fault(setting.Clip(clean(name)), problem, remedy)
		}
	}
}
