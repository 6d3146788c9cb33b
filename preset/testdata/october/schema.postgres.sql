CREATE TABLE {p}users (
  id serial PRIMARY KEY,
  name varchar(255),
  surname varchar(255),
  username varchar(255),
  email varchar(255) NOT NULL,
  password varchar(255) NOT NULL,
  activation_code varchar(255),
  persist_code varchar(255),
  reset_password_code varchar(255),
  permissions text,
  is_activated boolean NOT NULL DEFAULT false,
  is_superuser boolean NOT NULL DEFAULT false,
  is_guest boolean NOT NULL DEFAULT false,
  activated_at timestamp(0) without time zone,
  last_login timestamp(0) without time zone,
  last_seen timestamp(0) without time zone,
  created_ip_address varchar(255),
  last_ip_address varchar(255),
  deleted_at timestamp(0) without time zone,
  created_at timestamp(0) without time zone,
  updated_at timestamp(0) without time zone,
  UNIQUE (email),
  UNIQUE (username)
);
CREATE TABLE {p}user_throttle (
  id serial PRIMARY KEY,
  user_id integer,
  ip_address varchar(255),
  attempts integer NOT NULL DEFAULT 0,
  last_attempt_at timestamp(0) without time zone,
  is_suspended boolean NOT NULL DEFAULT false,
  suspended_at timestamp(0) without time zone,
  is_banned boolean NOT NULL DEFAULT false,
  banned_at timestamp(0) without time zone
);
CREATE INDEX {p}user_throttle_user_id_index ON {p}user_throttle (user_id);
CREATE TABLE {p}rainlab_user_mail_blockers (
  id serial PRIMARY KEY,
  email varchar(255),
  template varchar(255),
  user_id integer,
  created_at timestamp(0) without time zone,
  updated_at timestamp(0) without time zone
);
CREATE INDEX {p}rainlab_user_mail_blockers_email_index ON {p}rainlab_user_mail_blockers (email);
CREATE TABLE {p}system_files (
  id serial PRIMARY KEY,
  disk_name varchar(255) NOT NULL,
  file_name varchar(255) NOT NULL,
  file_size integer NOT NULL DEFAULT 0,
  content_type varchar(255) NOT NULL,
  title varchar(255),
  description text,
  field varchar(255),
  attachment_id varchar(255),
  attachment_type varchar(255),
  is_public boolean NOT NULL DEFAULT true,
  sort_order integer,
  created_at timestamp(0) without time zone,
  updated_at timestamp(0) without time zone
);
CREATE INDEX {p}system_files_field_index ON {p}system_files (field);
CREATE INDEX {p}system_files_attachment_id_index ON {p}system_files (attachment_id);
CREATE INDEX {p}system_files_attachment_type_index ON {p}system_files (attachment_type);
