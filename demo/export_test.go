package demo

import "time"

// What the tests reach into: memory bounds and parsers, which from outside would take thousands of browsers to reach.
var (
	ParseUsersInfo   = parseUsersInfo
	WithoutParameter = withoutParameter
	CleanText        = cleanText
	Ago              = ago
)

const (
	MaxMessages    = maxMessages
	MaxDialogs     = maxDialogs
	MaxPerUser     = maxPerUser
	MaxConnections = maxConnections
	MaxText        = maxText
	MaxSessions    = maxSessions
	StatusRefused  = statusRefused
)

type (
	Event   = event
	Request = request
	Profile = profile
	Hub     = hub
	Message = message
)

// NewHub returns a hub with a clock that stands still.
func NewHub() *Hub { return newHub(func() time.Time { return time.Unix(1767225600, 0) }) }

// Say sends a message without anybody connected.
func (h *Hub) Say(from, to, text string) {
	nothing := func(message, int) event { return event{} }
	h.send(from, to, text, nothing, nothing)
}

// Texts are the messages of a dialog.
func (h *Hub) Texts(a, b string) []string {
	var texts []string
	h.history(a, b, discard{}, func(messages []message) event {
		for _, m := range messages {
			texts = append(texts, m.Text)
		}
		return event{}
	})
	return texts
}

// Dialogs is how many dialogs are kept.
func (h *Hub) Dialogs() int { return len(h.dialogs) }

// Join connects one more tab of a user.
func (h *Hub) Join(user string) (leave func(), err error) {
	tab := &discard{}
	return func() { h.leave(user, tab) }, h.join(user, tab, func([]summary) event { return event{} })
}

// Partners is the contact list of a user.
func (h *Hub) Partners(user string) []string { return h.partners(user) }

type discard struct{ _ byte } // not empty, so that each has an address of its own

func (discard) push(event) {}
