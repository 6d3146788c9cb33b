-- A new Laravel application with UUID keys ($table->uuid('id')->primary()) and nothing added.
CREATE TABLE {p}migrations (
  id integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  migration varchar NOT NULL,
  batch integer NOT NULL
);
CREATE TABLE {p}users (
  id varchar NOT NULL PRIMARY KEY,
  name varchar NOT NULL,
  email varchar NOT NULL UNIQUE,
  email_verified_at datetime,
  password varchar NOT NULL,
  remember_token varchar,
  created_at datetime,
  updated_at datetime
);
CREATE TABLE {p}sessions (
  id varchar NOT NULL PRIMARY KEY,
  user_id varchar,
  ip_address varchar,
  user_agent text,
  payload text NOT NULL,
  last_activity integer NOT NULL
);
CREATE INDEX {p}sessions_user_id_index ON {p}sessions (user_id);
