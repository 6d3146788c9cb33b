INSERT INTO {p}settings (sid, name, value) VALUES (1, 'bburl', 'https://www.example.com'), (2, 'cookieprefix', '');
INSERT INTO {p}usergroups (gid, title, usertitle, isbannedgroup, cancp, issupermod) VALUES
  (1, 'Guests', 'Unregistered', 0, 0, 0),
  (2, 'Registered', '', 0, 0, 0),
  (3, 'Super Moderators', 'Super Moderator', 0, 0, 1),
  (4, 'Administrators', 'Administrator', 0, 1, 1),
  (5, 'Awaiting Activation', 'Account not Activated', 0, 0, 0),
  (6, 'Moderators', 'Moderator', 0, 0, 0),
  (7, 'Banned', 'Banned', 1, 0, 0),
  (14, 'Owners', '<b>Owner</b>', 0, 0, 0);

INSERT INTO {p}users (uid, username, loginkey, email, avatar, avatartype, usergroup, additionalgroups, usertitle, lastactive, lastvisit, invisible) VALUES
  (1, 'admin', 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk', 'admin@example.com', './uploads/avatars/avatar_1.png?dateline=1600000000', 'upload', 4, '', '', 1700000100, 1700000000, 0),
  (2, 'Ada', '', ' Ada@Example.com ', 'https://www.gravatar.com/avatar/3e3417d7ef77d5932a6734b916515ed5?s=100&d=mm', 'gravatar', 2, '', 'Administrator', 0, 1700000002, 0),
  (3, 'supermod', '', 'super@example.com', 'images/avatars/cats/big cat.gif', 'gallery', 3, '', '', 1700000003, 0, 1),
  (4, 'moderator', '', 'mod@example.com', 'javascript:alert(1)', 'remote', 6, '2', '', 0, 0, 0),
  (5, 'awaiting', '', 'awaiting@example.com', '', '', 5, '', '', 1700000005, 0, 0),
  (6, 'banned for ever', '', '', '', '', 7, '', '', 1700000006, 0, 0),
  (7, 'banned for long', '', '', '', '', 7, '', '', 1700000007, 0, 0),
  (8, 'ban is over', '', '', '', '', 7, '', '', 1700000008, 0, 0),
  (9, 'banned without a row', '', '', '', '', 7, '', '', 1700000009, 0, 0),
  (10, 'old ban, other group', '', '', '', '', 2, '', '', 1700000010, 0, 0),
  (11, '🦄 Zoë שלום', '', 'zoe@example.com', '', '', 2, '12,4,24', '', 1700000011, 0, 0),
  (12, 'O''Brien', '', 'obrien@example.com', 'http://pics.example.net/o.png', 'remote', 2, '14,40,34', '', 1700000012, 0, 0),
  (13, 'group is missing', '', '', '', '', 77, '3', '', 1700000013, 0, 0),
  (14, 'owner', '', '', '', '', 14, '', '', 12, 0, 0),
  (15, 'banned anew', '', '', '', '', 7, '', '', 1700000015, 0, 0),
  (2147483647, 'at the border', '', '', '', '', 2, '', '', 1700000016, 0, 0);

INSERT INTO {p}banned (uid, gid, oldgroup, dateline, bantime, lifted, reason) VALUES
  (6, 7, 2, 1600000000, '---', 0, ''),
  (7, 7, 2, 1600000000, '0-0-20', 2147483647, ''),
  (8, 7, 2, 1600000000, '1-0-0', 1600086400, ''),
  (10, 7, 2, 1600000000, '---', 0, ''),
  (15, 7, 2, 1500000000, '1-0-0', 1500086400, ''),
  (15, 7, 2, 1600000000, '---', 0, '');
