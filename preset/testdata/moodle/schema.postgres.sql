CREATE TABLE "{p}user" (
  id bigserial PRIMARY KEY,
  auth varchar(20) NOT NULL DEFAULT 'manual',
  confirmed smallint NOT NULL DEFAULT 0,
  policyagreed smallint NOT NULL DEFAULT 0,
  deleted smallint NOT NULL DEFAULT 0,
  suspended smallint NOT NULL DEFAULT 0,
  mnethostid bigint NOT NULL DEFAULT 0,
  username varchar(100) NOT NULL DEFAULT '',
  password varchar(255) NOT NULL DEFAULT '',
  firstname varchar(100) NOT NULL DEFAULT '',
  lastname varchar(100) NOT NULL DEFAULT '',
  email varchar(100) NOT NULL DEFAULT '',
  phone1 varchar(20) NOT NULL DEFAULT '',
  phone2 varchar(20) NOT NULL DEFAULT '',
  firstaccess bigint NOT NULL DEFAULT 0,
  lastaccess bigint NOT NULL DEFAULT 0,
  lastlogin bigint NOT NULL DEFAULT 0,
  currentlogin bigint NOT NULL DEFAULT 0,
  picture bigint NOT NULL DEFAULT 0,
  lastnamephonetic varchar(255),
  firstnamephonetic varchar(255),
  middlename varchar(255),
  alternatename varchar(255),
  UNIQUE (mnethostid, username)
);
CREATE TABLE "{p}context" (
  id bigserial PRIMARY KEY,
  contextlevel bigint NOT NULL DEFAULT 0,
  instanceid bigint NOT NULL DEFAULT 0,
  path varchar(255),
  depth smallint NOT NULL DEFAULT 0,
  UNIQUE (contextlevel, instanceid)
);
CREATE TABLE "{p}sessions" (
  id bigserial PRIMARY KEY,
  state bigint NOT NULL DEFAULT 0,
  sid varchar(128) NOT NULL DEFAULT '' UNIQUE,
  userid bigint NOT NULL,
  sessdata text,
  timecreated bigint NOT NULL,
  timemodified bigint NOT NULL,
  firstip varchar(45),
  lastip varchar(45)
);
CREATE TABLE "{p}config" (
  id bigserial PRIMARY KEY,
  name varchar(255) NOT NULL DEFAULT '' UNIQUE,
  value text NOT NULL
);
