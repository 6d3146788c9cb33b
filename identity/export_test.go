package identity

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

// Used is how many tickets a resolver remembers.
func (t *Ticket) Used() int { return len(t.used.until) }

const (
	MaxUsedTickets = maxUsedTickets
	WhoamiSize     = whoamiSize
	WhoamiCalls    = whoamiCalls
)
