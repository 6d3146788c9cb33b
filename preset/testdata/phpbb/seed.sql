INSERT INTO {p}config (config_name, config_value) VALUES ('cookie_name', 'phpbb3_ab1cd'), ('server_name', 'www.example.com'), ('script_path', '/');
INSERT INTO {p}groups (group_id, group_type, group_name) VALUES
  (1, 3, 'GUESTS'), (2, 3, 'REGISTERED'), (4, 3, 'GLOBAL_MODERATORS'), (5, 3, 'ADMINISTRATORS'), (6, 3, 'BOTS'), (8, 1, 'Friends &amp; Family');
INSERT INTO {p}ranks (rank_id, rank_title, rank_special) VALUES (1, 'Site Admin', 1), (2, 'Q&amp;A Hero', 1);

INSERT INTO {p}users (user_id, user_type, group_id, user_permissions, username, username_clean, user_email, user_lastvisit, user_last_active, user_rank, user_allow_viewonline, user_avatar, user_avatar_type) VALUES
  (1, 2, 1, '', 'Anonymous', 'anonymous', '', 0, 0, 0, 1, '', ''),
  (2, 3, 5, '', 'founder', 'founder', 'founder@example.com', 1700000000, 1700009999, 1, 1, '2_1600000000.png', 'avatar.driver.upload'),
  (3, 0, 5, '', 'admin2', 'admin2', 'admin2@example.com', 1700000001, 0, 0, 1, 'https://pics.example.net/a.png?x=1&amp;y=2', 'avatar.driver.remote'),
  (4, 0, 4, '', 'globalmod', 'globalmod', 'globalmod@example.com', 0, 0, 0, 1, ' Ada@Example.com ', 'avatar.driver.gravatar'),
  (5, 0, 2, '', 'Tom &quot;O''Brien&quot; &lt;3 &amp; Co', 'tom', 'tom@example.com', 1700000003, 1700000004, 2, 0, 'animals/big cat.png', 'avatar.driver.local'),
  (6, 0, 2, '', '&#129412; Zoë שלום', 'zoe', 'zoe@example.com', 5, 0, 99, 1, '', ''),
  (7, 1, 2, '', 'inactive', 'inactive', 'inactive@example.com', 1700000000, 0, 0, 1, '', ''),
  (8, 2, 6, '', 'Google [Bot]', 'google [bot]', '', 1700000000, 0, 0, 1, '', ''),
  (9, 0, 2, '', 'banned for ever', 'banned for ever', '', 1700000000, 0, 0, 1, '', ''),
  (10, 0, 2, '', 'banned for long', 'banned for long', '', 1700000000, 0, 0, 1, '', ''),
  (11, 0, 2, '', 'ban is over', 'ban is over', '', 1700000000, 0, 0, 1, 'x.png', ''),
  (12, 0, 2, '', 'exempted', 'exempted', '', 1700000000, 0, 0, 1, 'javascript:alert(1)', 'avatar.driver.remote'),
  (13, 0, 77, '', 'no group', 'no group', '', 1700000000, 0, 0, 1, 'g2_5.png', 'avatar.driver.unknown'),
  (14, 0, 8, '', 'exemption is over', 'exemption is over', '', 1700000000, 0, 0, 1, '', ''),
  (2147483647, 0, 2, '', 'at the border', 'at the border', '', 1700000005, 0, 0, 1, '', '');

INSERT INTO {p}banlist (ban_id, ban_userid, ban_ip, ban_email, ban_start, ban_end, ban_exclude) VALUES
  (1, 9, '', '', 1600000000, 0, 0),
  (2, 10, '', '', 1600000000, 2147483647, 0),
  (3, 10, '', '', 1600000000, 1600000001, 0),
  (4, 11, '', '', 1600000000, 1600000001, 0),
  (5, 12, '', '', 1600000000, 0, 0),
  (6, 12, '', '', 1600000000, 0, 1),
  (7, 14, '', '', 1600000000, 0, 0),
  (8, 14, '', '', 1600000000, 1600000001, 1),
  (9, 0, '203.0.113.*', '', 1600000000, 0, 0),
  (10, 0, '', '*@example.com', 1600000000, 0, 0);
