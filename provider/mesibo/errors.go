package mesibo

import "errors"

var (
	// errNobody: no user of the site, or none that may chat.
	errNobody = errors.New("mesibo: no such user")
	// errSeveral: several users of the site have one phone.
	errSeveral = errors.New("mesibo: several users have this phone")
	// errNotYet: the site's phones are not known yet.
	errNotYet = errors.New("mesibo: the phones of the site are still being read")
)
