-- MediaWiki 1.39, MySQL and MariaDB.
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
  UNIQUE KEY user_name (user_name)
) DEFAULT CHARSET=binary;
CREATE TABLE {p}user_groups (
  ug_user int unsigned NOT NULL DEFAULT 0,
  ug_group varbinary(255) NOT NULL DEFAULT '',
  ug_expiry varbinary(14) DEFAULT NULL,
  PRIMARY KEY (ug_user, ug_group)
) DEFAULT CHARSET=binary;
CREATE TABLE {p}ipblocks (
  ipb_id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  ipb_address tinyblob NOT NULL,
  ipb_user int unsigned NOT NULL DEFAULT 0,
  ipb_by_actor bigint unsigned NOT NULL,
  ipb_reason_id bigint unsigned NOT NULL,
  ipb_timestamp binary(14) NOT NULL,
  ipb_auto tinyint(1) NOT NULL DEFAULT 0,
  ipb_expiry varbinary(14) NOT NULL,
  ipb_sitewide tinyint(1) NOT NULL DEFAULT 1,
  KEY ipb_user (ipb_user)
) DEFAULT CHARSET=binary;
