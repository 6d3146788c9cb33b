-- The columns of Drupal 7 that the mapping, the detection and the check of sessions read.
CREATE TABLE {p}users (
  uid integer NOT NULL DEFAULT 0 PRIMARY KEY,
  name varchar(60) NOT NULL DEFAULT '' UNIQUE,
  pass varchar(128) NOT NULL DEFAULT '',
  mail varchar(254) DEFAULT '',
  created integer NOT NULL DEFAULT 0,
  access integer NOT NULL DEFAULT 0,
  login integer NOT NULL DEFAULT 0,
  status integer NOT NULL DEFAULT 0,
  timezone varchar(32) DEFAULT NULL,
  picture integer NOT NULL DEFAULT 0,
  init varchar(254) DEFAULT '',
  data blob
);
CREATE TABLE {p}role (
  rid integer NOT NULL PRIMARY KEY,
  name varchar(64) NOT NULL DEFAULT '' UNIQUE
);
CREATE TABLE {p}users_roles (
  uid integer NOT NULL DEFAULT 0,
  rid integer NOT NULL DEFAULT 0,
  PRIMARY KEY (uid, rid)
);
CREATE TABLE {p}file_managed (
  fid integer NOT NULL PRIMARY KEY,
  uid integer NOT NULL DEFAULT 0,
  filename varchar(255) NOT NULL DEFAULT '',
  uri varchar(255) NOT NULL DEFAULT '',
  status integer NOT NULL DEFAULT 0
);
CREATE TABLE {p}sessions (
  uid integer NOT NULL,
  sid varchar(128) NOT NULL,
  ssid varchar(128) NOT NULL DEFAULT '',
  hostname varchar(128) NOT NULL DEFAULT '',
  timestamp integer NOT NULL DEFAULT 0,
  cache integer NOT NULL DEFAULT 0,
  session blob,
  PRIMARY KEY (sid, ssid)
);
CREATE TABLE {p}variable (
  name varchar(128) NOT NULL DEFAULT '' PRIMARY KEY,
  value blob NOT NULL
);
