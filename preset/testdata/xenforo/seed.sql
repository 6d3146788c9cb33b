INSERT INTO {p}user (user_id, username, email, secondary_group_ids, last_activity, avatar_date, gravatar, user_state, is_moderator, is_admin, is_banned, is_staff) VALUES
  (1, 'Admin', 'admin@example.com', '3,4', 1717245000, 1700000000, '', 'valid', 1, 1, 0, 1),
  (2, 'Mod', 'mod@example.com', '4', 1717245001, 0, '', 'valid', 1, 0, 0, 1),
  (3, 'Banned', 'banned@example.com', '', 1717245002, 1700000000, '', 'valid', 0, 0, 1, 0),
  (4, 'Unconfirmed', 'unconfirmed@example.com', '', 0, 0, '', 'email_confirm', 0, 0, 0, 0),
  (5, 'Disabled', 'disabled@example.com', '', 1717245003, 0, '', 'disabled', 0, 0, 0, 0),
  (6, 'Waiting', 'waiting@example.com', '', 1717245004, 0, '', 'moderated', 0, 0, 0, 0),
  (7, 'Gravatar', 'other@example.com', '', 1717245005, 0, ' Gravatar@Example.COM ', 'valid', 0, 0, 0, 0),
  (8, 'Both & <b>', 'both@example.com', '', 0, 1700000001, 'gravatar@example.com', 'valid', 0, 0, 0, 0),
  (9, 'Fox 🦊', 'fox@example.com', '', 1717245006, 0, '', 'valid', 0, 0, 0, 0),
  (10, 'O''Brien', 'obrien@example.com', '', 1717245007, 0, '', 'valid', 0, 0, 0, 0),
  (11, 'مريم', 'maryam@example.com', '', 1717245008, 0, '', 'valid', 0, 0, 0, 0),
  (12, 'Rejected', 'rejected@example.com', '', 1717245009, 0, '', 'rejected', 0, 0, 0, 0),
  (13, 'Served his time', 'served@example.com', '', 1717245010, 0, '', 'valid', 0, 0, 1, 0),
  (999, 'Edge', 'edge@example.com', '', 1717245011, 1700000002, '', 'valid', 0, 0, 0, 0),
  (1000, 'Thousand', 'thousand@example.com', '', 1717245012, 1700000003, '', 'valid', 0, 0, 0, 0),
  (3000000000, 'Far', 'far@example.com', '', 4294967295, 1700000004, '', 'valid', 0, 0, 0, 0);
INSERT INTO {p}user_ban (user_id, end_date) VALUES (3, 0), (13, 1600000000);
INSERT INTO {p}user_remember (user_id, remember_key, start_date, expiry_date) VALUES (1, 'not-a-key', 1717245000, 4102444800);
INSERT INTO `{p}option` (option_id, option_value) VALUES ('boardUrl', 'https://www.example.com');
INSERT INTO {p}user_profile (user_id, password_date) SELECT user_id, 1700000000 FROM {p}user;
