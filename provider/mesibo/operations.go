package mesibo

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chatpass/chatpass/provider"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// filesPath is where files are served, from the base path on; a file's name follows.
const filesPath = "/mesibo/files/"

// filesFolder is the folder of files in the state folder, where the settings name none.
const filesFolder = "mesibo"

// settle is for how many seconds a change is not told of in a delta: clients ask for what is newer than the whole second they know, so that a second must be over, in
// every instance and transaction, before it is told of: the second that runs, the 5 s that a call of the store takes at the most between taking its second and being seen, and
// 2 s by which clocks of instances differ.
const settle = 1 + 5 + 2

const (
	maxName    = 100 // characters of a user's or group's name; a telephone shows less
	maxStatus  = 255 // characters of a status, as the reference's column has them
	writeTries = 5   // of a change that lost against one of another instance
)

// The codes of refusals of these operations.
const (
	badGroup    = "BADGROUP"
	badImage    = "BADIMAGE"
	badUser     = "BADUSER"
	missingFile = "MISSINGFILE"
	missingPara = "MISSINGPARA"
	notMember   = "NOTMEMBER"
	rateLimit   = "RATELIMIT"
)

// private is what the operations of the first generation need beside the state.
type private struct {
	origin   string // the site's first public origin, without a slash at the end; empty if it is not known
	folder   folder
	decoding decoding
	locks    *locks
	seen     *seen
	free     func(dir string) (int64, error) // bytes of its disk
	full     *provider.Spell                 // the disk
}

// newPrivate returns it; no file is touched.
func newPrivate(c *Config, d provider.Deps) private {
	p := private{folder: folder{dir: c.Files}, decoding: make(decoding, 1), locks: newLocks(), seen: newSeen(), free: freeBytes, full: new(provider.Spell)} // one picture at a time: 250 MB at worst
	if p.folder.dir == "" && d.StateDir != "" {
		p.folder.dir = filepath.Join(d.StateDir, filesFolder)
	}
	if len(d.Origins) > 0 {
		p.origin = d.Origins[0]
	}
	return p
}

// v1 lists the operations of the first generation that need a token.
func (*Provider) v1() map[string]operation {
	return map[string]operation{
		"profile":     {serve: (*Provider).profile},
		"upload":      {serve: (*Provider).upload},
		"getcontacts": {serve: (*Provider).getContacts},
		"delcontacts": {serve: (*Provider).delContacts},
		"setgroup":    {serve: (*Provider).setGroup},
		"getgroup":    {serve: (*Provider).getGroup},
		"editmembers": {serve: (*Provider).editMembers},
		"setadmin":    {serve: (*Provider).setAdmin},
		"delgroup":    {serve: (*Provider).delGroup},
		"setnotify":   {serve: (*Provider).setNotify},
	}
}

// refuse makes a refusal with a text for people.
func refuse(code, text string) *refusal { return &refusal{code: code, text: text} }

// trimmed returns a parameter without spaces around it; empty for none.
func (q *question) trimmed(key string) string {
	text, _ := q.text(key)
	return strings.TrimSpace(text)
}

