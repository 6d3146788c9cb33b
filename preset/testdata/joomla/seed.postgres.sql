INSERT INTO {p}usergroups (id, parent_id, title) VALUES (2, 1, 'Registered'), (6, 1, 'Manager'), (7, 6, 'Administrator'), (8, 1, 'Super Users');

INSERT INTO {p}users (id, name, username, email, block, "sendEmail", "registerDate", "lastvisitDate", activation, params) VALUES
  (42, 'Super User', 'admin', 'admin@example.com', 0, 1, '2023-01-01 00:00:00', '2023-11-14 22:13:20', '0', '{}'),
  (43, '', 'grace', 'grace@example.com', 0, 0, '2023-01-01 00:00:00', NULL, '', '{}'),
  (44, 'eve@example.net', 'eve@example.net', 'eve@example.net', 0, 0, '2023-01-01 00:00:00', NULL, '', '{}'),
  (45, '🦄 Zoë שלום', 'zoe', 'zoe@example.com', 0, 0, '2023-01-01 00:00:00', '2024-02-29 23:59:59', '', '{}'),
  (46, 'Blocked', 'blocked', 'blocked@example.com', 1, 0, '2023-01-01 00:00:00', '2023-11-14 22:13:20', '', '{}'),
  (47, 'Not Activated', 'new', 'new@example.com', 1, 0, '2023-01-01 00:00:00', NULL, 'f1c1592588411002af340cbaedd6fc33', '{}'),
  (48, 'Unblocked Not Activated', 'new2', 'new2@example.com', 0, 0, '2023-01-01 00:00:00', NULL, 'f1c1592588411002af340cbaedd6fc33', '{}'),
  (49, 'Wants A New Password', 'forgetful', 'forgetful@example.com', 0, 0, '2023-01-01 00:00:00', '2023-11-14 22:13:21', '$2y$10$abcdefghijklmnopqrstuu', '{}'),
  (50, 'O''Brien & <Sons>', 'obrien', 'obrien@example.com', 0, 0, '2023-01-01 00:00:00', NULL, '', '{}'),
  (51, 'Manager', 'manager', 'manager@example.com', 0, 0, '2023-01-01 00:00:00', NULL, '', '{}'),
  (52, 'Gallery', 'gallery', 'gallery@example.com', 0, 0, '2023-01-01 00:00:00', NULL, '', '{}'),
  (53, 'Default Picture', 'default', 'default@example.com', 0, 0, '2023-01-01 00:00:00', NULL, '', '{}'),
  (54, 'Cloud Picture', 'cloud', 'cloud@example.com', 0, 0, '2023-01-01 00:00:00', NULL, '', '{}'),
  (55, 'Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici', 'long', 'long@example.com', 0, 0, '2023-01-01 00:00:00', NULL, '', '{}'),
  (2147483647, 'At The Border', 'border', 'border@example.com', 0, 0, '2023-01-01 00:00:00', NULL, '', '{}');

INSERT INTO {p}user_usergroup_map (user_id, group_id) VALUES (42, 2), (42, 8), (43, 2), (45, 7), (46, 8), (51, 6), (52, 2);

INSERT INTO {p}comprofiler (id, user_id, avatar, avatarapproved) VALUES
  (42, 42, '42_abc.jpg', 1),
  (45, 45, '45_def.jpg', 0),
  (52, 52, 'gallery/big cat.png', 1);
INSERT INTO {p}community_users (userid, avatar, thumb, storage) VALUES
  (50, 'images/avatar/4d.jpg', 'images/avatar/thumb_4d.jpg', 'file'),
  (53, 'components/com_community/assets/default.jpg', 'components/com_community/assets/default_thumb.jpg', 'file'),
  (54, 'images/avatar/s3.jpg', 'images/avatar/thumb_s3.jpg', 's3');
INSERT INTO {p}kunena_users (userid, avatar) VALUES
  (43, NULL),
  (49, 'users/avatar49.jpg'),
  (53, 'gallery/fish/carp.gif');
-- Two contacts of one user, of which the first counts; one that is not published; one without a picture.
INSERT INTO {p}contact_details (id, name, image, published, user_id) VALUES
  (3, 'Second', 'images/second.jpg', 1, 51),
  (2, 'First', 'images/first.jpg#joomlaImage://local-images/first.jpg?width=20&height=20', 1, 51),
  (1, 'Hidden', 'images/hidden.jpg', 0, 51),
  (4, 'Nobody''s', 'images/nobody.jpg', 1, 0),
  (5, 'Border', NULL, 1, 2147483647);
