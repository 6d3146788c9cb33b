package demo

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	_ "github.com/glebarez/go-sqlite" // driver "sqlite", pure Go
)

// timeLayout is how the site writes a DATETIME, in UTC.
const timeLayout = "2006-01-02 15:04:05"

// schema is a users table as one finds it: own names, a status column, columns that are none of a chat's business.
const schema = `CREATE TABLE members (
	id            INTEGER PRIMARY KEY,
	name          VARCHAR(100) NOT NULL,
	avatar        VARCHAR(100),
	about         VARCHAR(500) NOT NULL,
	badge         VARCHAR(40),
	status        VARCHAR(20) NOT NULL,
	last_login    DATETIME
)`

// member is a user of the pretend site.
type member struct {
	ID        int64
	Name      string
	Avatar    string // file name below /avatars/; empty for none
	About     string
	Badge     string
	LastLogin time.Time
}

// seeds are the rows of the table. Who is not active is shown nowhere and cannot sign in.
var seeds = []struct {
	member
	status string
	ago    time.Duration // since the last log-in
}{
	{member{1, "Ada Lindqvist", "ada.svg", "Repairs old radios and writes down how.", "Founder", time.Time{}}, "active", 12 * time.Minute},
	{member{2, "Mia 😊 Okafor", "mia.svg", "Runs the Thursday evening boat rides.", "Gold", time.Time{}}, "active", 3 * time.Hour},
	{member{3, "</script><b>", "tag.svg", "Chose a difficult name to see which chat breaks. This one must not.", "", time.Time{}}, "active", 26 * time.Hour},
	{member{4, "Tomás Rey", "", "New here. No picture yet.", "", time.Time{}}, "active", 4 * 24 * time.Hour},
	{member{5, "Noor van Dijk", "noor.svg", "Photographs bridges, mostly in fog.", "Gold", time.Time{}}, "active", 19 * 24 * time.Hour},
	{member{6, "Banned Bob", "tag.svg", "Sold things that did not exist.", "", time.Time{}}, "banned", 90 * 24 * time.Hour},
}

// members reads the site's own database.
type members struct{ db *sql.DB }

// createMembers writes the SQLite file at path and opens it.
func createMembers(ctx context.Context, path string, now time.Time) (*members, error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, fmt.Errorf("database of the pretend site: %w", err)
	}
	m := &members{db: db}
	if err := m.fill(ctx, now); err != nil {
		return nil, errors.Join(fmt.Errorf("database of the pretend site: %w", err), db.Close())
	}
	return m, nil
}

// fill creates the table with its rows.
func (m *members) fill(ctx context.Context, now time.Time) error {
	if _, err := m.db.ExecContext(ctx, schema); err != nil {
		return err
	}
	const insert = `INSERT INTO members (id, name, avatar, about, badge, status, last_login) VALUES (?, ?, NULLIF(?, ''), ?, NULLIF(?, ''), ?, ?)`
	for _, s := range seeds {
		last := now.UTC().Add(-s.ago).Format(timeLayout)
		if _, err := m.db.ExecContext(ctx, insert, s.ID, s.Name, s.Avatar, s.About, s.Badge, s.status, last); err != nil {
			return err
		}
	}
	return nil
}

func (m *members) close() error { return m.db.Close() }

const selectActive = `SELECT id, name, COALESCE(avatar, ''), about, COALESCE(badge, ''), strftime('%s', last_login) FROM members WHERE status = 'active'`

// list returns the active members in the order of their ids, at most 100.
func (m *members) list(ctx context.Context) ([]member, error) {
	rows, err := m.db.QueryContext(ctx, selectActive+` ORDER BY id LIMIT 100`)
	if err != nil {
		return nil, fmt.Errorf("list of members: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []member
	for rows.Next() {
		one, err := scanMember(rows)
		if err != nil {
			return nil, fmt.Errorf("list of members: %w", err)
		}
		list = append(list, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list of members: %w", err)
	}
	return list, nil
}

// byID returns an active member; false when there is none with this id.
func (m *members) byID(ctx context.Context, id int64) (member, bool, error) {
	one, err := scanMember(m.db.QueryRowContext(ctx, selectActive+` AND id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return member{}, false, nil
	}
	if err != nil {
		return member{}, false, fmt.Errorf("member: %w", err)
	}
	return one, true, nil
}

func scanMember(row interface{ Scan(dest ...any) error }) (member, error) {
	var m member
	var last sql.NullInt64
	if err := row.Scan(&m.ID, &m.Name, &m.Avatar, &m.About, &m.Badge, &last); err != nil {
		return member{}, err
	}
	if last.Valid {
		m.LastLogin = time.Unix(last.Int64, 0).UTC()
	}
	return m, nil
}
