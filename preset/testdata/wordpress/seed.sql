INSERT INTO {p}options (option_name, option_value) VALUES ('siteurl', 'https://www.example.com/core'), ('home', 'https://www.example.com');

INSERT INTO {p}users (ID, user_login, user_nicename, user_email, user_registered, user_status, display_name) VALUES
  (1, 'ada', 'ada', ' Ada@Example.com ', '2020-01-01 00:00:00', 0, 'Ada'),
  (2, 'grace', 'grace', 'grace@example.com', '2020-01-02 00:00:00', 0, ''),
  (3, 'linus', 'linus', '', '0000-00-00 00:00:00', 0, ''),
  (5, 'eve@example.net', 'eveexample-net', 'eve@example.net', '2020-01-03 00:00:00', 0, 'eve@example.net'),
  (7, 'zoe', '%d0%b7%d0%be%d1%8f', 'zoe@example.com', '2020-01-04 00:00:00', 0, '🦄 Zoë שלום'),
  (9, 'tom', 'tom', 'tom@example.com', '2020-01-05 00:00:00', 0, 'Tom O''Brien &amp; Jerry &lt;3'),
  (10, 'broken', 'broken', 'broken@example.com', '2020-01-06 00:00:00', 0, 'Broken'),
  (11, 'mod', 'mod', 'mod@example.com', '2020-01-07 00:00:00', 0, 'Forum Moderator'),
  (12, 'former', 'former', 'former@example.com', '2020-01-08 00:00:00', 0, 'Former Admin'),
  (13, 'pending', 'pending', 'pending@example.com', '2020-01-09 00:00:00', 2, 'Not Activated'),
  (14, 'activated', 'activated', 'activated@example.com', '2020-01-10 00:00:00', 1, 'Activated By Plugin'),
  (15, 'long', 'long', 'long@example.com', '2020-01-11 00:00:00', 0, ''),
  (16, 'script', 'script', 'script@example.com', '2020-01-12 00:00:00', 0, 'Script'),
  (17, 'object', 'object', 'object@example.com', '2020-01-13 00:00:00', 0, 'Object'),
  (3000000000, 'big', 'big', 'big@example.com', '2020-01-14 00:00:00', 0, 'Beyond 2^31'),
  (9007199254740993, 'huge', 'huge', 'huge@example.com', '2020-01-15 00:00:00', 0, 'Beyond 2^53');

INSERT INTO {p}usermeta (user_id, meta_key, meta_value) VALUES
  (1, '{p}capabilities', 'a:1:{s:13:"administrator";b:1;}'),
  (1, '{p}user_level', '10'),
  (1, 'session_tokens', 'a:2:{s:64:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";a:4:{s:10:"expiration";i:1700172800;s:2:"ip";s:11:"203.0.113.9";s:2:"ua";s:11:"Mozilla/5.0";s:5:"login";i:1700000000;}s:64:"60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752";a:4:{s:10:"expiration";i:1700176400;s:2:"ip";s:11:"203.0.113.9";s:2:"ua";s:11:"Mozilla/5.0";s:5:"login";i:1700003600;}}'),
  (1, 'wc_last_active', '1699920000'),
  (2, 'first_name', 'Grace'),
  (2, 'last_name', 'Hopper &amp; Sons'),
  (2, 'wc_last_active', '1704067200'),
  (2, '{p}capabilities', 'a:1:{s:8:"customer";b:1;}'),
  (3, 'first_name', ''),
  (3, 'last_name', NULL),
  (3, 'wc_last_active', '0'),
  (7, 'simple_local_avatar', 'a:3:{s:4:"full";s:57:"https://www.example.com/wp-content/uploads/2024/05/zo.png";i:96;s:63:"https://www.example.com/wp-content/uploads/2024/05/zo-96x96.png";s:8:"media_id";i:40;}'),
  (7, '{p}user_avatar', '41'),
  (7, '{p}capabilities', 'a:1:{s:6:"editor";b:1;}'),
  (9, '{p}user_avatar', '41'),
  (9, 'simple_local_avatar', ''),
  (10, '{p}capabilities', 'a:1:{s:13:"administrator'),
  (10, 'session_tokens', 'a:1:{s:64:"abc";a:1:{s:5:"login";i:1700000000;}}'),
  (10, 'simple_local_avatar', 'a:0:{}'),
  (10, '{p}user_avatar', 'none'),
  (11, '{p}capabilities', 'a:3:{s:10:"subscriber";b:1;s:13:"administrator";b:0;s:13:"bbp_moderator";b:1;}'),
  (12, '{p}capabilities', 'a:2:{s:10:"subscriber";b:1;s:13:"administrator";b:0;}'),
  (12, 'session_tokens', 'a:1:{s:64:"fd61a03af4f77d870fc21e05e7e80678095c92d808cfb3b5c279ee04c74aca13";i:1700172800;}'),
  (13, '{p}capabilities', 'a:1:{s:13:"administrator";b:1;}'),
  (15, 'first_name', 'Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici-Anna-Maria-Luisa-de-Medici'),
  (16, 'simple_local_avatar', 'a:1:{s:4:"full";s:19:"javascript:alert(1)";}'),
  (16, '{p}user_avatar', '99'),
  (17, 'simple_local_avatar', 'O:8:"stdClass":1:{s:4:"full";s:25:"https://evil.example/x.pn";}');

INSERT INTO {p}posts (ID, post_author, guid, post_type) VALUES
  (40, 7, 'https://www.example.com/wp-content/uploads/2024/05/zo.png', 'attachment'),
  (41, 9, 'https://old.example.org/wp-content/uploads/2024/05/tom-1.jpg', 'attachment');
INSERT INTO {p}postmeta (post_id, meta_key, meta_value) VALUES
  (40, '_wp_attached_file', '2024/05/zo.png'),
  (41, '_wp_attached_file', '2024/05/tom-1.jpg'),
  (41, '_wp_attachment_metadata', 'a:0:{}');
