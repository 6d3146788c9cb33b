// Package userinfo is what a chat shows about a user: who they are in the site's users table, how a row of that table becomes
// a [User] ([Mapping]), and how users are looked up ([Directory]). It knows no database and no provider.
package userinfo

import (
	"errors"
	"time"
)

// ID is the site's key of a user in canonical text: "6", "-3", "alice", "6ba7b810-9dad-11d1-80b4-00c04fd430c8".
// The zero value "" means no user.
type ID string

// User is one row of the users table as the chat shows it. Empty strings and zero times mean "not known" and are not shown.
type User struct {
	ID         ID
	Name       string
	AvatarURL  string    // absolute, http or https
	ProfileURL string    // a page of the site
	Email      string    // never output unless mapped as an extra field
	LastLogin  time.Time // UTC, whole seconds; zero when unknown
	Badge      string    // free text beside the name
	Role       string    // ImbaChat's chat_role
	Extra      []Field   // further fields in the order they were configured
	Private    Private   // never output; only of Whole and Scan, else nil

	Permissions []Permission // ImbaChat's rights; nil when none are mapped
	Profiles    []Profile    // further personas
	Standing    *Standing    // with the rules on writing; nil without rules, and of look-ups that nobody writes by
}

// Permission is one of ImbaChat's rights of a user.
type Permission struct {
	Name    string
	Allowed bool
}

// FieldType tells how a further field is written as JSON.
type FieldType uint8

// The types of a further field.
const (
	FieldText   FieldType = iota // a JSON string
	FieldNumber                  // a JSON number, Text is its literal
	FieldBool                    // a JSON boolean, Text is "true" or "false"
)

// Field is a further field of a user. Its Text is never empty.
type Field struct {
	Name string
	Type FieldType
	Text string
}

var (
	// ErrUnavailable says that the users table cannot be asked now: the database is down, slow or refuses us.
	// It says nothing about whether a user exists.
	ErrUnavailable = errors.New("users table unavailable")
	// ErrMapping says that the mapping does not fit the users table: a table or column is missing or has an unusable type.
	ErrMapping = errors.New("mapping does not fit the users table")
	// ErrDenied says, beside ErrUnavailable, that the database is there and refuses to let us read a table or column.
	ErrDenied = errors.New("no right to read")
)
