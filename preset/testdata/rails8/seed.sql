INSERT INTO {p}users (id, email_address, password_digest, name, username, avatar_url, admin, deleted_at, created_at, updated_at) VALUES
  (1, 'ada@example.com', 'not-a-real-digest', 'Ada Lovelace', NULL, NULL, true, NULL, '2025-01-01 00:00:00.000000', '2025-01-01 00:00:00.000000'),
  (2, 'bob@example.com', 'not-a-real-digest', '', 'bob_b', 'https://cdn.example.net/bob 1.png', false, NULL, '2025-01-01 00:00:00.000000', '2025-01-01 00:00:00.000000'),
  (3, 'deleted@example.com', 'not-a-real-digest', 'Deleted', NULL, NULL, false, '2025-01-01 00:00:00.000000', '2025-01-01 00:00:00.000000', '2025-01-01 00:00:00.000000'),
  (4, 'nameless@example.com', 'not-a-real-digest', NULL, NULL, 'avatars/4.png', false, NULL, '2025-01-01 00:00:00.000000', '2025-01-01 00:00:00.000000'),
  (5, 'sara@example.com', 'not-a-real-digest', 'سارة 🦊', NULL, NULL, false, NULL, '2025-01-01 00:00:00.000000', '2025-01-01 00:00:00.000000'),
  (4294967299, 'obrien@example.com', 'not-a-real-digest', 'O''Brien', NULL, NULL, false, NULL, '2025-01-01 00:00:00.000000', '2025-01-01 00:00:00.000000');
INSERT INTO {p}sessions (id, user_id, ip_address, user_agent, created_at, updated_at) VALUES
  (1, 1, '203.0.113.9', 'UA', '2026-01-02 03:04:05.678901', '2025-01-01 00:00:00.000000'),
  (2, 1, '203.0.113.9', 'UA', '2025-12-01 00:00:00.000000', '2025-01-01 00:00:00.000000'),
  (3, 2, NULL, NULL, '2025-12-31 23:59:59.000000', '2025-01-01 00:00:00.000000'),
  (4, 1, '203.0.113.9', 'UA', '2026-01-01 00:00:00.000000', '2025-01-01 00:00:00.000000'),
  (5, 4294967299, '203.0.113.9', 'UA', '2026-02-01 00:00:00.000000', '2025-01-01 00:00:00.000000'),
  (6, 3, '203.0.113.9', 'UA', '2026-02-01 00:00:00.000000', '2025-01-01 00:00:00.000000');
INSERT INTO {p}schema_migrations (version) VALUES
  ('20250101000000');
