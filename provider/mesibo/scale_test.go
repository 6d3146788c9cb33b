package mesibo_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/store"
)

// fill puts users 2 to n into the SQLite store at once; the site knows every one whom it is asked for.
func (d *desk) fill(t testing.TB, n int) {
	t.Helper()
	_, err := d.store.SQLDB().ExecContext(t.Context(), `WITH RECURSIVE c(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM c WHERE n < ?)
		INSERT INTO chat_mesibo_users (site_user, address, live_address, phone, remote_uid, name, site_name, status, photo, cc, changed, created_at)
		SELECT n, 919876500000 + n, 919876500000 + n, 919876500000 + n, '', '', 'User ' || n, '', '', '', ? - n % 1000, 1 FROM c`, n, d.clock().Unix()-5000)
	if err != nil {
		t.Fatal(err)
	}
}

// thousand are numbers of users, spread over all of them.
func thousand(n, from int) string {
	list := make([]string, 1000)
	for i := range list {
		list[i] = deskPhone(2 + (i*(n/1000)+from)%(n-2))
	}
	return strings.Join(list, ",")
}

// rows is how many users the store has in the test: a million where there is time.
func rows() int {
	if os.Getenv("CHATPASS_NIGHTLY") != "" {
		return 1_000_000
	}
	return 50_000
}

func TestAThousandNumbersCostFiveQueries(t *testing.T) {
	n := rows()
	d := newDesk(t, "", nil)
	ann := d.join(t, 1, "Ann")
	d.fill(t, n)
	asked := strings.Split(thousand(n, 0), ",")
	for _, phone := range asked {
		number, _ := strconv.Atoi(phone)
		number -= 919876500000
		d.site(number, "User "+strconv.Itoa(number))
	}
	calls := d.provider.CountCalls()
	d.mu.Lock()
	d.looks = 0
	d.mu.Unlock()
	start := time.Now()
	got := d.ok(t, ann, "getcontacts", "phones="+strings.Join(asked, ","))
	took := time.Since(start)
	sameList(t, contactsOf(t, got), asked...)
	if diff := cmp.Diff([]string{"Spend", "AddMesiboContacts", "MesiboUsersByPhone"}, calls.Taken()); diff != "" {
		t.Errorf("calls of the store (-want +got):\n%s", diff)
	}
	d.mu.Lock()
	looks := d.looks - 1 // who asks
	d.mu.Unlock()
	if looks != 2 {
		t.Errorf("%d look-ups on the site", looks)
	}
	t.Logf("%d users: %s", n, took)
	start = time.Now()
	d.ok(t, ann, "getcontacts", "phones="+strings.Join(asked, ","))
	if diff := cmp.Diff([]string{"AddMesiboContacts", "MesiboUsersByPhone"}, calls.Taken()); diff != "" {
		t.Errorf("calls of the second time (-want +got):\n%s", diff)
	}
	t.Logf("again: %s", time.Since(start))
}

func BenchmarkAThousandNumbers(b *testing.B) {
	for _, n := range []int{50_000, 1_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			d := newDesk(b, "", nil)
			ann := d.join(b, 1, "Ann")
			d.fill(b, n)
			asked := thousand(n, 0)
			for phone := range strings.SplitSeq(asked, ",") {
				number, _ := strconv.Atoi(phone)
				d.site(number-919876500000, "User "+strconv.Itoa(number-919876500000))
			}
			for b.Loop() {
				d.ok(b, ann, "getcontacts", "phones="+asked)
			}
		})
	}
}

// onStores runs a test on a file, and on a server that several instances may share.
func onStores(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, "") })
	t.Run("mariadb", func(t *testing.T) { test(t, mysqltest.Start(t).Database(t).User(t, "ALL ON *")) })
}

func TestM41ManyRequestsAtOnceLeaveEverythingWhole(t *testing.T) {
	onStores(t, func(t *testing.T, url string) {
		t.Helper()
		const people, requests = 10, 500
		room := make(chan struct{}, 50) // at a time: with the race detector a small machine answers no more within the store's time
		d := newDesk(t, url, nil)
		tokens := make([]string, people+1)
		var phones []string
		for n := 1; n <= people; n++ {
			tokens[n] = d.join(t, n, "User "+strconv.Itoa(n))
			phones = append(phones, deskPhone(n))
		}
		d.ok(t, tokens[1], "setgroup", "name=Team", "m="+strings.Join(phones, ","))
		d.ok(t, tokens[1], "setadmin", "gid=500", "admin=1", "m="+deskPhone(2)+","+deskPhone(3))
		d.peer.taken()
		picture := pngOf(t, halves(30, 20))
		var work sync.WaitGroup
		for i := range requests {
			work.Go(func() {
				room <- struct{}{}
				defer func() { <-room }()
				n := 1 + i%people
				token, other := tokens[n], deskPhone(1+(i*7)%people)
				var got map[string]any
				switch i % 9 {
				case 0:
					got = d.ask(t, token, "getcontacts", "phones="+strings.Join(phones, ","))
				case 1:
					got = d.ask(t, token, "getcontacts", "ts=0")
				case 2:
					got = d.ask(t, token, "profile", fmt.Sprintf("name=Name %d", i))
				case 3:
					got = d.send(t, token, "upload", "photo", "a.png", picture, "profile=1")
				case 4:
					got = d.ask(t, tokens[1+i%3], "editmembers", "gid=500", "m="+other, "delete="+strconv.Itoa(i%2))
				case 5:
					got = d.ask(t, tokens[1+i%3], "setgroup", "gid=500", fmt.Sprintf("name=Team %d", i))
				case 6:
					got = d.ask(t, token, "getgroup", "gid=500")
				case 7:
					got = d.ask(t, token, "setnotify", fmt.Sprintf("notifytoken=t%d", i))
				case 8:
					got = d.ask(t, token, "delcontacts", "phones="+other)
				}
				switch got["error"] {
				case nil, "BADGROUP", "NOTMEMBER": // the rights change meanwhile
				default:
					t.Errorf("request %d: %v", i, got)
				}
			})
		}
		work.Wait()
		if t.Failed() {
			t.Log(d.logged())
		}
		d.whole(t, people)
	})
}

// whole checks that the group has its owner, all members once, and every user their one photo.
func (d *desk) whole(t *testing.T, people int) {
	t.Helper()
	members, err := d.store.MesiboMembers(t.Context(), []int64{500})
	if err != nil {
		t.Fatal(err)
	}
	owners, seen := 0, map[int64]bool{}
	for _, m := range members {
		if m.Role == store.RoleOwner && !m.Left {
			owners++
		}
		if seen[m.User] {
			t.Errorf("user %d is in the group twice", m.User)
		}
		seen[m.User] = true
	}
	if owners != 1 {
		t.Errorf("%d owners", owners)
	}
	photos := map[string]bool{}
	for n := 1; n <= people; n++ {
		if u := d.row(t, n); u.Photo != "" {
			photos[u.Photo] = true
		}
	}
	files, err := d.store.MesiboFiles(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !photos[f.Name] {
			t.Errorf("the file %s is nobody's photo", f.Name)
		}
	}
	if len(files) != len(photos) || len(d.folder(t)) != 2*len(photos) {
		t.Errorf("%d photos, %d rows, %d files", len(photos), len(files), len(d.folder(t)))
	}
}
