INSERT INTO {base}blogs (blog_id, site_id, domain, path) VALUES (1, 1, 'example.com', '/'), (2, 1, 'www.example.com', '/');
INSERT INTO {base}sitemeta (site_id, meta_key, meta_value) VALUES (1, 'siteurl', 'https://example.com/'), (1, 'site_admins', 'a:1:{i:0;s:4:"root";}');
INSERT INTO {base}options (option_name, option_value) VALUES ('home', 'https://example.com');
INSERT INTO {p}options (option_name, option_value) VALUES ('home', 'https://www.example.com');

INSERT INTO {base}users (ID, user_login, user_nicename, user_email, user_status, display_name, spam, deleted) VALUES
  (1, 'root', 'network-admin', 'root@example.com', 0, 'Network Root', 0, 0),
  (2, 'here', 'here', 'here@example.com', 0, 'Admin Here', 0, 0),
  (3, 'there', 'there', 'there@example.com', 0, 'Admin There', 0, 0),
  (4, 'spammer', 'spammer', 'spammer@example.com', 0, 'Spammer', 1, 0),
  (5, 'gone', 'gone', 'gone@example.com', 0, 'Deleted', 0, 1),
  (6, 'pending', 'pending', 'pending@example.com', 2, 'Not Activated', 0, 0),
  (8, 'pic', 'pic', 'pic@example.com', 0, 'Picture Of This Site', 0, 0);

INSERT INTO {base}usermeta (user_id, meta_key, meta_value) VALUES
  (2, '{p}capabilities', 'a:1:{s:13:"administrator";b:1;}'),
  (2, '{base}capabilities', 'a:1:{s:10:"subscriber";b:1;}'),
  (2, 'session_tokens', 'a:1:{s:64:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";a:2:{s:10:"expiration";i:1700172800;s:5:"login";i:1700000000;}}'),
  (3, '{p}capabilities', 'a:1:{s:10:"subscriber";b:1;}'),
  (3, '{base}capabilities', 'a:1:{s:13:"administrator";b:1;}'),
  (4, '{p}capabilities', 'a:1:{s:13:"administrator";b:1;}'),
  (8, '{p}user_avatar', '7'),
  (8, '{base}user_avatar', '8');

INSERT INTO {p}posts (ID, post_author, guid, post_type) VALUES
  (7, 8, 'https://www.example.com/wp-content/uploads/sites/2/2024/05/pic.jpg', 'attachment'),
  (8, 8, 'https://www.example.com/wp-content/uploads/sites/2/2024/05/other.jpg', 'attachment');
INSERT INTO {p}postmeta (post_id, meta_key, meta_value) VALUES
  (7, '_wp_attached_file', '2024/05/pic.jpg'),
  (8, '_wp_attached_file', '2024/05/other.jpg');
