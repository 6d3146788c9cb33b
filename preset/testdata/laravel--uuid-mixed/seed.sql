INSERT INTO {p}users (id, name, email, email_verified_at, password, remember_token, created_at, updated_at) VALUES
  ('7e5a0000-0000-4000-8000-00000000abcd', 'Seven', 'seven@example.com', NULL, 'not-a-real-hash', NULL, '2026-01-01 00:00:00', '2026-01-01 00:00:00'),
  ('00000000-0000-4000-8000-000000000001', 'Zero', 'zero@example.com', NULL, 'not-a-real-hash', NULL, '2026-01-01 00:00:00', '2026-01-01 00:00:00'),
  ('1f000000-0000-4000-8000-00000000000a', 'One', 'one@example.com', NULL, 'not-a-real-hash', NULL, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO {p}sessions (id, user_id, ip_address, user_agent, payload, last_activity) VALUES
  ('s1', 7, NULL, NULL, 'e30=', 1767225600),
  ('s2', 0, NULL, NULL, 'e30=', 1767225700),
  ('s3', 1, NULL, NULL, 'e30=', 1767225800);
INSERT INTO {p}roles (id, name, guard_name) VALUES
  (1, 'admin', 'web');
INSERT INTO {p}model_has_roles (role_id, model_type, model_id) VALUES
  (1, 'App\\Models\\User', 7),
  (1, 'App\\Models\\User', 0),
  (1, 'App\\Models\\User', 1);
INSERT INTO {p}migrations (id, migration, batch) VALUES
  (1, '0001_01_01_000000_create_users_table', 1);
