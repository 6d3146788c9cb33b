-- The users table of KVS as far as public traces tell it (SOURCE.md); whether a column may be NULL is not known, so here most may.
CREATE TABLE {p}users (
  user_id int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  status_id tinyint(3) unsigned NOT NULL DEFAULT 0,
  username varchar(100) NOT NULL,
  pass varchar(128) NOT NULL DEFAULT '',
  display_name varchar(100) DEFAULT NULL,
  email varchar(100) NOT NULL DEFAULT '',
  avatar varchar(100) DEFAULT NULL,
  cover varchar(100) DEFAULT NULL,
  country_id int(10) unsigned NOT NULL DEFAULT 0,
  gender_id tinyint(3) unsigned NOT NULL DEFAULT 0,
  birth_date date DEFAULT NULL,
  custom1 text,
  custom10 text,
  is_trusted tinyint(1) unsigned NOT NULL DEFAULT 0,
  is_removal_requested tinyint(1) unsigned NOT NULL DEFAULT 0,
  added_date datetime NOT NULL,
  last_login_date datetime DEFAULT NULL,
  ip bigint(20) unsigned NOT NULL DEFAULT 0,
  remember_me_key varchar(32) NOT NULL DEFAULT '',
  remember_me_valid_for datetime DEFAULT NULL,
  last_session_id_hash varchar(32) NOT NULL DEFAULT ''
) ENGINE=MyISAM DEFAULT CHARSET=utf8;
CREATE TABLE {p}options (
  variable varchar(100) NOT NULL PRIMARY KEY,
  value text NOT NULL
) ENGINE=MyISAM DEFAULT CHARSET=utf8;
