-- The tables of Rails 8's authentication generator; name, username, avatar_url, admin and deleted_at are additions.
CREATE TABLE {p}schema_migrations (
  version varchar(255) NOT NULL PRIMARY KEY
);
CREATE TABLE {p}users (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email_address varchar(255) NOT NULL,
  password_digest varchar(255) NOT NULL,
  name varchar(255),
  username varchar(255),
  avatar_url varchar(255),
  admin tinyint(1) NOT NULL DEFAULT 0,
  deleted_at datetime(6),
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL,
  UNIQUE KEY index_users_on_email_address (email_address)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}sessions (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id bigint NOT NULL,
  ip_address varchar(255),
  user_agent varchar(255),
  created_at datetime(6) NOT NULL,
  updated_at datetime(6) NOT NULL,
  KEY index_sessions_on_user_id (user_id)
);
