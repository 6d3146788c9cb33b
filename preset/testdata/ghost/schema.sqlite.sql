-- Members and settings; staff (users) are not needed.
CREATE TABLE {p}members (
  id varchar(24) NOT NULL PRIMARY KEY,
  uuid varchar(36) NOT NULL UNIQUE,
  transient_id varchar(191) NOT NULL UNIQUE,
  email varchar(191) NOT NULL UNIQUE,
  status varchar(50) NOT NULL DEFAULT 'free',
  name varchar(191) DEFAULT NULL,
  expertise varchar(191) DEFAULT NULL,
  note varchar(2000) DEFAULT NULL,
  last_seen_at datetime DEFAULT NULL,
  commenting text,
  created_at datetime NOT NULL
);
CREATE TABLE settings (
  id varchar(24) NOT NULL PRIMARY KEY,
  "key" varchar(50) NOT NULL UNIQUE,
  value text
);
