package userinfo

import "sync/atomic"

// near is a small table before the cache, for those asked for all the time. The cache keeps account of every look, to know whom to
// drop; here an entry stays until another takes its place, so that a look costs one comparison. Who is fresh is decided by the
// entry's own time in both.
type near []atomic.Pointer[entry]

// nearSlots bounds the table: 16,384 entries are a few megabytes.
const nearSlots = 1 << 14

// newNear returns a table for a cache of size entries; none for a cache so small that its bound would no longer be one.
func newNear(size int) near {
	n := nearSlots
	for n > size/4 {
		n /= 2
	}
	if n < 256 {
		return nil
	}
	return make(near, n)
}

// get returns the entry of an id, or nil.
func (n near) get(id ID, sum uint64) *entry {
	if len(n) == 0 {
		return nil
	}
	if e := n[sum&uint64(len(n)-1)].Load(); e != nil && e.id == id {
		return e
	}
	return nil
}

func (n near) put(e *entry, sum uint64) {
	if len(n) > 0 {
		n[sum&uint64(len(n)-1)].Store(e)
	}
}
