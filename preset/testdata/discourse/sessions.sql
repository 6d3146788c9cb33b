INSERT INTO {p}users (id, username, username_lower, name, created_at, updated_at, active, trust_level) VALUES (42, 'fortytwo', 'fortytwo', 'Forty-two', '2020-01-01 00:00:00', '2020-01-01 00:00:00', true, 1);
DELETE FROM {p}user_auth_tokens;
INSERT INTO {p}user_auth_tokens (id, user_id, auth_token, prev_auth_token, rotated_at) VALUES (9042, 42, 'something newer', 'aM8GR5DNEtalIDltqO0jX1sOA2s=', '2023-11-14 22:18:20');
