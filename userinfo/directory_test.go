package userinfo_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/userinfo"
)

func idsOf(users []userinfo.User) (ids []userinfo.ID) {
	for _, u := range users {
		ids = append(ids, u.ID)
	}
	return ids
}

func TestUsersComeInTheOrderAskedEachOnce(t *testing.T) {
	for name, reverse := range map[string]bool{"in the table's order": false, "in reverse order": true} {
		for _, many := range []bool{false, true} { // above eight ids the answer is searched by a map
			t.Run(fmt.Sprintf("%s, many ids %t", name, many), func(t *testing.T) {
				from := members()
				from.reverse = reverse
				ask := []userinfo.ID{"3", "1", "2", "2", "99", "abc", "01", "-1", "", "1"}
				if many {
					for i := range 20 {
						ask = append(ask, userinfo.ID(strconv.Itoa(100+i)))
					}
				}
				users, err := directory(t, plainSettings, from, userinfo.Options{}).ByID(t.Context(), ask...)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]userinfo.ID{"3", "1", "2"}, idsOf(users)); diff != "" {
					t.Error(diff)
				}
				if asked := from.asked(); len(asked) != 1 {
					t.Errorf("took %d queries", len(asked))
				}
			})
		}
	}
}

func TestRowsOfOtherKeysAreNeverShown(t *testing.T) {
	from := &source{loose: true, tables: map[string]*table{"members": {
		columns: []userinfo.Column{col("id", userinfo.ColumnText), col("nick", userinfo.ColumnText)},
		rows:    [][]any{{"ADMIN", "the admin"}, {"admin ", "with a space"}, {"\xffadmin", "broken"}, {nil, "no key"}, {"", "empty key"}},
	}}}
	for _, many := range []int{0, 20} {
		ask := []userinfo.ID{"admin"}
		for i := range many {
			ask = append(ask, userinfo.ID("x"+strconv.Itoa(i)))
		}
		d := directory(t, plainSettings, from, userinfo.Options{})
		if users, err := d.ByID(t.Context(), ask...); err != nil || len(users) != 0 {
			t.Errorf("got %v, %v; want nobody", users, err)
		}
		if users, err := d.ByID(t.Context(), append(ask, "ADMIN")...); err != nil || len(users) != 1 || users[0].Name != "the admin" {
			t.Errorf("got %v, %v; want the admin", users, err)
		}
	}
	users, err := directory(t, plainSettings, from, userinfo.Options{}).Sample(t.Context())
	if diff := cmp.Diff([]userinfo.ID{"ADMIN", "admin "}, idsOf(users)); err != nil || diff != "" {
		t.Errorf("a sample shows keys that no id can spell: %v %s", err, diff)
	}
}

// TestRandomIDsNeverGetAnothersRow is the property of SEC-53 over a source that gives rows of other keys as well.
func TestRandomIDsNeverGetAnothersRow(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for name, c := range map[string]struct {
		column userinfo.ColumnType
		make   func() string
	}{
		"unsigned": {userinfo.ColumnUint, func() string { return strconv.FormatUint(random.Uint64()>>random.UintN(64), 10) }},
		"signed":   {userinfo.ColumnInt, func() string { return strconv.FormatInt(int64(random.Uint64())>>random.UintN(64), 10) }},
		"text":     {userinfo.ColumnText, func() string { return randomWord(random) }},
	} {
		t.Run(name, func(t *testing.T) {
			known := map[userinfo.ID]string{}
			from := &source{loose: true, reverse: true, tables: map[string]*table{"members": {
				columns: []userinfo.Column{col("id", c.column), col("nick", userinfo.ColumnText)},
			}}}
			for range 300 {
				key := c.make()
				if _, twice := known[userinfo.ID(key)]; twice {
					continue
				}
				known[userinfo.ID(key)] = "name of " + key
				from.tables["members"].rows = append(from.tables["members"].rows, []any{key, "name of " + key})
			}
			d := directory(t, plainSettings, from, userinfo.Options{})
			for range 200 {
				var ask []userinfo.ID
				for range 1 + random.IntN(20) {
					ask = append(ask, userinfo.ID(c.make()))
				}
				for key := range known {
					if ask = append(ask, key); random.IntN(3) == 0 {
						break
					}
				}
				users, err := d.ByID(t.Context(), ask...)
				if err != nil {
					t.Fatal(err)
				}
				var want []userinfo.ID
				for _, id := range ask {
					if _, is := known[id]; is && !slices.Contains(want, id) {
						want = append(want, id)
					}
				}
				if diff := cmp.Diff(want, idsOf(users)); diff != "" {
					t.Fatal(diff)
				}
				for _, u := range users {
					if u.Name != known[u.ID] {
						t.Fatalf("user %s has %q", u.ID, u.Name)
					}
				}
			}
		})
	}
}

