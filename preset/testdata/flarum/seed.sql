INSERT INTO {p}users (id, username, nickname, email, is_email_confirmed, password, avatar_url, preferences, joined_at, last_seen_at, suspended_until) VALUES
  (1, 'ada', 'Ada Lovelace 🦊', 'ada@example.com', true, 'not-a-real-hash', 'aB3xY.png', NULL, '2020-01-01 00:00:00', '2026-01-02 03:04:05', NULL),
  (2, 'bob', '', 'bob@example.com', true, 'not-a-real-hash', 'https://cdn.example.net/bob.png', '{"discloseOnline":true,"locale":"en"}', '2020-01-01 00:00:00', '2025-12-31 23:59:59', NULL),
  (3, 'shy', NULL, 'shy@example.com', true, 'not-a-real-hash', NULL, '{"locale":null,"discloseOnline":false}', '2020-01-01 00:00:00', '2026-01-01 00:00:00', NULL),
  (4, 'suspended', NULL, 'suspended@example.com', true, 'not-a-real-hash', NULL, NULL, '2020-01-01 00:00:00', NULL, '2999-01-01 00:00:00'),
  (5, 'back', NULL, 'back@example.com', true, 'not-a-real-hash', '', NULL, '2020-01-01 00:00:00', NULL, '2020-01-01 00:00:00'),
  (6, 'unconfirmed', NULL, 'unconfirmed@example.com', false, 'not-a-real-hash', NULL, NULL, '2020-01-01 00:00:00', NULL, NULL),
  (7, 'mod', 'سارة', 'mod@example.com', true, 'not-a-real-hash', NULL, 'not json', '2020-01-01 00:00:00', '2026-01-03 00:00:00', NULL),
  (8, 'both', 'O''Brien <b>', 'both@example.com', true, 'not-a-real-hash', 'sp ace.png', '{"discloseOnline": false}', '2020-01-01 00:00:00', '2026-01-01 00:00:00', NULL),
  (9, 'member_of_14', NULL, 'member_of_14@example.com', true, 'not-a-real-hash', 'javascript://x', NULL, '2020-01-01 00:00:00', NULL, NULL),
  (4294967295, 'last', 'NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN', 'last@example.com', true, 'not-a-real-hash', NULL, NULL, '2020-01-01 00:00:00', NULL, NULL);
INSERT INTO {p}group_user (user_id, group_id) VALUES
  (1, 1),
  (7, 4),
  (7, 5),
  (2, 3),
  (8, 3),
  (8, 4),
  (9, 14),
  (9, 11),
  (4, 1);
INSERT INTO {p}access_tokens (id, token, user_id, last_activity_at, created_at, type) VALUES
  (1, 'not-a-real-token-0000000000000000000000', 1, '2026-01-02 03:04:05', '2026-01-01 00:00:00', 'session_remember');
