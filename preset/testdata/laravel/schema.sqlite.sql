-- Laravel with Jetstream, Spatie's roles and the columns applications often add.
CREATE TABLE {p}migrations (
  id integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  migration varchar NOT NULL,
  batch int NOT NULL
);
CREATE TABLE {p}users (
  id integer PRIMARY KEY AUTOINCREMENT NOT NULL,
  name varchar NOT NULL,
  first_name varchar DEFAULT NULL,
  last_name varchar DEFAULT NULL,
  username varchar DEFAULT NULL,
  email varchar DEFAULT NULL UNIQUE,
  email_verified_at datetime,
  password varchar NOT NULL,
  remember_token varchar DEFAULT NULL,
  current_team_id integer DEFAULT NULL,
  profile_photo_path varchar DEFAULT NULL,
  avatar varchar DEFAULT NULL,
  is_admin tinyint(1) NOT NULL DEFAULT 0,
  is_banned tinyint(1) NOT NULL DEFAULT 0,
  banned_at datetime,
  last_login_at datetime,
  deleted_at datetime
);
CREATE TABLE {p}sessions (
  id varchar NOT NULL PRIMARY KEY,
  user_id integer DEFAULT NULL,
  ip_address varchar DEFAULT NULL,
  user_agent text,
  payload text NOT NULL,
  last_activity int NOT NULL
);
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
CREATE INDEX {p}sessions_user_id_index ON {p}sessions (user_id);
CREATE INDEX {p}model_has_roles_model_id_model_type_index ON {p}model_has_roles (model_id, model_type);
