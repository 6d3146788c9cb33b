INSERT INTO {p}config (config_name, config_value) VALUES ('cookie_name', 'phpbb3'), ('server_name', 'www.example.com');
INSERT INTO {p}groups (group_id, group_type, group_name) VALUES (2, 3, 'REGISTERED');
INSERT INTO {p}users (user_id, user_type, group_id, user_permissions, username, username_clean, user_lastvisit, user_avatar, user_avatar_type) VALUES
  (1, 2, 1, '', 'Anonymous', 'anonymous', 0, '', '0'),
  (3, 0, 2, '', 'uploaded', 'uploaded', 1500000000, '3_1300000000.jpg', '1'),
  (4, 0, 2, '', 'remote', 'remote', 0, 'http://pics.example.net/a.gif', '2'),
  (5, 0, 2, '', 'gallery', 'gallery', 1500000001, 'cats/tom.gif', '3'),
  (6, 0, 2, '', 'none', 'none', 1500000002, '', '0'),
  (4294967295, 0, 2, '', 'the last', 'the last', 1500000003, '', '');