func randomWord(random *rand.Rand) string {
	const letters = "aAbB áÁ0"
	runes := []rune(letters)
	var b strings.Builder
	for range 1 + random.IntN(3) {
		b.WriteRune(runes[random.IntN(len(runes))])
	}
	return b.String()
}

func TestMoreThanFiveHundredIDsAreAnError(t *testing.T) {
	var ask []userinfo.ID
	for i := range userinfo.MaxIDs + 1 {
		ask = append(ask, userinfo.ID(strconv.Itoa(i)))
	}
	d := directory(t, plainSettings, members(), userinfo.Options{})
	if _, err := d.ByID(t.Context(), ask...); err == nil {
		t.Error("501 ids were accepted")
	}
	if users, err := d.ByID(t.Context(), ask[:userinfo.MaxIDs]...); err != nil || len(users) != 4 {
		t.Errorf("500 ids: %d users, %v", len(users), err)
	}
}

func TestNoIDNeedsNoQuery(t *testing.T) {
	from := members()
	if users, err := directory(t, plainSettings, from, userinfo.Options{}).ByID(t.Context(), "abc", "007"); err != nil || users != nil || len(from.asked()) != 0 {
		t.Errorf("got %v, %v after %d queries", users, err, len(from.asked()))
	}
}

func TestAMappingThatDoesNotFitNamesEveryFault(t *testing.T) {
	for name, c := range map[string]struct {
		settings          userinfo.Settings
		variable, problem string
		remedy            string
	}{
		"a table that is not there":      {userinfo.Settings{Table: "member", ID: "id", Name: "nick"}, "USERS_TABLE", "table member", "did you mean members?"},
		"a table like none":              {userinfo.Settings{Table: "zzz", ID: "id", Name: "nick"}, "USERS_TABLE", "table zzz", "correct the name"},
		"a key that is not there":        {userinfo.Settings{Table: "members", ID: "idd", Name: "nick"}, "USERS_ID", "column idd", "did you mean id?"},
		"a key of no kind":               {userinfo.Settings{Table: "members", ID: "seen", Name: "nick"}, "USERS_ID", "cannot be a user id", "integer, text"},
		"a name that is not there":       {userinfo.Settings{Table: "members", ID: "id", Name: "nik"}, "USERS_NAME", "column nik", "did you mean nick?"},
		"a second choice not there":      {userinfo.Settings{Table: "members", ID: "id", Name: "nick ?? {nik}"}, "USERS_NAME", "column nik", "did you mean nick?"},
		"a field not there":              {userinfo.Settings{Table: "members", ID: "id", Name: "nick", Fields: "a=zzz"}, "USERS_FIELDS", "column zzz", "GRANT SELECT (zzz) ON members"},
		"a search not there":             {userinfo.Settings{Table: "members", ID: "id", Name: "nick", Search: "nik"}, "USERS_SEARCH", "column nik", "did you mean nick?"},
		"a search in times":              {userinfo.Settings{Table: "members", ID: "id", Name: "nick", Search: "seen"}, "USERS_SEARCH", "only text can be searched", "text columns"},
		"a table of friends not there":   {userinfo.Settings{Table: "members", ID: "id", Name: "nick", Friends: "friend(user_id,friend_id)"}, "USERS_FRIENDS", "table friend", "did you mean friends?"},
		"a column of friends not there":  {userinfo.Settings{Table: "members", ID: "id", Name: "nick", Friends: "friends(user_id,frend_id)"}, "USERS_FRIENDS", "column frend_id", "did you mean friend_id?"},
		"friends of two kinds":           {userinfo.Settings{Table: "members", ID: "id", Name: "nick", Friends: "members(id,nick)"}, "USERS_FRIENDS", "not both keys", "hold user ids"},
		"a column whose type is unknown": {userinfo.Settings{Table: "odd", ID: "id", Name: "shape"}, "USERS_NAME", "cannot be shown", "another column"},
	} {
		t.Run(name, func(t *testing.T) {
			from := members()
			from.tables["odd"] = &table{columns: []userinfo.Column{col("id", userinfo.ColumnUint), col("shape", userinfo.ColumnOther)}}
			d := directory(t, c.settings, from, userinfo.Options{})
			faults, err := d.Bind(t.Context())
			if !errors.Is(err, userinfo.ErrMapping) || len(faults) != 1 {
				t.Fatalf("got %v, %v", faults, err)
			}
			f := faults[0]
			if f.Var != c.variable || !strings.Contains(f.Problem, c.problem) || !strings.Contains(f.Remedy, c.remedy) {
				t.Errorf("got %+v", f)
			}
			again, err := d.Bind(t.Context())
			if diff := cmp.Diff(faults, again); !errors.Is(err, userinfo.ErrMapping) || diff != "" {
				t.Errorf("asked again: %v %s", err, diff)
			}
		})
	}
	t.Run("all at once", func(t *testing.T) {
		d := directory(t, userinfo.Settings{Table: "members", ID: "idd", Name: "nik", Badge: "bage", Where: "st = 1", Search: "x"}, members(), userinfo.Options{})
		faults, err := d.Bind(t.Context())
		if !errors.Is(err, userinfo.ErrMapping) || len(faults) != 5 {
			t.Errorf("got %v, %v; want five faults", faults, err)
		}
	})
}

