INSERT INTO {p}users (id, name, surname, username, email, password, is_activated, is_guest, activated_at, last_login, last_seen, deleted_at) VALUES
  (1, 'Alice', 'Liddell', 'alice', 'alice@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', '2024-04-30 09:00:00', '2024-05-01 10:00:00', NULL),
  (2, NULL, NULL, 'bob', ' Bob@Example.COM ', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL),
  (3, '', '', 'carol@example.com', 'carol@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL),
  (4, 'Not', 'Activated', 'four', 'four@example.com', 'not-a-hash', false, false, NULL, NULL, NULL, NULL),
  (5, 'Guest', NULL, 'guest5', 'guest5@example.com', 'not-a-hash', true, true, '2020-01-01 00:00:00', NULL, NULL, NULL),
  (6, 'Deactivated', NULL, 'six', 'six@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, '2024-01-01 00:00:00'),
  (7, 'Banned', NULL, 'seven', 'seven@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL),
  (8, 'Suspended', 'Only', 'eight', 'eight@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL),
  (9, 'Forgiven', NULL, 'nine', 'nine@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL),
  (10, 'Two', 'Pictures', 'ten', 'ten@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', '2024-05-01 10:00:01', NULL, NULL),
  (11, 'Fox', '🦊', 'eleven', 'eleven@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL),
  (12, 'مريم', NULL, 'twelve', 'twelve@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL),
  (13, 'O''Brien', '& <b>Sons</b>', 'thirteen', 'thirteen@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL),
  (14, 'Private', 'Picture', 'fourteen', 'fourteen@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL),
  (15, 'No', 'Mail', 'fifteen', '', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL),
  (16, 'яяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяя', 'яяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяя', 'sixteen', 'sixteen@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL),
  (2147483647, 'Last', 'Integer', 'last', 'last@example.com', 'not-a-hash', true, false, '2020-01-01 00:00:00', NULL, NULL, NULL);
INSERT INTO {p}user_throttle (id, user_id, ip_address, attempts, is_suspended, is_banned, banned_at) VALUES
  (1, 7, '203.0.113.1', 0, false, false, NULL),
  (2, 7, NULL, 0, false, true, '2024-01-01 00:00:00'),
  (3, 8, '203.0.113.1', 5, true, false, NULL),
  (4, 9, NULL, 0, false, false, NULL),
  (5, NULL, '203.0.113.1', 0, false, true, '2024-01-01 00:00:00');
INSERT INTO {p}system_files (id, disk_name, file_name, file_size, content_type, field, attachment_id, attachment_type, is_public, sort_order) VALUES
  (1, '5f3a1b2c4d5e6f708192.jpg', 'me.jpg', 100, 'image/jpeg', 'avatar', '1', 'RainLab\User\Models\User', true, 1),
  (2, 'aaabbbcccddd.png', 'wall.png', 100, 'image/png', 'wallpaper', '1', 'RainLab\User\Models\User', true, 2),
  (3, '111222333444.jpg', 'old.jpg', 100, 'image/jpeg', 'avatar', '10', 'RainLab\User\Models\User', true, 3),
  (4, '555666777888.jpg', 'new.jpg', 100, 'image/jpeg', 'avatar', '10', 'RainLab\User\Models\User', true, 4),
  (5, '999000aaabbb.jpg', 'backend.jpg', 100, 'image/jpeg', 'avatar', '10', 'Backend\Models\User', true, 5),
  (6, 'cccdddeeefff.jpg', 'lookalike.jpg', 100, 'image/jpeg', 'avatar', '2x', 'RainLab\User\Models\User', true, 6),
  (7, 'dddeeefff000.jpg', 'private.jpg', 100, 'image/jpeg', 'avatar', '14', 'RainLab\User\Models\User', false, 7),
  (8, 'eeefff000111.jpg', 'orphan.jpg', 100, 'image/jpeg', 'avatar', NULL, 'RainLab\User\Models\User', true, 8),
  (9, 'fff000111222.gif', 'last.gif', 100, 'image/gif', 'avatar', '2147483647', 'RainLab\User\Models\User', true, 9);
INSERT INTO {p}rainlab_user_mail_blockers (id, email, template, user_id) VALUES (1, 'bob@example.com', '*', 2);
