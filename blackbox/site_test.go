package blackbox_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chatpass/chatpass/internal/mysqltest"
)

// usersTable is the users table of a KVS site: the five columns that the provider's PHP sample reads, and twenty more.
const usersTable = `CREATE TABLE ktvs_users (
	user_id int unsigned NOT NULL AUTO_INCREMENT, username varchar(100) NOT NULL DEFAULT '', pass varchar(150) NOT NULL DEFAULT '',
	email varchar(150) NOT NULL DEFAULT '', display_name varchar(200) DEFAULT NULL, status_id tinyint unsigned NOT NULL DEFAULT 2,
	avatar varchar(150) DEFAULT NULL, country_id int NOT NULL DEFAULT 0, gender_id tinyint NOT NULL DEFAULT 0, birth_date date DEFAULT NULL,
	city varchar(100) NOT NULL DEFAULT '', website varchar(150) NOT NULL DEFAULT '', about_me text, ip bigint unsigned NOT NULL DEFAULT 0,
	is_trusted tinyint NOT NULL DEFAULT 0, tokens_available int NOT NULL DEFAULT 0, profile_viewed int NOT NULL DEFAULT 0,
	added_date datetime NOT NULL DEFAULT '2020-01-01 00:00:00', last_login_date datetime DEFAULT NULL, login_count int NOT NULL DEFAULT 0,
	custom1 varchar(255) NOT NULL DEFAULT '', custom2 varchar(255) NOT NULL DEFAULT '', custom3 varchar(255) NOT NULL DEFAULT '',
	custom9 varchar(255) NOT NULL DEFAULT '', custom10 varchar(255) DEFAULT NULL,
	PRIMARY KEY (user_id), KEY display_name (display_name)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`

// usersRows are users with whom other programs have had trouble.
const usersRows = `SET SESSION sql_mode='';
INSERT INTO ktvs_users (user_id, username, pass, email, display_name, avatar, last_login_date, custom10, status_id) VALUES
(1, 'ada',    'x1', 'ada@example.com',    'Ada Lovelace',                            'ada.jpg',       '2026-01-01 00:00:00', 'Gold', 2),
(2, 'o"neil', 'x2', 'oneil@example.com',  'Sinéad "Q" O''Neil \\ <b>&amp;</b>',      NULL,            '0000-00-00 00:00:00', NULL,   2),
(3, 'emoji',  'x3', 'emoji@example.com',  '👩‍🚀 Ωmega',                               '',              NULL,                  '',     2),
(4, 'script', 'x4', 'script@example.com', '</script><script>alert(1)</script>',      '4/a.png',       '2025-12-31 23:59:59', '<i>',  2),
(5, 'noname', 'x5', 'noname@example.com', NULL,                                      '5.jpg',         '1969-12-31 23:59:59', 'B',    2),
(6, 'blank',  'x6', 'blank@example.com',  '   ',                                     NULL,            '2026-06-15 12:30:45', '0',    2),
(7, 'banned', 'x7', 'banned@example.com', 'Banned Bob',                              '7.jpg',         '2026-01-01 00:00:00', NULL,   0),
(4294967295, 'last', 'x8', 'last@example.com', 'The Last',                           NULL,            '2026-01-01 00:00:01', NULL,   2)`

// ownServer is a database server for this test alone. When the test fails, the end of the server's log is shown.
func ownServer(t testing.TB) *mysqltest.Server {
	t.Helper()
	server := mysqltest.StartOwn(t)
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		text, err := os.ReadFile(filepath.Join(filepath.Dir(server.Socket()), "log"))
		if err != nil {
			t.Log(err)
		}
		t.Logf("the log of MariaDB ends:\n%s", text[max(0, len(text)-2000):])
	})
	return server
}

// kvsSite is a database with a KVS users table and the settings of a sidecar beside it.
func kvsSite(t testing.TB) (*mysqltest.DB, env) {
	t.Helper()
	return kvsSiteOn(t, mysqltest.Start(t))
}

func kvsSiteOn(t testing.TB, server *mysqltest.Server) (*mysqltest.DB, env) {
	t.Helper()
	db := server.Database(t)
	db.Exec(t, usersTable, usersRows)
	return db, settings(db).with(
		"USERS_TABLE", "ktvs_users", "USERS_ID", "user_id", "USERS_NAME", "display_name",
		"USERS_AVATAR", "https://www.example.com/contents/avatars/{avatar}",
		"USERS_PROFILE_URL", "https://www.example.com/members/{user_id}/",
		"USERS_LASTLOGIN", "last_login_date", "USERS_BADGE", "custom10")
}

// settings is everything but the mapping.
func settings(db *mysqltest.DB) env {
	return env{
		"LISTEN": "127.0.0.1:0", "ADMIN_LISTEN": "127.0.0.1:0", "DRAIN_DELAY": "0s", "DATABASE_URL": db.URL(),
		"SITE_URL": "https://www.example.com", "SITE_KEY": siteKey,
		"QUERY_TIMEOUT":      "5s", // a machine busy with other tests is not what most tests are about
		"IMBACHAT_WIDGET_ID": "4711", "IMBACHAT_API_LOGIN": apiLogin, "IMBACHAT_API_PASSWORD": apiPassword, "IMBACHAT_SECRET_KEY": secretKey,
	}
}

// people is a table of n users whose ids count from 1 and whose names are "User 1" and so on.
func people(t testing.TB, db *mysqltest.DB, n int) env {
	t.Helper()
	db.Exec(t, "CREATE TABLE people (id int unsigned PRIMARY KEY, name varchar(100) NOT NULL, banned tinyint NOT NULL DEFAULT 0)",
		fmt.Sprintf("INSERT INTO people (id, name) SELECT seq, CONCAT('User ', seq) FROM seq_1_to_%d", n))
	return settings(db).with("USERS_TABLE", "people", "USERS_ID", "id", "USERS_NAME", "name", "USERS_WHERE", "banned = 0")
}
