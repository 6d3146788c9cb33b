-- Joomla 3 without any of the extensions; unset dates are zero dates.
CREATE TABLE {p}users (
  id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(400) NOT NULL DEFAULT '',
  username varchar(150) NOT NULL DEFAULT '' UNIQUE,
  email varchar(100) NOT NULL DEFAULT '',
  password varchar(100) NOT NULL DEFAULT '',
  block tinyint(4) NOT NULL DEFAULT 0,
  sendEmail tinyint(4) DEFAULT 0,
  registerDate datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  lastvisitDate datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  activation varchar(100) NOT NULL DEFAULT '',
  params text NOT NULL,
  requireReset tinyint(4) NOT NULL DEFAULT 0
);
CREATE TABLE {p}usergroups (
  id int(10) unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  parent_id int(10) unsigned NOT NULL DEFAULT 0,
  title varchar(100) NOT NULL DEFAULT ''
);
CREATE TABLE {p}user_usergroup_map (
  user_id int(10) unsigned NOT NULL DEFAULT 0,
  group_id int(10) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, group_id)
);
CREATE TABLE {p}session (
  session_id varbinary(192) NOT NULL PRIMARY KEY,
  client_id tinyint(3) unsigned DEFAULT NULL,
  guest tinyint(3) unsigned DEFAULT 1,
  time int(11) NOT NULL DEFAULT 0,
  data mediumtext,
  userid int(11) DEFAULT 0,
  username varchar(150) DEFAULT ''
);
