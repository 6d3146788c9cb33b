SET time_zone = '+00:00';
INSERT INTO {p}users (id, name, surname, username, email, password, is_activated, is_guest, activated_at, last_login, last_seen, deleted_at, first_name, last_name, banned_at) VALUES
  (1, 'Old', 'Name', 'alice', 'alice@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', '2022-01-01 00:00:00', '2024-05-01 10:00:00', NULL, 'New', 'Name', NULL),
  (2, NULL, NULL, 'bob', 'bob@example.com', 'not-a-hash', false, false, '2024-06-01 00:00:00', NULL, NULL, NULL, 'Registered', 'Later', NULL),
  (3, 'Carol', NULL, 'carol', 'carol@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', '2022-01-01 00:00:00', NULL, NULL, 'Carol', NULL, NULL),
  (4, 'Banned', 'Now', 'four', 'four@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL, 'Banned', 'Now', '2024-06-01 00:00:00'),
  (5, 'Banned', 'Then', 'five', 'five@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL, 'Banned', 'Then', NULL);
INSERT INTO {p}user_throttle (id, user_id, ip_address, attempts, is_suspended, is_banned, banned_at) VALUES (1, 5, NULL, 0, false, true, '2021-01-01 00:00:00');
