INSERT INTO {p}users (id, email, encrypted_password, created_at, updated_at) VALUES
  (1, 'ada@example.com', 'not-a-real-hash', '2025-01-01 00:00:00.000000', '2025-01-01 00:00:00.000000'),
  (2, '', 'not-a-real-hash', '2025-01-01 00:00:00.000000', '2025-01-01 00:00:00.000000');
