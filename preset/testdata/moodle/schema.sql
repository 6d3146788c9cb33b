CREATE TABLE `{p}user` (
  id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  auth varchar(20) NOT NULL DEFAULT 'manual',
  confirmed tinyint(1) NOT NULL DEFAULT 0,
  policyagreed tinyint(1) NOT NULL DEFAULT 0,
  deleted tinyint(1) NOT NULL DEFAULT 0,
  suspended tinyint(1) NOT NULL DEFAULT 0,
  mnethostid bigint(10) NOT NULL DEFAULT 0,
  username varchar(100) NOT NULL DEFAULT '',
  password varchar(255) NOT NULL DEFAULT '',
  firstname varchar(100) NOT NULL DEFAULT '',
  lastname varchar(100) NOT NULL DEFAULT '',
  email varchar(100) NOT NULL DEFAULT '',
  phone1 varchar(20) NOT NULL DEFAULT '',
  phone2 varchar(20) NOT NULL DEFAULT '',
  firstaccess bigint(10) NOT NULL DEFAULT 0,
  lastaccess bigint(10) NOT NULL DEFAULT 0,
  lastlogin bigint(10) NOT NULL DEFAULT 0,
  currentlogin bigint(10) NOT NULL DEFAULT 0,
  picture bigint(10) NOT NULL DEFAULT 0,
  lastnamephonetic varchar(255) DEFAULT NULL,
  firstnamephonetic varchar(255) DEFAULT NULL,
  middlename varchar(255) DEFAULT NULL,
  alternatename varchar(255) DEFAULT NULL,
  UNIQUE KEY mnethostid_username (mnethostid, username)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}context (
  id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  contextlevel bigint(10) NOT NULL DEFAULT 0,
  instanceid bigint(10) NOT NULL DEFAULT 0,
  path varchar(255) DEFAULT NULL,
  depth tinyint(2) NOT NULL DEFAULT 0,
  UNIQUE KEY contextlevel_instanceid (contextlevel, instanceid),
  KEY instanceid (instanceid)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}sessions (
  id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  state bigint(10) NOT NULL DEFAULT 0,
  sid varchar(128) NOT NULL DEFAULT '',
  userid bigint(10) NOT NULL,
  sessdata longtext,
  timecreated bigint(10) NOT NULL,
  timemodified bigint(10) NOT NULL,
  firstip varchar(45) DEFAULT NULL,
  lastip varchar(45) DEFAULT NULL,
  UNIQUE KEY sid (sid)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}config (
  id bigint(10) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL DEFAULT '',
  value longtext NOT NULL,
  UNIQUE KEY name (name)
) DEFAULT CHARSET=utf8mb4;
