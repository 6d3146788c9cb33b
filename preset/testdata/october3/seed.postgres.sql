INSERT INTO {p}users (id, is_guest, first_name, last_name, username, email, password, banned_at, activated_at, last_seen, deleted_at) VALUES
  (1, false, 'Alice', 'Liddell', 'alice', 'alice@example.com', 'not-a-hash', NULL, '2024-01-01 00:00:00', '2024-05-01 10:00:00', NULL),
  (2, false, NULL, NULL, 'bob', ' Bob@Example.COM ', 'not-a-hash', NULL, '2024-01-01 00:00:00', NULL, NULL),
  (3, false, '', '', 'carol@example.com', 'carol@example.com', 'not-a-hash', NULL, '2024-01-01 00:00:00', NULL, NULL),
  (4, false, 'Not', 'Verified', 'four', 'four@example.com', 'not-a-hash', NULL, NULL, NULL, NULL),
  (5, true, 'Guest', NULL, NULL, 'guest@example.com', 'not-a-hash', NULL, '2024-01-01 00:00:00', NULL, NULL),
  (6, false, 'Deactivated', NULL, 'six', 'six@example.com', 'not-a-hash', NULL, '2024-01-01 00:00:00', NULL, '2024-02-01 00:00:00'),
  (7, false, 'Banned', NULL, 'seven', 'seven@example.com', 'not-a-hash', '2024-02-01 00:00:00', '2024-01-01 00:00:00', NULL, NULL),
  (8, false, NULL, '太郎', NULL, 'eight@example.com', 'not-a-hash', NULL, '2024-01-01 00:00:00', NULL, NULL),
  (9, false, 'Fox 🦊', 'O''Brien & <i>', 'nine', 'nine@example.com', 'not-a-hash', NULL, '2024-01-01 00:00:00', NULL, NULL),
  (10, false, 'Two', 'Pictures', 'ten', 'ten@example.com', 'not-a-hash', NULL, '2024-01-01 00:00:00', NULL, NULL),
  (11, false, NULL, NULL, NULL, 'guest@example.com', 'not-a-hash', NULL, '2024-01-01 00:00:00', NULL, NULL),
  (12, false, 'مريم', '', 'twelve', 'twelve@example.com', 'not-a-hash', NULL, '2024-01-01 00:00:00', NULL, NULL),
  (5000000000, false, 'Far', 'Away', 'far', 'far@example.com', 'not-a-hash', NULL, '2024-01-01 00:00:00', '2038-01-01 00:00:00', NULL);
INSERT INTO {p}system_files (id, disk_name, file_name, file_size, content_type, field, attachment_id, attachment_type, is_public, sort_order) VALUES
  (1, '5f3a1b2c4d5e6f708192.jpg', 'me.jpg', 100, 'image/jpeg', 'avatar', '1', 'RainLab\User\Models\User', true, 1),
  (2, '111222333444.jpg', 'old.jpg', 100, 'image/jpeg', 'avatar', '10', 'RainLab\User\Models\User', true, 3),
  (3, '555666777888.jpg', 'new.jpg', 100, 'image/jpeg', 'avatar', '10', 'RainLab\User\Models\User', true, 4),
  (4, '999000aaabbb.jpg', 'backend.jpg', 100, 'image/jpeg', 'avatar', '2', 'Backend\Models\User', true, 5),
  (5, 'fff000111222.webp', 'far.webp', 100, 'image/webp', 'avatar', '5000000000', 'RainLab\User\Models\User', true, 9);
