-- A new Laravel application with UUID keys ($table->uuid('id')->primary()) and number keys in what its packages keep of users.
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
  user_id integer,
  ip_address varchar,
  user_agent text,
  payload text NOT NULL,
  last_activity integer NOT NULL
);
CREATE INDEX {p}sessions_user_id_index ON {p}sessions (user_id);
CREATE TABLE {p}roles (
  id integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  name varchar NOT NULL,
  guard_name varchar NOT NULL
);
CREATE TABLE {p}model_has_roles (
  role_id integer NOT NULL,
  model_type varchar NOT NULL,
  model_id integer NOT NULL,
  PRIMARY KEY (role_id, model_id, model_type)
);
CREATE INDEX {p}model_has_roles_model_id_model_type_index ON {p}model_has_roles (model_id, model_type);
