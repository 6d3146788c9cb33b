package mesibo

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chatpass/chatpass/store"
)

const (
	contactsPage = 1000 // users of a delta, as the reference has them; the client comes again for the rest
	groupsPage   = 500  // groups of a delta, as the reference has them
	maxPages     = 20   // of a delta of which nobody may be shown: then the client comes again
	maxNumbers   = 1000 // of one request: ten of the batches that the stock clients send
	numbersADay  = 10_000
)

// contact is a user or group as clients list them. All its values are texts, which keeps older clients working (reference A5).
type contact struct {
	Name    string  `json:"name"`
	Status  string  `json:"status"`
	Phone   string  `json:"phone"`
	Photo   string  `json:"photo"`
	GID     string  `json:"gid"` // "0" for a user
	TS      string  `json:"ts"`
	Members *string `json:"members,omitempty"` // of a group
}

// ownEntry is who asks, as web clients read it.
type ownEntry struct {
	Name       string `json:"name"`
	Phone      string `json:"phone"`
	Status     string `json:"status"`
	Photo      string `json:"photo"`
	TS         string `json:"ts"`
	Connection string `json:"connection_status"`
}

func userEntry(u *store.MesiboUser, ts int64) contact {
	return contact{Name: u.ShownName(), Status: u.Status, Phone: u.Phone, Photo: u.Photo, GID: "0", TS: strconv.FormatInt(ts, 10)}
}

// getContacts answers which numbers are users; without numbers, what changed of the user's contacts and groups.
func (p *Provider) getContacts(q *question, a *answer) error {
	st, err := p.open(q.ctx)
	if err != nil {
		return err
	}
	own, err := p.self(q, st)
	if err != nil {
		return err
	}
	numbers, asked := q.numbers("phones", own.CC, p.c.DefaultCountry)
	if len(numbers) > maxNumbers {
		return refuse(rateLimit, "At most "+strconv.Itoa(maxNumbers)+" numbers at once")
	}
	numbers = slices.DeleteFunc(numbers, func(phone string) bool { return phone == own.Phone })
	some := false // new numbers
	if asked {
		if some, err = p.spendNumbers(q, st, own.ID, numbers); err != nil {
			return err
		}
	}
	if q.flag("reset") {
		if err := st.ClearMesiboContacts(q.ctx, own.ID, nil); err != nil {
			return err
		}
	}
	settled := q.now.Unix() - settle
	var list []contact
	if asked {
		list, err = p.match(q, st, own, numbers, some, settled)
	} else {
		list, err = p.delta(q, st, own, settled)
	}
	if err != nil {
		return err
	}
	if list == nil {
		list = []contact{} // clients read the key always
	}
	a.put("contacts", list)
	a.put("u", ownEntry{Name: own.ShownName(), Phone: own.Phone, Status: own.Status, Photo: own.Photo, TS: strconv.FormatInt(min(own.Changed, settled), 10)})
	shared := p.sharing(q)
	shared.flat(a)
	shared.put(a)
	return nil
}

// delContacts removes numbers from the user's contacts.
func (p *Provider) delContacts(q *question, _ *answer) error {
	st, err := p.open(q.ctx)
	if err != nil {
		return err
	}
	numbers, asked := q.numbers("phones", q.member.CC, p.c.DefaultCountry)
	switch {
	case !asked:
		return refuse(missingPara, "No numbers")
	case len(numbers) > maxNumbers:
		return refuse(rateLimit, "At most "+strconv.Itoa(maxNumbers)+" numbers at once")
	case len(numbers) == 0: // none that is one; no numbers at all would remove everything
		return nil
	}
	return st.ClearMesiboContacts(q.ctx, q.member.ID, numbers)
}

// numbers reads a list of phones: separated by commas, or a JSON array. asked says that there is anything in it; what is no number is left out, and every number is there
// once. One more than maxNumbers is read at most.
func (q *question) numbers(key, cc, country string) (phones []string, asked bool) {
	known := map[string]bool{}
	for _, text := range listed(q.trimmed(key)) {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		asked = true
		if phone, ok := normalise(text, cc, country); ok && !known[phone] {
			known[phone] = true
			phones = append(phones, phone)
		}
		if len(phones) > maxNumbers {
			break
		}
	}
	return phones, asked
}

