-- Django's own user model, with django-avatar and sessions in the database.
CREATE TABLE {p}auth_user (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  password varchar(128) NOT NULL,
  last_login datetime,
  is_superuser bool NOT NULL,
  username varchar(150) NOT NULL UNIQUE,
  first_name varchar(150) NOT NULL,
  last_name varchar(150) NOT NULL,
  email varchar(254) NOT NULL,
  is_staff bool NOT NULL,
  is_active bool NOT NULL,
  date_joined datetime NOT NULL
);
CREATE TABLE {p}avatar_avatar (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  "primary" bool NOT NULL,
  avatar varchar(1024) NOT NULL,
  date_uploaded datetime NOT NULL,
  user_id integer NOT NULL
);
CREATE INDEX {p}avatar_avatar_user_id ON {p}avatar_avatar (user_id);
CREATE TABLE django_session (
  session_key varchar(40) NOT NULL PRIMARY KEY,
  session_data text NOT NULL,
  expire_date datetime NOT NULL
);
