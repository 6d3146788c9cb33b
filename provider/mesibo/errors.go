package mesibo

import (
	"errors"
	"fmt"
)

var (
	// errNobody: no user of the site, or none that may chat.
	errNobody = errors.New("mesibo: no such user")
	// errBarred is an errNobody: no user of the site may be told to have the phone, but it is not free for a stranger either.
	errBarred = fmt.Errorf("%w: the phone is somebody's who may not chat now", errNobody)
	// errSeveral: several users of the site have one phone.
	errSeveral = errors.New("mesibo: several users have this phone")
	// errNotYet: the site's phones are not known yet.
	errNotYet = errors.New("mesibo: the phones of the site are still being read")
)
