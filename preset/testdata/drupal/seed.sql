INSERT INTO {p}users (uid, uuid, langcode) VALUES (0, '00000000-0000-4000-8000-000000000000', 'en'), (1, '00000000-0000-4000-8000-000000000001', 'en');

INSERT INTO {p}users_field_data (uid, langcode, name, mail, status, created, access, login, init, default_langcode) VALUES
  (0, 'en', '', NULL, 0, 1600000000, 0, 0, '', 1),
  (1, 'en', 'root', 'root@example.com', 1, 1600000000, 1700000100, 1700000000, 'root@example.com', 1),
  (2, 'en', 'ada', ' Ada@Example.com ', 1, 1600000000, 0, 1700000002, 'ada@example.com', 1),
  (3, 'en', 'blocked', 'blocked@example.com', 0, 1600000000, 1700000003, 1700000003, 'b@example.com', 1),
  (4, 'de', 'translated', 'tr@example.com', 1, 1600000000, 1700000004, 1700000004, 'tr@example.com', 1),
  (4, 'en', 'translation', 'tr@example.com', 1, 1600000000, 1700000099, 1700000099, 'tr@example.com', 0),
  (5, 'en', 'blocked here only', 'half@example.com', 0, 1600000000, 1700000005, 1700000005, 'half@example.com', 1),
  (5, 'de', 'active in translation', 'half@example.com', 1, 1600000000, 1700000005, 1700000005, 'half@example.com', 0),
  (6, 'en', '🦄 Zoë שלום', NULL, 1, 1600000000, 0, 0, NULL, 1),
  (7, 'en', 'O''Brien <3 & Co', 'obrien@example.com', 1, 1600000000, 0, NULL, 'o@example.com', 1),
  (8, 'en', 'private', 'private@example.com', 1, 1600000000, 1, 0, 'p@example.com', 1),
  (9, 'en', 'no file', 'nofile@example.com', 1, 1600000000, 1700000009, 0, 'n@example.com', 1),
  (10, 'en', 'two pictures', 'two@example.com', 1, 1600000000, 1700000010, 0, 't@example.com', 1),
  (11, 'en', 'former admin', 'former@example.com', 1, 1600000000, 1700000011, 0, 'f@example.com', 1),
  (3000000000, 'en', 'beyond', 'beyond@example.com', 1, 1600000000, 1700000012, 0, 'b@example.com', 1);

INSERT INTO {p}user__roles (bundle, deleted, entity_id, revision_id, langcode, delta, roles_target_id) VALUES
  ('user', 0, 2, 2, 'en', 0, 'content_editor'),
  ('user', 0, 2, 2, 'en', 1, 'administrator'),
  ('user', 0, 7, 7, 'en', 0, 'site_administrator'),
  ('user', 1, 11, 11, 'en', 0, 'administrator');

INSERT INTO {p}user__user_picture (bundle, deleted, entity_id, revision_id, langcode, delta, user_picture_target_id) VALUES
  ('user', 0, 1, 1, 'en', 0, 100),
  ('user', 0, 2, 2, 'en', 0, 101),
  ('user', 0, 8, 8, 'en', 0, 102),
  ('user', 0, 9, 9, 'en', 0, 999),
  ('user', 0, 10, 10, 'en', 1, 100),
  ('user', 0, 10, 10, 'en', 0, 103),
  ('user', 1, 10, 10, 'de', 0, 102),
  ('user', 1, 11, 11, 'en', 0, 100);
INSERT INTO {p}file_managed (fid, uid, filename, uri, status) VALUES
  (100, 1, 'root.jpg', 'public://pictures/2024-01/root.jpg', 1),
  (101, 2, 'a#b?.jpg', 'public://pictures/2024-01/a#b? 50%.jpg', 1),
  (102, 8, 'secret.jpg', 'private://pictures/secret.jpg', 1),
  (103, 10, 'Gruß.png', 'public://Gruß.png', 1);
INSERT INTO {p}realname (uid, realname) VALUES (1, ''), (7, 'Tom O''Brien'), (8, 'Private Ryan');
