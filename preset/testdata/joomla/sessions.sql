INSERT INTO {p}session (session_id, client_id, guest, time, userid, username) VALUES
  ('abcdef0123456789', 0, 0, 1767225540, 43, 'grace'),
  ('guest', 0, 1, 1767225600, 0, ''),
  ('admin', 1, 0, 1767225600, 42, 'admin'),
  ('shared', NULL, 0, 1767225600, 45, 'zoe'),
  ('blocked', 0, 0, 1767225600, 46, 'blocked');
CREATE TABLE {p}user_mfa (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id int unsigned NOT NULL, title varchar(255) NOT NULL DEFAULT '', method varchar(100) NOT NULL, `default` tinyint NOT NULL DEFAULT 0, options mediumtext NOT NULL, created_on datetime NOT NULL, last_used datetime DEFAULT NULL);
INSERT INTO {p}user_mfa (user_id, method, options, created_on) VALUES (44, 'totp', '', '2026-01-01 00:00:00'), (51, 'totp', '', '2026-01-01 00:00:00'), (51, 'backupcodes', '', '2026-01-01 00:00:00');
INSERT INTO {p}session (session_id, client_id, guest, time, userid, username) VALUES ('onefactor', 0, 0, 1767225600, 44, 'x'), ('twofactors', 0, 0, 1767225600, 51, 'manager');
