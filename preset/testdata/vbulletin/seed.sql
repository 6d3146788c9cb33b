INSERT INTO {p}user (userid, username, email, usergroupid, membergroupids, lastvisit, lastactivity, password, salt) VALUES
  (1, 'Ada &amp; Co &lt;b&gt;', 'u1@example.com', 6, '2', 1767225600, 1767323045, 'not-a-real-hash', 'xyz'),
  (2, 'Bob &quot;B&quot;', 'u2@example.com', 2, '', 1767225600, 1767323045, 'not-a-real-hash', 'xyz'),
  (3, 'waiting', 'u3@example.com', 3, '', 1767225600, 1767323045, 'not-a-real-hash', 'xyz'),
  (4, 'moderated', 'u4@example.com', 4, '', 1767225600, 1767323045, 'not-a-real-hash', 'xyz'),
  (5, 'banned', 'u5@example.com', 8, '', 1767225600, 1767323045, 'not-a-real-hash', 'xyz'),
  (6, 'banned for a time', 'u6@example.com', 2, '', 1767225600, 1767323045, 'not-a-real-hash', 'xyz'),
  (7, 'ban over', 'u7@example.com', 2, '', 1767225600, 0, 'not-a-real-hash', 'xyz'),
  (8, 'سارة', 'u8@example.com', 7, '', 1767225600, 1767323045, 'not-a-real-hash', 'xyz'),
  (9, 'O''Brien 🦊', 'u9@example.com', 2, '16,6', 0, 0, 'not-a-real-hash', 'xyz'),
  (10, 'guest', 'u10@example.com', 1, '', 1767225600, 1767323045, 'not-a-real-hash', 'xyz'),
  (11, 'Back &amp;amp; forth', 'u11@example.com', 5, '', 1767225600, 1767323045, 'not-a-real-hash', 'xyz'),
  (12, 'own group', 'u12@example.com', 42, '', 1767225600, 1767323045, 'not-a-real-hash', 'xyz'),
  (13, 'banned for good', 'u13@example.com', 8, '', 1767225600, 1767323045, 'not-a-real-hash', 'xyz'),
  (4294967295, 'NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNN', 'u4294967295@example.com', 2, '', 1767225600, 1767323045, 'not-a-real-hash', 'xyz');
INSERT INTO {p}customavatar (userid, filename, dateline, visible) VALUES
  (1, 'x', 1767000000, 1),
  (2, 'x', 1767000001, 0),
  (8, 'x', 1767000002, 1),
  (3, 'x', 1767000003, 1);
INSERT INTO {p}userban (userid, usergroupid, adminid, bandate, liftdate) VALUES
  (6, 2, 1, 1700000000, 4102444800),
  (7, 2, 1, 1600000000, 1600000001),
  (13, 2, 1, 1600000000, 0);
INSERT INTO {p}session (sessionhash, userid, host, idhash, lastactivity) VALUES
  ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1, '203.0.113.9', 'bf00f18645a2980cf9317afa3ce911be', 1767323045);
