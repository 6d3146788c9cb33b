-- MediaWiki 1.43, SQLite.
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
  user_editcount integer DEFAULT NULL,
  user_is_temp smallint NOT NULL DEFAULT 0
);
CREATE TABLE {p}user_groups (
  ug_user integer NOT NULL DEFAULT 0,
  ug_group blob NOT NULL DEFAULT '',
  ug_expiry blob DEFAULT NULL,
  PRIMARY KEY (ug_user, ug_group)
);
CREATE TABLE "{p}block" (
  bl_id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  bl_target integer NOT NULL,
  bl_by_actor bigint NOT NULL,
  bl_reason_id bigint NOT NULL,
  bl_timestamp blob NOT NULL,
  bl_expiry blob NOT NULL,
  bl_sitewide smallint NOT NULL DEFAULT 1
);
CREATE TABLE {p}block_target (
  bt_id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  bt_address blob,
  bt_user integer DEFAULT NULL,
  bt_user_text blob DEFAULT NULL,
  bt_auto smallint NOT NULL DEFAULT 0,
  bt_count integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX {p}user_name_idx ON "{p}user" (user_name);
CREATE INDEX {p}bl_target_idx ON "{p}block" (bl_target);
CREATE INDEX {p}bt_user_idx ON {p}block_target (bt_user);
