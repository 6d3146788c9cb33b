-- The tables of Rails 8's authentication generator; name, username, avatar_url, admin and deleted_at are additions.
CREATE TABLE {p}schema_migrations (
  version varchar NOT NULL PRIMARY KEY
);
CREATE TABLE {p}users (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  email_address varchar NOT NULL,
  password_digest varchar NOT NULL,
  name varchar,
  username varchar,
  avatar_url varchar,
  admin boolean NOT NULL DEFAULT false,
  deleted_at datetime(6),
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL
);
CREATE TABLE {p}sessions (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  user_id integer NOT NULL,
  ip_address varchar,
  user_agent varchar,
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL
);
CREATE UNIQUE INDEX {p}index_users_on_email_address ON {p}users (email_address);
CREATE INDEX {p}index_sessions_on_user_id ON {p}sessions (user_id);