// listed takes a list apart.
func listed(text string) []string {
	if !strings.HasPrefix(text, "[") {
		return strings.Split(text, ",")
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var values []any
	if decoder.Decode(&values) != nil {
		return strings.Split(strings.Trim(text, "[]"), ",")
	}
	texts := make([]string, 0, len(values))
	for _, v := range values {
		switch v := v.(type) {
		case string:
			texts = append(texts, v)
		case json.Number:
			texts = append(texts, v.String())
		}
	}
	return texts
}

// spendNumbers counts numbers that the user has not asked about today, and tells whether there are any. It bounds how fast a list of all users could be made by guessing.
func (p *Provider) spendNumbers(q *question, st state, user int64, numbers []string) (some bool, err error) {
	fresh := p.private.seen.fresh(user, numbers, q.now)
	if len(fresh) == 0 {
		return false, nil
	}
	wait, err := st.Spend(q.ctx, store.Limit{
		Scope: "mesibo-numbers:" + st.KeyedHash("mesibo-numbers", strconv.FormatInt(user, 10)), Window: 24 * time.Hour, Most: numbersADay, Times: len(fresh),
	})
	switch {
	case err != nil:
		return false, err
	case wait > 0:
		return false, &refusal{code: rateLimit, text: "Too many numbers for today", wait: wait}
	}
	p.private.seen.add(user, fresh, q.now)
	return true, nil
}

// match saves numbers as contacts and lists the users among them, whatever the client knows; some says that there are new ones among them. The users are told as of the last settled second, so that the client's next delta
// tells them again rather than miss what changes in a second it takes for known.
func (p *Provider) match(q *question, st state, own store.MesiboUser, numbers []string, some bool, settled int64) ([]contact, error) {
	if !p.matching() || len(numbers) == 0 {
		return nil, nil
	}
	switch err := st.AddMesiboContacts(q.ctx, own.ID, numbers); {
	case errors.Is(err, store.ErrFull):
		return nil, refuse(rateLimit, "You have too many contacts; remove some first")
	case err != nil:
		return nil, err
	}
	users, err := st.MesiboUsersByPhone(q.ctx, numbers)
	if err != nil {
		return nil, err
	}
	users, err = p.acquainted(q.ctx, st, own, distinct(users))
	if err != nil {
		return nil, err
	}
	if p.c.Privacy == wordMutual && some && len(users) > 0 { // to them this user may have become visible now, which no change of this user's row told
		if _, _, err := p.change(q.ctx, st, own, func(u *store.MesiboUser) { u.Changed++ }); err != nil {
			return nil, err
		}
	}
	if users, err = p.fresh(q.ctx, st, users); err != nil {
		return nil, err
	}
	slices.SortFunc(users, func(a, b store.MesiboUser) int {
		return cmp.Or(cmp.Compare(a.Changed, b.Changed), cmp.Compare(a.ID, b.ID))
	})
	list := make([]contact, len(users))
	for i := range users {
		list[i] = userEntry(&users[i], min(users[i].Changed, settled))
	}
	return list, nil
}

// distinct leaves out who is shut out, and all who share a phone: nobody could tell whose it is.
func distinct(users []store.MesiboUser) []store.MesiboUser {
	users = slices.DeleteFunc(users, func(u store.MesiboUser) bool { return !u.DisabledAt.IsZero() || u.Phone == "" })
	count := make(map[string]int, len(users))
	for i := range users {
		count[users[i].Phone]++
	}
	return slices.DeleteFunc(users, func(u store.MesiboUser) bool { return count[u.Phone] > 1 })
}

// matching reports whether numbers are matched and kept at all.
func (p *Provider) matching() bool { return p.c.Privacy == wordOpen || p.c.Privacy == wordMutual }

// acquainted are those of users whom a user may find by their number, never the user themselves: all, or with mutual privacy those who have the user's number too.
func (p *Provider) acquainted(ctx context.Context, st state, own store.MesiboUser, users []store.MesiboUser) ([]store.MesiboUser, error) {
	users = slices.DeleteFunc(users, func(u store.MesiboUser) bool { return u.ID == own.ID })
	switch {
	case !p.matching():
		return nil, nil
	case p.c.Privacy == wordOpen || len(users) == 0:
		return users, nil
	case own.Phone == "":
		return nil, nil
	}
	ids := make([]int64, len(users))
	for i := range users {
		ids[i] = users[i].ID
	}
	known, err := st.MesiboKnownBy(ctx, own.Phone, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(users, func(u store.MesiboUser) bool { return !known[u.ID] }), nil
}

// delta lists what changed of a user's contacts and groups behind the second that the client names, in order of time and as far as one answer goes: the client goes on behind
// the last second it was told of, so that nothing behind the end of either list is told.
func (p *Provider) delta(q *question, st state, own store.MesiboUser, settled int64) ([]contact, error) {
	since := max(q.number("ts"), 0)
	users, until, err := p.changedContacts(q.ctx, st, own, since, settled)
	if err != nil {
		return nil, err
	}
	groups, err := st.MesiboGroupsOf(q.ctx, own.ID, since, until, groupsPage)
	if err != nil {
		return nil, err
	}
	if len(groups) >= groupsPage {
		last := groups[len(groups)-1].Changed
		users = slices.DeleteFunc(users, func(u store.MesiboUser) bool { return u.Changed > last })
	}
	list := make([]contact, 0, len(users)+len(groups))
	for i := range users {
		list = append(list, userEntry(&users[i], users[i].Changed))
	}
	entries, err := p.groupEntries(q.ctx, st, own, groups)
	return append(list, entries...), err
}

// changedContacts lists a user's contacts who were changed behind since, and the second until which the list is whole.
func (p *Provider) changedContacts(ctx context.Context, st state, own store.MesiboUser, since, settled int64) (shown []store.MesiboUser, until int64, err error) {
	if !p.matching() {
		return nil, settled, nil
	}
	for range maxPages {
		page, err := st.MesiboContacts(ctx, own.ID, since, settled, contactsPage)
		if err != nil {
			return nil, 0, err
		}
		until = settled
		if len(page) >= contactsPage {
			until = page[len(page)-1].Changed
		}
		shown, err = p.acquainted(ctx, st, own, distinct(page))
		if err == nil {
			shown, err = p.fresh(ctx, st, shown)
		}
		if err != nil || len(shown) > 0 || len(page) < contactsPage {
			return shown, until, err
		}
		since = until // nobody of a whole page may be shown: the client would stay where it is
	}
	return nil, until, nil
}
