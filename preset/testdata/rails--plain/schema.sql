-- What Devise makes by itself (database_authenticatable, recoverable, rememberable), nothing added.
CREATE TABLE {p}schema_migrations (
  version varchar(255) NOT NULL PRIMARY KEY
);
CREATE TABLE {p}users (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email varchar(255) NOT NULL DEFAULT '',
  encrypted_password varchar(255) NOT NULL DEFAULT '',
  reset_password_token varchar(255),
  reset_password_sent_at datetime(6),
  remember_created_at datetime(6),
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL,
  UNIQUE KEY index_users_on_email (email)
) DEFAULT CHARSET=utf8mb4;
