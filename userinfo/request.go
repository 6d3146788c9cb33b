package userinfo

// request is the working memory of one call, reused.
type request struct {
	ids     []ID
	entries []entry
	known   []bool
	seen    map[ID]struct{}
}

// parse keeps the distinct ids among texts, in order.
func (r *request) parse(kind KeyKind, texts []string) {
	r.ids, r.entries, r.known = r.ids[:0], r.entries[:0], r.known[:0]
	if len(texts) > fewIDs {
		if r.seen == nil {
			r.seen = make(map[ID]struct{}, len(texts))
		}
		clear(r.seen)
	}
	for _, text := range texts {
		id, ok := kind.Parse(text)
		if !ok || r.has(id, len(texts)) {
			continue
		}
		r.ids = append(r.ids, id)
	}
	for range r.ids {
		r.entries = append(r.entries, entry{})
		r.known = append(r.known, false)
	}
}

// forget lets go of what the request held: its ids are pieces of a whole address line.
func (r *request) forget() {
	clear(r.ids)
	clear(r.entries)
	clear(r.seen)
}

func (r *request) has(id ID, asked int) bool {
	if asked > fewIDs {
		if _, twice := r.seen[id]; twice {
			return true
		}
		r.seen[id] = struct{}{}
		return false
	}
	for _, other := range r.ids {
		if other == id {
			return true
		}
	}
	return false
}
