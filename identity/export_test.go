package identity

import "time"

var (
	FieldOf         = fieldOf
	WhoamiTransport = whoamiTransport
)

// VisitorKey is the key under which a visitor is remembered.
func VisitorKey(cookie, agent, address string) [32]byte {
	return visitor{cookie: cookie, agent: agent, address: address}.key()
}

// Remembered is how many visitors a resolver remembers, after housekeeping.
func (w *Whoami) Remembered() int {
	w.cache.CleanUp()
	return w.cache.EstimatedSize()
}

func (u *UsedTickets) Add(jti string, now, until time.Time) error { return u.add(jti, now, until) }
func (u *UsedTickets) Len() int                                   { return len(u.until) }

const (
	MaxUsedTickets = maxUsedTickets
	WhoamiSize     = whoamiSize
	WhoamiCalls    = whoamiCalls
)
