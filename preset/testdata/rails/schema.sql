-- Devise with trackable, confirmable and lockable, and columns applications often add.
CREATE TABLE {p}schema_migrations (
  version varchar(255) NOT NULL PRIMARY KEY
);
CREATE TABLE {p}users (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email varchar(255) NOT NULL DEFAULT '',
  encrypted_password varchar(255) NOT NULL DEFAULT '',
  reset_password_token varchar(255),
  remember_created_at datetime(6),
  sign_in_count int NOT NULL DEFAULT 0,
  current_sign_in_at datetime(6),
  last_sign_in_at datetime(6),
  confirmation_token varchar(255),
  confirmed_at datetime(6),
  failed_attempts int NOT NULL DEFAULT 0,
  locked_at datetime(6),
  name varchar(255),
  first_name varchar(255),
  last_name varchar(255),
  username varchar(255),
  image varchar(255),
  admin tinyint(1) NOT NULL DEFAULT 0,
  role varchar(255),
  guest tinyint(1) DEFAULT 0,
  discarded_at datetime(6),
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL,
  UNIQUE KEY index_users_on_email (email)
) DEFAULT CHARSET=utf8mb4;
