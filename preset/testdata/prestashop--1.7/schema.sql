-- PrestaShop 1.7.6.6 to 1.7.8 at its oldest: utf8 of three bytes, short names, sessions without times.
CREATE TABLE {p}customer (
  id_customer int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id_shop int(11) unsigned NOT NULL DEFAULT 1,
  id_default_group int(10) unsigned NOT NULL DEFAULT 1,
  firstname varchar(32) NOT NULL,
  lastname varchar(32) NOT NULL,
  email varchar(128) NOT NULL,
  passwd varchar(60) NOT NULL DEFAULT '',
  secure_key varchar(32) NOT NULL DEFAULT '-1',
  active tinyint(1) unsigned NOT NULL DEFAULT 0,
  is_guest tinyint(1) NOT NULL DEFAULT 0,
  deleted tinyint(1) NOT NULL DEFAULT 0,
  date_add datetime NOT NULL,
  date_upd datetime NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE {p}customer_session (
  id_customer_session int(11) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id_customer int(10) unsigned DEFAULT NULL,
  token varchar(40) DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
CREATE TABLE {p}configuration (
  id_configuration int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(254) NOT NULL,
  value text
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
