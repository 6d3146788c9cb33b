package main

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// The users table has thirty columns as a video site's; the mapping reads five. Every value follows from the id, so that
// two runs ask the same table.
const (
	createTable = `CREATE TABLE {db}.ktvs_users (
	user_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, status_id tinyint NOT NULL, country_id smallint NOT NULL,
	gender_id tinyint NOT NULL, username varchar(100) NOT NULL, pass varchar(64) NOT NULL, display_name varchar(100) NOT NULL,
	email varchar(150) NOT NULL, avatar varchar(150) NOT NULL, cover varchar(150) NOT NULL, ip varchar(45) NOT NULL,
	city varchar(100) NOT NULL, website varchar(255) NOT NULL, about_me text NOT NULL, birth_date date NOT NULL,
	added_date datetime NOT NULL, last_login_date datetime NOT NULL, logins_count int unsigned NOT NULL,
	profile_viewed int unsigned NOT NULL, tokens_available int NOT NULL, {custom columns},
	UNIQUE KEY (username), KEY (email)) ENGINE=InnoDB`

	insertRows = `INSERT INTO {db}.ktvs_users SELECT seq, 2, seq % 200, seq % 3, CONCAT('member', seq), MD5(seq),
	CONCAT(ELT(1 + seq % 5, 'John', 'Zoë', 'Мария', 'O''Neil', 'Anna "A"'), ' ', seq), CONCAT('member', seq, '@example.com'),
	IF(seq % 4, CONCAT(seq DIV 1000, '/', seq, '.jpg'), ''), '', CONCAT('203.0.113.', seq % 256), CONCAT('City ', seq % 5000), '',
	REPEAT('about ', seq % 20), '1990-01-01' + INTERVAL seq % 9000 DAY, '2015-01-01' + INTERVAL seq % 90000000 SECOND,
	'2024-01-01' + INTERVAL CRC32(seq) % 60000000 SECOND, seq % 1000, seq % 77777, 0, {custom values}
	FROM {db}.seq_1_to_{rows}`
)

// fill makes the users table and the account that may only read it.
func (l *lab) fill(ctx context.Context, root *sql.DB) error {
	l.say("filling %d rows", l.rows)
	var columns, values []string
	for i := 1; i <= 10; i++ {
		columns = append(columns, fmt.Sprintf("custom%d varchar(255) NOT NULL", i))
		values = append(values, fmt.Sprintf("CONCAT('value ', seq DIV %d)", i))
	}
	values[9] = "ELT(1 + seq % 3, '', 'Gold', 'Silver')" // the badge
	replace := strings.NewReplacer("{db}", dbName, "{rows}", strconv.Itoa(l.rows),
		"{custom columns}", strings.Join(columns, ", "), "{custom values}", strings.Join(values, ", "),
		"{account}", dbUser+"@'127.0.0.1'", "{password}", l.dbPassword)
	for _, statement := range []string{
		"CREATE DATABASE {db} CHARACTER SET utf8mb4",
		createTable,
		insertRows,
		"ANALYZE TABLE {db}.ktvs_users",
		"CREATE USER {account} IDENTIFIED BY '{password}'",
		"GRANT SELECT ON {db}.* TO {account}",
	} {
		if _, err := root.ExecContext(ctx, replace.Replace(statement)); err != nil {
			return fmt.Errorf("%.40s…: %w", statement, err)
		}
	}
	var version string
	if err := root.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
		return err
	}
	l.versions = append(l.versions, "MariaDB "+version)
	if l.only == "" || l.only == "wordpress" {
		if err := l.fillWordPress(ctx, root); err != nil {
			return err
		}
	}
	if l.only == "" || l.only == "identity" {
		return l.fillIdentity(ctx, root)
	}
	return nil
}
