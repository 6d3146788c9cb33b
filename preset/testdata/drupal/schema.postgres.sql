-- The columns of Drupal 10 that the mapping, the detection and the check of sessions read, and the table of the module Real Name.
CREATE TABLE {p}users (
  uid bigint NOT NULL PRIMARY KEY,
  uuid varchar(128) NOT NULL,
  langcode varchar(12) NOT NULL
);
CREATE TABLE {p}users_field_data (
  uid bigint NOT NULL,
  langcode varchar(12) NOT NULL,
  name varchar(60) NOT NULL,
  pass varchar(255) DEFAULT NULL,
  mail varchar(254) DEFAULT NULL,
  timezone varchar(32) DEFAULT NULL,
  status smallint DEFAULT NULL,
  created integer NOT NULL,
  changed integer DEFAULT NULL,
  access integer NOT NULL,
  login integer DEFAULT NULL,
  init varchar(254) DEFAULT NULL,
  default_langcode smallint NOT NULL,
  PRIMARY KEY (uid, langcode)
);
CREATE TABLE {p}user__roles (
  bundle varchar(128) NOT NULL DEFAULT '',
  deleted smallint NOT NULL DEFAULT 0,
  entity_id bigint NOT NULL,
  revision_id bigint NOT NULL,
  langcode varchar(32) NOT NULL DEFAULT '',
  delta bigint NOT NULL,
  roles_target_id varchar(255) NOT NULL,
  PRIMARY KEY (entity_id, deleted, delta, langcode)
);
CREATE TABLE {p}user__user_picture (
  bundle varchar(128) NOT NULL DEFAULT '',
  deleted smallint NOT NULL DEFAULT 0,
  entity_id bigint NOT NULL,
  revision_id bigint NOT NULL,
  langcode varchar(32) NOT NULL DEFAULT '',
  delta bigint NOT NULL,
  user_picture_target_id bigint NOT NULL,
  PRIMARY KEY (entity_id, deleted, delta, langcode)
);
CREATE TABLE {p}file_managed (
  fid bigint NOT NULL PRIMARY KEY,
  uid bigint DEFAULT NULL,
  filename varchar(255) DEFAULT NULL,
  uri varchar(255) NOT NULL,
  status smallint NOT NULL
);
CREATE TABLE {p}sessions (
  uid bigint NOT NULL,
  sid varchar(128) NOT NULL PRIMARY KEY,
  hostname varchar(128) NOT NULL DEFAULT '',
  timestamp bigint NOT NULL DEFAULT 0,
  session bytea
);
CREATE TABLE {p}realname (
  uid bigint NOT NULL PRIMARY KEY,
  realname varchar(255) NOT NULL DEFAULT ''
);
