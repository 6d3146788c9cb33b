package userinfo

import "hash/maphash"

// idSet is distinct ids in the order they were added. For the few hundred ids of a look-up it costs a fraction of a map, it can be
// reused, and it knows which row of an answer each id has.
type idSet struct {
	kind  KeyKind
	ids   []ID
	sums  []uint64 // of each id, for other tables of ids
	rows  []int    // row of each id once a look-up was made: its place, noRow or twoRows
	slots []uint16 // place of an id and 1; 0 is free. Their number is a power of two and more than the ids
}

// What idSet.rows holds for an id without exactly one row.
const (
	noRow   = -1
	twoRows = -2
)

// leastSlots is the size of the smallest table, enough for most calls.
const leastSlots = 32

// idSeed keeps anybody from choosing texts that meet in one slot.
var idSeed = maphash.MakeSeed()

// reset empties the set and makes room for n ids.
func (s *idSet) reset(kind KeyKind, n int) {
	s.kind, s.ids, s.sums = kind, s.ids[:0], s.sums[:0]
	size := leastSlots
	for size < 2*n {
		size *= 2
	}
	if size <= cap(s.slots) {
		s.slots = s.slots[:size]
		clear(s.slots)
		return
	}
	s.slots = make([]uint16, size)
}

// forget lets go of the ids: they are pieces of a whole address line.
func (s *idSet) forget() {
	clear(s.ids)
	s.ids = s.ids[:0]
}

// text is an id as it was asked, or a key as the database gave it.
type text interface{ ~string | ~[]byte }

// sumOf is the number that decides where an id is looked for: an integer's own value, so that neighbours never meet.
func sumOf[T text](kind KeyKind, id T) uint64 {
	if !kind.Numeric() {
		if bytes, ok := any(id).([]byte); ok {
			return maphash.Bytes(idSeed, bytes)
		}
		return maphash.String(idSeed, string(id))
	}
	n := uint64(0)
	for i := range len(id) {
		n = n*10 + uint64(id[i]-'0')
	}
	return n
}

// slot is where the search for an id begins. Integers are spread by the golden ratio, since the ids of one call may all be
// multiples of a power of two.
func (s *idSet) slot(sum uint64) int {
	return int(sum * 0x9e3779b97f4a7c15 >> 32 & uint64(len(s.slots)-1))
}

// add adds an id that is not in the set yet.
func (s *idSet) add(id ID) { s.addSum(id, sumOf(s.kind, id)) }

// addSum adds an id whose sum is known.
func (s *idSet) addSum(id ID, sum uint64) {
	if 2*(len(s.ids)+1) > len(s.slots) {
		s.grow()
	}
	at := s.slot(sum)
	for ; s.slots[at] != 0; at = (at + 1) & (len(s.slots) - 1) {
		if s.ids[s.slots[at]-1] == id {
			return
		}
	}
	s.ids, s.sums = append(s.ids, id), append(s.sums, sum)
	s.slots[at] = uint16(len(s.ids)) // see maxProfiles for the most there are
}

func (s *idSet) grow() {
	s.slots = make([]uint16, max(leastSlots, 2*len(s.slots)))
	for i, sum := range s.sums {
		at := s.slot(sum)
		for s.slots[at] != 0 {
			at = (at + 1) & (len(s.slots) - 1)
		}
		s.slots[at] = uint16(i + 1) // see maxProfiles for the most there are
	}
}

// place returns where the id stands that is key byte for byte, or noRow.
func place[T text](s *idSet, key T) int {
	if len(s.slots) == 0 {
		return noRow
	}
	for at := s.slot(sumOf(s.kind, key)); s.slots[at] != 0; at = (at + 1) & (len(s.slots) - 1) {
		if i := int(s.slots[at]) - 1; string(key) == string(s.ids[i]) {
			return i
		}
	}
	return noRow
}

// match finds the row of every id. A key that two rows have is nobody's, and ambiguous is told.
func (s *idSet) match(rows *Rows, ambiguous func()) {
	if cap(s.rows) < len(s.ids) {
		s.rows = make([]int, len(s.ids), max(len(s.ids), leastSlots/2))
	}
	s.rows = s.rows[:len(s.ids)]
	for i := range s.rows {
		s.rows[i] = noRow
	}
	var buffer [40]byte
	key := buffer[:0]
	for i := range rows.Len() {
		var ok bool
		if key, ok = s.kind.appendKey(key[:0], rows.Row(i)[0]); !ok {
			continue
		}
		switch at := place(s, key); {
		case at < 0:
		case s.rows[at] == noRow:
			s.rows[at] = i
		default:
			s.rows[at] = twoRows
			ambiguous()
		}
	}
}
