INSERT INTO {p}user (user_id, user_login, user_mail, user_admin, user_date_register, user_activate, user_profile_name, user_profile_avatar) VALUES
  (1, 'admin', 'admin@example.com', 1, '2020-01-01 00:00:00', 1, NULL, '0'),
  (2, 'vasya', 'vasya@example.com', 0, '2020-01-01 00:00:00', 1, 'Вася', '[relative]/uploads/media/user/000002/ab12.jpg'),
  (3, 'old_timer', 'old@example.com', 0, '2012-01-01 00:00:00', 1, '', 'http://old.example.com/uploads/images/00/00/03/2012/01/02/avatar_100x100.jpg'),
  (4, 'sleeper', 'sleeper@example.com', 0, '2020-01-01 00:00:00', 0, 'Not activated', NULL),
  (5, 'nobody_seen', 'never@example.com', 0, '2020-01-01 00:00:00', 1, NULL, NULL),
  (6, 'disk', 'disk@example.com', 0, '2020-01-01 00:00:00', 1, NULL, '[server]/var/www/site/uploads/x.jpg'),
  (7, 'shalom', 'shalom@example.com', 0, '2020-01-01 00:00:00', 1, 'שלום', '[relative]/uploads/p q.png'),
  (8, 'o''neil <i>', 'oneil@example.com', 0, '2020-01-01 00:00:00', 1, 'O''Neil &amp; son', ''),
  (9, 'שלום', 'rtl@example.com', 0, '2020-01-01 00:00:00', 1, NULL, 'javascript:alert(1)'),
  (10, 'long_path', 'long@example.com', 0, '2020-01-01 00:00:00', 1, NULL, '[relative]/uploads/ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd.gif'),
  (11, 'moved', 'moved@example.com', 0, '2020-01-01 00:00:00', 1, NULL, '/uploads/moved_100x100.png'),
  (3000000000, 'far', 'far@example.com', 0, '2020-01-01 00:00:00', 1, NULL, NULL);
INSERT INTO {p}session (session_key, user_id, session_ip_create, session_ip_last, session_date_create, session_date_last, session_date_close) VALUES
  ('00000000000000000000000000000001', 1, '203.0.113.1', '203.0.113.1', '2024-03-01 09:00:00', '2024-03-02 12:00:00', NULL),
  ('00000000000000000000000000000002', 1, '203.0.113.1', '203.0.113.2', '2024-03-01 11:00:00', '2024-03-01 12:00:00', NULL),
  ('00000000000000000000000000000003', 2, '203.0.113.1', '203.0.113.3', '2024-07-01 01:00:00', '2024-07-01 02:30:15', '2024-07-01 02:31:00'),
  ('00000000000000000000000000000004', 4, '203.0.113.1', '203.0.113.4', '2024-07-01 01:00:00', '2024-07-01 02:30:15', NULL),
  ('00000000000000000000000000000005', 9, '203.0.113.1', '203.0.113.5', '2024-07-01 01:00:00', '0000-00-00 00:00:00', NULL),
  ('00000000000000000000000000000006', 3000000000, '203.0.113.1', '203.0.113.6', '2024-07-01 01:00:00', '2024-12-31 23:59:59', NULL);
