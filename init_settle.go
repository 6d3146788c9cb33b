package main

import (
	"path/filepath"
	"slices"
)

// settle leaves the platforms of one configuration file: those that share one are built upon each other and told apart by their tables, but
// two files are two sites, with databases of their own.
func (i *initiation) settle() error {
	var firsts []place
	var names []string
	for _, p := range i.places {
		if !slices.ContainsFunc(firsts, func(other place) bool { return other.found.File == p.found.File }) {
			firsts = append(firsts, p)
			names = append(names, p.file.Title+", "+filepath.Base(p.found.File))
		}
	}
	if len(firsts) < 2 {
		return nil
	}
	n := 0
	switch {
	case i.o.choose > len(firsts):
		i.list(names)
		return noSuchChoice(i.o.choose, len(firsts))
	case i.o.choose > 0:
		n, i.o.choose = i.o.choose-1, 0 // spent: the tables are another question
	case i.asker == nil:
		i.say("several platforms are in the folder %s; the first is taken, --choose or --preset takes another:", printable(i.root))
		i.list(names)
	default:
		var err error
		if n, err = i.asker.choose(i.c.ctx, "Several platforms are in the folder. Which one is the site?", names); err != nil {
			return err
		}
	}
	i.places = slices.DeleteFunc(i.places, func(p place) bool { return p.found.File != firsts[n].found.File })
	return nil
}
