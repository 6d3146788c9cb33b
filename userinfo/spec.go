package userinfo

// Spec is a mapping as a person wrote it in the mapping language (docs/mapping-language.md): texts, and where each stands. It is read
// by package preset and checked by [NewMapping].
type Spec struct {
	Vars        map[string]string // constants of the file; "p" is the default prefix of tables
	Tables      []string          // of users; the first that exists
	Key         string
	KeyType     string // uint, int, string, uuid, bytes, or empty: by the column
	Where       []CondSpec
	Joins       []JoinSpec
	Search      []string // nil: the columns of the name
	Friends     *FriendsSpec
	Fields      []FieldSpec
	Private     []FieldSpec // that no answer has; read where a provider asks for one
	Banned      *CondSpec
	Active      *CondSpec
	Admin       *CondSpec
	Permissions []PermissionSpec
	Write       []WriteSpec // the first that fits decides
	Profiles    *ProfilesSpec
	Place       Place // of users
	SearchPlace Place
	FieldsPlace Place // of fields, or of the file where there are none
}

// Place is where something stands, for messages.
type Place struct {
	Var  string // variable without prefix
	Text string // "mapping.yaml:12: fields.name"; empty for a variable's own value

	Quoted string // the text there, where YAML has it in quotes: those of YAML make no constant
}

// JoinSpec is a table beside the users table.
type JoinSpec struct {
	As       string
	Tables   []string
	Column   string // of On: of the joined table
	Ref      string // of On: what it is compared with
	Kind     JoinKind
	Key      string // column of names of a key/value table
	Value    string // column of values
	Where    []CondSpec
	Order    []string // "column", "column desc"
	Optional bool
	Place    Place
}

// JoinKind tells how many rows of a join belong to a user.
type JoinKind uint8

// The kinds of joins.
const (
	JoinOne  JoinKind = iota // at most one counts
	JoinKV                   // names and values
	JoinMany                 // any number
)

// FriendsSpec is a table with one row per friendship.
type FriendsSpec struct {
	Tables       []string
	User, Friend string
	Where        []CondSpec
	Optional     bool
	Place        Place
}

// FieldSpec is a field and its expression.
type FieldSpec struct {
	Name string
	Expr ExprSpec
}

// PermissionSpec is a right of users in the chat.
type PermissionSpec struct {
	Name string
	Cond CondSpec
}

// ProfilesSpec is a table of further personas.
type ProfilesSpec struct {
	Tables   []string
	Parent   string // column that holds the key of the user
	Key      string // column that names the persona
	Where    []CondSpec
	Joins    []JoinSpec
	Fields   []FieldSpec // user_id, name, avatar_url
	Optional bool
	Place    Place
}

// ExprSpec is an expression. Form is empty for a short text, or the name of the form.
type ExprSpec struct {
	Form  string
	Text  string            // short text, constant, template or reference
	Of    []ExprSpec        // operands
	Args  map[string]string // sep, path, as, tz, mask, agg, like, empty_zero
	Pairs [][2]string       // of map
	Cases []CaseSpec
	Else  *ExprSpec
	Place Place
}

// CaseSpec is one arm of a case.
type CaseSpec struct {
	If   CondSpec
	Then ExprSpec
}

// CondSpec is a condition: a text, a constant, or the texts an expression may give.
type CondSpec struct {
	Text  string
	Const *bool
	Of    *ExprSpec
	In    []string
	Place Place
}
