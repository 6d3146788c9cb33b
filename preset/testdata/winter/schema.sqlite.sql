CREATE TABLE {p}users (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  name varchar,
  surname varchar,
  username varchar,
  email varchar NOT NULL,
  password varchar NOT NULL,
  activation_code varchar,
  persist_code varchar,
  reset_password_code varchar,
  permissions text,
  is_activated tinyint(1) NOT NULL DEFAULT '0',
  is_superuser tinyint(1) NOT NULL DEFAULT '0',
  is_guest tinyint(1) NOT NULL DEFAULT '0',
  activated_at datetime,
  last_login datetime,
  last_seen datetime,
  created_ip_address varchar,
  last_ip_address varchar,
  deleted_at datetime,
  created_at datetime,
  updated_at datetime,
  UNIQUE (email),
  UNIQUE (username)
);
CREATE TABLE {p}user_throttle (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  user_id integer,
  ip_address varchar,
  attempts integer NOT NULL DEFAULT '0',
  last_attempt_at datetime,
  is_suspended tinyint(1) NOT NULL DEFAULT '0',
  suspended_at datetime,
  is_banned tinyint(1) NOT NULL DEFAULT '0',
  banned_at datetime
);
CREATE INDEX {p}user_throttle_user_id_index ON {p}user_throttle (user_id);
CREATE TABLE {p}winter_user_mail_blockers (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  email varchar,
  template varchar,
  user_id integer,
  created_at datetime,
  updated_at datetime
);
CREATE INDEX {p}winter_user_mail_blockers_email_index ON {p}winter_user_mail_blockers (email);
CREATE TABLE {p}system_files (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  disk_name varchar NOT NULL,
  file_name varchar NOT NULL,
  file_size integer NOT NULL DEFAULT '0',
  content_type varchar NOT NULL,
  title varchar,
  description text,
  field varchar,
  attachment_id varchar,
  attachment_type varchar,
  is_public tinyint(1) NOT NULL DEFAULT '1',
  sort_order integer,
  created_at datetime,
  updated_at datetime
);
CREATE INDEX {p}system_files_field_index ON {p}system_files (field);
CREATE INDEX {p}system_files_attachment_id_index ON {p}system_files (attachment_id);
CREATE INDEX {p}system_files_attachment_type_index ON {p}system_files (attachment_type);
