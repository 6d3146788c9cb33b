INSERT INTO {p}settings (variable, value) VALUES ('avatar_url', 'https://www.example.com/avatars'), ('custom_avatar_url', 'https://www.example.com/custom_avatar'), ('databaseSession_enable', '1');
INSERT INTO {p}membergroups (id_group, group_name, min_posts, hidden) VALUES
  (1, 'Administrator', -1, 0), (2, 'Global Moderator', -1, 0), (3, 'Moderator', -1, 0), (4, 'Newbie', 0, 0), (9, 'Q&amp;A', -1, 1), (10, 'Watched', -1, 2);

INSERT INTO {p}members (id_member, member_name, real_name, email_address, id_group, id_post_group, additional_groups, last_login, show_online, avatar, is_activated) VALUES
  (1, 'admin', 'The Admin', 'admin@example.com', 1, 4, '', 1700000001, 1, 'gravatar://', 1),
  (2, 'ada', 'Ada', 'ada@example.net', 0, 4, '9,2', 1700000002, 1, 'gravatar:// Ada@Example.com ', 1),
  (3, 'tom', 'Tom &quot;O&#039;Brien&quot; &lt;3 &amp; Co', 'tom@example.com', 9, 4, '', 1700000003, 0, 'Actors/big cat.png', 1),
  (4, 'grace &amp; co', '', 'grace@example.com', 2, 4, '', 0, 1, '', 1),
  (5, 'zoe', '&#129412; Zoë שלום', 'zoe@example.com', 10, 4, '11,12,21', 1700000005, 1, '', 1),
  (6, 'remote', 'Remote', 'remote@example.com', 77, 4, '1', 1700000006, 1, 'https://pics.example.net/a.png?x=1&amp;y=2', 1),
  (7, 'script', 'Script', 'script@example.com', 0, 4, '21', 7, 1, 'javascript:alert(1)', 1),
  (8, 'inactive', 'Not Activated', 'i@example.com', 0, 4, '', 1700000008, 1, '', 0),
  (9, 'approval', 'Awaiting Approval', 'a@example.com', 0, 4, '', 1700000009, 1, '', 3),
  (10, 'deleting', 'To Be Deleted', 'd@example.com', 0, 4, '', 1700000010, 1, '', 4),
  (11, 'banned', 'Banned', 'b@example.com', 1, 4, '', 1700000011, 1, '', 11),
  (12, 'banned2', 'Banned Before Activation', 'b2@example.com', 0, 4, '', 1700000012, 1, '', 10),
  (16777215, 'border', 'At The Border', 'border@example.com', 0, 4, '', 1700000013, 1, '', 1);

-- An attachment of a post belongs to nobody; of two pictures of one user the newer one counts.
INSERT INTO {p}attachments (id_attach, id_msg, id_member, attachment_type, filename) VALUES
  (1, 5, 0, 0, 'post.zip'),
  (2, 0, 4, 1, 'avatar_4_1600000000.png'),
  (3, 0, 5, 1, 'avatar_5_1600000000.png'),
  (4, 0, 5, 1, 'avatar_5_1700000000.png'),
  (5, 0, 6, 1, 'avatar_6_1600000000.png');