func TestWhatIsKnownOfTheTable(t *testing.T) {
	s := plainSettings
	s.Email, s.Fields, s.Name = "mail", "m={email};n={nick}", "{nick} {mail}"
	d := directory(t, s, members(), userinfo.Options{})
	if d.KeyKind() != userinfo.KeyUnknown {
		t.Errorf("the kind is %s before the table was seen", d.KeyKind())
	}
	got, err := d.Facts(t.Context())
	want := userinfo.Facts{
		Table: "members", Kind: userinfo.KeyUint, KeyIndexed: true, Columns: []string{"id", "nick", "mail"}, Searches: []string{"nick", "mail"},
		Reads: map[string][]string{"members": {"id", "nick", "mail"}}, Queries: 1,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if d.KeyKind() != userinfo.KeyUint {
		t.Errorf("the kind is %s", d.KeyKind())
	}
}

func TestATableThatIsDownIsUnavailableAndComesBack(t *testing.T) {
	from := members()
	from.failBind = fmt.Errorf("%w: connection refused", userinfo.ErrUnavailable)
	d := directory(t, plainSettings, from, userinfo.Options{})
	if _, err := d.ByID(t.Context(), "1"); !errors.Is(err, userinfo.ErrUnavailable) || errors.Is(err, userinfo.ErrMapping) {
		t.Errorf("got %v", err)
	}
	if faults, err := d.Bind(t.Context()); !errors.Is(err, userinfo.ErrUnavailable) || faults != nil {
		t.Errorf("got %v, %v", faults, err)
	}
	from.set(func(s *source) { s.failBind = nil })
	if users, err := d.ByID(t.Context(), "1"); err != nil || len(users) != 1 {
		t.Errorf("after its return: %v, %v", users, err)
	}
}

func TestATableThatChangedIsLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		d := directory(t, plainSettings, from, userinfo.Options{})
		if _, err := d.ByID(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // of the bubble's own clock
		from.set(func(s *source) {
			s.tables["members"].columns[1].Name = "NICK"
		})
		if _, err := d.ByID(t.Context(), "1"); !errors.Is(err, userinfo.ErrMapping) {
			t.Fatalf("the first question meets the change: %v", err)
		}
		if users, err := d.ByID(t.Context(), "1"); err != nil || len(users) != 1 || users[0].Name != "Ann" {
			t.Errorf("the second question: %v, %v", users, err)
		}
		if n := from.looks(); n != 2 {
			t.Errorf("the table was looked at %d times, want 2", n)
		}
	})
}

func TestATableThatNeverFitsIsLookedAtOnceASecond(t *testing.T) {
	for name, breakIt := range map[string]func(*source){
		"a column that is missing":       func(s *source) { s.tables["members"].columns[1].Name = "other" },
		"a query that is always refused": func(s *source) { s.fail = fmt.Errorf("%w: permission denied", userinfo.ErrMapping) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from := members()
				breakIt(from)
				d := directory(t, plainSettings, from, userinfo.Options{})
				for range 100 {
					if _, err := d.ByID(t.Context(), "1"); !errors.Is(err, userinfo.ErrMapping) {
						t.Fatalf("got %v", err)
					}
				}
				if n := from.looks(); n != 1 {
					t.Errorf("the table was looked at %d times in no time, want once", n)
				}
				time.Sleep(2 * time.Second) // of the bubble's own clock
				for range 100 {
					if _, err := d.ByID(t.Context(), "1"); !errors.Is(err, userinfo.ErrMapping) {
						t.Fatalf("got %v", err)
					}
				}
				if n := from.looks(); n > 3 {
					t.Errorf("the table was looked at %d times in two seconds", n)
				}
			})
		})
	}
}

