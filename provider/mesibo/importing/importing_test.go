package importing_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mesibotest"
	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/provider/mesibo/importing"
	"github.com/chatpass/chatpass/store"
	"github.com/chatpass/chatpass/userinfo"
)

func TestMain(m *testing.M) { os.Exit(mysqltest.Main(m)) }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// site is the users of the site that goes with an old database.
type site struct {
	users int
	extra map[string]string // ids by phones
	open  bool              // whoever has a phone may sign in

	mutual  bool // contacts decide who finds whom
	members int  // the most of a group; 0 is 256

	album
}

func (s site) Signup() bool { return s.open }

func (s site) Contacts() bool { return !s.mutual }

func (s site) MaxMembers() int {
	if s.members > 0 {
		return s.members
	}
	return 256
}

func (s site) Names(ctx context.Context, ids []userinfo.ID) (map[userinfo.ID]string, error) {
	names := map[userinfo.ID]string{}
	err := s.EachPhone(ctx, func(id userinfo.ID, phone string) error {
		if names[id] = "name of " + string(id); !slices.Contains(ids, id) {
			delete(names, id)
		}
		return nil
	})
	return names, err
}

func (site) Name(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

func (site) Status(text string) string { return text }

func (s site) Phone(text string) (string, bool) {
	var digits strings.Builder
	for _, r := range text {
		if r >= '0' && r <= '9' {
			digits.WriteRune(r)
		}
	}
	phone := strings.TrimPrefix(digits.String(), "00")
	return phone, len(phone) >= 9 && len(phone) <= 15
}

func (s site) EachPhone(ctx context.Context, yield func(id userinfo.ID, phone string) error) (err error) {
	id := 0
	mesibotest.EachOnSite(s.users, func(_, mobile string) {
		id++
		if phone, ok := s.Phone(mobile); ok && err == nil {
			if err = yield(userinfo.ID(fmt.Sprint(id)), phone); err == nil {
				err = ctx.Err()
			}
		}
	})
	for phone, id := range s.extra {
		if err == nil {
			err = yield(userinfo.ID(id), phone)
		}
	}
	return err
}

// album keeps pictures in a store; what does not begin with JPEG is none.
type album struct{ s *store.Store }

func (album) PhotoName(_ context.Context, of, old string, size int64) (string, error) {
	return fmt.Sprintf("%s-%d-%s", of, size, old), nil
}

func (a album) PutPhoto(ctx context.Context, name string, user int64, data []byte) (bool, error) {
	if !strings.HasPrefix(string(data), "JPEG") {
		return false, nil
	}
	err := a.s.PutMesiboFile(ctx, store.MesiboFile{Name: name, User: user, MIME: "image/jpeg", Size: int64(len(data))})
	return err == nil || errors.Is(err, store.ErrConflict), nil
}

func (album) IsPhoto(_ context.Context, data []byte) (bool, error) {
	return strings.HasPrefix(string(data), "JPEG"), nil
}

func (a album) DropPhoto(ctx context.Context, name string) error {
	return a.s.DropMesiboFile(ctx, name)
}

// open opens a store that has nothing in it.
func open(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{
		URL: secret.New(url), Now: func() time.Time { return noon }, Keys: store.Keys{Key: secret.New("store-key-of-the-tests-0123456789-abcdef")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func sqlite(t *testing.T) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "store.db")
}

// dump is all that an import writes, without what differs from one store to the next: numbers of rows, and sealed texts.
func dump(t *testing.T, s *store.Store) (lines []string) {
	t.Helper()
	const user = "(SELECT u.site_user FROM chat_mesibo_users u WHERE u.id = "
	for _, query := range []string{
		"SELECT 'user', site_user, address, phone, remote_uid, name, site_name, status, photo, cc, changed FROM chat_mesibo_users",
		"SELECT 'contact', " + user + "c.owner), c.phone, '', '', '', '', '', '', '', 0 FROM chat_mesibo_contacts c",
		"SELECT 'group', gid, name, status, photo, '', '', '', '', '', type FROM chat_mesibo_groups",
		"SELECT 'member', m.gid, " + user + "m.user_id), '', '', '', '', '', '', m.joined_at, m.role FROM chat_mesibo_members m WHERE m.gone = 0",
		"SELECT 'push', " + user + "p.user_id), p.device, '', '', '', '', '', '', '', p.production FROM chat_mesibo_push p",
		"SELECT 'job', kind, site_user, address, '', '', '', '', '', '', next_at FROM chat_provider_jobs",
		"SELECT 'file', f.name, " + user + "f.user_id), f.mime, '', '', '', '', '', '', f.size FROM chat_mesibo_files f",
	} {
		lines = append(lines, cellLines(t, s.SQLDB(), query)...)
	}
	slices.Sort(lines)
	return lines
}

// cellLines are the rows of a query of 11 columns, a line for each.
func cellLines(t *testing.T, db *sql.DB, query string) (lines []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		cells, into := make([]sql.NullString, 11), make([]any, 11)
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		line := ""
		for _, c := range cells {
			line += c.String + "|"
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func counts(s importing.Summary) (lines []string) {
	for _, c := range s.Counts {
		lines = append(lines, fmt.Sprintf("%s: %d found, %d added, %d changed, %d same, %d kept, %d left", c.Kind, c.Found, c.Added, c.Changed, c.Same, c.Kept, c.Left))
	}
	return lines
}

func TestAnImportTakesOverWhatTheOldBackendKept(t *testing.T) {
	const users = 110
	db := mysqltest.Start(t).Database(t)
	known := mesibotest.Fill(t, db, users)
	folder := t.TempDir()
	for n, content := range map[int]string{0: "JPEG zero", 10: "<?php", 20: "JPEG twenty", 30: "JPEG thirty"} {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("15000%05d-abcdef.jpg", n)), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	s := open(t, sqlite(t))
	var left []importing.Left
	im := importing.Import{
		From: db.SQL(), Store: s, Provider: site{users: users, album: album{s}}, Files: root,
		Left: func(l importing.Left) error { left = append(left, l); return nil },
	}

	dry := im
	dry.DryRun = true
	planned, err := dry.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if lines := dump(t, s); len(lines) != 0 {
		t.Fatalf("a dry run wrote %v", lines)
	}
	left = nil
	got, err := im.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(counts(planned), counts(got)); diff != "" {
		t.Errorf("the dry run told something else than came (-dry +done):\n%s", diff)
	}
	if c := got.Counts[0]; c.Found != users+2 || c.Added != known || c.Left != users+2-known {
		t.Errorf("%d users are known; %+v", known, c)
	}
	want := []string{
		"users: 112 found, 106 added, 0 changed, 0 same, 0 kept, 6 left",
		"contacts: 324 found, 312 added, 0 changed, 0 same, 0 kept, 12 left",
	}
	if diff := cmp.Diff(want, counts(got)[:2]); diff != "" {
		t.Error(diff)
	}
	for _, l := range []importing.Left{
		{Kind: "users", Ref: 3, Phone: "1234", Why: importing.WhyNoPhone},
		{Kind: "users", Ref: 4, Phone: "18446744073709551615", Why: importing.WhyNoPhone},
		{Kind: "users", Ref: 1007, Phone: mesibotest.Phone(7), Why: importing.WhyNobody},
		{Kind: "users", Ref: 1013, Phone: mesibotest.Phone(13), Why: importing.WhySeveral},
		{Kind: "contacts", Ref: 1057, Why: importing.WhyNoOwner},
		{Kind: "contacts", Ref: 1001, Phone: "5", Why: importing.WhyNoPhone},
		{Kind: "contacts", Ref: 1001, Phone: mesibotest.Phone(1), Why: importing.WhyOwn},
		{Kind: "groups", Ref: 9, Why: importing.WhyEmpty},
		{Kind: "members", Ref: 50000, Phone: "491510000000", Why: importing.WhyStranger},
		{Kind: "photos", Ref: 1010, Why: importing.WhyPicture},
		{Kind: "photos", Ref: 1040, Why: importing.WhyNoFile},
	} {
		if !slices.Contains(left, l) {
			t.Errorf("%+v was not told", l)
		}
	}

	lines := dump(t, s)
	if n := len(slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !strings.HasPrefix(l, "job|end-old|") })); n != known {
		t.Errorf("the tokens of %d users are to be ended at Mesibo, of %d were taken over", n, known)
	}
	if slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "push|") }) {
		t.Error("push tokens were taken over, of devices that may be strangers'")
	}
	zero, err := s.MesiboUser(t.Context(), "3")
	if err != nil {
		t.Fatal(err)
	}
	wantZero := store.MesiboUser{
		ID: zero.ID, SiteUser: "3", Address: mesibotest.Phone(0), Phone: mesibotest.Phone(0), RemoteUID: "1000", Name: "Zoë 0 🦉", SiteName: "name of 3",
		Photo: "user 1000-9-1500000000-abcdef.jpg", Changed: noon.Unix(), CreatedAt: noon,
	}
	if diff := cmp.Diff(wantZero, zero); diff != "" {
		t.Error(diff)
	}
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "Bad\uFFFD bytes 2|") }) {
		t.Error("a name with bytes that are no text was lost")
	}

	again, err := im.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range again.Counts {
		if c.Added+c.Changed+c.Kept != 0 {
			t.Errorf("the second run did something: %+v", c)
		}
	}
	if diff := cmp.Diff(lines, dump(t, s)); diff != "" {
		t.Errorf("the second run changed the store:\n%s", diff)
	}
}

