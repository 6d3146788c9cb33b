package blackbox_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestM36PagesLoseNobody has more contacts than a page holds: a thousand of one moment, and some later.
func TestM36PagesLoseNobody(t *testing.T) {
	t.Parallel()
	const page, more = 1000, 6
	m := mesiboStore{server: true}.site(t, page+more+1) // a thousand commits to a file are slow
	me := m.pass(t, 1, "").Token
	if u := m.me(t, me); u["phone"] != phoneOf(1) || u["name"] != "User 1" || u["connection_status"] != "" {
		t.Errorf("M36: u is %v", u)
	}
	join := func(from, to int) {
		ids := make(chan int)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for id := range ids {
					m.pass(t, id, "")
				}
			})
		}
		for id := from; id <= to; id++ {
			ids <- id
		}
		close(ids)
		all.Wait()
	}
	join(2, page+1)
	now := time.Now().Unix()
	eventually(t, "another second", 3*time.Second, func() bool { return time.Now().Unix() > now })
	join(page+2, page+more+1)
	want := []string{}
	for id := 2; id <= page+more+1; id += 100 {
		var batch []int
		for i := id; i < min(id+100, page+more+2); i++ {
			batch = append(batch, i)
			want = append(want, phoneOf(i))
		}
		if got := m.sync(t, me, "phones", phonesOf(batch...)).contacts(t); len(got) != len(batch) {
			t.Errorf("M36: %d of %d", len(got), len(batch))
		}
	}
	var pages [][]contact
	eventually(t, "all contacts to be settled", 20*time.Second, func() bool {
		pages = nil
		n := 0
		for since := "0"; ; {
			list := m.sync(t, me, "ts", since).contacts(t)
			if len(list) == 0 {
				return n == page+more
			}
			pages = append(pages, list)
			n += len(list)
			since = newest(t, list)
		}
	})
	found := []string{}
	for i, list := range pages {
		found = append(found, phones(list)...)
		if !slices.IsSortedFunc(list, func(a, b contact) int { return strings.Compare(a.TS, b.TS) }) {
			t.Errorf("M36: page %d is not in order", i)
		}
		if i > 0 && list[0].TS <= newest(t, pages[i-1]) {
			t.Errorf("M36: page %d begins in a second of the page before", i)
		}
	}
	slices.Sort(found)
	if diff := cmp.Diff(want, found); diff != "" || len(pages) != 2 {
		t.Errorf("M36: %d pages; %s", len(pages), diff)
	}
}

func TestPrivacyOfContacts(t *testing.T) {
	t.Parallel()
	t.Run("mutual", func(t *testing.T) {
		t.Parallel()
		m := mesiboSite(t, 3, "MESIBO_PRIVACY", "mutual")
		token := m.tokens(t, 1, 2, 3)
		if list := m.sync(t, token[0], "phones", phonesOf(2, 3)).contacts(t); len(list) != 0 {
			t.Errorf("%v", list)
		}
		m.sync(t, token[1], "phones", phonesOf(1))
		if list := m.sync(t, token[0], "phones", phonesOf(2, 3)).contacts(t); !slices.Equal(phones(list), []string{phoneOf(2)}) {
			t.Errorf("%v", list)
		}
		m.settled(t, token[0], "0", phoneOf(2))
	})
	t.Run("off", func(t *testing.T) {
		t.Parallel()
		m := mesiboSite(t, 3, "MESIBO_PRIVACY", "off")
		token := m.tokens(t, 1, 2)
		m.sync(t, token[1], "phones", phonesOf(1))
		if list := m.sync(t, token[0], "phones", phonesOf(2)).contacts(t); len(list) != 0 {
			t.Errorf("%v", list)
		}
	})
}
