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
		if id, ok := kind.Parse(text); ok {
			r.add(id)
		}
	}
}

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
