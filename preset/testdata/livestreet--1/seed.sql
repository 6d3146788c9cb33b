INSERT INTO {p}user (user_id, user_login, user_mail, user_date_register, user_activate, user_profile_name, user_profile_avatar) VALUES
  (1, 'admin', 'admin@example.com', '2012-01-01 00:00:00', 1, NULL, NULL),
  (2, 'petya', 'petya@example.com', '2012-01-01 00:00:00', 1, 'Петя', 'http://www.example.com/uploads/images/00/00/02/2012/01/02/avatar_100x100.jpg'),
  (3, 'waiting', 'waiting@example.com', '2012-01-01 00:00:00', 0, NULL, NULL),
  (4, 'plain', 'plain@example.com', '2012-01-01 00:00:00', 1, NULL, '0');
INSERT INTO {p}session (session_key, user_id, session_ip_create, session_ip_last, session_date_create, session_date_last) VALUES
  ('00000000000000000000000000000001', 1, '203.0.113.1', '203.0.113.1', '2014-01-01 00:00:00', '2014-02-03 04:05:06'),
  ('00000000000000000000000000000002', 2, '203.0.113.1', '203.0.113.1', '2014-01-01 00:00:00', '2014-02-03 04:05:07');
INSERT INTO {p}user_administrator (user_id) VALUES (1), (3), (99);
