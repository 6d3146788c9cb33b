-- The columns of Joomla 5 that the mapping, the detection and the check of sessions read, and those of Community Builder, Kunena and JomSocial.
CREATE TABLE {p}users (
  id integer NOT NULL PRIMARY KEY,
  name varchar(400) NOT NULL DEFAULT '',
  username varchar(150) NOT NULL DEFAULT '' UNIQUE,
  email varchar(100) NOT NULL DEFAULT '',
  password varchar(100) NOT NULL DEFAULT '',
  block smallint NOT NULL DEFAULT 0,
  "sendEmail" smallint DEFAULT 0,
  "registerDate" timestamp without time zone NOT NULL,
  "lastvisitDate" timestamp without time zone,
  activation varchar(100) NOT NULL DEFAULT '',
  params text NOT NULL,
  "requireReset" smallint NOT NULL DEFAULT 0
);
CREATE TABLE {p}usergroups (
  id bigint NOT NULL PRIMARY KEY,
  parent_id bigint NOT NULL DEFAULT 0,
  title varchar(100) NOT NULL DEFAULT ''
);
CREATE TABLE {p}user_usergroup_map (
  user_id bigint NOT NULL DEFAULT 0,
  group_id bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, group_id)
);
CREATE TABLE {p}session (
  session_id bytea NOT NULL PRIMARY KEY,
  client_id integer DEFAULT NULL,
  guest integer DEFAULT 1,
  time integer NOT NULL DEFAULT 0,
  data text,
  userid integer DEFAULT 0,
  username varchar(150) DEFAULT ''
);
CREATE TABLE {p}contact_details (
  id integer NOT NULL PRIMARY KEY,
  name varchar(255) NOT NULL DEFAULT '',
  image varchar(255),
  published smallint NOT NULL DEFAULT 0,
  user_id integer NOT NULL DEFAULT 0
);
CREATE TABLE {p}comprofiler (
  id integer NOT NULL DEFAULT 0 PRIMARY KEY,
  user_id integer NOT NULL DEFAULT 0 UNIQUE,
  avatar varchar(255) DEFAULT NULL,
  avatarapproved smallint NOT NULL DEFAULT 1
);
CREATE TABLE {p}kunena_users (
  userid integer NOT NULL DEFAULT 0 PRIMARY KEY,
  avatar varchar(255) DEFAULT NULL
);
CREATE TABLE {p}community_users (
  userid integer NOT NULL PRIMARY KEY,
  avatar text NOT NULL,
  thumb text NOT NULL,
  storage varchar(64) NOT NULL DEFAULT 'file'
);
