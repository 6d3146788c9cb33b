package sendbird

import (
	"strconv"

	"github.com/chatpass/chatpass/userinfo"
)

// NotesThatWait has users 1 to n wait for the store, each twice, and returns how many were lost for others, how many wait, and the first of these.
func NotesThatWait(n int) (lost, held int, first userinfo.ID) {
	u := newUnnoted()
	for i := range n {
		for range 2 {
			if u.add(note{member: member{id: userinfo.ID(strconv.Itoa(1 + i))}}) {
				lost++
			}
		}
	}
	held = u.len()
	oldest, _ := u.take()
	return lost, held, oldest.id
}