func TestACrowdLooksAtTheTableOnce(t *testing.T) {
	for name, fail := range map[string]error{"that is there": nil, "that is down": userinfo.ErrUnavailable} {
		t.Run("a table "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from := members()
				from.failBind = fail
				from.binding = func(ctx context.Context) error {
					select {
					case <-ctx.Done():
						return ctx.Err()
					case <-time.After(100 * time.Millisecond):
						return nil
					}
				}
				d := directory(t, plainSettings, from, userinfo.Options{})
				var good, bad atomic.Int64
				var wg sync.WaitGroup
				for range 200 {
					wg.Go(func() {
						switch _, err := d.ByID(t.Context(), "1"); {
						case err == nil:
							good.Add(1)
						case errors.Is(err, userinfo.ErrUnavailable):
							bad.Add(1)
						default:
							t.Errorf("got %v", err)
						}
					})
				}
				wg.Wait()
				if fail == nil && good.Load() != 200 || fail != nil && bad.Load() != 200 {
					t.Errorf("%d answers, %d errors", good.Load(), bad.Load())
				}
				if n := from.looks(); n != 1 {
					t.Errorf("the table was looked at %d times", n)
				}
			})
		})
	}
}

func TestAVisitorWhoLeavesDoesNotEndTheLookForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		begun, goOn := make(chan struct{}), make(chan struct{})
		from.binding = func(ctx context.Context) error {
			close(begun)
			select {
			case <-goOn:
				return ctx.Err()
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		d := directory(t, plainSettings, from, userinfo.Options{})
		leaving, leave := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = d.ByID(leaving, "1") })
		<-begun
		wg.Go(func() {
			if users, err := d.ByID(t.Context(), "1"); err != nil || len(users) != 1 {
				t.Errorf("the one who stayed got %v, %v", users, err)
			}
		})
		synctest.Wait()
		leave()
		synctest.Wait()
		close(goOn)
		wg.Wait()
	})
}

func TestATableThatStallsIsUnavailableInTime(t *testing.T) {
	stall := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for name, c := range map[string]struct {
		stall func(*source)
		most  time.Duration
	}{
		"while it is looked at": {func(s *source) { s.binding = stall }, 900 * time.Millisecond},
		"while it is asked":     {func(s *source) { s.during = func(ctx context.Context, _ []any) error { return stall(ctx) } }, 500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from := members()
				c.stall(from)
				began := time.Now()
				_, err := directory(t, plainSettings, from, userinfo.Options{}).ByID(t.Context(), "1")
				if took := time.Since(began); !errors.Is(err, userinfo.ErrUnavailable) || took > c.most {
					t.Errorf("got %v after %s", err, took)
				}
			})
		})
	}
}

func TestAKeyThatChangesItsKindHarmsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := members()
		d := directory(t, plainSettings, from, userinfo.Options{})
		if _, err := d.ByID(t.Context(), "1"); err != nil {
			t.Fatal(err)
		}
		a := answers(t, d, userinfo.AnswersOptions{})
		time.Sleep(time.Minute) // of the bubble's own clock
		from.set(func(s *source) {
			s.fail = fmt.Errorf("%w: changed", userinfo.ErrMapping)
			s.tables["members"] = &table{
				columns: []userinfo.Column{{Name: "id", Type: userinfo.ColumnBytes, Size: 16}, col("nick", userinfo.ColumnText)},
				rows:    [][]any{{uuidBytes(aUUID), "Ann"}},
			}
		})
		if _, err := d.ByID(t.Context(), "1"); !errors.Is(err, userinfo.ErrMapping) {
			t.Fatalf("got %v", err)
		}
		from.set(func(s *source) { s.fail = nil })
		// The answers still know the old kind: their ids are none of the new one.
		if out, _, err := a.Append(t.Context(), nil, []string{"1"}); err != nil || string(out) != "[]" {
			t.Errorf("got %s, %v", out, err)
		}
		if users, err := d.ByID(t.Context(), aUUID); err != nil || len(users) != 1 || users[0].ID != aUUID {
			t.Errorf("got %v, %v", users, err)
		}
	})
}

func TestADirectoryNeedsAMappingAndASource(t *testing.T) {
	if _, err := userinfo.NewDirectory(nil, members(), userinfo.Options{}); err == nil {
		t.Error("accepted without mapping")
	}
	if _, err := userinfo.NewDirectory(mapping(t, plainSettings), nil, userinfo.Options{}); err == nil {
		t.Error("accepted without source")
	}
}
