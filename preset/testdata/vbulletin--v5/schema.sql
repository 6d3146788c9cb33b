-- vBulletin 5.
CREATE TABLE {p}user (
  userid int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  username varchar(100) NOT NULL DEFAULT '',
  email char(100) NOT NULL DEFAULT '',
  usergroupid smallint unsigned NOT NULL DEFAULT 0,
  membergroupids char(250) NOT NULL DEFAULT '',
  lastvisit int unsigned NOT NULL DEFAULT 0,
  lastactivity int unsigned NOT NULL DEFAULT 0,
  token varchar(255) NOT NULL DEFAULT '',
  scheme varchar(100) NOT NULL DEFAULT '',
  KEY username (username)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}customavatar (
  userid int unsigned NOT NULL PRIMARY KEY,
  filename varchar(100) NOT NULL DEFAULT '',
  dateline int unsigned NOT NULL DEFAULT 0,
  visible smallint NOT NULL DEFAULT 1
);
CREATE TABLE {p}userban (
  userid int unsigned NOT NULL PRIMARY KEY,
  usergroupid smallint unsigned NOT NULL DEFAULT 0,
  adminid int unsigned NOT NULL DEFAULT 0,
  bandate int unsigned NOT NULL DEFAULT 0,
  liftdate int unsigned NOT NULL DEFAULT 0
);
CREATE TABLE {p}session (
  sessionhash char(32) NOT NULL PRIMARY KEY,
  userid int unsigned NOT NULL DEFAULT 0,
  host char(15) NOT NULL DEFAULT '',
  idhash char(32) NOT NULL DEFAULT '',
  lastactivity int unsigned NOT NULL DEFAULT 0
);
