package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chatpass/chatpass/internal/secret"
	"github.com/chatpass/chatpass/preset"
	"github.com/chatpass/chatpass/sitedb"
	"github.com/chatpass/chatpass/userinfo"
)

// Sizes of the WordPress site that is asked, and how often the two ways take turns.
const (
	wordpressUsers = 20_000
	wordpressAsk   = 100
	wordpressTurns = 5
)

// wordpress is what was measured of look-ups through the preset wordpress.
type wordpress struct {
	ours, each           []float64 // ns per user
	ratios               []float64
	allocs, eachAllocs   int64 // per user
	queries, eachQueries float64
	failed               error
	db                   *sql.DB
	directory            *userinfo.Directory
	random               *rand.Rand
}

// wordpressTables is a site with twelve rows of meta data per user, as a plain WordPress writes them.
var wordpressTables = []string{
	`CREATE TABLE {db}.wp_users (ID bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, user_login varchar(60) NOT NULL, user_pass varchar(255) NOT NULL,
	user_nicename varchar(50) NOT NULL, user_email varchar(100) NOT NULL, user_url varchar(100) NOT NULL, user_registered datetime NOT NULL,
	user_activation_key varchar(255) NOT NULL, user_status int NOT NULL, display_name varchar(250) NOT NULL,
	KEY user_login_key (user_login), KEY user_nicename (user_nicename), KEY user_email (user_email)) ENGINE=InnoDB`,
	`CREATE TABLE {db}.wp_usermeta (umeta_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id bigint unsigned NOT NULL, meta_key varchar(255),
	meta_value longtext, KEY user_id (user_id), KEY meta_key (meta_key(191))) ENGINE=InnoDB`,
	`CREATE TABLE {db}.wp_posts (ID bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, guid varchar(255) NOT NULL) ENGINE=InnoDB`,
	`CREATE TABLE {db}.wp_postmeta (meta_id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, post_id bigint unsigned NOT NULL, meta_key varchar(255),
	meta_value longtext, KEY post_id (post_id)) ENGINE=InnoDB`,
	`INSERT INTO {db}.wp_users SELECT seq, CONCAT('member', seq), MD5(seq), CONCAT('member-', seq), CONCAT('member', seq, '@example.com'), '',
	'2020-01-01', '', 0, CONCAT('Member ', seq) FROM {db}.seq_1_to_{rows}`,
	`INSERT INTO {db}.wp_usermeta (user_id, meta_key, meta_value) SELECT u.seq, k.name, k.value FROM {db}.seq_1_to_{rows} u JOIN (
	SELECT 'nickname' name, 'nick' value UNION SELECT 'first_name', 'Ada' UNION SELECT 'last_name', 'Lovelace' UNION SELECT 'description', REPEAT('about ', 20)
	UNION SELECT 'rich_editing', 'true' UNION SELECT 'syntax_highlighting', 'true' UNION SELECT 'admin_color', 'fresh' UNION SELECT 'locale', ''
	UNION SELECT 'wp_capabilities', 'a:1:{s:10:"subscriber";b:1;}' UNION SELECT 'wp_user_level', '0' UNION SELECT 'wc_last_active', '1750000000'
	UNION SELECT 'session_tokens', CONCAT('a:1:{s:64:"', REPEAT('ab', 32), '";a:4:{s:10:"expiration";i:1900000000;s:2:"ip";s:9:"192.0.2.1";s:2:"ua";s:11:"Mozilla/5.0";s:5:"login";i:1760000000;}}')) k`,
	"ANALYZE TABLE {db}.wp_users, {db}.wp_usermeta",
}

