-- The columns of Drupal 7 that the mapping, the detection and the check of sessions read.
CREATE TABLE {p}users (
  uid int(10) unsigned NOT NULL DEFAULT 0 PRIMARY KEY,
  name varchar(60) NOT NULL DEFAULT '' UNIQUE,
  pass varchar(128) NOT NULL DEFAULT '',
  mail varchar(254) DEFAULT '',
  created int(11) NOT NULL DEFAULT 0,
  access int(11) NOT NULL DEFAULT 0,
  login int(11) NOT NULL DEFAULT 0,
  status tinyint(4) NOT NULL DEFAULT 0,
  timezone varchar(32) DEFAULT NULL,
  picture int(11) NOT NULL DEFAULT 0,
  init varchar(254) DEFAULT '',
  data longblob
);
CREATE TABLE {p}role (
  rid int(10) unsigned NOT NULL PRIMARY KEY,
  name varchar(64) NOT NULL DEFAULT '' UNIQUE
);
CREATE TABLE {p}users_roles (
  uid int(10) unsigned NOT NULL DEFAULT 0,
  rid int(10) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (uid, rid)
);
CREATE TABLE {p}file_managed (
  fid int(10) unsigned NOT NULL PRIMARY KEY,
  uid int(10) unsigned NOT NULL DEFAULT 0,
  filename varchar(255) NOT NULL DEFAULT '',
  uri varchar(255) NOT NULL DEFAULT '',
  status tinyint(4) NOT NULL DEFAULT 0
);
CREATE TABLE {p}sessions (
  uid int(10) unsigned NOT NULL,
  sid varchar(128) NOT NULL,
  ssid varchar(128) NOT NULL DEFAULT '',
  hostname varchar(128) NOT NULL DEFAULT '',
  timestamp int(11) NOT NULL DEFAULT 0,
  cache int(11) NOT NULL DEFAULT 0,
  session longblob,
  PRIMARY KEY (sid, ssid)
);
CREATE TABLE {p}variable (
  name varchar(128) NOT NULL DEFAULT '' PRIMARY KEY,
  value longblob NOT NULL
);
