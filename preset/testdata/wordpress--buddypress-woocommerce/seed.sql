INSERT INTO {p}options (option_name, option_value) VALUES ('siteurl', 'https://www.example.com'), ('home', 'https://www.example.com');

INSERT INTO {p}users (ID, user_login, user_nicename, user_email, user_status, display_name) VALUES
  (1, 'keymaster', 'keymaster', 'keymaster@example.com', 0, 'Keymaster'),
  (2, 'member', 'member', 'member@example.com', 0, 'Member'),
  (3, 'customer', 'customer', 'customer@example.com', 0, 'Customer'),
  (4, 'returned', 'returned', 'returned@example.com', 0, 'Returned'),
  (5, 'spammer', 'spammer', 'spammer@example.com', 1, 'Spammer'),
  (6, 'signup', 'signup', 'signup@example.com', 2, 'Signup'),
  (7, 'zero', 'zero', 'zero@example.com', 0, 'Zero Date'),
  (8, 'lurker', 'lurker', 'lurker@example.com', 0, 'Lurker');

INSERT INTO {p}usermeta (user_id, meta_key, meta_value) VALUES
  (1, '{p}capabilities', 'a:2:{s:10:"subscriber";b:1;s:13:"bbp_keymaster";b:1;}'),
  (2, '{p}capabilities', 'a:1:{s:10:"subscriber";b:1;}'),
  (2, 'wc_last_active', '1704067200'),
  (3, '{p}capabilities', 'a:1:{s:8:"customer";b:1;}'),
  (3, 'wc_last_active', '1704067200'),
  (4, 'session_tokens', 'a:1:{s:64:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";a:2:{s:10:"expiration";i:1710172800;s:5:"login";i:1710000000;}}'),
  (4, 'wc_last_active', '1704067200');

-- Two rows of one user, the older one with the higher number; rows of other kinds, newer than all.
INSERT INTO {p}bp_activity (id, user_id, component, type, date_recorded) VALUES
  (1, 2, 'members', 'last_activity', '2024-03-01 12:00:00'),
  (2, 2, 'members', 'last_activity', '2024-02-01 12:00:00'),
  (3, 2, 'activity', 'activity_update', '2024-06-01 12:00:00'),
  (4, 2, 'members', 'new_avatar', '2024-06-02 12:00:00'),
  (5, 1, 'members', 'last_activity', '2024-03-01 00:00:01'),
  (6, 4, 'members', 'last_activity', '2024-01-31 23:59:59'),
  (7, 5, 'members', 'last_activity', '2024-03-01 12:00:00'),
  (8, 7, 'members', 'last_activity', '0000-00-00 00:00:00'),
  (9, 8, 'activity', 'activity_update', '2024-06-01 12:00:00');
INSERT INTO {p}bp_friends (initiator_user_id, friend_user_id, is_confirmed) VALUES (1, 2, 1), (3, 2, 0);
INSERT INTO {p}usermeta (user_id, meta_key, meta_value) VALUES (3, 'billing_phone', '(555) 010-4477'), (5, 'billing_phone', '555 010 0000'), (2, 'billing_phone', '');
