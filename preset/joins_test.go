package preset_test

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/evidence"
	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// keyType is a type of key columns in the words of each engine; an engine it lacks is left out.
type keyType struct {
	decl    map[string]string
	literal func(cell string) string
}

func quoted(cell string) string { return "'" + strings.ReplaceAll(cell, "'", "''") + "'" }

func plain(cell string) string { return cell }

var keyTypes = map[string]keyType{
	"exact text": {map[string]string{"mysql": "VARCHAR(64) COLLATE utf8mb4_nopad_bin", "postgres": "VARCHAR(64)", "sqlite": "VARCHAR(64)"}, quoted},
	"loose text": {map[string]string{"mysql": "VARCHAR(64) COLLATE utf8mb4_general_ci", "sqlite": "VARCHAR(64) COLLATE NOCASE"}, quoted},
	"latin1":     {map[string]string{"mysql": "VARCHAR(64) CHARACTER SET latin1"}, quoted},
	"number":     {map[string]string{"mysql": "BIGINT UNSIGNED", "postgres": "BIGINT", "sqlite": "BIGINT"}, plain},
	"decimal":    {map[string]string{"mysql": "DECIMAL(30,2)", "postgres": "NUMERIC(30,2)"}, plain},
	"float":      {map[string]string{"mysql": "DOUBLE", "postgres": "DOUBLE PRECISION"}, plain},
	"uuid":       {map[string]string{"mysql": "UUID", "postgres": "UUID"}, quoted},
	"uuid text":  {map[string]string{"mysql": "CHAR(36) CHARACTER SET ascii", "postgres": "CHAR(36)", "sqlite": "CHAR(36)"}, quoted},
	"uuid bytes": {map[string]string{"mysql": "BINARY(16)", "sqlite": "BINARY(16)"}, func(cell string) string { return "x'" + strings.ReplaceAll(cell, "-", "") + "'" }},
}

// lookAlikes are keys of users, and keys that a careless comparison takes for them: each group holds both.
func lookAlikes(kind string, random *rand.Rand, groups int) [][]string {
	var all [][]string
	for i := range groups {
		n := strconv.Itoa(i + 1)
		switch kind {
		case "names":
			all = append(all, []string{"admin" + n, "ADMIN" + n, "ádmin" + n, "admin" + n + " "})
		case "numbers":
			base := uint64(1)<<53 + uint64(i)*4
			if i%3 == 0 {
				base = uint64(i)*4 + 1_000_000
			}
			all = append(all, []string{strconv.FormatUint(base, 10), strconv.FormatUint(base+1, 10), strconv.FormatUint(base+2, 10), strconv.FormatUint(base+3, 10)})
		case "number-like":
			all = append(all, []string{n + "1", "0" + n + "1", n + "1abc", " " + n + "1"})
		default:
			var b [16]byte
			for j := range b {
				b[j] = byte(random.Uint32())
			}
			b[0], b[6], b[8] = 0xfa, b[6]&0x0f|0x40, b[8]&0x3f|0x80 // a letter, version 4
			h := hex.EncodeToString(b[:])
			id := h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
			all = append(all, []string{id, h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:31] + string("0123456789abcdef"[(strings.IndexByte("0123456789abcdef", h[31])+1)%16])})
		}
	}
	return all
}

const threeJoins = `
users: { table: u, key: id }
joins:
  - { as: o, table: j, on: { k: id }, one: true }
  - { as: p, table: k, on: { k: id }, one: true }
  - { as: m, table: k, on: { k: id }, kv: { key: name, value: v } }
  - { as: l, table: k, on: { k: id }, many: true }
fields: { name: "'x'", o: o.v, p: p.v, m: m.color, l: { list: l.v, agg: join } }
`

const oneJoin = `
users: { table: u, key: id }
joins: [ { as: o, table: j, on: { k: id }, one: true } ]
fields: { name: "'x'", o: o.v }
`

