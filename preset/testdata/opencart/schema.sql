-- OpenCart 3: tables in utf8 of three bytes.
CREATE TABLE {p}customer (
  customer_id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_group_id int(11) NOT NULL,
  store_id int(11) NOT NULL DEFAULT 0,
  language_id int(11) NOT NULL,
  firstname varchar(32) NOT NULL,
  lastname varchar(32) NOT NULL,
  email varchar(96) NOT NULL,
  telephone varchar(32) NOT NULL DEFAULT '',
  fax varchar(32) NOT NULL DEFAULT '',
  password varchar(40) NOT NULL DEFAULT '',
  salt varchar(9) NOT NULL DEFAULT '',
  cart text,
  wishlist text,
  newsletter tinyint(1) NOT NULL DEFAULT 0,
  address_id int(11) NOT NULL DEFAULT 0,
  custom_field text,
  ip varchar(40) NOT NULL DEFAULT '',
  status tinyint(1) NOT NULL,
  safe tinyint(1) NOT NULL,
  token text,
  code varchar(40) NOT NULL DEFAULT '',
  date_added datetime NOT NULL
) ENGINE=MyISAM DEFAULT CHARSET=utf8;
CREATE TABLE {p}customer_ip (
  customer_ip_id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id int(11) NOT NULL,
  ip varchar(40) NOT NULL,
  date_added datetime NOT NULL
) ENGINE=MyISAM DEFAULT CHARSET=utf8;
CREATE TABLE {p}session (
  session_id varchar(32) NOT NULL PRIMARY KEY,
  data text NOT NULL,
  expire datetime NOT NULL
) ENGINE=MyISAM DEFAULT CHARSET=utf8;
CREATE TABLE {p}setting (
  setting_id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  store_id int(11) NOT NULL DEFAULT 0,
  code varchar(128) NOT NULL,
  `key` varchar(128) NOT NULL,
  value text NOT NULL,
  serialized tinyint(1) NOT NULL
) ENGINE=MyISAM DEFAULT CHARSET=utf8;
