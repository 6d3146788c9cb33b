UPDATE {p}users SET handle = CONCAT('old-', handle) WHERE handle = 'ada';
INSERT INTO {p}users (userid, created, createip, email, handle, level, loggedin, flags, sessioncode) VALUES (42, '2020-01-01 00:00:00', '', 'u42@example.com', 'ada', 0, '2020-01-01 00:00:00', 1, 'ab12cd34'), (43, '2020-01-01 00:00:00', '', 'u43@example.com', 'empty42', 0, '2020-01-01 00:00:00', 1, '');
