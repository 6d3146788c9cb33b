CREATE TABLE {p}users (
  id bigserial PRIMARY KEY,
  is_guest boolean NOT NULL DEFAULT false,
  is_mail_blocked boolean NOT NULL DEFAULT false,
  first_name varchar(255),
  last_name varchar(255),
  username varchar(255),
  email varchar(255) NOT NULL,
  notes text,
  password varchar(255) NOT NULL,
  activation_code varchar(255),
  persist_code varchar(255),
  remember_token varchar(255),
  two_factor_secret text,
  two_factor_recovery_codes text,
  primary_group_id bigint,
  created_ip_address varchar(255),
  last_ip_address varchar(255),
  banned_reason text,
  banned_at timestamp(0) without time zone,
  activated_at timestamp(0) without time zone,
  two_factor_confirmed_at timestamp(0) without time zone,
  last_seen timestamp(0) without time zone,
  deleted_at timestamp(0) without time zone,
  created_at timestamp(0) without time zone,
  updated_at timestamp(0) without time zone
);
CREATE INDEX {p}users_username_index ON {p}users (username);
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
