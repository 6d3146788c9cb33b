CREATE TABLE {p}users (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  is_guest tinyint(1) NOT NULL DEFAULT '0',
  is_mail_blocked tinyint(1) NOT NULL DEFAULT '0',
  first_name varchar,
  last_name varchar,
  username varchar,
  email varchar NOT NULL,
  notes text,
  password varchar NOT NULL,
  activation_code varchar,
  persist_code varchar,
  remember_token varchar,
  two_factor_secret text,
  two_factor_recovery_codes text,
  primary_group_id integer,
  created_ip_address varchar,
  last_ip_address varchar,
  banned_reason text,
  banned_at datetime,
  activated_at datetime,
  two_factor_confirmed_at datetime,
  last_seen datetime,
  deleted_at datetime,
  created_at datetime,
  updated_at datetime
);
CREATE INDEX {p}users_username_index ON {p}users (username);
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
