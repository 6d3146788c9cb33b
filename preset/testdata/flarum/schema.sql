-- Flarum with the extensions Nicknames and Suspend.
CREATE TABLE {p}users (
  id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  username varchar(100) NOT NULL UNIQUE,
  nickname varchar(255) DEFAULT NULL,
  email varchar(150) NOT NULL UNIQUE,
  is_email_confirmed tinyint(1) NOT NULL DEFAULT 0,
  password varchar(100) NOT NULL,
  avatar_url varchar(100) DEFAULT NULL,
  preferences blob,
  joined_at datetime DEFAULT NULL,
  last_seen_at datetime DEFAULT NULL,
  suspended_until datetime DEFAULT NULL
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}group_user (
  user_id int unsigned NOT NULL,
  group_id int unsigned NOT NULL,
  PRIMARY KEY (user_id, group_id)
);
CREATE TABLE {p}access_tokens (
  id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  token varchar(40) NOT NULL UNIQUE,
  user_id int unsigned NOT NULL,
  last_activity_at datetime DEFAULT NULL,
  created_at datetime NOT NULL,
  type varchar(100) NOT NULL
);
