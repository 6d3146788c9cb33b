INSERT INTO "{p}user" (id, auth, confirmed, deleted, suspended, mnethostid, username, firstname, lastname, email, lastaccess, lastlogin, currentlogin, picture) VALUES
  (1, 'manual', 1, 0, 0, 1, 'guest', 'Guest user', ' ', 'root@localhost', 1700000000, 0, 0, 0),
  (2, 'manual', 1, 0, 0, 1, 'admin', 'Admin', 'User', 'admin@example.com', 1717245000, 1717100000, 1717240000, 0),
  (3, 'manual', 1, 0, 0, 1, 'student', 'Stu', 'Dent', 'student@example.com', 1717245001, 0, 1717245001, 4711),
  (4, 'manual', 1, 0, 0, 1, 'nocontext', 'No', 'Context', 'nocontext@example.com', 0, 0, 0, 12),
  (5, 'manual', 1, 1, 0, 1, 'gone@example.com.1700000000', 'Gone', 'User', '7b2f8a', 1700000000, 0, 1700000000, 5),
  (6, 'manual', 1, 0, 1, 1, 'suspended', 'Suspended', 'User', 'suspended@example.com', 1700000000, 0, 0, 0),
  (7, 'email', 0, 0, 0, 1, 'unconfirmed', 'Unconfirmed', 'User', 'unconfirmed@example.com', 0, 0, 0, 0),
  (8, 'nologin', 1, 0, 0, 1, 'nologin', 'No', 'Login', 'nologin@example.com', 1700000000, 0, 0, 0),
  (9, 'manual', 1, 0, 0, 1, 'mono', 'Mono', '', 'mono@example.com', 0, 1690000000, 1690000500, -1),
  (10, 'manual', 1, 0, 0, 1, 'nameless@example.com', ' ', '', 'nameless@example.com', 99, 0, 0, 0),
  (11, 'oauth2', 1, 0, 0, 1, 'emoji', 'Eve 🎓', '𠮷田', 'eve@example.com', 1717245002, 0, 0, 9),
  (12, 'manual', 1, 0, 0, 1, 'rtl', 'مريم', 'O''Brien & <Co>', 'rtl@example.com', 1717245003, 0, 0, 0),
  (5000000000, 'manual', 1, 0, 0, 1, 'far', 'Far', 'Away', 'far@example.com', 1717245004, 0, 0, 3);
INSERT INTO "{p}context" (id, contextlevel, instanceid, path, depth) VALUES
  (1, 10, 0, '/1', 1),
  (20, 50, 3, '/1/20', 2),
  (21, 30, 3, '/1/21', 2),
  (22, 50, 4, '/1/22', 2),
  (23, 30, 9, '/1/23', 2),
  (24, 30, 11, '/1/24', 2),
  (25, 30, 2, '/1/25', 2),
  (6000000000, 30, 5000000000, '/1/6000000000', 2);
INSERT INTO "{p}sessions" (id, state, sid, userid, sessdata, timecreated, timemodified, firstip, lastip) VALUES
  (1, 0, '0123456789abcdefghijklmnop', 3, NULL, 1717245000, 1717245001, '203.0.113.1', '203.0.113.1');
INSERT INTO "{p}config" (id, name, value) VALUES (1, 'siteadmins', '2'), (2, 'siteguest', '1'), (3, 'sessiontimeout', '28800');
UPDATE "{p}user" SET phone1 = '+49 30 1234567' WHERE id IN (2, 3, 6);
UPDATE "{p}user" SET phone2 = '+49 171 1234567' WHERE id = 3;
