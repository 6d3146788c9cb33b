package userinfo

import (
	"context"
	"time"
)

// flight is a look-up under way, for those who ask for the same id meanwhile.
type flight struct {
	done chan struct{}
	err  error
	got  map[ID]*entry
}

// load reads the ids that are not known. An id that another call is reading now is waited for, not read again.
func (a *Answers) load(ctx context.Context, r *request) error {
	mine := &flight{done: make(chan struct{})}
	var read *idSet
	var others []*flight
	a.mu.Lock()
	for i, id := range r.ids {
		if r.known[i] {
			continue
		}
		if f := a.flight[id]; f != nil {
			others = append(others, f)
			continue
		}
		a.flight[id] = mine
		if read == nil { // its own memory: the look-up may outlast the request
			read = new(idSet)
			read.reset(r.kind, len(r.ids)-i)
		}
		read.add(id)
	}
	a.mu.Unlock()
	var err error
	if read != nil {
		// The look-up goes on when this visitor leaves: others may be waiting for it, and the cache gets it anyway.
		go a.fly(mine, read) //nolint:gosec // not with the request's context, on purpose
		others = append(others, mine)
	}
	for _, f := range others {
		select {
		case <-f.done:
			if f.err != nil {
				err = f.err
				continue
			}
		case <-ctx.Done():
			return ctx.Err() // the visitor left; that says nothing about the database
		}
		for i, id := range r.ids {
			if e, ok := f.got[id]; ok && !r.known[i] {
				r.entries[i], r.known[i] = e, true
			}
		}
	}
	return err
}

// fly reads ids and puts them into the cache.
func (a *Answers) fly(mine *flight, set *idSet) {
	defer func() {
		if cause := recover(); cause != nil {
			mine.err = a.directory.panicked(cause)
		}
		a.mu.Lock()
		for _, id := range set.ids {
			delete(a.flight, id)
		}
		a.mu.Unlock()
		close(mine.done)
	}()
	began := time.Since(a.start)
	f, err := a.directory.read(context.Background(), set)
	if err != nil {
		mine.err = err
		return
	}
	defer f.release()
	got := make(map[ID]*entry, len(set.ids))
	dec := a.directory.decoderFor(f.plan)
	defer a.directory.decoder.Put(dec)
	var buf []byte
	for i, id := range set.ids {
		e := &entry{at: began}
		buf, e.gone = a.encode(append(buf[:0], id...), dec, f, id)
		both := string(buf) // id is part of a request's whole address, which must not be kept
		e.id, e.json = ID(both[:len(id)]), both[len(id):]
		got[e.id] = e
		a.cache.Set(e.id, e)
		a.near.put(e, set.sums[i])
	}
	mine.got = got
}
