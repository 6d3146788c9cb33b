package providertest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/chatpass/chatpass/internal/passmark"
	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/userinfo"
)

// Memory is a provider.Store in memory.
type Memory struct {
	Now func() time.Time

	mu         sync.Mutex
	identities map[at]provider.Identity
	ends       map[at]time.Time
	jobs       []*held
	last       int64
	fail       error
}

type at struct {
	provider, app string
	user          userinfo.ID
}

type held struct {
	provider.Job

	due   time.Time
	owner string
	class string
	done  bool
}

// place is 0 for jobs that go first.
func (h *held) place() int {
	if h.Urgent && h.Attempts == 0 {
		return 0
	}
	return 1
}

// NewMemory returns an empty store.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{Now: now, identities: map[at]provider.Identity{}, ends: map[at]time.Time{}}
}

// Fail has every method return an error; nil ends that.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

// All returns the identities, by user.
func (m *Memory) All() []provider.Identity {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []provider.Identity
	for _, i := range m.identities {
		all = append(all, i)
	}
	slices.SortFunc(all, func(a, b provider.Identity) int { return cmp.Compare(a.User, b.User) })
	return all
}

// Waiting returns the kinds of the jobs that are not done.
func (m *Memory) Waiting() (kinds []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, j := range m.jobs {
		if !j.done {
			kinds = append(kinds, j.Kind)
		}
	}
	return kinds
}

// Identity returns what is known of a user.
func (m *Memory) Identity(_ context.Context, name, app string, user userinfo.ID) (provider.Identity, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, ok := m.identities[at{name, app, user}]
	return i, ok, m.fail
}

// PutIdentity keeps what is known of a user.
func (m *Memory) PutIdentity(_ context.Context, i provider.Identity) (provider.Identity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return i, m.fail
	}
	k := at{i.Provider, i.App, i.User}
	if old, ok := m.identities[k]; ok {
		i.Address, i.Password = old.Address, old.Password
	}
	m.identities[k] = i
	return i, nil
}

// Identities lists those with a token.
func (m *Memory) Identities(_ context.Context, name, app string, after userinfo.ID, alive time.Time, n int) ([]provider.Identity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return nil, m.fail
	}
	var list []provider.Identity
	for k, i := range m.identities {
		if k.provider == name && k.app == app && k.user > after && i.DisabledAt.IsZero() && m.ends[k].After(alive) {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, func(a, b provider.Identity) int { return cmp.Compare(a.User, b.User) })
	return list[:min(n, len(list))], nil
}

// TokenIssued notes the end of a token.
func (m *Memory) TokenIssued(_ context.Context, name, app string, user userinfo.ID, _, ends time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k := (at{name, app, user}); m.ends[k].Before(ends) {
		m.ends[k] = ends
	}
	return m.fail
}

// PasswordMarks makes marks with a key of this store.
func (m *Memory) PasswordMarks(_ context.Context, user userinfo.ID, digest string) (passmark.Marks, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return passmark.New([][]byte{[]byte("memory")}, string(user), digest), m.fail
}

// MarkPassword keeps a mark in the place of another.
func (m *Memory) MarkPassword(_ context.Context, name, app string, user userinfo.ID, was, is string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := at{name, app, user}
	if i, ok := m.identities[k]; ok && m.fail == nil && i.Password == was {
		i.Password = is
		m.identities[k] = i
	}
	return m.fail
}

// Enqueue adds a job.
func (m *Memory) Enqueue(_ context.Context, j provider.Job) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, other := range m.jobs {
		if !other.done && other.Provider == j.Provider && other.App == j.App && other.Kind == j.Kind && other.User == j.User {
			return m.fail
		}
	}
	if m.fail == nil {
		m.last++
		j.ID = m.last
		m.jobs = append(m.jobs, &held{Job: j})
	}
	return m.fail
}

// Claim gives jobs that are due.
func (m *Memory) Claim(_ context.Context, name, app, worker string, n int, lease time.Duration) ([]provider.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []provider.Job
	slices.SortStableFunc(m.jobs, func(a, b *held) int { return cmp.Compare(a.place(), b.place()) })
	for _, j := range m.jobs {
		if m.fail == nil && len(list) < n && !j.done && j.Provider == name && j.App == app && !j.due.After(m.Now()) {
			j.owner, j.due = worker, m.Now().Add(lease)
			list = append(list, j.Job)
		}
	}
	return list, m.fail
}

// Prolong has a lease begin anew.
func (m *Memory) Prolong(_ context.Context, j provider.Job, lease time.Duration) error {
	return m.change(j, func(h *held) { h.due = m.Now().Add(lease) })
}

// Done ends a job.
func (m *Memory) Done(_ context.Context, j provider.Job) error {
	return m.change(j, func(h *held) { h.done = true })
}

// Retry gives a job back.
func (m *Memory) Retry(_ context.Context, j provider.Job, due time.Time, class string) error {
	return m.change(j, func(h *held) { h.due, h.class, h.Attempts = due, class, h.Attempts+1 })
}

func (m *Memory) change(j provider.Job, work func(*held)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range m.jobs {
		if h.ID == j.ID && m.fail == nil {
			work(h)
		}
	}
	return m.fail
}
