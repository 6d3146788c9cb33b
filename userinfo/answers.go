package userinfo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// Encoder appends the JSON object by which a provider knows a user. It must not keep u.
type Encoder func(dst []byte, u *User) []byte

// AnswersOptions is how long encoded users are kept.
type AnswersOptions struct {
	TTL    time.Duration              // how long an answer counts as fresh; 0 = nothing is kept
	Stale  time.Duration              // how much longer it may be given while the database is down; 0 = never
	Size   int                        // most users kept; 0 = 100,000
	Gone   func(ID) *User             // what is shown for an id that no visible user has; nil = it is left out
	Count  func(result string, n int) // told of "hit", "miss" and "stale"; nil = nobody
	Encode Encoder
}

// Answers gives the JSON of users, from memory while it is fresh. It is for users-info only: tokens are never made from it.
type Answers struct {
	directory *Directory
	o         AnswersOptions
	cache     *otter.Cache[ID, entry] // nil when nothing is kept
	mu        sync.Mutex
	flight    map[ID]*flight
	pool      sync.Pool
	start     time.Time
}

// entry is what is known of one id. A nil json says that no visible user has it.
type entry struct {
	json []byte
	at   time.Duration // since Answers.start
}

// flight is a look-up under way, for those who ask for the same id meanwhile.
type flight struct {
	done chan struct{}
	err  error
	got  map[ID]entry
}

// negativeTTL bounds how long an unknown id stays unknown: a member who has just registered must get a name soon.
const negativeTTL = 5 * time.Second

// NewAnswers returns the answers of d.
func NewAnswers(d *Directory, o AnswersOptions) (*Answers, error) {
	if d == nil || o.Encode == nil {
		return nil, errors.New("userinfo: answers need a directory and an encoder")
	}
	if o.Size <= 0 {
		o.Size = 100_000
	}
	if o.Count == nil {
		o.Count = func(string, int) {}
	}
	a := &Answers{directory: d, o: o, flight: map[ID]*flight{}, start: time.Now()}
	a.pool.New = func() any { return &request{} }
	if o.TTL > 0 {
		cache, err := otter.New(&otter.Options[ID, entry]{
			MaximumSize:      o.Size,
			ExpiryCalculator: otter.ExpiryWriting[ID, entry](o.TTL + o.Stale),
		})
		if err != nil {
			return nil, fmt.Errorf("userinfo: cache: %w", err)
		}
		a.cache = cache
	}
	return a, nil
}

// Close ends the cache's housekeeping.
func (a *Answers) Close() {
	if a.cache != nil {
		a.cache.StopAllGoroutines()
	}
}

// request is the working memory of one call, reused.
type request struct {
	ids     []ID
	entries []entry
	known   []bool
	seen    map[ID]struct{}
}

