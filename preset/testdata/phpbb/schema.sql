-- The columns of phpBB 3.3 that the mapping, the detection and the check of sessions read. phpBB keeps three-byte UTF-8 on MySQL.
CREATE TABLE {p}users (
  user_id int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_type tinyint(2) NOT NULL DEFAULT 0,
  group_id mediumint(8) unsigned NOT NULL DEFAULT 3,
  user_permissions mediumtext NOT NULL,
  username varchar(255) NOT NULL DEFAULT '',
  username_clean varchar(255) NOT NULL DEFAULT '' UNIQUE,
  user_password varchar(255) NOT NULL DEFAULT '',
  user_email varchar(100) NOT NULL DEFAULT '',
  user_lastvisit int(11) unsigned NOT NULL DEFAULT 0,
  user_last_active int(11) unsigned NOT NULL DEFAULT 0,
  user_rank mediumint(8) unsigned NOT NULL DEFAULT 0,
  user_allow_viewonline tinyint(1) unsigned NOT NULL DEFAULT 1,
  user_avatar varchar(255) NOT NULL DEFAULT '',
  user_avatar_type varchar(255) NOT NULL DEFAULT ''
) CHARACTER SET utf8 COLLATE utf8_bin;
CREATE TABLE {p}groups (
  group_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  group_type tinyint(4) NOT NULL DEFAULT 1,
  group_name varchar(255) NOT NULL DEFAULT ''
) CHARACTER SET utf8 COLLATE utf8_bin;
CREATE TABLE {p}ranks (
  rank_id mediumint(8) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  rank_title varchar(255) NOT NULL DEFAULT '',
  rank_special tinyint(1) unsigned NOT NULL DEFAULT 0
) CHARACTER SET utf8 COLLATE utf8_bin;
CREATE TABLE {p}banlist (
  ban_id int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  ban_userid int(10) unsigned NOT NULL DEFAULT 0,
  ban_ip varchar(40) NOT NULL DEFAULT '',
  ban_email varchar(100) NOT NULL DEFAULT '',
  ban_start int(11) unsigned NOT NULL DEFAULT 0,
  ban_end int(11) unsigned NOT NULL DEFAULT 0,
  ban_exclude tinyint(1) unsigned NOT NULL DEFAULT 0,
  KEY ban_user (ban_userid, ban_exclude)
) CHARACTER SET utf8 COLLATE utf8_bin;
CREATE TABLE {p}sessions (
  session_id char(32) NOT NULL DEFAULT '' PRIMARY KEY,
  session_user_id int(10) unsigned NOT NULL DEFAULT 0,
  session_time int(11) unsigned NOT NULL DEFAULT 0,
  session_ip varchar(40) NOT NULL DEFAULT '',
  session_browser varchar(150) NOT NULL DEFAULT '',
  session_forwarded_for varchar(255) NOT NULL DEFAULT '',
  session_autologin tinyint(1) unsigned NOT NULL DEFAULT 0
) CHARACTER SET utf8 COLLATE utf8_bin;
CREATE TABLE {p}sessions_keys (
  key_id char(32) NOT NULL DEFAULT '',
  user_id int(10) unsigned NOT NULL DEFAULT 0,
  last_ip varchar(40) NOT NULL DEFAULT '',
  last_login int(11) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (key_id, user_id)
) CHARACTER SET utf8 COLLATE utf8_bin;
CREATE TABLE {p}config (
  config_name varchar(255) NOT NULL DEFAULT '' PRIMARY KEY,
  config_value varchar(255) NOT NULL DEFAULT ''
) CHARACTER SET utf8 COLLATE utf8_bin;
