package userinfo_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/chatpass/chatpass/userinfo"
)

func TestAnIDThatTwoRowsHaveIsNobody(t *testing.T) {
	from := members()
	for i := range 30 {
		from.tables["members"].rows = append(from.tables["members"].rows, []any{strconv.Itoa(100 + i), fmt.Sprint("name ", i)})
	}
	from.tables["members"].rows = append(from.tables["members"].rows, []any{"107", "somebody else"})
	d := directory(t, plainSettings, from, userinfo.Options{})
	for _, many := range []int{2, 30} { // compared one by one, and found through a map
		ids := make([]userinfo.ID, many)
		for i := range ids {
			ids[i] = userinfo.ID(strconv.Itoa(106 + i))
		}
		users, err := d.ByID(t.Context(), ids...)
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range users {
			if u.ID == "107" {
				t.Errorf("of %d ids, the one that two rows have is %q", many, u.Name)
			}
		}
		if users[0].ID != "106" {
			t.Errorf("of %d ids, the one before it is missing", many)
		}
	}
}

func TestAProbeTellsWhetherUsersCanBeRead(t *testing.T) {
	from := members()
	d := directory(t, plainSettings, from, userinfo.Options{})
	if err := d.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	from.mu.Lock()
	from.fail = errDown
	from.mu.Unlock()
	if err := d.Probe(t.Context()); !errors.Is(err, userinfo.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}
