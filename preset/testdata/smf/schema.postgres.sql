-- The columns of SMF 2.1 that the mapping, the detection and the check of sessions read.
CREATE TABLE {p}members (
  id_member integer NOT NULL PRIMARY KEY,
  member_name varchar(80) NOT NULL DEFAULT '',
  real_name varchar(255) NOT NULL DEFAULT '',
  email_address varchar(255) NOT NULL DEFAULT '',
  passwd varchar(64) NOT NULL DEFAULT '',
  password_salt varchar(255) NOT NULL DEFAULT '',
  id_group integer NOT NULL DEFAULT 0,
  id_post_group integer NOT NULL DEFAULT 0,
  additional_groups varchar(255) NOT NULL DEFAULT '',
  last_login bigint NOT NULL DEFAULT 0,
  show_online smallint NOT NULL DEFAULT 1,
  avatar varchar(255) NOT NULL DEFAULT '',
  is_activated integer NOT NULL DEFAULT 1,
  tfa_secret varchar(24) NOT NULL DEFAULT '',
  tfa_backup varchar(64) NOT NULL DEFAULT ''
);
CREATE TABLE {p}membergroups (
  id_group integer NOT NULL PRIMARY KEY,
  group_name varchar(80) NOT NULL DEFAULT '',
  min_posts integer NOT NULL DEFAULT -1,
  hidden smallint NOT NULL DEFAULT 0
);
CREATE TABLE {p}attachments (
  id_attach bigint NOT NULL PRIMARY KEY,
  id_msg bigint NOT NULL DEFAULT 0,
  id_member integer NOT NULL DEFAULT 0,
  attachment_type integer NOT NULL DEFAULT 0,
  filename varchar(255) NOT NULL DEFAULT ''
);
CREATE TABLE {p}sessions (
  session_id varchar(128) NOT NULL DEFAULT '' PRIMARY KEY,
  last_update bigint NOT NULL DEFAULT 0,
  data text NOT NULL
);
CREATE TABLE {p}settings (
  variable varchar(255) NOT NULL DEFAULT '' PRIMARY KEY,
  value text NOT NULL
);
