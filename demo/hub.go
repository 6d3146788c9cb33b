package demo

import (
	"cmp"
	"container/list"
	"errors"
	"slices"
	"sync"
	"time"
)

const (
	maxMessages    = 200  // kept of one dialog; older ones are forgotten
	maxDialogs     = 1000 // kept; the one that has been silent for longest is forgotten
	maxConnections = 500  // of all browsers together
	maxPerUser     = 20   // browser tabs of one user
	maxContacts    = 100  // shown to one user, the latest first
)

var (
	errTooMany  = errors.New("too many connections")
	errStranger = errors.New("no such dialog")
)

// message is one message of a dialog.
type message struct {
	ID   uint64 `json:"id"`
	From string `json:"from"`
	Text string `json:"text"`
	At   int64  `json:"at"` // Unix milliseconds
}

// pair names a dialog: its two users, the smaller id first.
type pair [2]string

func pairOf(a, b string) pair {
	if a > b {
		a, b = b, a
	}
	return pair{a, b}
}

type dialog struct {
	users    pair
	messages []message
	unread   map[string]int // by the user who has not read
	place    *list.Element
}

// receiver is one browser tab. Push must not block.
type receiver interface{ push(e event) }

// hub keeps the dialogs and knows who is connected. Its lock also keeps the order: what is pushed under it reaches every
// tab in the order in which it happened.
type hub struct {
	now func() time.Time

	mu      sync.Mutex
	lastID  uint64
	dialogs map[pair]*dialog
	recent  *list.List // of *dialog, the latest first
	tabs    map[string]map[receiver]struct{}
	count   int
}

func newHub(now func() time.Time) *hub {
	return &hub{now: now, dialogs: map[pair]*dialog{}, recent: list.New(), tabs: map[string]map[receiver]struct{}{}}
}

// summary is a dialog in the contact list of one of its users.
type summary struct {
	with   string
	last   message
	unread int
}

// join adds a tab of a user and pushes the first event, which welcome makes from the user's dialogs, before any other.
func (h *hub) join(user string, r receiver, welcome func([]summary) event) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.count >= maxConnections || len(h.tabs[user]) >= maxPerUser {
		return errTooMany
	}
	if h.tabs[user] == nil {
		h.tabs[user] = map[receiver]struct{}{}
	}
	h.tabs[user][r] = struct{}{}
	h.count++
	r.push(welcome(h.summaries(user)))
	return nil
}

// leave removes a tab.
func (h *hub) leave(user string, r receiver) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, here := h.tabs[user][r]; !here {
		return
	}
	delete(h.tabs[user], r)
	h.count--
	if len(h.tabs[user]) == 0 {
		delete(h.tabs, user)
	}
}

// partners lists with whom a user has a dialog, the latest first, at most maxContacts.
func (h *hub) partners(user string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var ids []string
	for _, s := range h.summaries(user) {
		ids = append(ids, s.with)
	}
	return ids
}

// send adds a message to the dialog of two users and pushes it to all tabs of both. The events are made by the caller:
// each side gets the profile of the other.
func (h *hub) send(from, to, text string, toSender, toReceiver func(m message, unread int) event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.dialog(pairOf(from, to))
	h.lastID++
	m := message{ID: h.lastID, From: from, Text: text, At: h.now().UnixMilli()}
	if len(d.messages) >= maxMessages {
		d.messages = slices.Delete(d.messages, 0, len(d.messages)-maxMessages+1)
	}
	d.messages = append(d.messages, m)
	d.unread[from] = 0 // who answers has read
	d.unread[to] = min(d.unread[to]+1, maxMessages)
	for tab := range h.tabs[from] {
		tab.push(toSender(m, 0))
	}
	for tab := range h.tabs[to] {
		tab.push(toReceiver(m, d.unread[to]))
	}
}

// history pushes the messages of a dialog to one tab; a dialog without messages is empty.
func (h *hub) history(user, with string, r receiver, show func([]message) event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var messages []message
	if d := h.dialogs[pairOf(user, with)]; d != nil {
		messages = slices.Clone(d.messages)
	}
	r.push(show(messages))
}

// read marks a dialog as read by a user and tells all of the user's tabs.
func (h *hub) read(user, with string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.dialogs[pairOf(user, with)]
	if d == nil || user == with {
		return errStranger
	}
	d.unread[user] = 0
	for tab := range h.tabs[user] {
		tab.push(event{Type: "read", With: &profile{ID: with}})
	}
	return nil
}

// dialog returns the dialog of a pair as the latest one, and makes it, and room for it, if there is none. The caller holds mu.
func (h *hub) dialog(p pair) *dialog {
	if d := h.dialogs[p]; d != nil {
		h.recent.MoveToFront(d.place)
		return d
	}
	if h.recent.Len() >= maxDialogs {
		oldest := h.recent.Remove(h.recent.Back()).(*dialog)
		delete(h.dialogs, oldest.users)
	}
	d := &dialog{users: p, unread: map[string]int{}}
	d.place = h.recent.PushFront(d)
	h.dialogs[p] = d
	return d
}

// summaries lists the dialogs of a user, the latest first. The caller holds mu.
func (h *hub) summaries(user string) []summary {
	var all []summary
	for e := h.recent.Front(); e != nil && len(all) < maxContacts; e = e.Next() {
		d := e.Value.(*dialog)
		if d.users[0] != user && d.users[1] != user || len(d.messages) == 0 {
			continue
		}
		with := d.users[0]
		if with == user {
			with = d.users[1]
		}
		all = append(all, summary{with: with, last: d.messages[len(d.messages)-1], unread: d.unread[user]})
	}
	slices.SortStableFunc(all, func(a, b summary) int { return cmp.Compare(b.last.ID, a.last.ID) })
	return all
}
