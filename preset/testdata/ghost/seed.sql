INSERT INTO {p}members (id, uuid, transient_id, email, status, name, expertise, note, last_seen_at, commenting, created_at) VALUES
  ('6389f5c2a1b2c3d4e5f60701', '11111111-2222-4333-8444-000000000000', 't0-not-a-real-id', ' Ada@Example.com ', 'paid', 'Ada Lovelace', 'Founder, O''Ada & Co <x>', 'staff only', '2026-01-02 03:04:05', NULL, '2024-01-01 00:00:00'),
  ('6389f5c2a1b2c3d4e5f60702', '11111111-2222-4333-8444-000000000001', 't1-not-a-real-id', 'bob@example.com', 'free', NULL, NULL, 'staff only', '2025-12-31 23:59:59', '{}', '2024-01-01 00:00:00'),
  ('6389f5c2a1b2c3d4e5f60703', '11111111-2222-4333-8444-000000000002', 't2-not-a-real-id', 'muted@example.com', 'free', 'Muted', NULL, 'staff only', NULL, '{"disabled":true,"disabledReason":"spam","disabledUntil":null}', '2024-01-01 00:00:00'),
  ('6389f5c2a1b2c3d4e5f60704', '11111111-2222-4333-8444-000000000003', 't3-not-a-real-id', 'free@example.com', 'comped', '', '', 'staff only', NULL, '{"disabled":false,"disabledReason":null,"disabledUntil":null}', '2024-01-01 00:00:00'),
  ('6389f5c2a1b2c3d4e5f60705', '11111111-2222-4333-8444-000000000004', 't4-not-a-real-id', 'broken@example.com', 'free', 'Broken 🦊', NULL, 'staff only', NULL, '{"disabled":true', '2024-01-01 00:00:00'),
  ('6389f5c2a1b2c3d4e5f60706', '11111111-2222-4333-8444-000000000005', 't5-not-a-real-id', 'sara@example.com', 'free', 'سارة', '🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵🧵', 'staff only', NULL, NULL, '2024-01-01 00:00:00'),
  ('000000000000000000000001', '11111111-2222-4333-8444-000000000006', 't6-not-a-real-id', 'one@example.com', 'free', 'Number One', NULL, 'staff only', NULL, '[]', '2024-01-01 00:00:00'),
  ('6389f5c2a1b2c3d4e5f6070b', '11111111-2222-4333-8444-000000000007', 't7-not-a-real-id', 'ended@example.com', 'free', 'Ended', NULL, 'staff only', NULL, '{"disabled":true,"disabledReason":"spam","disabledUntil":"2020-01-01T00:00:00.000Z"}', '2024-01-01 00:00:00'),
  ('6389f5c2a1b2c3d4e5f6070c', '11111111-2222-4333-8444-000000000008', 't8-not-a-real-id', 'n@example.com', 'free', 'NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN', NULL, 'staff only', NULL, NULL, '2024-01-01 00:00:00');
INSERT INTO settings (id, `key`, value) VALUES
  ('6389f5c2a1b2c3d4e5f60800', 'theme_session_secret', 'not-a-real-secret'),
  ('6389f5c2a1b2c3d4e5f60801', 'title', 'Example');
