-- MediaWiki 1.39, SQLite.
CREATE TABLE "{p}user" (
  user_id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  user_name blob NOT NULL DEFAULT '',
  user_real_name blob NOT NULL DEFAULT '',
  user_password blob NOT NULL,
  user_newpassword blob NOT NULL,
  user_email blob NOT NULL,
  user_touched blob NOT NULL,
  user_token blob NOT NULL,
  user_registration blob DEFAULT NULL,
  user_editcount integer DEFAULT NULL
);
CREATE TABLE {p}user_groups (
  ug_user integer NOT NULL DEFAULT 0,
  ug_group blob NOT NULL DEFAULT '',
  ug_expiry blob DEFAULT NULL,
  PRIMARY KEY (ug_user, ug_group)
);
CREATE TABLE {p}ipblocks (
  ipb_id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  ipb_address blob NOT NULL,
  ipb_user integer NOT NULL DEFAULT 0,
  ipb_by_actor bigint NOT NULL,
  ipb_reason_id bigint NOT NULL,
  ipb_timestamp blob NOT NULL,
  ipb_auto smallint NOT NULL DEFAULT 0,
  ipb_expiry blob NOT NULL,
  ipb_sitewide smallint NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX {p}user_name_idx ON "{p}user" (user_name);
CREATE INDEX {p}ipb_user_idx ON {p}ipblocks (ipb_user);
