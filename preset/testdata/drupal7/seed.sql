INSERT INTO {p}variable (name, value) VALUES ('file_public_path', 's:19:"sites/default/files";');
INSERT INTO {p}role (rid, name) VALUES (1, 'anonymous user'), (2, 'authenticated user'), (3, 'editor'), (4, 'administrator');

INSERT INTO {p}users (uid, name, mail, created, access, login, status, picture, init, data) VALUES
  (0, '', '', 0, 0, 0, 0, 0, '', NULL),
  (1, 'root', 'root@example.com', 1300000000, 1400000100, 1400000000, 1, 10, 'root@example.com', 'a:1:{s:7:"contact";i:1;}'),
  (2, 'blocked', 'blocked@example.com', 1300000000, 1400000002, 1400000002, 0, 10, '', NULL),
  (3, 'editor', 'editor@example.com', 1300000000, 0, 1400000003, 1, 11, '', NULL),
  (4, 'administrator by role', 'role@example.com', 1300000000, 0, 0, 1, 12, '', NULL),
  (5, 'Tom O''Brien <3 & Co', NULL, 1300000000, 5, 0, 1, 99, NULL, NULL),
  (6, '🦄 Zoë שלום', '', 1300000000, 1400000006, 0, 1, 0, '', NULL),
  (3000000000, 'beyond', 'beyond@example.com', 1300000000, 1400000007, 0, 1, 13, '', NULL);
INSERT INTO {p}users_roles (uid, rid) VALUES (3, 3), (4, 4), (2, 4);
INSERT INTO {p}file_managed (fid, uid, filename, uri, status) VALUES
  (10, 1, 'picture-1.jpg', 'public://pictures/picture-1-1400000000.jpg', 1),
  (11, 3, 'p.jpg', 'private://pictures/p.jpg', 1),
  (12, 4, 'a b.png', 'public://pictures/a b#1.png', 1),
  (13, 7, 'x.png', 's3://pictures/x.png', 1);
