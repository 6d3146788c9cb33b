package config

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/chatpass/chatpass/internal/setting"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitefile"
	"github.com/chatpass/chatpass/userinfo"
)

// custom is the preset of a site nobody knows.
const custom = "custom"

// maxMapping is the largest mapping that is read, in bytes; [preset.Parse] refuses less.
const maxMapping = 2 << 20

// platform finds what the site runs on: by PRESET, by MAPPING, or by the folder in SITE_ROOT; and reads the site's own configuration.
func (l *loader) platform() {
	l.preset = strings.TrimSpace(l.values["PRESET"].text)
	l.root = l.folder()
	switch {
	case l.isSet("MAPPING") && l.preset != "" && l.preset != custom:
		l.fault("MAPPING", "and "+setting.Prefix+"PRESET are both set", "remove one: a mapping of your own stands for a preset")
	case l.isSet("MAPPING"):
		l.mappingFile()
	case l.preset != "" && l.preset != custom:
		l.open(l.preset)
	case l.preset == "" && l.root != "" && !l.anySet("USERS_TABLE"):
		l.recognise()
		return
	}
	if l.preset == "" || l.file == nil || l.isSet("MAPPING") {
		l.preset = custom
	}
	l.lookAt(l.file)
	l.knownDefaults()
}

// presettable are the variables a mapping may give another default: how things are written and where nothing is shown, nothing of who is trusted or
// what is served.
var presettable = []string{"IMBACHAT_AVATAR_EMPTY", "IMBACHAT_USER_ID_AS", "USERS_GONE", "USERS_TIMEZONE", "WIDGET_HIDE_ON"}

// knownDefaults refuses defaults of variables that are nobody's to preset.
func (l *loader) knownDefaults() {
	if l.file == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(l.file.Settings)) {
		known := slices.Contains(presettable, name)
		if !known {
			l.fault("MAPPING", "has a default for "+setting.Prefix+setting.Clip(name)+", which a mapping may not preset", "remove it under settings; there may stand "+strings.Join(presettable, ", "))
		}
	}
}

// folder is SITE_ROOT, absolute; empty when it is not set or no folder.
func (l *loader) folder() string {
	root := strings.TrimSpace(l.values["SITE_ROOT"].text)
	if root == "" {
		return ""
	}
	if !filepath.IsAbs(root) {
		root = filepath.Join(l.in.Dir, root)
	}
	info, err := os.Stat(root)
	if err == nil && !info.IsDir() {
		err = errors.New("it is not a folder")
	}
	if err != nil {
		l.fault("SITE_ROOT", fmt.Sprintf("is %s, which cannot be used: %v", quote(l.values["SITE_ROOT"].text), withoutPath(err)), "name the folder of the site, where its configuration file is")
		return ""
	}
	return root
}

// open reads a preset.
func (l *loader) open(name string) {
	file, faults := preset.Open(name)
	for _, f := range faults {
		l.fault(f.Var, f.Problem, f.Remedy)
	}
	l.file = file
}

// mappingFile reads the file that MAPPING names.
func (l *loader) mappingFile() {
	path := l.values["MAPPING"].text
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.in.Dir, path)
	}
	text, err := readMapping(path)
	if err != nil {
		l.fault("MAPPING", fmt.Sprintf("names the file %s which cannot be used: %v", quote(l.values["MAPPING"].text), err), "name a mapping in YAML that this process may read; chatpass presets NAME prints one to start from")
		return
	}
	file, faults := preset.Parse("MAPPING", filepath.Base(path), text)
	for _, f := range faults {
		l.faulty[f.Var] = true
		l.faults = append(l.faults, f)
	}
	l.file = file
}

func readMapping(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(path) //nolint:gosec // G304: reading the file the owner names is the point
	if err != nil {
		return nil, withoutPath(err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxMapping))
	if closing := f.Close(); err == nil {
		err = closing
	}
	return text, withoutPath(err)
}

