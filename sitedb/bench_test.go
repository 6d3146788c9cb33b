package sitedb_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/chatpass/chatpass/internal/mysqltest"
	"github.com/chatpass/chatpass/userinfo"
)

const benchRows = 20_000

func benchTable(b *testing.B) *mysqltest.DB {
	b.Helper()
	d := mysqltest.Start(b).Database(b)
	d.Exec(b, `CREATE TABLE users (user_id INT UNSIGNED PRIMARY KEY, display_name VARCHAR(100), avatar VARCHAR(255), last_login INT UNSIGNED, badge VARCHAR(50), pad VARCHAR(200))`,
		fmt.Sprintf(`INSERT INTO users SELECT seq, CONCAT('User number ', seq), CONCAT('avatars/', seq, '.jpg'), 1700000000 + seq, 'Gold', REPEAT('x', 200) FROM seq_1_to_%d`, benchRows))
	return d
}

// BenchmarkByKey compares a look-up with the same query through database/sql alone, as the fastest hand-written reader would do it.
func BenchmarkByKey(b *testing.B) {
	d := benchTable(b)
	columns := []string{"user_id", "display_name", "avatar", "last_login", "badge"}
	db := open(b, d.URL())
	l, err := db.ByKey(userinfo.Select{Table: "users", Columns: columns}, "user_id")
	if err != nil {
		b.Fatal(err)
	}
	plain := plainPool(b, d)
	for _, n := range []int{1, 10, 100, 500} {
		keys := make([]any, n)
		for i := range keys {
			keys[i] = uint64(1 + i*(benchRows/n))
		}
		b.Run(fmt.Sprintf("ids=%d/chatpass", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				rows, err := l.Rows(b.Context(), keys...)
				if err != nil || rows.Len() != n {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("ids=%d/plain", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got := plainByKey(b, plain, keys); got != n {
					b.Fatalf("%d rows", got)
				}
			}
		})
	}
}

func plainPool(b *testing.B, d *mysqltest.DB) *sql.DB {
	b.Helper()
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd = d.Credentials(b, d.URL())
	cfg.Net, cfg.DBName, cfg.InterpolateParams = "tcp", d.Name, true
	cfg.Addr = fmt.Sprintf("127.0.0.1:%d", mysqltest.Start(b).Port())
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		b.Fatal(err)
	}
	pool := sql.OpenDB(connector)
	pool.SetMaxIdleConns(10)
	b.Cleanup(func() { _ = pool.Close() })
	return pool
}

func plainByKey(b *testing.B, pool *sql.DB, keys []any) int {
	b.Helper()
	text := "SELECT user_id, display_name, avatar, last_login, badge FROM users WHERE user_id IN (?" + strings.Repeat(",?", len(keys)-1) + ")"
	ctx, cancel := context.WithTimeout(b.Context(), patient)
	defer cancel()
	rows, err := pool.QueryContext(ctx, text, keys...)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var id, name, avatar, login, badge sql.RawBytes
	n := 0
	copied := make([]byte, 0, 8<<10)
	for rows.Next() {
		if err := rows.Scan(&id, &name, &avatar, &login, &badge); err != nil {
			b.Fatal(err)
		}
		for _, c := range []sql.RawBytes{id, name, avatar, login, badge} {
			copied = append(copied, c...)
		}
		n++
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
	if n > 0 && len(copied) == 0 {
		b.Fatal("rows without a byte")
	}
	return n
}