// wordpress measures look-ups of a hundred users and their meta data in process, against one set of queries per user, as the provider's own plugin asks.
func (l *lab) wordpress(ctx context.Context, r *report) error {
	db, err := sql.Open("mysql", l.dsn()+"?interpolateParams=true")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	w := &r.wordpress
	w.db, w.random = db, rand.New(rand.NewPCG(1, 2))
	site, err := sitedb.Open(sitedb.Options{URL: secret.New("mysql://" + dbUser + ":" + l.dbPassword + "@" + l.dbAddress + "/" + dbName)})
	if err != nil {
		return err
	}
	defer func() { _ = site.Close() }()
	file, faults := preset.Open("wordpress")
	if len(faults) > 0 {
		return errors.New(faults[0].String())
	}
	mapping, faults := userinfo.NewMapping(&file.Users, userinfo.Settings{SiteURL: "https://www.example.com"})
	if len(faults) > 0 {
		return errors.New(faults[0].String())
	}
	if w.directory, err = userinfo.NewDirectory(mapping, site, userinfo.Options{QueryTimeout: 5 * time.Second}); err != nil {
		return err
	}
	if users, err := w.directory.ByID(ctx, w.ids()...); err != nil || len(users) != wordpressAsk || users[0].LastLogin.Unix() != 1760000000 {
		return fmt.Errorf("the site does not answer as it should: %d users, %w", len(users), err)
	}
	for range wordpressTurns {
		ours := testing.Benchmark(func(b *testing.B) { w.bench(b, w.batch) })
		each := testing.Benchmark(func(b *testing.B) { w.bench(b, w.oneByOne) })
		w.ours = append(w.ours, float64(ours.NsPerOp())/wordpressAsk)
		w.each = append(w.each, float64(each.NsPerOp())/wordpressAsk)
		w.ratios = append(w.ratios, float64(each.NsPerOp())/float64(ours.NsPerOp()))
		w.allocs, w.eachAllocs = ours.AllocsPerOp()/wordpressAsk, each.AllocsPerOp()/wordpressAsk
	}
	if w.queries, err = w.counted(ctx, w.batch); err == nil {
		w.eachQueries, err = w.counted(ctx, w.oneByOne)
	}
	return errors.Join(err, w.failed)
}

// ids are users to ask for, each once.
func (w *wordpress) ids() []userinfo.ID {
	first := w.random.IntN(wordpressUsers)
	ids := make([]userinfo.ID, wordpressAsk)
	for i := range ids {
		ids[i] = userinfo.ID(strconv.Itoa(1 + (first+i*197)%wordpressUsers)) // 197 is prime to the number of users
	}
	return ids
}

func (w *wordpress) bench(b *testing.B, ask func(context.Context) error) {
	b.ReportAllocs()
	for b.Loop() {
		if err := ask(b.Context()); err != nil {
			w.failed = err
		}
	}
}

func (w *wordpress) batch(ctx context.Context) error {
	users, err := w.directory.ByID(ctx, w.ids()...)
	if err == nil && len(users) != wordpressAsk {
		err = fmt.Errorf("%d users of %d", len(users), wordpressAsk)
	}
	return err
}

// oneByOne reads a user's row and then all of their meta data, as WordPress fills its caches, and gives no thought to what it means.
func (w *wordpress) oneByOne(ctx context.Context) error {
	for _, id := range w.ids() {
		for _, query := range []string{"SELECT * FROM wp_users WHERE ID = ? LIMIT 1", "SELECT user_id, meta_key, meta_value FROM wp_usermeta WHERE user_id IN (?) ORDER BY umeta_id ASC"} {
			if err := w.read(ctx, query, id); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *wordpress) read(ctx context.Context, query string, id userinfo.ID) error {
	rows, err := w.db.QueryContext(ctx, query, string(id))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	cells, places := make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range cells {
		places[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// counted is how many SELECTs the server saw for one question.
func (w *wordpress) counted(ctx context.Context, ask func(context.Context) error) (float64, error) {
	selects := func() (n float64, err error) {
		var name string
		err = w.db.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Com_select'").Scan(&name, &n)
		return n, err
	}
	before, err := selects()
	if err != nil {
		return 0, err
	}
	if err := ask(ctx); err != nil {
		return 0, err
	}
	after, err := selects()
	return after - before, err
}

func (r *report) writeWordPress(b *strings.Builder) {
	w := &r.wordpress
	if len(w.ratios) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## Preset wordpress: %d uncached users with their meta data, in process\n\n| | queries | ns per user | allocations per user | × |\n|---|---|---|---|---|\n", wordpressAsk)
	fmt.Fprintf(b, "| chatpass, preset `wordpress` | %.0f | %.0f | %d | 1 |\n", w.queries, median(w.ours), w.allocs)
	fmt.Fprintf(b, "| a set of queries per user, rows read and not understood | %.0f | %.0f | %d | %.1f |\n", w.eachQueries, median(w.each), w.eachAllocs, median(w.ratios))
}

// fillWordPress makes the tables of a WordPress site.
func (l *lab) fillWordPress(ctx context.Context, root *sql.DB) error {
	return l.execAll(ctx, root, wordpressTables, strings.NewReplacer("{db}", dbName, "{rows}", strconv.Itoa(wordpressUsers)))
}

// execAll sends statements in which names are replaced.
func (l *lab) execAll(ctx context.Context, root *sql.DB, statements []string, replace *strings.Replacer) error {
	for _, statement := range statements {
		if _, err := root.ExecContext(ctx, replace.Replace(statement)); err != nil {
			return fmt.Errorf("%.40s…: %w", statement, err)
		}
	}
	return nil
}
