-- The columns of MyBB 1.8 that the mapping, the detection and the check of sessions read.
CREATE TABLE {p}users (
  uid integer NOT NULL PRIMARY KEY,
  username varchar(120) NOT NULL DEFAULT '' UNIQUE,
  password varchar(500) NOT NULL DEFAULT '',
  salt varchar(10) NOT NULL DEFAULT '',
  loginkey varchar(50) NOT NULL DEFAULT '',
  email varchar(220) NOT NULL DEFAULT '',
  avatar varchar(200) NOT NULL DEFAULT '',
  avatartype varchar(10) NOT NULL DEFAULT '0',
  usergroup smallint NOT NULL DEFAULT 0,
  additionalgroups varchar(200) NOT NULL DEFAULT '',
  displaygroup smallint NOT NULL DEFAULT 0,
  usertitle varchar(250) NOT NULL DEFAULT '',
  lastactive integer NOT NULL DEFAULT 0,
  lastvisit integer NOT NULL DEFAULT 0,
  invisible smallint NOT NULL DEFAULT 0
);
CREATE TABLE {p}usergroups (
  gid smallint NOT NULL PRIMARY KEY,
  title varchar(120) NOT NULL DEFAULT '',
  usertitle varchar(120) NOT NULL DEFAULT '',
  isbannedgroup smallint NOT NULL DEFAULT 0,
  cancp smallint NOT NULL DEFAULT 0,
  issupermod smallint NOT NULL DEFAULT 0
);
CREATE TABLE {p}banned (
  uid integer NOT NULL DEFAULT 0,
  gid integer NOT NULL DEFAULT 0,
  oldgroup integer NOT NULL DEFAULT 0,
  dateline integer NOT NULL DEFAULT 0,
  bantime varchar(50) NOT NULL DEFAULT '',
  lifted integer NOT NULL DEFAULT 0,
  reason varchar(255) NOT NULL DEFAULT ''
);
CREATE TABLE {p}settings (
  sid smallint NOT NULL PRIMARY KEY,
  name varchar(120) NOT NULL DEFAULT '',
  value text NOT NULL
);
