package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/store"
)

// asked is a challenge that lives for five minutes.
func asked(d *database, kind, phone, code string) store.MesiboChallenge {
	return store.MesiboChallenge{
		PhoneMAC: "a0" + phone, Kind: kind, App: "app", SiteUser: "6", CodeMAC: "c0" + code, CreatedAt: d.clock.Now(), ExpiresAt: d.clock.Now().Add(5 * time.Minute),
	}
}

// try tries a code, and returns whether it solved a challenge.
func try(t *testing.T, s *store.Store, phone, code string) bool {
	t.Helper()
	_, verdict, err := s.TryMesiboChallenge(t.Context(), "a0"+phone, func(store.MesiboChallenge) string { return "c0" + code })
	ok(t, err)
	return verdict == store.VerdictSolved
}

func TestAChallengeIsSolvedOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		want := asked(d, store.ChallengeOTP, "1", "42")
		ok(t, s.PutMesiboChallenge(t.Context(), want))
		if try(t, s, "1", "43") || try(t, s, "2", "42") || try(t, s, "1", "") {
			t.Error("a wrong code or another phone solved it")
		}
		got, verdict, err := d.open(t).TryMesiboChallenge(t.Context(), want.PhoneMAC, func(c store.MesiboChallenge) string {
			if c.App != "app" && c.App != "" {
				t.Errorf("asked about the app %q", c.App)
			}
			return "c042"
		})
		ok(t, err)
		want.ID, want.Tries = got.ID, 2
		if diff := cmp.Diff(want, got); diff != "" || verdict != store.VerdictSolved || got.ID == 0 {
			t.Errorf("%v (-want +got):\n%s", verdict, diff)
		}
		if try(t, s, "1", "42") {
			t.Error("it was solved twice")
		}
	})
}

func TestRightTriesAtTheSameTimeSolveAChallengeOnce(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		stores := []*store.Store{d.open(t), d.open(t)}
		ok(t, stores[0].PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "1", "42")))
		verdicts, errs := [50]store.Verdict{}, [50]error{}
		var all sync.WaitGroup
		for n := range verdicts {
			all.Go(func() {
				_, verdicts[n], errs[n] = stores[n%2].TryMesiboChallenge(t.Context(), "a01", func(store.MesiboChallenge) string { return "c042" })
			})
		}
		all.Wait()
		solved := 0
		for n := range verdicts {
			ok(t, errs[n])
			if verdicts[n] == store.VerdictSolved {
				solved++
			}
		}
		if solved != 1 {
			t.Errorf("%d callers solved it", solved)
		}
	})
}

func TestGuessesAtTheSameTimeAreFiveAtMost(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		stores := []*store.Store{d.open(t), d.open(t)}
		ok(t, stores[0].PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "1", "42")))
		var lock sync.Mutex
		var compared []int
		errs := [50]error{}
		var all sync.WaitGroup
		for n := range errs {
			all.Go(func() {
				looked := false
				_, _, errs[n] = stores[n%2].TryMesiboChallenge(t.Context(), "a01", func(c store.MesiboChallenge) string {
					looked = looked || c.CodeMAC == "c042" // a transaction that lost is begun anew
					return fmt.Sprint("f0", n)
				})
				lock.Lock()
				defer lock.Unlock()
				if looked {
					compared = append(compared, n)
				}
			})
		}
		all.Wait()
		for _, err := range errs {
			ok(t, err)
		}
		if len(compared) != 5 {
			t.Errorf("%d guesses were compared, want 5: %v", len(compared), compared)
		}
		if try(t, stores[0], "1", "42") {
			t.Error("the sixth try solved it")
		}
	})
}

func TestTheFifthWrongTryEndsAChallenge(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		for wrong := range 7 {
			phone := fmt.Sprint(wrong)
			ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, phone, "42")))
			ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeLink, phone, "77")))
			for range wrong {
				if try(t, s, phone, "1") {
					t.Fatal("a wrong code solved it")
				}
			}
			for _, code := range []string{"42", "77"} { // the one does not count against the other
				if got := try(t, s, phone, code); got != (wrong < 5) {
					t.Errorf("after %d wrong tries the right code solves it: %v", wrong, got)
				}
			}
		}
		ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "6", "42")))
		if !try(t, s, "6", "42") {
			t.Error("a new challenge begins with no tries")
		}
	})
}

