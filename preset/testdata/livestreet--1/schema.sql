-- LiveStreet 1.0.3: administrators stand in a table of their own.
CREATE TABLE {p}user (
  user_id int(11) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_login varchar(30) NOT NULL,
  user_password varchar(50) NOT NULL DEFAULT '',
  user_mail varchar(50) NOT NULL,
  user_date_register datetime NOT NULL,
  user_activate tinyint(1) unsigned NOT NULL DEFAULT 0,
  user_profile_name varchar(50) DEFAULT NULL,
  user_profile_date datetime DEFAULT NULL,
  user_profile_avatar varchar(250) DEFAULT NULL,
  user_profile_foto varchar(250) DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE {p}session (
  session_key varchar(32) NOT NULL PRIMARY KEY,
  user_id int(11) unsigned NOT NULL,
  session_ip_create varchar(15) NOT NULL,
  session_ip_last varchar(15) NOT NULL,
  session_date_create datetime NOT NULL,
  session_date_last datetime NOT NULL,
  UNIQUE KEY user_id (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE {p}user_administrator (
  user_id int(11) unsigned NOT NULL,
  UNIQUE KEY user_id (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
