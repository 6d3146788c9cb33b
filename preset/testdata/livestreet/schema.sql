-- The tables of LiveStreet 2.0 that the mapping, the detection and a session need. Version 2.0 installs them in utf8 of three bytes.
CREATE TABLE {p}user (
  user_id int(11) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_login varchar(30) NOT NULL,
  user_password varchar(50) NOT NULL DEFAULT '',
  user_mail varchar(50) NOT NULL,
  user_admin tinyint(1) NOT NULL DEFAULT 0,
  user_date_register datetime NOT NULL,
  user_date_activate datetime DEFAULT NULL,
  user_activate tinyint(1) unsigned NOT NULL DEFAULT 0,
  user_activate_key varchar(32) DEFAULT NULL,
  user_profile_name varchar(50) DEFAULT NULL,
  user_profile_sex varchar(50) NOT NULL DEFAULT 'other',
  user_profile_date datetime DEFAULT NULL,
  user_profile_avatar varchar(250) DEFAULT NULL,
  user_profile_foto varchar(250) DEFAULT NULL,
  user_settings_timezone varchar(100) DEFAULT NULL,
  UNIQUE KEY user_login (user_login),
  UNIQUE KEY user_mail (user_mail)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE {p}session (
  session_key varchar(32) NOT NULL PRIMARY KEY,
  user_id int(11) unsigned NOT NULL,
  session_ip_create varchar(40) NOT NULL,
  session_ip_last varchar(40) NOT NULL,
  session_date_create datetime NOT NULL,
  session_date_last datetime NOT NULL,
  session_date_close datetime DEFAULT NULL,
  session_extra text,
  KEY user_id (user_id),
  KEY session_date_last (session_date_last)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