func TestAChallengeEnds(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "1", "42")))
		ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "2", "42")))
		d.clock.Add(5*time.Minute - time.Millisecond)
		if !try(t, s, "1", "42") {
			t.Error("it ended too early")
		}
		d.clock.Add(time.Millisecond)
		if try(t, s, "2", "42") {
			t.Error("it did not end")
		}
	})
}

func TestAPhoneHasOneChallengeOfEachKind(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		for _, code := range []string{"1", "2", "3"} {
			ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "1", code)))
			ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeLink, "1", "7"+code)))
		}
		for code, want := range map[string]bool{"1": false, "2": false, "71": false, "72": false} {
			if try(t, s, "1", code) != want {
				t.Errorf("code %s", code)
			}
		}
		if !try(t, s, "1", "3") || !try(t, s, "1", "73") {
			t.Error("the last of each kind is not solved")
		}
		var all sync.WaitGroup
		errs := [50]error{}
		for n := range errs {
			all.Go(func() { errs[n] = s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "9", fmt.Sprint(n))) })
		}
		all.Wait()
		ok(t, errors.Join(errs[:]...))
		var rows int
		ok(t, s.SQLDB().QueryRow("SELECT COUNT(*) FROM chat_mesibo_challenges WHERE phone_mac = 'a09'").Scan(&rows))
		if rows != 1 {
			t.Errorf("%d challenges of one phone", rows)
		}
	})
}

func TestAChallengeOfNobodyIsNeverSolved(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		nobodys := asked(d, store.ChallengeOTP, "1", "42")
		nobodys.SiteUser = ""
		ok(t, s.PutMesiboChallenge(t.Context(), nobodys))
		if try(t, s, "1", "42") {
			t.Error("it was solved")
		}
	})
}

func TestATryCostsTheSameWithAndWithoutAChallenge(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "1", "42")))
		ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "2", "42")))
		ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeLink, "2", "42")))
		written := func() (at int64) {
			ok(t, s.SQLDB().QueryRow("SELECT MAX(created_at) FROM chat_mesibo_challenges WHERE kind = 'decoy'").Scan(&at))
			return at
		}
		for name, phone := range map[string]string{"with one": "1", "with two": "2", "with none": "3"} {
			d.clock.Add(time.Second)
			var kinds []string
			_, _, err := s.TryMesiboChallenge(t.Context(), "a0"+phone, func(c store.MesiboChallenge) string {
				kinds = append(kinds, c.Kind)
				return "c01"
			})
			ok(t, err)
			if len(kinds) != 2 || written() != d.clock.Now().UnixMilli() {
				t.Errorf("a phone %s: compared %v, written at %d", name, kinds, written())
			}
			if phone == "2" && !slices.Equal(kinds, []string{"link", "otp"}) {
				t.Errorf("a phone %s: compared %v", name, kinds)
			}
		}
		nobody := func(c store.MesiboChallenge) string { return c.CodeMAC } // even who guesses what nobody's has
		if _, verdict, err := s.TryMesiboChallenge(t.Context(), "a03", nobody); err != nil || verdict != store.VerdictIdle {
			t.Errorf("a challenge that is not there: %v, %v", verdict, err)
		}
	})
}

func TestATryThatMetNoLiveChallengeIsIdle(t *testing.T) {
	onEach(t, func(t *testing.T, d *database) {
		s := d.open(t)
		want := func(what string, verdict store.Verdict, phone, code string) {
			t.Helper()
			_, got, err := s.TryMesiboChallenge(t.Context(), "a0"+phone, func(store.MesiboChallenge) string { return "c0" + code })
			if err != nil || got != verdict {
				t.Errorf("%s: %v, %v", what, got, err)
			}
		}
		want("never one", store.VerdictIdle, "1", "42")
		ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "1", "42")))
		nobodys := asked(d, store.ChallengeOTP, "2", "42")
		nobodys.SiteUser = ""
		ok(t, s.PutMesiboChallenge(t.Context(), nobodys))
		want("the right code", store.VerdictSolved, "1", "42")
		want("used up", store.VerdictIdle, "1", "42")
		for range 5 {
			want("nobody's, as anybody's", store.VerdictWrong, "2", "42")
		}
		want("tried too often", store.VerdictIdle, "2", "42")
		ok(t, s.PutMesiboChallenge(t.Context(), asked(d, store.ChallengeOTP, "3", "42")))
		d.clock.Add(5 * time.Minute)
		want("ended", store.VerdictIdle, "3", "42")
	})
}
