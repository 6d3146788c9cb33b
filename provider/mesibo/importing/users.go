package importing

import (
	"context"
	"strconv"
	"strings"

	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

// telPrefix stands in front of the phone of a user who is none of the site, see store.MesiboUser.
const telPrefix = "tel:"

// owner is whose a phone is on the site.
type owner struct {
	id   userinfo.ID
	many bool // several users have it
}

// owners reads whose the phones of the old users are on the site, now. Phones that nobody asks for are not kept.
func (r *run) owners(ctx context.Context) (map[string]owner, error) {
	wanted := map[string]bool{}
	for after := int64(-1); ; {
		page, last, err := r.from.phones(ctx, after)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, text := range page {
			if phone, ok := r.Provider.Phone(text); ok {
				wanted[phone] = true
			}
		}
		after = last
		r.progress("reading the old users", len(wanted), 0)
	}
	owners := make(map[string]owner, len(wanted))
	read := 0
	err := r.Provider.EachPhone(ctx, func(id userinfo.ID, phone string) error {
		if read++; read%pageRows == 0 {
			r.progress("reading the phones of the site", read, 0)
		}
		if !wanted[phone] {
			return nil
		}
		before, known := owners[phone]
		owners[phone] = owner{id: id, many: known && before.id != id || before.many}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return owners, nil
}

// users takes over the users, 500 in a transaction.
func (r *run) users(ctx context.Context, c *Count, owners map[string]owner) error {
	for after, read := int64(-1), 0; ; {
		r.progress(c.Kind, read, c.Found)
		page, err := r.from.users(ctx, after)
		if err != nil || len(page) == 0 {
			return err
		}
		after, read = page[len(page)-1].uid, read+len(page)
		names, err := r.names(ctx, page, owners)
		if err != nil {
			return err
		}
		var users []store.MesiboImportUser
		for i := range page {
			u, why := r.user(&page[i], owners, names)
			if why != "" {
				if err := r.leave(c, page[i].uid, page[i].phone, why); err != nil {
					return err
				}
				continue
			}
			users = append(users, u)
		}
		done, err := r.Store.ImportMesiboUsers(ctx, r.how, users)
		if err != nil {
			return err
		}
		photos := map[int64]string{}
		for i := range page {
			photos[page[i].uid] = page[i].photo
		}
		for i, d := range done {
			uid, phone := users[i].Ref, users[i].User.Phone
			if !c.add(d.Outcome) {
				if err := r.leave(c, uid, phone, WhyTaken); err != nil {
					return err
				}
				continue
			}
			if d.ID == 0 { // would be made
				d.ID = -int64(len(r.ids)) - 1
			}
			r.ids[uid], r.phones[phone] = d.ID, d.ID
			if photos[uid] != "" {
				r.photos = append(r.photos, photo{ref: uid, user: d.ID, old: photos[uid]})
			}
		}
	}
}

// names reads the names that the users of a page have on the site.
func (r *run) names(ctx context.Context, page []oldUser, owners map[string]owner) (map[userinfo.ID]string, error) {
	var ids []userinfo.ID
	for i := range page {
		phone, _ := r.Provider.Phone(page[i].phone)
		if o, known := owners[phone]; known && !o.many {
			ids = append(ids, o.id)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return r.Provider.Names(ctx, ids)
}

// user is an old user as they will be here, or why they are left out.
func (r *run) user(old *oldUser, owners map[string]owner, names map[userinfo.ID]string) (u store.MesiboImportUser, why string) {
	phone, ok := r.Provider.Phone(old.phone)
	if !ok {
		return u, WhyNoPhone
	}
	o, known := owners[phone]
	name, there := names[o.id]
	switch {
	case o.many:
		return u, WhySeveral
	case !known && !r.Provider.Signup():
		return u, WhyNobody
	case known && !there: // was deleted meanwhile
		return u, WhyNobody
	case !known:
		o.id = userinfo.ID(telPrefix + phone)
	}
	u = store.MesiboImportUser{Ref: old.uid, User: store.MesiboUser{
		SiteUser: string(o.id), Address: phone, Phone: phone, Name: r.Provider.Name(string(old.name)), SiteName: name,
		Status: r.Provider.Status(string(old.status)),
	}, Tokens: old.tokens}
	if u.User.Name == u.User.SiteName {
		u.User.Name = "" // follows the site
	}
	if old.uid > 0 {
		u.User.RemoteUID = strconv.FormatInt(old.uid, 10)
	}
	// The old backend wrote 1 for everybody: a code that the phone does not begin with is none.
	if old.cc != "" && old.cc != "0" && len(old.cc) <= 3 && strings.HasPrefix(phone, old.cc) {
		u.User.CC = old.cc
	}
	return u, ""
}

// contacts takes over the address books of the users who are here.
func (r *run) contacts(ctx context.Context, c *Count) error {
	if !r.Provider.Contacts() {
		if c.Left = c.Found; c.Found == 0 {
			return nil
		}
		return r.tell(Left{Kind: c.Kind, Why: WhyPrivacy})
	}
	for after, read := int64(-1), 0; ; {
		r.progress(c.Kind, read, c.Found)
		page, err := r.from.contacts(ctx, after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].uid
		var lists []store.MesiboImportContacts
		flush := func() error {
			done, err := r.Store.ImportMesiboContacts(ctx, r.how, lists)
			if err != nil {
				return err
			}
			for i, d := range done {
				if d.Outcome == store.ImportedTaken { // forgotten meanwhile
					c.Left += len(lists[i].Phones)
					continue
				}
				c.Added += d.Added
				c.Same += len(lists[i].Phones) - d.Added
			}
			lists = nil
			return nil
		}
		for i := range page {
			list, err := r.list(c, &page[i])
			if err != nil {
				return err
			}
			read += len(page[i].phones)
			switch {
			case list.Owner < 0:
				c.Added += len(list.Phones)
			case list.Owner > 0:
				lists = append(lists, list)
			}
			if len(lists) == pageRows {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if err := flush(); err != nil {
			return err
		}
	}
}

// list is an address book as it will be here; one without an owner is left out.
func (r *run) list(c *Count, old *oldContacts) (list store.MesiboImportContacts, err error) {
	id := r.ids[old.uid]
	if old.over > 0 {
		c.Left += old.over
		if err := r.tell(Left{Kind: c.Kind, Ref: old.uid, Why: WhyTooMany}); err != nil {
			return list, err
		}
	}
	if id == 0 {
		c.Left += len(old.phones)
		return list, r.tell(Left{Kind: c.Kind, Ref: old.uid, Why: WhyNoOwner})
	}
	list = store.MesiboImportContacts{Ref: old.uid, Owner: id}
	seen := map[string]bool{}
	for _, text := range old.phones {
		phone, ok := r.Provider.Phone(text)
		why := ""
		switch {
		case !ok:
			why = WhyNoPhone
		case seen[phone]:
			why = WhyTwice
		case r.phones[phone] == id:
			why = WhyOwn
		}
		if why != "" {
			if err := r.leave(c, old.uid, text, why); err != nil {
				return list, err
			}
			continue
		}
		seen[phone] = true
		list.Phones = append(list.Phones, phone)
	}
	return list, nil
}
