package sendbird_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnOutageOfTheStoreIsToldOnceAMinuteAndWhenItIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := running(t, nil)
		time.Sleep(10 * time.Second)
		s.store.Fail(errors.New("no disk"))
		time.Sleep(3 * time.Minute)
		for _, text := range []string{"jobs for sendbird cannot be read", "it cannot be looked"} {
			if n := strings.Count(s.logged(), text); n < 2 || n > 4 {
				t.Errorf("%q was told %d times in three minutes", text, n)
			}
		}
		s.store.Fail(nil)
		time.Sleep(3 * time.Minute)
		for _, text := range []string{"jobs for sendbird can be read again", "it can be looked again"} {
			if n := strings.Count(s.logged(), text); n != 1 {
				t.Errorf("%q was told %d times", text, n)
			}
		}
	})
}
