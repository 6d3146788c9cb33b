-- The columns of Drupal 10 that the mapping, the detection and the check of sessions read, and the table of the module Real Name.
CREATE TABLE {p}users (
  uid integer NOT NULL PRIMARY KEY,
  uuid varchar(128) NOT NULL,
  langcode varchar(12) NOT NULL
);
CREATE TABLE {p}users_field_data (
  uid integer NOT NULL,
  langcode varchar(12) NOT NULL,
  name varchar(60) NOT NULL,
  pass varchar(255) DEFAULT NULL,
  mail varchar(254) DEFAULT NULL,
  timezone varchar(32) DEFAULT NULL,
  status integer DEFAULT NULL,
  created integer NOT NULL,
  changed integer DEFAULT NULL,
  access integer NOT NULL,
  login integer DEFAULT NULL,
  init varchar(254) DEFAULT NULL,
  default_langcode integer NOT NULL,
  PRIMARY KEY (uid, langcode)
);
CREATE TABLE {p}user__roles (
  bundle varchar(128) NOT NULL DEFAULT '',
  deleted integer NOT NULL DEFAULT 0,
  entity_id integer NOT NULL,
  revision_id integer NOT NULL,
  langcode varchar(32) NOT NULL DEFAULT '',
  delta integer NOT NULL,
  roles_target_id varchar(255) NOT NULL,
  PRIMARY KEY (entity_id, deleted, delta, langcode)
);
CREATE TABLE {p}user__user_picture (
  bundle varchar(128) NOT NULL DEFAULT '',
  deleted integer NOT NULL DEFAULT 0,
  entity_id integer NOT NULL,
  revision_id integer NOT NULL,
  langcode varchar(32) NOT NULL DEFAULT '',
  delta integer NOT NULL,
  user_picture_target_id integer NOT NULL,
  PRIMARY KEY (entity_id, deleted, delta, langcode)
);
CREATE TABLE {p}file_managed (
  fid integer NOT NULL PRIMARY KEY,
  uid integer DEFAULT NULL,
  filename varchar(255) DEFAULT NULL,
  uri varchar(255) NOT NULL,
  status integer NOT NULL
);
CREATE TABLE {p}sessions (
  uid integer NOT NULL,
  sid varchar(128) NOT NULL PRIMARY KEY,
  hostname varchar(128) NOT NULL DEFAULT '',
  timestamp integer NOT NULL DEFAULT 0,
  session blob
);
CREATE TABLE {p}realname (
  uid integer NOT NULL PRIMARY KEY,
  realname varchar(255) NOT NULL DEFAULT ''
);
