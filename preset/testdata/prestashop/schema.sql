-- PrestaShop 8.
CREATE TABLE {p}customer (
  id_customer int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id_shop_group int(11) unsigned NOT NULL DEFAULT 1,
  id_shop int(11) unsigned NOT NULL DEFAULT 1,
  id_gender int(10) unsigned NOT NULL DEFAULT 0,
  id_default_group int(10) unsigned NOT NULL DEFAULT 1,
  id_lang int(10) unsigned DEFAULT NULL,
  company varchar(255) DEFAULT NULL,
  firstname varchar(255) NOT NULL,
  lastname varchar(255) NOT NULL,
  email varchar(255) NOT NULL,
  passwd varchar(255) NOT NULL DEFAULT '',
  last_passwd_gen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  birthday date DEFAULT NULL,
  secure_key varchar(32) NOT NULL DEFAULT '-1',
  active tinyint(1) unsigned NOT NULL DEFAULT 0,
  is_guest tinyint(1) NOT NULL DEFAULT 0,
  deleted tinyint(1) NOT NULL DEFAULT 0,
  date_add datetime NOT NULL,
  date_upd datetime NOT NULL,
  KEY customer_email (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE {p}customer_session (
  id_customer_session int(11) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id_customer int(10) unsigned DEFAULT NULL,
  token varchar(40) DEFAULT NULL,
  date_add datetime NOT NULL,
  date_upd datetime NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE {p}configuration (
  id_configuration int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id_shop_group int(11) unsigned DEFAULT NULL,
  id_shop int(11) unsigned DEFAULT NULL,
  name varchar(254) NOT NULL,
  value text,
  date_add datetime NOT NULL,
  date_upd datetime NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE {p}address (
  id_address int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id_country int(10) unsigned NOT NULL,
  id_customer int(10) unsigned NOT NULL DEFAULT 0,
  alias varchar(32) NOT NULL,
  phone varchar(32) DEFAULT NULL,
  phone_mobile varchar(32) DEFAULT NULL,
  active tinyint(1) unsigned NOT NULL DEFAULT 1,
  deleted tinyint(1) unsigned NOT NULL DEFAULT 0,
  KEY address_customer (id_customer)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