// recognise finds the platform by the folder alone: of those whose marks are there the one with the most, since what is built upon
// another platform has its marks too and more of its own.
func (l *loader) recognise() {
	l.preset = custom
	var fits []string
	var several bool // configurations, not platforms that share one
	var broken halves
	for _, file := range preset.All() {
		if file.Site == nil {
			continue
		}
		found, err := sitefile.Look(l.root, *file.Site)
		switch {
		case err != nil:
			broken.add(file, err)
		case len(fits) > 0 && (several || found.File != l.found.File):
			several = true
			fits = append(fits, file.Name)
		case len(fits) > 0 && len(file.Site.Marks) < len(l.file.Site.Marks):
		case len(fits) > 0 && len(file.Site.Marks) == len(l.file.Site.Marks):
			fits = append(fits, file.Name)
		default:
			l.file, l.found, fits = file, found, []string{file.Name}
		}
	}
	switch {
	case len(fits) == 1:
		l.preset = fits[0]
		l.doubts()
	case len(fits) > 1:
		l.file, l.found = nil, nil
		l.fault("SITE_ROOT", "is a folder that fits several platforms: "+strings.Join(fits, ", "), "say which it is in "+setting.Prefix+"PRESET; chatpass init looks at the tables to tell them apart")
	case broken.file != nil:
		l.file, l.preset = broken.file, broken.file.Name
		l.unusable(broken.file, broken.err)
	default:
		l.fault("SITE_ROOT", "is a folder in which no platform is recognised"+broken.unmarked(), "correct it, or name the platform in "+setting.Prefix+"PRESET, or map the users with "+setting.Prefix+"USERS_*; chatpass presets lists what is known")
	}
}

// lookAt reads the site's own configuration as a preset says.
func (l *loader) lookAt(file *preset.File) {
	if l.root == "" || file == nil {
		return
	}
	if file.Site == nil {
		l.warn("SITE_ROOT", "is not used: nothing is known of the configuration file of this platform", "set "+setting.Prefix+"DATABASE_URL")
		return
	}
	found, err := sitefile.Look(l.root, *file.Site)
	if err != nil {
		l.unusable(file, err)
		return
	}
	l.found = found
	l.doubts()
}

// doubts tells what was chosen or left out in the site's own configuration: a condition there may lead to another database or prefix, and so
// to other people.
func (l *loader) doubts() {
	for _, note := range l.found.Notes {
		l.warn("SITE_ROOT", "has a configuration that is not clear: "+filepath.Base(l.found.File)+": "+note,
			"if the site uses anything else, set "+setting.Prefix+"DATABASE_URL and "+setting.Prefix+"TABLE_PREFIX, which win over the file")
	}
}

// unusable tells why a configuration cannot be used. One that only lacks the database is used where the settings tell it.
func (l *loader) unusable(file *preset.File, err error) {
	var none *sitefile.NoDatabaseError
	if errors.As(err, &none) {
		l.noDatabase(file, none)
		return
	}
	problem := "has no configuration of " + file.Title + " that can be read"
	var unmarked *sitefile.MissingMarkError
	switch {
	case errors.As(err, &unmarked):
		problem += ": " + filepath.Base(unmarked.File) + " is there, but " + unmarked.Mark + " is missing"
	case !errors.Is(err, sitefile.ErrNotThere):
		problem += ": " + withoutPath(err).Error()
	}
	l.fault("SITE_ROOT", problem, "it should have "+strings.Join(file.Site.Files, " or ")+"; correct the folder, let this process read the file, or remove it and set "+setting.Prefix+"DATABASE_URL")
}

// prefix is what stands before the names of tables: what is set, else what the site says.
func (l *loader) prefix() string {
	const name = "TABLE_PREFIX"
	prefix := strings.TrimSpace(l.raw.TablePrefix)
	switch {
	case prefix == "" && l.found != nil && l.found.HasPrefix:
		if prefix = l.found.Prefix; prefix == "" {
			return userinfo.NoPrefix
		}
	case prefix != "" && l.file == nil:
		l.warn(name, "is not used: it belongs to a preset or a mapping", "write the whole name in "+setting.Prefix+"USERS_TABLE")
	}
	if prefix != "" && prefix != userinfo.NoPrefix && !tablePrefix.MatchString(prefix) {
		l.fault(name, "is "+quote(prefix)+", which cannot begin the name of a table", "use letters, digits and _, such as wp_; "+userinfo.NoPrefix+" is no prefix at all")
		return ""
	}
	return prefix
}

var tablePrefix = regexp.MustCompile(`^[A-Za-z0-9_$]{1,48}$`)

// missingDatabase tells that nothing says where the database is.
func (l *loader) missingDatabase() {
	remedy := "set it to the address of the site's database, such as mysql://chatpass:PASSWORD@127.0.0.1:3306/site"
	switch {
	case l.faulty["SITE_ROOT"]:
		return // its remedy says so
	case l.found != nil:
		l.fault("DATABASE_URL", "is missing, and "+filepath.Base(l.found.File)+" of the site does not tell it", remedy)
	default:
		l.fault("DATABASE_URL", "is missing", remedy+", or set "+setting.Prefix+"SITE_ROOT to the folder of a site that is known")
	}
}
