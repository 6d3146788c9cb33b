package sitedb

import "github.com/chatpass/chatpass/userinfo"

// Text is the SQL a look-up sends with these arguments, for tests that compare it letter by letter.
func Text(l userinfo.Lookup, args ...any) (string, error) {
	q, err := l.(*lookup).query(args)
	return q.text, err
}

// SetMost sets how many bytes an answer of a look-up may have.
func SetMost(l userinfo.Lookup, bytes int) { l.(*lookup).q.most = bytes }

// Alive looks at an idle connection.
var Alive = alive
