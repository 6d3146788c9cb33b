-- Question2Answer 1.8.
CREATE TABLE {p}users (
  userid int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  created datetime NOT NULL,
  createip varbinary(16) NOT NULL,
  email varchar(80) NOT NULL,
  handle varchar(20) NOT NULL,
  avatarblobid bigint unsigned DEFAULT NULL,
  level tinyint unsigned NOT NULL,
  loggedin datetime NOT NULL,
  flags smallint unsigned NOT NULL DEFAULT 0,
  passsalt binary(16) DEFAULT NULL,
  passcheck binary(20) DEFAULT NULL,
  passhash varchar(255) DEFAULT NULL,
  sessioncode char(8) CHARACTER SET ascii DEFAULT NULL,
  KEY email (email),
  KEY handle (handle)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}userprofile (
  userid int unsigned NOT NULL,
  title varchar(40) NOT NULL,
  content varchar(8000) NOT NULL,
  UNIQUE KEY userid (userid, title)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}options (
  title varchar(40) NOT NULL PRIMARY KEY,
  content varchar(8000) NOT NULL
) DEFAULT CHARSET=utf8mb4;
