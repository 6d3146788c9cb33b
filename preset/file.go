// Package preset is what Chatpass knows of platforms: for each one file in YAML that says where its users are ([userinfo.Spec]), how
// its tables and its folder are recognised, and how its settings are read; and the reader of that language, which a site's own
// mapping is written in too (docs/mapping-language.md).
package preset

import (
	"github.com/chatpass/chatpass/identity/session"
	"github.com/chatpass/chatpass/userinfo"
)

// Detect says how a platform is recognised by its tables.
type Detect struct {
	Anchor     string              // end of the users table's name; what stands before it is the prefix
	Columns    []string            // of the anchor
	Companions map[string][]string // further tables with the same prefix and their columns; "=name" is a fixed name
	Rank       int                 // breaks a tie between platforms; higher wins
	Settings   map[string]Row      // what rows of the platform's own settings tell: "url"
}

// Row names a value in a table of names and values.
type Row struct {
	Table string // with {p}
	Key   string // column of names
	Value string // column of values
	Name  string // the name
}

// Site says how a platform is recognised by its folder, and where its configuration is.
type Site struct {
	Files    []string // relative to the folder; the first that exists
	Marks    []string // what must exist beside, relative to the folder
	Format   string   // php, dotenv, json, yaml, ini or python
	Database Database
	Prefix   string            // of tables
	URL      string            // address of the site
	Secrets  map[string]string // by the names CHATPASS_SESSION_SECRETS uses
	Cookies  *Cookies          // where the cookies of its sessions go; nil: nothing is known
}

// Cookies says where browsers send the cookies of a platform's sessions. It sets them once for each path.
type Cookies struct {
	Domain string // name of the setting, as in Database
	Paths  []CookiePath
}

// CookiePath says where one path is told. The first counts that tells something.
type CookiePath struct {
	Path string // name of the setting that holds it
	URL  string // name of the setting that holds an address with this path
	Row  string // name of a row of Detect.Settings that holds such an address
}

// Database names the settings that lead to the database. Each is the name of a value in the file, several with " ?? " between
// them, or a constant in single quotes.
type Database struct {
	Driver, Host, Port, Name, User, Password, Socket string
	Path                                             string // of an SQLite file, relative to the folder of the configuration
	URL                                              string // instead of all others
}

// File is what is known of a platform, or a site's own mapping.
type File struct {
	Name      string // of the preset; empty in a site's own mapping
	Title     string // what people call it
	Versions  string // prose
	Family    string // cms, forum, shop, framework, community, media or learning
	Databases []string
	Notes     string            // prose: what is not read, what to know
	Settings  map[string]string // defaults of variables, by name without prefix
	Users     userinfo.Spec
	Session   []session.Recipe // how its own sessions are followed; none: not at all
	Detect    *Detect          // nil: cannot be recognised by its tables
	Site      *Site            // nil: its folder tells nothing
}
