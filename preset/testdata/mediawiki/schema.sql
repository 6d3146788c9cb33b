-- MediaWiki 1.43, MySQL and MariaDB.
CREATE TABLE `{p}user` (
  user_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_name varbinary(255) NOT NULL DEFAULT '',
  user_real_name varbinary(255) NOT NULL DEFAULT '',
  user_password tinyblob NOT NULL,
  user_newpassword tinyblob NOT NULL,
  user_email tinyblob NOT NULL,
  user_touched binary(14) NOT NULL,
  user_token binary(32) NOT NULL,
  user_registration binary(14) DEFAULT NULL,
  user_editcount int unsigned DEFAULT NULL,
  user_is_temp tinyint(1) NOT NULL DEFAULT 0,
  UNIQUE KEY user_name (user_name)
) DEFAULT CHARSET=binary;
CREATE TABLE {p}user_groups (
  ug_user int unsigned NOT NULL DEFAULT 0,
  ug_group varbinary(255) NOT NULL DEFAULT '',
  ug_expiry varbinary(14) DEFAULT NULL,
  PRIMARY KEY (ug_user, ug_group)
) DEFAULT CHARSET=binary;
CREATE TABLE `{p}block` (
  bl_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  bl_target int unsigned NOT NULL,
  bl_by_actor bigint unsigned NOT NULL,
  bl_reason_id bigint unsigned NOT NULL,
  bl_timestamp binary(14) NOT NULL,
  bl_expiry varbinary(14) NOT NULL,
  bl_sitewide tinyint(1) NOT NULL DEFAULT 1,
  KEY bl_target (bl_target)
) DEFAULT CHARSET=binary;
CREATE TABLE {p}block_target (
  bt_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  bt_address tinyblob,
  bt_user int unsigned DEFAULT NULL,
  bt_user_text varbinary(255) DEFAULT NULL,
  bt_auto tinyint(1) NOT NULL DEFAULT 0,
  bt_count int NOT NULL DEFAULT 0,
  KEY bt_user (bt_user)
) DEFAULT CHARSET=binary;
