INSERT INTO {p}auth_user (id, password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined) VALUES
  (1, '!not-a-real-hash', '2026-01-02 03:04:05.678900+00', true, 'ada', 'Ada', 'Lovelace', ' Ada@Example.com ', true, true, '2020-01-01 00:00:00+00'),
  (2, '!not-a-real-hash', '2025-12-31 23:59:59+00', false, 'bob', 'Боб', '', 'bob@example.com', false, true, '2020-01-01 00:00:00+00'),
  (3, '!not-a-real-hash', NULL, false, 'grace_h', '', '', 'grace@example.com', false, true, '2020-01-01 00:00:00+00'),
  (4, '!not-a-real-hash', '2026-01-02 03:04:05+00', false, 'gone', 'Gone', 'Away', 'gone@example.com', false, false, '2020-01-01 00:00:00+00'),
  (5, '!not-a-real-hash', NULL, false, 'nomail', 'Nomail', '🦊', '', false, true, '2020-01-01 00:00:00+00'),
  (6, '!not-a-real-hash', '2026-03-29 01:30:00+00', false, 'sara', 'سارة', 'العلي', 'sara@example.com', false, true, '2020-01-01 00:00:00+00'),
  (7, '!not-a-real-hash', NULL, false, 'obrien', 'Pat', 'O''Brien <b>', 'obrien@example.com', true, true, '2020-01-01 00:00:00+00'),
  (8, '!not-a-real-hash', NULL, false, 'eight@example.com', '', '', 'eight@example.com', false, true, '2020-01-01 00:00:00+00'),
  (9, '!not-a-real-hash', NULL, false, '@nine.com', '', '', 'nine@example.com', false, true, '2020-01-01 00:00:00+00'),
  (10, '!not-a-real-hash', NULL, true, 'root', '', 'Root', 'root@example.com', false, false, '2020-01-01 00:00:00+00'),
  (11, '!not-a-real-hash', NULL, false, 'longname', 'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF', 'LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL', 'long@example.com', false, true, '2020-01-01 00:00:00+00'),
  (2147483647, '!not-a-real-hash', '1970-01-01 00:00:00+00', false, 'last', 'The', 'Last', 'last@example.com', false, true, '2020-01-01 00:00:00+00');
INSERT INTO {p}avatar_avatar (id, "primary", avatar, date_uploaded, user_id) VALUES
  (1, true, 'avatars/1/old.png', '2025-01-01 00:00:00+00', 1),
  (2, true, 'avatars/1/new one.png', '2025-06-01 00:00:00+00', 1),
  (3, true, 'avatars/1/older.png', '2024-06-01 00:00:00+00', 1),
  (4, false, 'avatars/2/unused.png', '2025-06-01 00:00:00+00', 2),
  (5, true, '', '2025-06-01 00:00:00+00', 6),
  (6, true, 'avatars/nomail/x.jpg', '2025-06-01 00:00:00+00', 5),
  (7, true, 'avatars/gone/x.jpg', '2025-06-01 00:00:00+00', 4);
INSERT INTO django_session (session_key, session_data, expire_date) VALUES
  ('k1', 'e30:1r31eq:x', '2099-01-01 00:00:00+00');
