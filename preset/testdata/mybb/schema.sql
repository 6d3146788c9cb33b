-- The columns of MyBB 1.8 that the mapping, the detection and the check of sessions read.
CREATE TABLE {p}users (
  uid int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  username varchar(120) NOT NULL DEFAULT '' UNIQUE,
  password varchar(500) NOT NULL DEFAULT '',
  salt varchar(10) NOT NULL DEFAULT '',
  loginkey varchar(50) NOT NULL DEFAULT '',
  email varchar(220) NOT NULL DEFAULT '',
  avatar varchar(200) NOT NULL DEFAULT '',
  avatartype varchar(10) NOT NULL DEFAULT '0',
  usergroup smallint(5) unsigned NOT NULL DEFAULT 0,
  additionalgroups varchar(200) NOT NULL DEFAULT '',
  displaygroup smallint(5) unsigned NOT NULL DEFAULT 0,
  usertitle varchar(250) NOT NULL DEFAULT '',
  lastactive int(10) unsigned NOT NULL DEFAULT 0,
  lastvisit int(10) unsigned NOT NULL DEFAULT 0,
  invisible tinyint(1) NOT NULL DEFAULT 0
);
CREATE TABLE {p}usergroups (
  gid smallint(5) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  title varchar(120) NOT NULL DEFAULT '',
  usertitle varchar(120) NOT NULL DEFAULT '',
  isbannedgroup tinyint(1) NOT NULL DEFAULT 0,
  cancp tinyint(1) NOT NULL DEFAULT 0,
  issupermod tinyint(1) NOT NULL DEFAULT 0
);
CREATE TABLE {p}banned (
  uid int(10) unsigned NOT NULL DEFAULT 0,
  gid int(10) unsigned NOT NULL DEFAULT 0,
  oldgroup int(10) unsigned NOT NULL DEFAULT 0,
  dateline int(10) unsigned NOT NULL DEFAULT 0,
  bantime varchar(50) NOT NULL DEFAULT '',
  lifted int(10) unsigned NOT NULL DEFAULT 0,
  reason varchar(255) NOT NULL DEFAULT '',
  KEY uid (uid)
);
CREATE TABLE {p}settings (
  sid smallint(5) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(120) NOT NULL DEFAULT '',
  value text NOT NULL
);
