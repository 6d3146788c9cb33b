INSERT INTO {p}users (id, name, username, email, block, registerDate, lastvisitDate, activation, params) VALUES
  (1, 'Old Timer', 'old', 'old@example.com', 0, '2010-01-01 00:00:00', '2015-06-01 10:00:00', '', ''),
  (2, 'Never Came', 'never', 'never@example.com', 0, '0000-00-00 00:00:00', '0000-00-00 00:00:00', '', ''),
  (3, 'Never Activated', 'code', 'code@example.com', 0, '2010-01-01 00:00:00', '0000-00-00 00:00:00', 'f1c1592588411002af340cbaedd6fc33', ''),
  (4, 'Blocked', 'blocked', 'blocked@example.com', 1, '2010-01-01 00:00:00', '2015-06-01 10:00:00', '', '');
INSERT INTO {p}user_usergroup_map (user_id, group_id) VALUES (1, 8), (2, 2);
