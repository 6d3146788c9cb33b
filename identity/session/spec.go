package session

import (
	"github.com/chatpass/chatpass/userinfo"
)

// Recipe says how the site's own session is read: which cookie carries it, what is done with its value step by step, and which user it names in the end.
// It is data: package preset reads it from YAML, [New] checks it. docs/sessions.md describes the language.
type Recipe struct {
	Name   string   // for logs and metrics: letters, digits, _ and -
	Cookie string   // name or prefix*, in which {names} of variables are filled in, or ~regular expression
	Named  string   // name of a setting among the secrets that holds the cookie's exact name, if the site has one; wins over Cookie
	Read   string   // raw, php or form: how the site's software decodes names and values; empty is raw
	Needs  []string // names of secrets; without any of them the recipe is skipped

	// Instead names a recipe above. This one is only followed where that one was skipped, so that a weaker proof never stands in for a stronger one that failed.
	Instead string
	Weaker  bool // proves less than the site itself would ask for; check and the start tell

	Steps   []Step
	User    string // expression: the user's id
	Expires string // expression: unix seconds at which the session ends; empty, or a value of 0, where it has no end of its own
	Place   userinfo.Place
}

// Step is one step of a recipe: exactly one of its parts is set.
type Step struct {
	Set      [][2]string   // names of variables and expressions, in order
	Check    string        // a condition; where it does not hold the session is rejected
	Guest    string        // a condition; where it holds this is a living session in which nobody is signed in
	Skip     string        // a condition; where it holds the recipe does not apply to this site
	Why      string        // in plain words, why a session is rejected where Check does not hold; for logs. Empty is the text of the condition
	Row      *RowSpec      //
	Settings *SettingsSpec //
	File     *FileSpec     //
	Place    userinfo.Place
}

// RowSpec looks one row up by a column. Rows are compared byte for byte with what was asked for, whatever the database's collation holds for equal; without
// exactly one row the session is rejected.
type RowSpec struct {
	Tables   []string    // to choose from, with {p} and {base}; the first that exists
	By       [2]string   // column and expression
	And      [][2]string // further columns and expressions, which must be equal too
	Where    string      // conditions on the row in the language of USERS_WHERE, which the database decides
	Take     [][2]string // variables and columns; column? may be missing. NULL and what is missing are empty
	Optional bool        // the row or the table may be missing; all variables are empty then
	NoTable  bool        // only the table may be missing, as in older releases of a platform
	Join     *JoinSpec   // a row of another table that is read with it; nil: none
	Secret   bool        // By is the secret that finds the session: a column of numbers, which anybody can guess, is refused

	own map[string]ownColumn // of a row that variables describe: what names a column, and what it must hold; nil: the recipe is a preset's
}

// JoinSpec is the one row of another table that belongs to a row. Both are read in one query where the database can tell for sure which rows belong together, else
// one after the other; what comes of it is the same. Without exactly one row the session is rejected.
type JoinSpec struct {
	Tables   []string    // to choose from, as in [RowSpec]
	By       [2]string   // column, and the column of the row whose value it must have
	And      [][2]string // further columns and constants
	Take     [][2]string // variables and columns, as in [RowSpec]
	Optional bool        // there may be no row, or no table; all variables are empty then

	// Key is a column of whole numbers of which no two rows have the same, and which a row keeps while it lives, such as an auto_increment. By it a row that was found is read
	// again, which is much cheaper where many rows have the same By. A row that others have come beside since, joined or of the same By, is then still read for up to ten minutes, where it
	// would be rejected otherwise. Empty, or a column that is missing: rows are always looked for by By.
	Key string
}

// SettingsSpec reads several rows of a table of names and values at once. What is not there is empty. Values are kept for a minute, since they change about as often
// as a site is moved.
type SettingsSpec struct {
	Tables      []string
	Name, Value string      // columns
	Where       [][2]string // further columns and constants
	Take        [][2]string // variables and names
	Optional    bool        // the table may be missing
}

// FileSpec reads a session file. Only a regular file directly in the folder is read, whatever a visitor puts into its name; without it the session is rejected.
type FileSpec struct {
	Folder  string // a constant with {names} of variables of the mapping; relative to the site's folder. [Options].Files wins over it; empty needs that
	Name    string // expression
	Content string // variable that gets the content; at most 1 MiB
	Changed string // variable that gets the time of the last change in unix seconds; may be empty
}