// TestJoinedRowsNeverGoToAnotherUser compares what joins give with a plain look at all rows: every user gets the row whose key is
// theirs byte for byte, or none; and the right one wherever the two columns are of kindred types.
func TestJoinedRowsNeverGoToAnotherUser(t *testing.T) {
	for _, c := range []struct {
		users, joined, keys string
		groups              int
		complete            bool // every row that is there is found
	}{
		{"exact text", "exact text", "names", 2500, true},
		{"exact text", "loose text", "names", 2500, true},
		{"exact text", "latin1", "names", 50, true},
		{"number", "number", "numbers", 2500, true},
		{"number", "exact text", "numbers", 50, true},
		{"number", "loose text", "numbers", 50, true},
		{"number", "decimal", "numbers", 50, false},
		{"number", "float", "numbers", 50, false},
		{"exact text", "number", "number-like", 50, true},
		{"uuid text", "uuid text", "uuids", 50, true},
		{"uuid text", "loose text", "uuids", 50, true},
		{"uuid", "uuid", "uuids", 50, true},
		{"uuid", "exact text", "uuids", 50, true},
		{"exact text", "uuid", "uuids", 50, true},
		{"uuid bytes", "uuid bytes", "uuids", 50, true},
		{"uuid bytes", "uuid text", "uuids", 50, false},
		{"uuid text", "uuid bytes", "uuids", 50, false},
	} {
		t.Run(c.users+" joined with "+c.joined, func(t *testing.T) {
			var names []string // of engines that have both types
			for name := range keyTypes[c.users].decl {
				if keyTypes[c.joined].decl[name] != "" {
					names = append(names, name)
				}
			}
			onEngines(t, names, nil, func(t *testing.T, e engine) {
				t.Helper()
				random := rand.New(rand.NewPCG(1, 2))
				ids, cells := fillKeys(t, e, c.users, c.joined, lookAlikes(c.keys, random, c.groups), random)
				d, err := mapped(t, e.source, threeJoins)
				if c.joined == "float" || c.joined == "decimal" {
					if err == nil || !strings.Contains(err.Error(), "cannot be a key") {
						t.Fatalf("a join with many rows on such a column: %v", err)
					}
					if d, err = mapped(t, e.source, oneJoin); c.joined == "float" {
						if err == nil {
							t.Error("a join on a float is not refused")
						}
						return
					}
				}
				if err != nil {
					t.Fatal(err)
				}
				checkJoined(t, d, ids, cells, c.complete)
			})
		})
	}
}

// fillKeys makes users of all keys and gives one of every group a row in the joined tables. It returns all keys, and those with a row.
func fillKeys(t *testing.T, e engine, usersType, joinedType string, groups [][]string, random *rand.Rand) (ids []userinfo.ID, cells map[string]bool) {
	t.Helper()
	users, joined := keyTypes[usersType], keyTypes[joinedType]
	run := func(s string) {
		t.Helper()
		if _, err := e.db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%v in %.300s", err, s)
		}
	}
	run("CREATE TABLE u (id " + users.decl[e.name] + " PRIMARY KEY)")
	run("CREATE TABLE j (k " + joined.decl[e.name] + " PRIMARY KEY, v VARCHAR(100))")
	run("CREATE TABLE k (k " + joined.decl[e.name] + ", name VARCHAR(20), v VARCHAR(100))")
	run("CREATE INDEX k_k ON k (k)")
	cells = map[string]bool{}
	var inU, inJ, inK []string
	for _, group := range groups {
		for _, id := range group {
			ids = append(ids, userinfo.ID(id))
			inU = append(inU, "("+users.literal(id)+")")
		}
		mine := group[random.IntN(len(group))]
		if joinedType == "number" || joinedType == "decimal" || joinedType == "float" {
			if _, err := strconv.ParseUint(mine, 10, 64); err != nil || mine[0] == '0' {
				mine = group[0]
			}
		}
		cells[mine] = true
		inJ = append(inJ, "("+joined.literal(mine)+",'v:"+mine+"')")
		inK = append(inK, "("+joined.literal(mine)+",'color','v:"+mine+"')")
	}
	for table, rows := range map[string][]string{"u": inU, "j": inJ, "k": inK} {
		for start := 0; start < len(rows); start += 500 {
			run("INSERT INTO " + table + " VALUES " + strings.Join(rows[start:min(start+500, len(rows))], ","))
		}
	}
	return ids, cells
}

