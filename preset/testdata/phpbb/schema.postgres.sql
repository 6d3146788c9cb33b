-- The columns of phpBB 3.3 that the mapping, the detection and the check of sessions read.
CREATE TABLE {p}users (
  user_id integer NOT NULL PRIMARY KEY,
  user_type smallint NOT NULL DEFAULT 0,
  group_id integer NOT NULL DEFAULT 3,
  user_permissions text NOT NULL,
  username varchar(255) NOT NULL DEFAULT '',
  username_clean varchar(255) NOT NULL DEFAULT '' UNIQUE,
  user_password varchar(255) NOT NULL DEFAULT '',
  user_email varchar(100) NOT NULL DEFAULT '',
  user_lastvisit integer NOT NULL DEFAULT 0,
  user_last_active integer NOT NULL DEFAULT 0,
  user_rank integer NOT NULL DEFAULT 0,
  user_allow_viewonline smallint NOT NULL DEFAULT 1,
  user_avatar varchar(255) NOT NULL DEFAULT '',
  user_avatar_type varchar(255) NOT NULL DEFAULT ''
);
CREATE TABLE {p}groups (
  group_id integer NOT NULL PRIMARY KEY,
  group_type smallint NOT NULL DEFAULT 1,
  group_name varchar(255) NOT NULL DEFAULT ''
);
CREATE TABLE {p}ranks (
  rank_id integer NOT NULL PRIMARY KEY,
  rank_title varchar(255) NOT NULL DEFAULT '',
  rank_special smallint NOT NULL DEFAULT 0
);
CREATE TABLE {p}banlist (
  ban_id integer NOT NULL PRIMARY KEY,
  ban_userid integer NOT NULL DEFAULT 0,
  ban_ip varchar(40) NOT NULL DEFAULT '',
  ban_email varchar(100) NOT NULL DEFAULT '',
  ban_start integer NOT NULL DEFAULT 0,
  ban_end integer NOT NULL DEFAULT 0,
  ban_exclude smallint NOT NULL DEFAULT 0
);
CREATE TABLE {p}sessions (
  session_id char(32) NOT NULL DEFAULT '' PRIMARY KEY,
  session_user_id integer NOT NULL DEFAULT 0,
  session_time integer NOT NULL DEFAULT 0,
  session_ip varchar(40) NOT NULL DEFAULT '',
  session_browser varchar(150) NOT NULL DEFAULT '',
  session_forwarded_for varchar(255) NOT NULL DEFAULT '',
  session_autologin smallint NOT NULL DEFAULT 0
);
CREATE TABLE {p}sessions_keys (
  key_id char(32) NOT NULL DEFAULT '',
  user_id integer NOT NULL DEFAULT 0,
  last_ip varchar(40) NOT NULL DEFAULT '',
  last_login integer NOT NULL DEFAULT 0,
  PRIMARY KEY (key_id, user_id)
);
CREATE TABLE {p}config (
  config_name varchar(255) NOT NULL DEFAULT '' PRIMARY KEY,
  config_value varchar(255) NOT NULL DEFAULT ''
);
