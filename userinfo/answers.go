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
	cache     *otter.Cache[ID, *entry] // nil when nothing is kept
	near      near
	mu        sync.Mutex
	flight    map[ID]*flight
	pool      sync.Pool
	start     time.Time
}

// entry is what is known of one id; it never changes. An empty json says that nothing is shown for it. Both texts lie in one piece of memory: who has compared the id
// has the beginning of the object at hand.
type entry struct {
	id   ID
	json string
	at   time.Duration // since Answers.start
	gone bool          // no visible user has it; json is then the placeholder, if there is one
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
		cache, err := otter.New(&otter.Options[ID, *entry]{
			MaximumSize:      o.Size,
			ExpiryCalculator: otter.ExpiryWriting[ID, *entry](o.TTL + o.Stale),
		})
		if err != nil {
			return nil, fmt.Errorf("userinfo: cache: %w", err)
		}
		a.cache, a.near = cache, newNear(o.Size)
	}
	return a, nil
}

// Close ends the cache's housekeeping.
func (a *Answers) Close() {
	if a.cache != nil {
		a.cache.StopAllGoroutines()
	}
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
	defer func() {
		r.forget()
		a.pool.Put(r)
	}()
	r.parse(kind, texts)
	if len(r.ids) == 0 {
		return append(dst, "[]"...), 0, nil
	}
	if a.cache == nil {
		out, err = a.appendFresh(ctx, dst, r)
		return out, 0, err
	}
	if age, err = a.fill(ctx, r); err != nil {
		return dst, 0, err
	}
	dst = append(dst, '[')
	first := true
	for _, e := range r.entries {
		if e.json == "" {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, e.json...)
	}
	return append(dst, ']'), age, nil
}

// appendFresh answers from the database alone.
func (a *Answers) appendFresh(ctx context.Context, dst []byte, r *request) ([]byte, error) {
	f, err := a.directory.read(ctx, &r.idSet)
	if err != nil {
		return dst, err
	}
	defer f.release()
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
		if dst, _ = a.encode(dst, dec, f, id); len(dst) == before {
			dst = dst[:mark]
		}
	}
	return append(dst, ']'), nil
}

// encode appends the object of id, or nothing. gone says that no visible user has it.
func (a *Answers) encode(dst []byte, dec *decoder, f *found, id ID) (out []byte, gone bool) {
	if row, ok := f.row(id); ok {
		if u := f.user(dec, row); u != nil {
			return a.o.Encode(dst, u), false
		}
	}
	if a.o.Gone != nil {
		return a.o.Encode(dst, a.o.Gone(id)), true
	}
	return dst, true
}

// fill completes r.entries from the cache and, for what is missing or too old, from the database.
func (a *Answers) fill(ctx context.Context, r *request) (time.Duration, error) {
	r.rest()
	now := time.Since(a.start)
	missing := 0
	for i, id := range r.ids {
		e := a.near.get(id, r.sums[i])
		if e == nil || now-e.at > a.freshFor(e) {
			if kept, ok := a.cache.GetIfPresent(id); ok {
				e = kept
				a.near.put(e, r.sums[i])
			}
		}
		if r.entries[i] = e; e != nil && now-e.at <= a.freshFor(e) {
			r.known[i] = true
		} else {
			missing++
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
	for i, e := range r.entries {
		if r.known[i] {
			continue
		}
		if e == nil || now-e.at > a.o.TTL+a.o.Stale || a.o.Stale == 0 {
			return 0, cause
		}
		oldest = max(oldest, now-e.at)
		count++
	}
	a.o.Count("stale", count)
	return oldest, nil
}

func (a *Answers) freshFor(e *entry) time.Duration {
	if e.gone {
		return min(a.o.TTL, negativeTTL)
	}
	return a.o.TTL
}