func TestTheNumbersOfAnImportAddUp(t *testing.T) {
	const users = 60
	db := mysqltest.Start(t).Database(t)
	mesibotest.Fill(t, db, users)
	db.Exec(t,
		"INSERT INTO members VALUES (77, "+mesibotest.Phone(1)+", 2), (77, 5, 0), (88, 5, 0), (0, "+mesibotest.Phone(2)+", 2)",
		"INSERT INTO `groups` (gid, name, photo) VALUES (0, 'no number', 'one.jpg')",
		"INSERT INTO members SELECT 50020, 4915500000000 + seq, 0 FROM seq_1_to_6000",
		"INSERT INTO contacts SELECT 1002, 4915500000000 + seq, 0 FROM seq_1_to_20100",
		"UPDATE `groups` SET photo = 'one.jpg', status = 'hi' WHERE gid = 50000", "UPDATE `groups` SET photo = 'bad.jpg' WHERE gid = 50020",
		"UPDATE users SET photo = 'bad.jpg' WHERE uid = 1001",
	)
	folder := t.TempDir()
	for name, content := range map[string]string{"one.jpg": "JPEG one", "bad.jpg": "<?php"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	s := open(t, sqlite(t))
	var left map[importing.Left]bool
	im := importing.Import{
		From: db.SQL(), Store: s, Provider: site{users: users, album: album{s}}, Files: root,
		Left: func(l importing.Left) error { left[l] = true; return nil },
	}
	dry := im
	dry.DryRun = true
	var plans []string
	for n, run := range []importing.Import{dry, im, dry, im} {
		left = map[importing.Left]bool{}
		got, err := run.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		tables := map[string]string{"users": "users", "contacts": "contacts", "groups": "groups", "members": "members", "push tokens": "notifytokens", "tokens": "tokens", "names": "names"}
		for _, c := range got.Counts {
			if c.Added+c.Changed+c.Same+c.Kept+c.Left != c.Found {
				t.Errorf("run %d: %+v does not add up", n, c)
			}
			if table := tables[c.Kind]; table != "" {
				if rows := column(t, db.SQL(), "SELECT COUNT(*) FROM `"+table+"`"); rows[0] != fmt.Sprint(c.Found) {
					t.Errorf("run %d: %s rows of %s, %+v", n, rows[0], table, c)
				}
			}
		}
		for _, l := range []importing.Left{
			{Kind: "members", Ref: 77, Why: importing.WhyNoGroup},
			{Kind: "members", Ref: 88, Why: importing.WhyNoGroup},
			{Kind: "members", Ref: 0, Phone: mesibotest.Phone(2), Why: importing.WhyNoGroup},
			{Kind: "members", Ref: 50020, Why: importing.WhyTooMany},
			{Kind: "contacts", Ref: 1002, Why: importing.WhyTooMany},
			{Kind: "photos", Ref: 1001, Why: importing.WhyPicture},
			{Kind: "photos", Ref: 50020, Why: importing.WhyPicture},
		} {
			if !left[l] {
				t.Errorf("run %d does not tell %+v", n, l)
			}
		}
		if n%2 == 0 {
			plans = counts(got)
		} else if diff := cmp.Diff(plans, counts(got)); diff != "" {
			t.Errorf("the dry run told something else than came (-dry +done):\n%s", diff)
		}
	}
	if g, err := s.MesiboGroup(t.Context(), 50000); err != nil || g.Status != "hi" || g.Photo == "" {
		t.Errorf("%+v, %v", g, err)
	}
}

func TestTheStatusOfAGroupIsTakenOverUnlessItWasChangedHere(t *testing.T) {
	db := mysqltest.Start(t).Database(t)
	mesibotest.Fill(t, db, 40)
	im := importing.Import{From: db.SQL(), Store: open(t, sqlite(t)), Provider: site{users: 40}}
	for _, c := range []struct{ old, here, want string }{{"a", "", "a"}, {"b", "", "b"}, {"c", "mine", "mine"}} {
		db.Exec(t, "UPDATE `groups` SET status = '"+c.old+"' WHERE gid = 50020")
		if g, err := im.Store.MesiboGroup(t.Context(), 50020); c.here != "" {
			after := g
			after.Status = c.here
			if err = errors.Join(err, im.Store.SetMesiboGroup(t.Context(), g, after)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := im.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if g, err := im.Store.MesiboGroup(t.Context(), 50020); err != nil || g.Status != c.want {
			t.Errorf("%+v, %v; want status %q", g, err, c.want)
		}
	}
}

func TestAnImportThatIsEndedAtAnyMomentGoesOnWhereItWas(t *testing.T) {
	const users = 3_000 // blackbox kills the program over 10,000
	server := mysqltest.Start(t)
	old := server.Database(t)
	known := mesibotest.Fill(t, old, users)
	im := importing.Import{From: old.SQL(), Provider: site{users: users}}
	whole := open(t, sqlite(t))
	im.Store = whole
	first, err := im.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if first.Counts[0].Added != known {
		t.Fatalf("%d users are known; %+v", known, first.Counts[0])
	}
	want := dump(t, whole)
	for name, url := range map[string]string{"sqlite": sqlite(t), "mariadb": server.Database(t).User(t, "ALL ON *")} {
		t.Run(name, func(t *testing.T) {
			im := im
			im.Store = open(t, url)
			random := rand.New(rand.NewPCG(7, uint64(len(name))))
			ends := 0
			for {
				ctx, cancel := context.WithCancel(t.Context())
				steps := 1 + random.IntN(users/450*(1+ends)+1) // later runs get further
				im.Progress = func(string, int, int) {
					if steps--; steps == 0 {
						go cancel() // in the midst of what comes next
					}
				}
				_, err := im.Run(ctx)
				cancel()
				if err == nil {
					break
				}
				if !errors.Is(err, context.Canceled) {
					t.Fatalf("run %d ended with %v", ends, err)
				}
				ends++
			}
			if ends < 3 {
				t.Errorf("only %d runs were ended", ends)
			}
			got := dump(t, im.Store)
			if !slices.Equal(got, want) {
				t.Errorf("after %d ends %d rows, of one run %d:\n%s", ends, len(got), len(want), cmp.Diff(want, got))
			}
		})
	}
}

func TestWhoeverHasAPhoneIsTakenOverWhereSignUpIsOpen(t *testing.T) {
	db := mysqltest.Start(t).Database(t)
	mesibotest.Fill(t, db, 20)
	s := open(t, sqlite(t))
	im := importing.Import{From: db.SQL(), Store: s, Provider: site{users: 20, open: true}}
	got, err := im.Run(t.Context())
	if err != nil || got.Counts[0].Added != 19 || got.Counts[0].Left != 3 { // 13 is of two users; two phones are none
		t.Fatalf("%v, %+v", err, got.Counts[0])
	}
	u, err := s.MesiboUser(t.Context(), "tel:"+mesibotest.Phone(7))
	if err != nil || u.Address != mesibotest.Phone(7) || u.RemoteUID != "1007" {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestContactsThatAnybodyCouldHaveWrittenDecideAboutNothing(t *testing.T) {
	db := mysqltest.Start(t).Database(t)
	mesibotest.Fill(t, db, 20)
	var left []importing.Left
	im := importing.Import{
		From: db.SQL(), Store: open(t, sqlite(t)), Provider: site{users: 20, mutual: true}, Left: func(l importing.Left) error { left = append(left, l); return nil },
	}
	got, err := im.Run(t.Context())
	if c := got.Counts[1]; err != nil || c.Found == 0 || c.Left != c.Found || c.Added != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if !slices.Contains(left, importing.Left{Kind: "contacts", Why: importing.WhyPrivacy}) {
		t.Error("that they are left out is not told")
	}
	if lines := dump(t, im.Store); slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "contact|") }) {
		t.Errorf("kept: %v", lines)
	}
}

func TestAdministratorsOfGroupsArePlainMembersUnlessTheOwnerOfTheSiteTrustsThem(t *testing.T) {
	db := mysqltest.Start(t).Database(t)
	mesibotest.Fill(t, db, 40)
	db.Exec(t, "DELETE FROM members WHERE gid = 50020", "INSERT INTO members VALUES (50020, "+mesibotest.Phone(20)+", 2), (50020, "+mesibotest.Phone(21)+", 1), "+
		"(50020, "+mesibotest.Phone(22)+", 2), (50020, "+mesibotest.Phone(23)+", 0)")
	var told []string
	im := importing.Import{
		From: db.SQL(), Store: open(t, sqlite(t)), Provider: site{users: 40}, Left: func(l importing.Left) error {
			if l.Ref == 50020 {
				told = append(told, l.Phone+" "+l.Why)
			}
			return nil
		},
	}
	roles := func() (list []int) {
		t.Helper()
		if _, err := im.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		members, err := im.Store.MesiboMembers(t.Context(), []int64{50020})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			list = append(list, m.Role)
		}
		return list
	}
	if diff := cmp.Diff([]int{2, 0, 0, 0}, roles()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{mesibotest.Phone(22) + " " + importing.WhyAdmin, mesibotest.Phone(21) + " " + importing.WhyAdmin}, told); diff != "" {
		t.Error(diff)
	}
	im.Admins = true
	if diff := cmp.Diff([]int{2, 1, 1, 0}, roles()); diff != "" {
		t.Errorf("with their rights: %s", diff)
	}
}

func TestAnImportedGroupHasNoMoreMembersThanOneThatIsMadeHere(t *testing.T) {
	db := mysqltest.Start(t).Database(t)
	mesibotest.Fill(t, db, 60)
	db.Exec(t, "DELETE FROM members WHERE gid = 50020", "INSERT INTO members SELECT 50020, phone, uid = 1059 FROM users WHERE uid >= 1000",
		"INSERT INTO members SELECT 50020, 4915500000000 + seq, 0 FROM seq_1_to_900") // strangers take no place
	s := open(t, sqlite(t))
	im := importing.Import{From: db.SQL(), Store: s, Provider: site{users: 60, members: 50}, Admins: true}
	if _, err := im.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	members, err := s.MesiboMembers(t.Context(), []int64{50020})
	if err != nil || len(members) != 50 || members[0].Role != store.RoleAdmin {
		t.Errorf("%d members, %v", len(members), err)
	}
}

func TestNoTwoSharePhotosOfOneName(t *testing.T) {
	db := mysqltest.Start(t).Database(t)
	mesibotest.Fill(t, db, 40)
	db.Exec(t, "UPDATE users SET photo = 'one.jpg' WHERE uid IN (1000, 1001)", "UPDATE `groups` SET photo = 'one.jpg' WHERE gid = 50000")
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "one.jpg"), []byte("JPEG one"), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	s := open(t, sqlite(t))
	if _, err := (importing.Import{From: db.SQL(), Store: s, Provider: site{users: 40, album: album{s}}, Files: root}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, query := range []string{"SELECT photo FROM chat_mesibo_users WHERE remote_uid IN ('1000', '1001')", "SELECT photo FROM chat_mesibo_groups WHERE gid = 50000"} {
		for _, name := range column(t, s.SQLDB(), query) {
			seen[name] = true
		}
	}
	if files, err := s.MesiboFiles(t.Context(), "", 10); err != nil || len(seen) != 3 || len(files) != 3 {
		t.Errorf("photos %v, files %v, %v", seen, files, err)
	}
}

// column are the values of a query of one column.
func column(t *testing.T, db *sql.DB, query string) (list []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			t.Fatal(err)
		}
		list = append(list, value)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAMemberWhoBecomesKnownLaterJoinsTheGroup(t *testing.T) {
	db := mysqltest.Start(t).Database(t)
	mesibotest.Fill(t, db, 40)
	s := open(t, sqlite(t))
	people := site{users: 40, extra: map[string]string{}}
	im := importing.Import{From: db.SQL(), Store: s, Provider: people}
	if _, err := im.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		members, err := s.MesiboMembers(t.Context(), []int64{50020})
		if err != nil {
			t.Fatal(err)
		}
		return len(members)
	}
	before := count()
	db.Exec(t, "INSERT INTO members VALUES (50020, "+mesibotest.Phone(7)+", 1)")
	people.extra[mesibotest.Phone(7)] = "seven"
	if _, err := im.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := count(); after != before+1 {
		t.Errorf("%d members were, %d are", before, after)
	}
}

