package userinfo

// Settings is a mapping as the CHATPASS_USERS_* variables spell it; empty means unset.
type Settings struct {
	Table, ID                                         string // required
	Name                                              string // required; an expression, as are the next seven
	Avatar, ProfileURL, Email, LastLogin, Badge, Role string
	Fields                                            string // further fields: name=expression;name=expression
	Where                                             string // conditions joined by ;
	Timezone                                          string // IANA name of the zone of times without one; empty is UTC
	Search                                            string // columns a search looks in: a,b; empty is those of Name, off is none
	Password                                          string // what changes with a user's password, for PasswordField; empty is the mapping's own, off is none
	Friends                                           string // table(user_column, friend_column); empty is none
	Prefix                                            string // of tables; empty is the mapping's own, NoPrefix is none
	SiteURL                                           string // first address of the site without a slash at its end; makes relative URLs absolute

	Private []PrivateField // that providers ask for
}

// NoPrefix is the prefix of tables that have none, where the mapping's own has one.
const NoPrefix = "-"
