-- What Devise makes by itself (database_authenticatable, recoverable, rememberable), nothing added.
CREATE TABLE {p}schema_migrations (
  version varchar NOT NULL PRIMARY KEY
);
CREATE TABLE {p}users (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  email varchar NOT NULL DEFAULT '',
  encrypted_password varchar NOT NULL DEFAULT '',
  reset_password_token varchar,
  reset_password_sent_at datetime(6),
  remember_created_at datetime(6),
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL
);
CREATE UNIQUE INDEX {p}index_users_on_email ON {p}users (email);