// Append appends a JSON array with the object of each known user, in the order asked, each once. Texts that spell no id are left
// out. age is how old the oldest stale object is, 0 if all are fresh. ErrUnavailable: the database cannot be asked and some id
// is not in memory. At most MaxIDs texts.
func (a *Answers) Append(ctx context.Context, dst []byte, texts []string) (out []byte, age time.Duration, err error) {
	if len(texts) > MaxIDs {
		return dst, 0, fmt.Errorf("userinfo: %d ids, at most %d", len(texts), MaxIDs)
	}
	kind := a.directory.KeyKind()
	if kind == KeyUnknown {
		p, err := a.directory.plan(ctx)
		if err != nil {
			return dst, 0, err
		}
		kind = p.kind
	}
	r := a.pool.Get().(*request)
	defer a.pool.Put(r)
	r.parse(kind, texts)
	if a.cache == nil {
		out, err = a.appendFresh(ctx, dst, r)
		return out, 0, err
	}
	if age, err = a.fill(ctx, r); err != nil {
		return dst, 0, err
	}
	dst = append(dst, '[')
	first := true
	for i := range r.ids {
		json := r.entries[i].json
		if json == nil {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, json...)
	}
	return append(dst, ']'), age, nil
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

// appendFresh answers from the database alone.
func (a *Answers) appendFresh(ctx context.Context, dst []byte, r *request) ([]byte, error) {
	if len(r.ids) == 0 {
		return append(dst, "[]"...), nil
	}
	f, err := a.directory.read(ctx, r.ids)
	if err != nil {
		return dst, err
	}
	a.o.Count("miss", len(r.ids))
	dec := a.directory.decoderFor(f.plan)
	defer a.directory.decoder.Put(dec)
	dst = append(dst, '[')
	start := len(dst)
	for _, id := range r.ids {
		mark := len(dst)
		if mark > start {
			dst = append(dst, ',')
		}
		before := len(dst)
		if dst = a.encode(dst, dec, f, id); len(dst) == before {
			dst = dst[:mark]
		}
	}
	return append(dst, ']'), nil
}

// encode appends the object of id, or nothing.
func (a *Answers) encode(dst []byte, dec *decoder, f *found, id ID) []byte {
	if row, ok := f.row(id); ok {
		if u, ok := dec.decode(row); ok {
			return a.o.Encode(dst, &u)
		}
	}
	if a.o.Gone != nil {
		return a.o.Encode(dst, a.o.Gone(id))
	}
	return dst
}

// fill completes r.entries from the cache and, for what is missing or too old, from the database.
func (a *Answers) fill(ctx context.Context, r *request) (time.Duration, error) {
	now := time.Since(a.start)
	missing := 0
	for i, id := range r.ids {
		e, ok := a.cache.GetIfPresent(id)
		r.entries[i] = e
		if ok && now-e.at <= a.freshFor(e) {
			r.known[i] = true
		} else {
			missing++
			if !ok {
				r.entries[i].at = -1
			}
		}
	}
	if hits := len(r.ids) - missing; hits > 0 {
		a.o.Count("hit", hits)
	}
	if missing == 0 {
		return 0, nil
	}
	err := a.load(ctx, r)
	if err == nil {
		a.o.Count("miss", missing)
		return 0, nil
	}
	if !errors.Is(err, ErrUnavailable) {
		return 0, err
	}
	return a.stale(r, now, err)
}

// stale answers from what is too old, if every id that could not be read is there.
func (a *Answers) stale(r *request, now time.Duration, cause error) (oldest time.Duration, err error) {
	count := 0
	for i := range r.ids {
		if r.known[i] {
			continue
		}
		e := r.entries[i]
		if e.at < 0 || e.json == nil || now-e.at > a.o.TTL+a.o.Stale || a.o.Stale == 0 {
			return 0, cause
		}
		oldest = max(oldest, now-e.at)
		count++
	}
	a.o.Count("stale", count)
	return oldest, nil
}

func (a *Answers) freshFor(e entry) time.Duration {
	if e.json == nil {
		return min(a.o.TTL, negativeTTL)
	}
	return a.o.TTL
}

// load reads the ids that are not known. An id that another call is reading now is waited for, not read again.
func (a *Answers) load(ctx context.Context, r *request) error {
	mine := &flight{done: make(chan struct{})}
	var read []ID
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
		read = append(read, id)
	}
	a.mu.Unlock()
	var err error
	if len(read) > 0 {
		// The look-up goes on when this visitor leaves: others may be waiting for it, and the cache gets it anyway.
		go a.fly(mine, read)
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
			return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
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
func (a *Answers) fly(mine *flight, ids []ID) {
	defer func() {
		if cause := recover(); cause != nil {
			mine.err = a.directory.panicked(cause)
		}
		a.mu.Lock()
		for _, id := range ids {
			delete(a.flight, id)
		}
		a.mu.Unlock()
		close(mine.done)
	}()
	began := time.Since(a.start)
	f, err := a.directory.read(context.Background(), ids)
	if err != nil {
		mine.err = err
		return
	}
	got := make(map[ID]entry, len(ids))
	dec := a.directory.decoderFor(f.plan)
	defer a.directory.decoder.Put(dec)
	var buf []byte
	for _, id := range ids {
		buf = a.encode(buf[:0], dec, f, id)
		e := entry{at: began}
		if len(buf) > 0 {
			e.json = append(make([]byte, 0, len(buf)), buf...)
		}
		got[id] = e
		a.cache.Set(id, e)
	}
	mine.got = got
}