func TestADatabaseThatIsNotTheOldOneIsRefused(t *testing.T) {
	server := mysqltest.Start(t)
	for _, tt := range []struct {
		name       string
		statements []string
		missing    []string
	}{
		{"an empty one", nil, []string{"table contacts", "table groups", "table members", "table users"}},
		{"one of a site", []string{"CREATE TABLE users (id INT, name TEXT)"}, []string{
			"table contacts", "table groups", "table members", "users.cc", "users.phone", "users.photo", "users.status", "users.uid",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := server.Database(t)
			db.Exec(t, tt.statements...)
			_, err := importing.Import{From: db.SQL(), Store: open(t, sqlite(t)), Provider: site{}}.Run(t.Context())
			var schema *importing.SchemaError
			if !errors.As(err, &schema) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(tt.missing, schema.Missing); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnErrorOfTheOldDatabaseHoldsNoValues(t *testing.T) {
	db := mysqltest.Start(t).Database(t)
	mesibotest.Fill(t, db, 20)
	address := db.User(t, "SELECT ON users", "SELECT ON contacts")
	user, password := db.Credentials(t, address)
	from, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(127.0.0.1:%d)/%s", user, password, mysqltest.Start(t).Port(), db.Name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = from.Close() }()
	_, err = importing.Import{From: from, Store: open(t, sqlite(t)), Provider: site{users: 20}}.Run(t.Context())
	if err == nil || strings.Contains(err.Error(), user) || strings.Contains(err.Error(), password) {
		t.Errorf("got %v", err)
	}
}
