-- The columns of Drupal 10 that the mapping, the detection and the check of sessions read, and the table of the module Real Name.
CREATE TABLE {p}users (
  uid int(10) unsigned NOT NULL PRIMARY KEY,
  uuid varchar(128) NOT NULL,
  langcode varchar(12) NOT NULL
);
CREATE TABLE {p}users_field_data (
  uid int(10) unsigned NOT NULL,
  langcode varchar(12) NOT NULL,
  name varchar(60) NOT NULL,
  pass varchar(255) DEFAULT NULL,
  mail varchar(254) DEFAULT NULL,
  timezone varchar(32) DEFAULT NULL,
  status tinyint(4) DEFAULT NULL,
  created int(11) NOT NULL,
  changed int(11) DEFAULT NULL,
  access int(11) NOT NULL,
  login int(11) DEFAULT NULL,
  init varchar(254) DEFAULT NULL,
  default_langcode tinyint(4) NOT NULL,
  PRIMARY KEY (uid, langcode)
);
CREATE TABLE {p}user__roles (
  bundle varchar(128) NOT NULL DEFAULT '',
  deleted tinyint(4) NOT NULL DEFAULT 0,
  entity_id int(10) unsigned NOT NULL,
  revision_id int(10) unsigned NOT NULL,
  langcode varchar(32) NOT NULL DEFAULT '',
  delta int(10) unsigned NOT NULL,
  roles_target_id varchar(255) NOT NULL,
  PRIMARY KEY (entity_id, deleted, delta, langcode)
);
CREATE TABLE {p}user__user_picture (
  bundle varchar(128) NOT NULL DEFAULT '',
  deleted tinyint(4) NOT NULL DEFAULT 0,
  entity_id int(10) unsigned NOT NULL,
  revision_id int(10) unsigned NOT NULL,
  langcode varchar(32) NOT NULL DEFAULT '',
  delta int(10) unsigned NOT NULL,
  user_picture_target_id int(10) unsigned NOT NULL,
  PRIMARY KEY (entity_id, deleted, delta, langcode)
);
CREATE TABLE {p}file_managed (
  fid int(10) unsigned NOT NULL PRIMARY KEY,
  uid int(10) unsigned DEFAULT NULL,
  filename varchar(255) DEFAULT NULL,
  uri varchar(255) NOT NULL,
  status tinyint(4) NOT NULL
);
CREATE TABLE {p}sessions (
  uid int(10) unsigned NOT NULL,
  sid varchar(128) NOT NULL PRIMARY KEY,
  hostname varchar(128) NOT NULL DEFAULT '',
  timestamp bigint(20) NOT NULL DEFAULT 0,
  session longblob
);
CREATE TABLE {p}realname (
  uid int(10) unsigned NOT NULL PRIMARY KEY,
  realname varchar(255) NOT NULL DEFAULT ''
);
