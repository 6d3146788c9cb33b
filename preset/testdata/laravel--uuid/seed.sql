INSERT INTO {p}users (id, name, email, email_verified_at, password, remember_token, created_at, updated_at) VALUES
  ('0192f3a4-0000-7000-8000-000000000001', 'Ünal Öz', 'unal@example.com', NULL, 'not-a-real-hash', NULL, '2026-01-01 00:00:00', '2026-01-01 00:00:00'),
  ('7e5a0000-0000-4000-8000-00000000abcd', 'Seven', 'seven@example.com', NULL, 'not-a-real-hash', NULL, '2026-01-01 00:00:00', '2026-01-01 00:00:00'),
  ('7e5a0000-0000-4000-8000-00000000abce', '', 'none@example.com', NULL, 'not-a-real-hash', NULL, '2026-01-01 00:00:00', '2026-01-01 00:00:00'),
  ('ffffffff-ffff-4fff-bfff-ffffffffffff', 'Zoë 🎈', 'zoe@example.com', NULL, 'not-a-real-hash', NULL, '2026-01-01 00:00:00', '2026-01-01 00:00:00');
INSERT INTO {p}sessions (id, user_id, ip_address, user_agent, payload, last_activity) VALUES
  ('s1', '0192f3a4-0000-7000-8000-000000000001', '203.0.113.9', 'UA', 'e30=', 1767225600),
  ('s2', 'ffffffff-ffff-4fff-bfff-ffffffffffff', '203.0.113.9', 'UA', 'e30=', 1767225700),
  ('s3', 'ffffffff-ffff-4fff-bfff-ffffffffffff', '203.0.113.9', 'UA', 'e30=', 1767225800),
  ('s4', NULL, NULL, NULL, 'e30=', 1767225900);
INSERT INTO {p}migrations (id, migration, batch) VALUES
  (1, '0001_01_01_000000_create_users_table', 1);
