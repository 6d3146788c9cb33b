-- The columns of a single site of WordPress 6 that the mapping, the detection and the check of sessions read.
CREATE TABLE {p}users (
  ID bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_login varchar(60) NOT NULL DEFAULT '',
  user_pass varchar(255) NOT NULL DEFAULT '',
  user_nicename varchar(50) NOT NULL DEFAULT '',
  user_email varchar(100) NOT NULL DEFAULT '',
  user_registered datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  user_status int(11) NOT NULL DEFAULT 0,
  display_name varchar(250) NOT NULL DEFAULT '',
  KEY user_login_key (user_login)
);
CREATE TABLE {p}usermeta (
  umeta_id bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id bigint(20) unsigned NOT NULL DEFAULT 0,
  meta_key varchar(255) DEFAULT NULL,
  meta_value longtext,
  KEY user_id (user_id),
  KEY meta_key (meta_key(191))
);
CREATE TABLE {p}posts (
  ID bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  post_author bigint(20) unsigned NOT NULL DEFAULT 0,
  guid varchar(255) NOT NULL DEFAULT '',
  post_type varchar(20) NOT NULL DEFAULT 'post'
);
CREATE TABLE {p}postmeta (
  meta_id bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  post_id bigint(20) unsigned NOT NULL DEFAULT 0,
  meta_key varchar(255) DEFAULT NULL,
  meta_value longtext,
  KEY post_id (post_id)
);
CREATE TABLE {p}options (
  option_id bigint(20) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  option_name varchar(191) NOT NULL DEFAULT '' UNIQUE,
  option_value longtext NOT NULL
);
