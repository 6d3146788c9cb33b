package blackbox_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// nameOf is the name of the user with an id in the tables of the property tests, so that a row betrays whose it is.
func nameOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:8])
}

// keyKind is a kind of key: its column, and random ids near those that exist.
type keyKind struct {
	name, column, value string // value is what an INSERT writes, a format for the id
	random              func(*rand.Rand) string
	canonical           func(id string) bool
}

var keyKinds = []keyKind{
	{"int", "int", "%s", func(r *rand.Rand) string { return strconv.Itoa(r.IntN(3000) - 1500) }, canonicalInt},
	{"bigint unsigned", "bigint unsigned", "%s", func(r *rand.Rand) string {
		return strconv.FormatUint(^uint64(0)-r.Uint64N(3000)<<(r.UintN(2)*9), 10)
	}, func(id string) bool { return canonicalInt(id) && id[0] != '-' }},
	{"varchar", "varchar(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", "%s", randomText, func(string) bool { return true }},
	{"char(36)", "char(36)", "%s", randomUUID, func(string) bool { return true }},
	{"binary(16)", "binary(16)", "UNHEX(REPLACE(%s,'-',''))", randomUUID, func(id string) bool { return id == strings.ToLower(id) && len(id) == 36 }},
}

func canonicalInt(id string) bool {
	digits := strings.TrimPrefix(id, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == "" && (digits[0] != '0' || id == "0")
}

func randomText(r *rand.Rand) string {
	letters := []rune("abcABCáÁéßsSøoOÿ019'\"\\%_-.~🙂")
	text := make([]rune, 1+r.IntN(4))
	for i := range text {
		text[i] = letters[r.IntN(len(letters))]
	}
	return string(text)
}

func randomUUID(r *rand.Rand) string {
	return fmt.Sprintf("6ba7b810-9dad-11d1-%04x-0000%08x", r.IntN(2), r.IntN(1500))
}

// mangle spells an id in a way that a database might take for it.
func mangle(r *rand.Rand, id string) string {
	switch r.IntN(8) {
	case 0:
		return "0" + id
	case 1:
		return "+" + id
	case 2:
		return id + "abc"
	case 3:
		return strings.ToUpper(id)
	case 4:
		return id + ".0"
	case 5:
		return id + "\u00a0"
	case 6:
		return strings.ReplaceAll(id, "-", "")
	default:
		return id + "'"
	}
}

// batch is how many ids are asked at a time: as many as a form of 64 KiB takes in the longest spelling.
const batch = 250

// TestSEC53AnsweredUsersAreThoseAskedFor asks for 10^5 random ids.
func TestSEC53AnsweredUsersAreThoseAskedFor(t *testing.T) {
	t.Parallel()
	const perKind = 100_000 / 5
	db := mysqltest.Start(t).Database(t)
	for i, kind := range keyKinds {
		table := "keys_" + strconv.Itoa(i)
		seed := uint64(time.Now().UnixNano())
		rows := fillKeys(t, db, table, kind, rand.New(rand.NewPCG(seed, 1)))
		for _, ttl := range []string{"0", "1m"} {
			t.Run(fmt.Sprintf("%s with the cache at %s", kind.name, ttl), func(t *testing.T) {
				t.Parallel()
				s := serve(t, settings(db).with("USERS_TABLE", table, "USERS_ID", "id", "USERS_NAME", "name", "IMBACHAT_USER_ID_AS", "string", "CACHE_TTL", ttl))
				r := rand.New(rand.NewPCG(seed, 2))
				for asked := 0; asked < perKind/2; asked += batch {
					askBatch(t, s, kind, rows, r)
					if t.Failed() {
						t.Fatalf("the seed is %d", seed)
					}
				}
			})
		}
	}
}

// fillKeys makes a table of up to 1000 users and returns their ids.
func fillKeys(t testing.TB, db *mysqltest.DB, table string, kind keyKind, r *rand.Rand) map[string]bool {
	t.Helper()
	db.Exec(t, fmt.Sprintf("CREATE TABLE %s (id %s PRIMARY KEY, name varchar(40))", table, kind.column))
	var values []string
	for range 1000 {
		id := kind.random(r)
		values = append(values, fmt.Sprintf("("+kind.value+",'%s')", quote(id), nameOf(id)))
	}
	// Ids that the collation takes for equal: the first one wins, as in a site's table.
	db.Exec(t, "INSERT IGNORE INTO "+table+" VALUES "+strings.Join(values, ","))
	read := "id"
	if kind.column == "binary(16)" {
		read = "LOWER(CONCAT_WS('-', HEX(SUBSTR(id,1,4)), HEX(SUBSTR(id,5,2)), HEX(SUBSTR(id,7,2)), HEX(SUBSTR(id,9,2)), HEX(SUBSTR(id,11))))"
	}
	result, err := db.SQL().Query("SELECT CONVERT(" + read + " USING utf8mb4), name FROM " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	rows := map[string]bool{}
	for result.Next() {
		var id, name string
		if err := result.Scan(&id, &name); err != nil {
			t.Fatal(err)
		}
		if name != nameOf(id) {
			t.Fatalf("the test wrote the name of another id for %q", id)
		}
		rows[id] = true
	}
	if err := result.Err(); err != nil || len(rows) < 100 {
		t.Fatalf("only %d rows in %s (%v)", len(rows), table, err)
	}
	return rows
}

func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

func askBatch(t *testing.T, s *sidecar, kind keyKind, rows map[string]bool, r *rand.Rand) {
	t.Helper()
	var form strings.Builder
	var want []string
	seen := map[string]bool{}
	form.WriteString("user_ids=")
	for range batch {
		id := kind.random(r)
		if r.IntN(4) == 0 {
			id = mangle(r, id)
		}
		form.WriteString(url.QueryEscape(id) + ",")
		if kind.canonical(id) && rows[id] && !seen[id] {
			seen[id] = true
			want = append(want, id)
		}
	}
	a := s.do(t, http.MethodPost, "/chat/users", provider, body("application/x-www-form-urlencoded", form.String()))
	ids, names := a.names(t)
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("wanted (-) and answered (+) users differ:\n%s", diff)
	}
	for id, name := range names {
		if name != nameOf(id) {
			t.Errorf("user %q was answered with another user's row", id)
		}
	}
}

// TestSEC57CancelledRequestsMixNoRows lets 16 readers give up at random while others read, with tokens and with users-info.
func TestSEC57CancelledRequestsMixNoRows(t *testing.T) {
	t.Parallel()
	length := 5 * time.Second
	if os.Getenv("CHATPASS_NIGHTLY") == "1" {
		length = time.Minute
	}
	db := mysqltest.Start(t).Database(t)
	db.Exec(t, "CREATE TABLE m (id int unsigned PRIMARY KEY, name varchar(64), filler varchar(200))",
		"INSERT INTO m SELECT seq, SHA2(seq, 256), REPEAT(seq, 20) FROM seq_1_to_5000")
	s := serve(t, settings(db).with("USERS_TABLE", "m", "USERS_ID", "id", "USERS_NAME", "name", "USERS_BADGE", "filler",
		"CACHE_TTL", "5ms", "CACHE_STALE", "0", "DATABASE_MAX_OPEN", "4"))
	ctx, stop := context.WithTimeout(t.Context(), length)
	defer stop()
	var answered, givenUp atomic.Int64
	var wait sync.WaitGroup
	for reader := range 16 {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(uint64(reader), 7))
			for ctx.Err() == nil {
				a, err := s.hasty(ctx, r, reader%2 == 0)
				switch {
				case err != nil:
					t.Error(err)
					return
				case a:
					answered.Add(1)
				default:
					givenUp.Add(1)
				}
			}
		})
	}
	wait.Wait()
	t.Logf("%d answers, %d requests given up", answered.Load(), givenUp.Load())
	if answered.Load() < 10 || givenUp.Load() < 10 {
		t.Error("too few of both to prove anything")
	}
	s.users(t, "1").only(t, "1")
}

// hasty asks for some users and gives up after a few milliseconds. It tells whether there was an answer; an answer with
// another user's row is an error.
func (s *sidecar) hasty(ctx context.Context, r *rand.Rand, token bool) (bool, error) {
	ids := []string{strconv.Itoa(1 + r.IntN(2500)), strconv.Itoa(2501 + r.IntN(2500))}
	target, who := "/chat/users?user_ids="+ids[0]+","+ids[1], option(provider)
	if token {
		ids = ids[:1]
		target, who = "/chat/identity?user_id="+ids[0], theSite
	}
	short, cancel := context.WithTimeout(ctx, time.Duration(r.IntN(8000))*time.Microsecond)
	defer cancel()
	a, err := try(short, client, http.MethodGet, s.public+target, who)
	if err != nil || a.status == http.StatusServiceUnavailable {
		return false, nil
	}
	for _, id := range ids {
		if a.status != http.StatusOK || !strings.Contains(a.body, `{"user_id":`+id+`,"name":"`+sha256Hex(id)+`"`) {
			return true, fmt.Errorf("users %v were answered %d %.300s", ids, a.status, a.body)
		}
	}
	return true, nil
}

func sha256Hex(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