// number returns a parameter that is a whole number; 0 for none and for what is no number, as the reference reads it.
func (q *question) number(key string) int64 {
	n, err := strconv.ParseInt(q.trimmed(key), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// flag reports whether a parameter is switched on.
func (q *question) flag(key string) bool {
	text := q.trimmed(key)
	return text == "true" || q.number(key) != 0
}

// clean makes a name or status of a client's text: valid, without what cannot be seen, at most most characters.
func clean(text string, most int) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069: // what turns the direction of the text after it
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD")))
	if utf8.RuneCountInString(text) > most {
		text = strings.TrimSpace(string([]rune(text)[:most]))
	}
	return text
}

// isOfSite reports whether a user is one of the site's, not one who signed up without it.
func isOfSite(u *store.MesiboUser) bool { return !strangers(u.SiteUser) }

// siteName is the name of a user of the site as it is kept and shown.
func siteName(u *userinfo.User) string { return clean(u.Name, maxName) }

// changed is the second of a change after one of the second before. A clock that went back makes it no earlier, since clients would never be told.
func (p *Provider) changed(before int64) int64 {
	now := p.now().Unix()
	if now < before {
		return before + 1
	}
	return now
}

// change writes a change of a user, and returns the user before and after it. One that changes nothing is not written.
func (p *Provider) change(ctx context.Context, st state, u store.MesiboUser, edit func(*store.MesiboUser)) (before, after store.MesiboUser, err error) {
	after = u
	if edit(&after); after == u {
		return u, u, nil
	}
	unlock, err := p.private.locks.lock(ctx, lockKey{"user", u.ID})
	if err != nil {
		return u, u, err
	}
	defer unlock()
	for range writeTries {
		after = u
		if edit(&after); after == u {
			return u, u, nil
		}
		after.Changed = p.changed(u.Changed)
		if err = st.SetMesiboUser(ctx, u, after); !errors.Is(err, store.ErrConflict) {
			return u, after, err
		}
		if u, err = st.MesiboUserByID(ctx, u.ID); err != nil {
			return u, u, err
		}
	}
	return u, u, store.ErrConflict
}

// self returns the user who asks, as the site knows them now.
func (p *Provider) self(q *question, st state) (store.MesiboUser, error) {
	own := q.member.MesiboUser
	if q.site == nil {
		return own, nil
	}
	_, own, err := p.change(q.ctx, st, own, func(u *store.MesiboUser) { p.update(u, q.site) })
	return own, err
}

const (
	siteBatch   = 500 // ids of one look-up of the site's users
	freshWrites = 100 // changed names that one request writes; the sweep finds the rest
)

// fresh looks users up on the site: those who get no chat there any more are left out, the others have their present names. What changed is written, but Changed stays
// as it was in what is returned, so that an answer's order and page stay whole. While the site cannot be asked, what is known is shown.
func (p *Provider) fresh(ctx context.Context, st state, users []store.MesiboUser) ([]store.MesiboUser, error) {
	if p.users == nil {
		return users, nil
	}
	ids := make([]userinfo.ID, 0, len(users))
	for i := range users {
		if isOfSite(&users[i]) {
			ids = append(ids, userinfo.ID(users[i].SiteUser))
		}
	}
	site := make(map[userinfo.ID]*userinfo.User, len(ids))
	for len(ids) > 0 {
		n := min(len(ids), siteBatch)
		found, err := p.users(ctx, ids[:n]...)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			p.log.Warn("the names of mesibo's users cannot be looked up on the site", "error", err.Error())
			return users, nil
		}
		for i := range found {
			site[found[i].ID] = &found[i]
		}
		ids = ids[n:]
	}
	kept, writes := make([]store.MesiboUser, 0, len(users)), 0
	for _, u := range users {
		if !isOfSite(&u) {
			kept = append(kept, u)
			continue
		}
		on := site[userinfo.ID(u.SiteUser)]
		if on == nil {
			continue
		}
		shown := u
		if p.update(&shown, on); shown != u && writes < freshWrites {
			writes++
			if _, _, err := p.change(ctx, st, u, func(u *store.MesiboUser) { p.update(u, on) }); err != nil && !lostRace(err) {
				return nil, err
			}
		}
		if !p.moved(&u, on) {
			kept = append(kept, shown)
		}
	}
	return kept, nil
}

// moved reports whether a user has another phone on the site than here, or none. Nobody is shown them under the old one, which may be another's.
func (p *Provider) moved(u *store.MesiboUser, on *userinfo.User) bool {
	return p.people.phoneOf(on) != u.Phone
}

// update writes what the site says of a user. A phone that is the user's address is followed at a log-in alone, since tokens go with it.
func (p *Provider) update(u *store.MesiboUser, on *userinfo.User) {
	u.SiteName = siteName(on)
	if p.c.Address != wordPhone {
		u.Phone = p.people.phoneOf(on)
	}
}

// lostRace reports an error of a write that somebody else was faster than, who knew as much: another request, or the erasing of the user.
func lostRace(err error) bool {
	return errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound)
}
