INSERT INTO {p}users (id, name, first_name, last_name, username, email, email_verified_at, password, remember_token, profile_photo_path, avatar, is_admin, is_banned, banned_at, last_login_at, deleted_at) VALUES
  (1, 'Ada Lovelace', NULL, NULL, NULL, ' Ada@Example.com ', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, NULL, NULL, false, false, NULL, '2026-01-02 03:04:05', NULL),
  (2, 'Боб 🦊', NULL, NULL, NULL, 'bob@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, 'profile-photos/aB c.jpg', NULL, false, false, NULL, NULL, NULL),
  (3, '', 'Grace', '', NULL, 'grace@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, NULL, 'https://cdn.example.net/g.png', false, false, NULL, NULL, NULL),
  (4, '  ', '', NULL, NULL, NULL, '2025-01-01 00:00:00', 'not-a-real-hash', NULL, NULL, NULL, false, false, NULL, NULL, NULL),
  (5, 'Banned', NULL, NULL, NULL, 'banned@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, NULL, NULL, false, false, '2026-01-01 00:00:00', NULL, NULL),
  (6, 'Deleted', NULL, NULL, NULL, 'deleted@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, NULL, NULL, false, false, NULL, NULL, '2026-01-01 00:00:00'),
  (7, 'Banned too', NULL, NULL, NULL, 'banned2@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, NULL, NULL, false, true, NULL, NULL, NULL),
  (8, 'O''Brien "Bob" <b>', NULL, NULL, NULL, 'obrien@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, NULL, 'javascript:alert(1)', false, false, NULL, NULL, NULL),
  (9, 'Chief', NULL, NULL, NULL, 'chief@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, NULL, '/img/chief.png', true, false, NULL, '0000-00-00 00:00:00', NULL),
  (10, 'Unconfirmed', NULL, NULL, NULL, 'unconfirmed@example.com', NULL, 'not-a-real-hash', NULL, 'https://lh3.example.net/p?id=1&s=2', NULL, false, false, NULL, NULL, NULL),
  (11, 'سارة', NULL, NULL, NULL, 'sara@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, '', 'avatars/sara.png', false, false, NULL, NULL, NULL),
  (12, 'Back\slash', NULL, NULL, NULL, 'two-roles@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, '../../etc/x', NULL, false, false, NULL, NULL, NULL),
  (13, '', NULL, NULL, 'lonely_one', 'lonely@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, NULL, NULL, false, false, NULL, NULL, NULL),
  (14, 'NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN', NULL, NULL, NULL, 'long@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, NULL, NULL, false, false, NULL, NULL, NULL),
  (4294967299, 'Far', NULL, NULL, NULL, 'far@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, NULL, NULL, false, false, NULL, NULL, NULL),
  (9007199254740993, 'Too far', NULL, NULL, NULL, 'toofar@example.com', '2025-01-01 00:00:00', 'not-a-real-hash', NULL, NULL, NULL, false, false, NULL, NULL, NULL);
INSERT INTO {p}sessions (id, user_id, ip_address, user_agent, payload, last_activity) VALUES
  ('sA', 2, '203.0.113.9', 'UA', 'e30=', 1767225600),
  ('sB', 2, '203.0.113.9', 'UA', 'e30=', 1767312000),
  ('sC', 2, '203.0.113.9', 'UA', 'e30=', 1767225601),
  ('sD', NULL, '203.0.113.9', 'UA', 'e30=', 1767398400),
  ('sE', 1, '203.0.113.9', 'UA', 'e30=', 1767398400),
  ('sF', 9, '203.0.113.9', 'UA', 'e30=', 1767139200),
  ('sG', 5, '203.0.113.9', 'UA', 'e30=', 1767139200),
  ('sH', 4294967299, '203.0.113.9', 'UA', 'e30=', 1767139201),
  ('sI', 11, '203.0.113.9', 'UA', 'e30=', 0);
INSERT INTO {p}roles (id, name, guard_name) VALUES
  (1, 'Super Admin', 'web'),
  (2, 'moderator', 'web'),
  (3, 'editor', 'web'),
  (4, 'admin', 'api');
INSERT INTO {p}model_has_roles (role_id, model_type, model_id) VALUES
  (1, 'App\Models\User', 1),
  (1, 'App\Models\Team', 11),
  (2, 'App\Models\User', 11),
  (3, 'App\Models\User', 12),
  (2, 'App\Models\User', 12),
  (99, 'App\Models\User', 13),
  (3, 'App\Models\User', 2),
  (4, 'App\User', 3);
INSERT INTO {p}migrations (id, migration, batch) VALUES
  (1, '0001_01_01_000000_create_users_table', 1);
