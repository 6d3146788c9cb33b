-- Devise with trackable, confirmable and lockable, and columns applications often add.
CREATE TABLE {p}schema_migrations (
  version varchar NOT NULL PRIMARY KEY
);
CREATE TABLE {p}users (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  email varchar NOT NULL DEFAULT '',
  encrypted_password varchar NOT NULL DEFAULT '',
  reset_password_token varchar,
  remember_created_at datetime(6),
  sign_in_count integer NOT NULL DEFAULT 0,
  current_sign_in_at datetime(6),
  last_sign_in_at datetime(6),
  confirmation_token varchar,
  confirmed_at datetime(6),
  failed_attempts integer NOT NULL DEFAULT 0,
  locked_at datetime(6),
  name varchar,
  first_name varchar,
  last_name varchar,
  username varchar,
  image varchar,
  admin boolean NOT NULL DEFAULT false,
  role varchar,
  guest boolean DEFAULT false,
  discarded_at datetime(6),
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL
);
CREATE UNIQUE INDEX {p}index_users_on_email ON {p}users (email);
