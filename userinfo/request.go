package userinfo

// request is the working memory of one call, reused.
type request struct {
	idSet
	entries []*entry
	known   []bool
}

// parse keeps the distinct ids among texts, in order.
func (r *request) parse(kind KeyKind, texts []string) {
	r.reset(kind, len(texts))
	for _, text := range texts {
		if kind == KeyUint && len(text) < maxUintDigits { // on the path of every users-info answer: read and summed in one go
			if sum, ok := digitSum(text); ok {
				r.addSum(ID(text), sum)
			}
			continue
		}
		if id, ok := kind.Parse(text); ok {
			r.add(id)
		}
	}
}

// digitSum is what KeyUint.Parse says of a text of fewer than maxUintDigits bytes, and its sumOf.
func digitSum(text string) (sum uint64, ok bool) {
	if text == "" || text[0] == '0' && len(text) > 1 {
		return 0, false
	}
	for i := range len(text) {
		digit := uint64(text[i] - '0')
		if digit > 9 {
			return 0, false
		}
		sum = sum*10 + digit
	}
	return sum, true
}

// maxUintDigits is how many digits an integer without a sign may have; fewer always fit into 64 bits.
const maxUintDigits = 20

// rest makes room for what is known of the ids, which is nothing yet.
func (r *request) rest() {
	r.entries, r.known = r.entries[:0], r.known[:0]
	for range r.ids {
		r.entries = append(r.entries, nil)
		r.known = append(r.known, false)
	}
}

// forget lets go of what the request held.
func (r *request) forget() {
	r.idSet.forget()
	clear(r.entries)
}
