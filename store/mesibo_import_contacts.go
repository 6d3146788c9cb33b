package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// MesiboImportContacts are the phones a user of an older backend saved.
type MesiboImportContacts struct {
	Ref    int64 // the user's number there
	Owner  int64 // MesiboUser.ID
	Phones []string
}

// MesiboImportedContacts is what became of them.
type MesiboImportedContacts struct {
	Outcome Imported
	Added   int // phones that were not among the owner's contacts
}

// importContactRows is the most phones of one statement, and maxImportContacts of one call.
const (
	importContactRows = 1_000
	maxImportContacts = 25_000 // a second of work for a slow disk
)

// ImportMesiboContacts adds phones to the contacts of at most 500 owners. What an owner removed here stays removed, until the list of the older
// backend is another. An owner who was forgotten is left out. The answers stand in the order of the lists.
func (s *Store) ImportMesiboContacts(ctx context.Context, how MesiboImport, lists []MesiboImportContacts) ([]MesiboImportedContacts, error) {
	refs, total := make([]int64, len(lists)), 0
	for n := range lists {
		refs[n] = lists[n].Ref
		total += len(lists[n].Phones)
		for _, phone := range lists[n].Phones {
			if err := checkPhone(phone); err != nil {
				return nil, err
			}
		}
	}
	if total > maxImportContacts {
		return nil, fmt.Errorf("%w: %d contacts in one import, at most %d", ErrInvalid, total, maxImportContacts)
	}
	var done []MesiboImportedContacts
	err := s.importing(ctx, how, importContacts, refs, func(i *imports) error {
		done = make([]MesiboImportedContacts, len(lists))
		for n := range lists {
			var err error
			if done[n], err = i.contacts(&lists[n]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return done, nil
}

func (i *imports) contacts(list *MesiboImportContacts) (done MesiboImportedContacts, err error) {
	incoming, noted := fingerprint(strings.Join(list.Phones, ",")), i.noted[list.Ref]
	if noted == incoming && !i.how.Overwrite {
		return done, nil
	}
	if !i.how.DryRun {
		if err := holdMesiboUser(i.tx, list.Owner); err != nil {
			if errors.Is(err, ErrNotFound) {
				return MesiboImportedContacts{Outcome: ImportedTaken}, nil
			}
			return done, err
		}
	}
	for at := 0; at < len(list.Phones); at += importContactRows {
		phones := list.Phones[at:min(at+importContactRows, len(list.Phones))]
		var known []string
		if err := i.tx.Model(&mesiboContactRow{}).Where("owner = ? AND phone IN ?", list.Owner, phones).Pluck("phone", &known).Error; err != nil {
			return done, err
		}
		is := map[string]bool{}
		for _, phone := range known {
			is[phone] = true
		}
		var rows []mesiboContactRow
		for _, phone := range phones {
			if !is[phone] {
				is[phone] = true
				rows = append(rows, mesiboContactRow{Owner: list.Owner, Phone: phone})
			}
		}
		done.Added += len(rows)
		if i.how.DryRun || len(rows) == 0 {
			continue
		}
		if err := i.tx.Clauses(i.s.dialect.unlessThere()).Create(&rows).Error; err != nil {
			return done, err
		}
	}
	if done.Added > 0 {
		done.Outcome = ImportedNew
	}
	i.note(list.Ref, list.Owner, incoming)
	return done, nil
}