func checkJoined(t *testing.T, d *userinfo.Directory, ids []userinfo.ID, cells map[string]bool, complete bool) {
	t.Helper()
	found, wrong := 0, 0
	for start := 0; start < len(ids); start += userinfo.MaxIDs {
		part := ids[start:min(start+userinfo.MaxIDs, len(ids))]
		users, err := d.ByID(t.Context(), part...)
		if err != nil {
			t.Fatal(err)
		}
		if len(users) != len(part) {
			t.Fatalf("%d users of %d", len(users), len(part))
		}
		for i, u := range users {
			if u.ID != part[i] {
				t.Fatalf("user %q for %q", u.ID, part[i])
			}
			got := map[string]string{}
			for _, x := range u.Extra {
				got[x.Name] = x.Text
			}
			for _, field := range []string{"o", "p", "m", "l"} {
				switch {
				case got[field] == "" && (!cells[string(u.ID)] || !complete):
				case got[field] == "v:"+string(u.ID) && cells[string(u.ID)]:
					found++
				default:
					if wrong++; wrong < 10 {
						t.Errorf("user %q got %q by %s, want %t", u.ID, got[field], field, cells[string(u.ID)])
					}
				}
			}
		}
	}
	if complete && found != 4*len(cells) {
		t.Errorf("%d values of %d", found, 4*len(cells))
	}
}

// counting counts the queries that look rows up.
type counting struct {
	userinfo.Source
	queries *atomic.Int64
}

type countingLookup struct {
	userinfo.Lookup
	queries *atomic.Int64
}

func (c counting) ByKey(s userinfo.Select, key string) (userinfo.Lookup, error) {
	l, err := c.Source.ByKey(s, key)
	return countingLookup{l, c.queries}, err
}

func (l countingLookup) Rows(ctx context.Context, args ...any) (*userinfo.Rows, error) {
	l.queries.Add(1)
	return l.Lookup.Rows(ctx, args...)
}

