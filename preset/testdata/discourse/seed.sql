INSERT INTO {p}users (id, username, username_lower, name, created_at, updated_at, active, approved, staged, admin, moderator, trust_level, suspended_at, suspended_till, silenced_till, last_seen_at, uploaded_avatar_id, title) VALUES
  (-1, 'system', 'system', 'system', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, true, false, true, true, 1, NULL, NULL, NULL, NULL, NULL, NULL),
  (-2, 'discobot', 'discobot', 'discobot', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, true, false, false, false, 1, NULL, NULL, NULL, NULL, NULL, NULL),
  (1, 'Ada', 'ada', 'Ada Lovelace', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, true, false, true, false, 1, NULL, NULL, NULL, '2026-01-02 03:04:05.678901', 11, 'Founder & <first>'),
  (2, 'bob.b', 'bob.b', NULL, '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, true, false, false, true, 1, NULL, NULL, NULL, '2025-12-31 23:59:59', 12, NULL),
  (3, 'suspended', 'suspended', 'Suspended', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, true, false, false, false, 1, '2025-01-01 00:00:00', '2999-01-01 00:00:00', NULL, '2026-01-01 00:00:00', NULL, NULL),
  (4, 'back_again', 'back_again', 'Back', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, true, false, false, false, 1, '2025-01-01 00:00:00', '2025-06-01 00:00:00', NULL, '2026-01-01 00:00:00', NULL, ''),
  (5, 'inactive', 'inactive', 'Inactive', '2020-01-01 00:00:00', '2020-01-01 00:00:00', false, true, false, false, false, 1, NULL, NULL, NULL, NULL, NULL, NULL),
  (6, 'staged1', 'staged1', 'Staged', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, true, true, false, false, 1, NULL, NULL, NULL, NULL, NULL, NULL),
  (7, 'Ñandú', 'ñandú', 'سارة 🦊', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, true, false, false, NULL, 1, NULL, NULL, NULL, NULL, NULL, '🦊 Fox'),
  (8, 'lostpicture', 'lostpicture', '', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, true, false, false, false, 1, NULL, NULL, NULL, NULL, 404, NULL),
  (9, 'silenced', 'silenced', 'Silenced', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, true, false, false, false, 1, NULL, NULL, '2999-01-01 00:00:00', NULL, NULL, NULL),
  (10, 'waiting', 'waiting', 'Waiting', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, false, false, false, false, 1, NULL, NULL, NULL, NULL, NULL, NULL),
  (11, 'emptyurl', 'emptyurl', 'X', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, true, false, false, false, 1, NULL, NULL, NULL, NULL, 13, NULL),
  (2147483647, 'last', 'last', 'LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, true, false, false, false, 1, NULL, NULL, NULL, NULL, NULL, 'TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT');
INSERT INTO {p}user_emails (id, user_id, email, "primary") VALUES
  (1, 1, 'ada@old.example.com', false),
  (2, 1, 'ada@example.com', true),
  (3, 2, 'bob@example.com', true),
  (4, 7, 'nandu@example.com', true),
  (5, 9, 'only-second@example.com', false);
INSERT INTO {p}uploads (id, user_id, original_filename, url) VALUES
  (11, 1, 'ada.png', '/uploads/default/original/1X/0a1b.png'),
  (12, 2, 'bob.png', '//cdn.example.net/original/1X/bo b.png'),
  (13, 2, 'x.png', 'javascript:alert(1)');
INSERT INTO {p}user_auth_tokens (id, user_id, auth_token, prev_auth_token, rotated_at) VALUES
  (1, 1, 'aM8GR5DNEtalIDltqO0jX1sOA2s=', 'aM8GR5DNEtalIDltqO0jX1sOA2s=', '2026-01-02 03:04:05');
INSERT INTO {p}user_passwords (user_id, password_hash, password_salt, password_algorithm, created_at, updated_at)
  SELECT id, 'not-a-real-hash', 'salt', '$pbkdf2-sha256$i=600000,l=32$', created_at, updated_at FROM {p}users WHERE id > 0;
