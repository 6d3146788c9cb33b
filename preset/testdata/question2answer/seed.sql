INSERT INTO {p}users (userid, created, createip, email, handle, avatarblobid, level, loggedin, flags, passhash, sessioncode) VALUES
  (1, '2020-01-01 00:00:00', x'cb007109', 'u1@example.com', 'ada', 13840000000000000001, 120, '2026-01-02 03:04:05', 5, 'not-a-real-hash', 'ab12cd34'),
  (2, '2020-01-01 00:00:00', x'cb007109', ' Bob@Example.com ', 'Боб 🦊', NULL, 20, '2026-01-02 03:04:05', 9, 'not-a-real-hash', NULL),
  (3, '2020-01-01 00:00:00', x'cb007109', 'u3@example.com', 'blocked', 5, 0, '2026-01-02 03:04:05', 7, 'not-a-real-hash', NULL),
  (4, '2020-01-01 00:00:00', x'cb007109', 'u4@example.com', 'chose none', 6, 0, '2026-01-02 03:04:05', 1, 'not-a-real-hash', NULL),
  (5, '2020-01-01 00:00:00', x'cb007109', 'u5@example.com', 'moderator', 7, 80, '0000-00-00 00:00:00', 13, 'not-a-real-hash', NULL),
  (6, '2020-01-01 00:00:00', x'cb007109', 'u6@example.com', 'O''Brien <b>', NULL, 79, '2026-01-02 03:04:05', 12, 'not-a-real-hash', NULL),
  (7, '2020-01-01 00:00:00', x'cb007109', 'u7@example.com', 'سارة', 0, 100, '2026-01-02 03:04:05', 4, 'not-a-real-hash', NULL),
  (8, '2020-01-01 00:00:00', x'cb007109', 'u8@example.com', 'new one', NULL, 10, '2026-01-02 03:04:05', 0, 'not-a-real-hash', NULL),
  (9, '2020-01-01 00:00:00', x'cb007109', 'u9@example.com', 'blocked too', NULL, 0, '2026-01-02 03:04:05', 514, 'not-a-real-hash', NULL),
  (4294967295, '2020-01-01 00:00:00', x'cb007109', 'last@example.com', 'What? & Co', NULL, 50, '2026-01-02 03:04:05', 8, 'not-a-real-hash', NULL);
INSERT INTO {p}userprofile (userid, title, content) VALUES
  (1, 'name', 'Ada Lovelace'),
  (2, 'location', 'here');
INSERT INTO {p}options (title, content) VALUES
  ('site_url', 'https://www.example.com/'),
  ('site_title', 'Example');