// TestAHundredWordPressUsersAreTwoQueries counts what the server itself saw.
func TestAHundredWordPressUsersAreTwoQueries(t *testing.T) {
	var folder evidence.Folder
	for _, f := range evidence.Folders(t, evidenceRoot) {
		if f.Name == "wordpress" {
			folder = f
		}
	}
	address := folder.Load(t, "mysql", "wp_", true)
	where, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	root := mysqltest.Start(t).SQL()
	name := strings.TrimPrefix(where.Path, "/")
	var ids []userinfo.ID
	for i := 1001; i <= 1100; i++ {
		for _, s := range []string{
			fmt.Sprintf("INSERT INTO %s.wp_users (ID, user_login, user_nicename, display_name, user_email) VALUES (%d, 'u%d', 'u%d', 'User %d', 'u%d@example.com')", name, i, i, i, i, i),
			fmt.Sprintf("INSERT INTO %s.wp_usermeta (user_id, meta_key, meta_value) VALUES (%d, 'wp_capabilities', 'a:1:{s:10:\"subscriber\";b:1;}'), (%d, 'wc_last_active', '1767225600'), (%d, 'nickname', 'n')", name, i, i, i),
		} {
			if _, err := root.ExecContext(t.Context(), s); err != nil {
				t.Fatalf("%v in %s", err, s)
			}
		}
		ids = append(ids, userinfo.ID(strconv.Itoa(i)))
	}
	db, err := sitedb.Open(sitedb.Options{URL: secret.New(address), QueryTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	file, faults := preset.Open("wordpress")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	m, faults := userinfo.NewMapping(&file.Users, userinfo.Settings{SiteURL: "https://s.example"})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	var queries atomic.Int64
	d, err := userinfo.NewDirectory(m, counting{db, &queries}, userinfo.Options{QueryTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Bind(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := selects(t, root)
	users, err := d.ByID(t.Context(), ids...)
	if err != nil || len(users) != 100 {
		t.Fatal(len(users), err)
	}
	if n := selects(t, root) - before; n != 2 || queries.Load() != 2 {
		t.Errorf("%d queries at the server, %d asked; want 2", n, queries.Load())
	}
	if users[99].LastLogin.Unix() != 1767225600 || users[99].Role != "user" {
		t.Errorf("got %+v", users[99])
	}
}

// selects is how many SELECTs the server has run, but for this one.
func selects(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	var name string
	if err := db.QueryRowContext(t.Context(), "SHOW GLOBAL STATUS LIKE 'Com_select'").Scan(&name, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAJoinOfOneTakesOneRowOfSeveralInItsOrder(t *testing.T) {
	onEveryEngine(t, []string{
		"CREATE TABLE u (id {uint} PRIMARY KEY)", "INSERT INTO u VALUES (1), (2), (3)",
		"CREATE TABLE p (uid {uint}, at INT, v VARCHAR(9))", "CREATE INDEX p_u ON p (uid)",
		"INSERT INTO p VALUES (1, 5, 'five'), (1, 9, 'nine'), (1, NULL, 'null'), (2, 1, 'one')",
	}, func(t *testing.T, e engine) {
		t.Helper()
		for order, want := range map[string]string{"at desc": "nine one ", "at": "five one ", "at asc": "five one "} {
			d, err := mapped(t, e.source, "users: { table: u, key: id }\njoins: [ { as: p, table: p, on: { uid: id }, one: true, order: "+order+" } ]\nfields: { name: \"p.v ?? '-'\" }")
			if err != nil {
				t.Fatal(err)
			}
			users, err := d.ByID(t.Context(), "1", "2", "3")
			if err != nil || len(users) != 3 {
				t.Fatal(users, err)
			}
			if got := users[0].Name + " " + users[1].Name + " "; got != want || users[2].Name != "-" {
				t.Errorf("order %s: %q, want %q", order, got, want)
			}
		}
	})
}

func TestAUniqueIndexOverPartOfTheRowsPromisesNothing(t *testing.T) {
	onEveryEngine(t, []string{
		"CREATE TABLE u (id {uint} PRIMARY KEY)", "INSERT INTO u VALUES (1), (2)",
		"CREATE TABLE p (uid {uint}, gone INT, v VARCHAR(9))",
	}, func(t *testing.T, e engine) {
		t.Helper()
		index := "CREATE UNIQUE INDEX p_u ON p (uid) WHERE gone = 0"
		if e.name == "mysql" { // which has none: two columns promise as little
			index = "CREATE UNIQUE INDEX p_u ON p (uid, gone)"
		}
		for _, s := range []string{index, "INSERT INTO p VALUES (1, 0, 'a'), (1, 1, 'b'), (1, 2, 'c'), (2, 1, 'x')"} {
			if _, err := e.db.ExecContext(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
		d, err := mapped(t, e.source, "users: { table: u, key: id }\njoins: [ { as: p, table: p, on: { uid: id }, one: true, order: v } ]\nfields: { name: p.v }")
		if err != nil {
			t.Fatal(err)
		}
		users, err := d.ByID(t.Context(), "1", "2")
		if err != nil || len(users) != 2 || users[0].Name != "a" || users[1].Name != "x" {
			t.Errorf("got %+v, %v", users, err)
		}
	})
}
