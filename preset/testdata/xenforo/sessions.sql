INSERT INTO {p}user (user_id, username, email, user_state, is_banned) VALUES (42, 'Forty-two', '', 'valid', 0);
INSERT INTO {p}user_remember (user_id, remember_key, start_date, expiry_date) VALUES (42, x'd4b8d8fb67e40919152d572097b42b0fc9687f6a89d64abc45063729896ca2c5', 1, 4102444800), (42, x'00', 1, 4102444800);
INSERT INTO {p}user_profile (user_id, password_date) VALUES (42, 1700000000);
INSERT INTO {p}session (session_id, session_data, expiry_date) VALUES
  ('0123456789abcdef0123456789abcdef', 'a:2:{s:6:"userId";i:42;s:12:"passwordDate";i:1700000000;}', 4102444800),
  ('11111111111111111111111111111111', 'a:1:{s:7:"user_id";i:42;}', 4102444800),
  ('22222222222222222222222222222222', 'a:2:{s:6:"userId";i:42;s:12:"passwordDate";i:1600000000;}', 4102444800),
  ('33333333333333333333333333333333', 'a:1:{s:6:"userId";i:0;}', 4102444800),
  ('44444444444444444444444444444444', 'O:4:"User":1:{s:6:"userId";i:42;}', 4102444800),
  ('55555555555555555555555555555555', 'a:1:{s:6:"userId";i:42;}', 1767225600);
INSERT INTO {p}user_remember (user_id, remember_key, start_date, expiry_date) VALUES (42, UNHEX(SHA2('endless', 256)), 1, 0);
