-- XenForo 2, from its developer documentation and public integrations; no code of XenForo was read.
CREATE TABLE {p}user (
  user_id int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  username varchar(50) NOT NULL,
  email varchar(120) NOT NULL,
  custom_title varchar(50) NOT NULL DEFAULT '',
  user_group_id int(10) unsigned NOT NULL DEFAULT 2,
  secondary_group_ids varbinary(255) NOT NULL DEFAULT '',
  register_date int(10) unsigned NOT NULL DEFAULT 0,
  last_activity int(10) unsigned NOT NULL DEFAULT 0,
  avatar_date int(10) unsigned NOT NULL DEFAULT 0,
  avatar_highdpi tinyint(3) unsigned NOT NULL DEFAULT 0,
  gravatar varchar(120) NOT NULL DEFAULT '',
  user_state enum('valid','email_confirm','email_confirm_edit','moderated','email_bounce','rejected','disabled') NOT NULL DEFAULT 'valid',
  is_moderator tinyint(3) unsigned NOT NULL DEFAULT 0,
  is_admin tinyint(3) unsigned NOT NULL DEFAULT 0,
  is_banned tinyint(3) unsigned NOT NULL DEFAULT 0,
  is_staff tinyint(3) unsigned NOT NULL DEFAULT 0,
  UNIQUE KEY username (username)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}user_profile (
  user_id int(10) unsigned NOT NULL PRIMARY KEY,
  password_date int(10) unsigned NOT NULL DEFAULT 1
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}user_ban (
  user_id int(10) unsigned NOT NULL PRIMARY KEY,
  end_date int(10) unsigned NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}user_remember (
  remember_id int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id int(10) unsigned NOT NULL,
  remember_key varbinary(32) NOT NULL,
  start_date int(10) unsigned NOT NULL,
  expiry_date int(10) unsigned NOT NULL,
  UNIQUE KEY user_id_remember_key (user_id, remember_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}session (
  session_id varbinary(32) NOT NULL PRIMARY KEY,
  session_data mediumblob NOT NULL,
  expiry_date int(10) unsigned NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE `{p}option` (
  option_id varbinary(50) NOT NULL PRIMARY KEY,
  option_value mediumblob NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
