-- OpenCart 4: tables in utf8 of four bytes, and a row of customer_ip for every log-in.
CREATE TABLE {p}customer (
  customer_id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_group_id int(11) NOT NULL,
  store_id int(11) NOT NULL DEFAULT 0,
  language_id int(11) NOT NULL,
  firstname varchar(32) NOT NULL,
  lastname varchar(32) NOT NULL,
  email varchar(96) NOT NULL,
  telephone varchar(32) NOT NULL DEFAULT '',
  password varchar(255) NOT NULL DEFAULT '',
  custom_field text,
  newsletter tinyint(1) NOT NULL DEFAULT 0,
  ip varchar(40) NOT NULL DEFAULT '',
  status tinyint(1) NOT NULL,
  safe tinyint(1) NOT NULL,
  token text,
  code varchar(40) NOT NULL DEFAULT '',
  date_added datetime NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}customer_ip (
  customer_ip_id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id int(11) NOT NULL,
  store_id int(11) NOT NULL,
  ip varchar(40) NOT NULL,
  country varchar(2) NOT NULL,
  date_added datetime NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}session (
  session_id varchar(32) NOT NULL PRIMARY KEY,
  data text NOT NULL,
  expire datetime NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}setting (
  setting_id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  store_id int(11) NOT NULL DEFAULT 0,
  code varchar(128) NOT NULL,
  `key` varchar(128) NOT NULL,
  value text NOT NULL,
  serialized tinyint(1) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
