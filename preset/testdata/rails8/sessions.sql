INSERT INTO {p}users (id, email_address, password_digest, name, created_at, updated_at) VALUES (42, 'u42@example.com', 'x', 'Forty-two', '2025-01-01 00:00:00', '2025-01-01 00:00:00');
DELETE FROM {p}sessions WHERE id = 17;
INSERT INTO {p}sessions (id, user_id, created_at, updated_at) VALUES (17, 42, '2025-01-01 00:00:00', '2025-01-01 00:00:00');
