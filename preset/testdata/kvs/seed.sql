INSERT INTO {p}users (user_id, status_id, username, display_name, email, avatar, custom10, is_removal_requested, added_date, last_login_date) VALUES
  (1, 2, 'alice', 'Alice', 'alice@example.com', '1.jpg', 'Gold', 0, '2020-01-01 00:00:00', '2024-01-15 10:00:00'),
  (2, 3, 'bob', '', 'bob@example.com', NULL, NULL, 0, '2020-01-01 00:00:00', '0000-00-00 00:00:00'),
  (3, 6, 'webmaster', 'Site ☂ Team', 'webmaster@example.com', '3/my photo.png', '', 0, '2020-01-01 00:00:00', '2024-07-15 10:00:00'),
  (4, 0, 'disabled', 'Disabled', 'disabled@example.com', '4.jpg', 'Gold', 0, '2020-01-01 00:00:00', '2024-01-15 10:00:00'),
  (5, 1, 'unconfirmed', 'Not confirmed', 'unconfirmed@example.com', '5.jpg', '', 0, '2020-01-01 00:00:00', '2024-01-15 10:00:00'),
  (6, 4, 'anonymous', 'Anonymous', '', '', '', 0, '2020-01-01 00:00:00', '0000-00-00 00:00:00'),
  (7, 5, 'generated', 'Generated', '', '', '', 0, '2020-01-01 00:00:00', '0000-00-00 00:00:00'),
  (8, 2, 'obrien', 'O''Brien "the" <b>', 'obrien@example.com', '0/8a&b.jpg', 'Q&A', 0, '2020-01-01 00:00:00', '2024-01-15 10:00:00'),
  (9, 2, 'rtl', 'שלום עולם', 'rtl@example.com', '', '   ', 0, '2020-01-01 00:00:00', '1970-01-01 00:00:00'),
  (10, 2, 'longbadge', 'LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL', 'long@example.com', '', 'жжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжжж', 0, '2020-01-01 00:00:00', NULL),
  (11, 2, 'blank', '   ', 'blank@example.com', '', '', 0, '2020-01-01 00:00:00', '0000-00-00 00:00:00'),
  (12, 2, 'leaving', NULL, 'leaving@example.com', '', 'Silver', 1, '2020-01-01 00:00:00', '2024-03-31 03:00:00'),
  (4294967295, 2, 'last', 'The last one', 'last@example.com', 'last.png', '', 0, '2020-01-01 00:00:00', '2024-01-15 10:00:00');
INSERT INTO {p}options (variable, value) VALUES ('SYSTEM_VERSION', '6.3.2');
