REPLACE INTO {p}config (config_name, config_value) VALUES ('cookie_name', 'phpbb3_a1b2c'), ('session_length', '3600'), ('ip_check', '3'), ('browser_check', '1'), ('forwarded_for_check', '0'), ('allow_autologin', '1'), ('max_autologin_time', '0');
INSERT INTO {p}sessions (session_id, session_user_id, session_time, session_ip, session_browser, session_autologin) VALUES
  ('0123456789abcdef0123456789abcdef', 4, 1767225500, '203.0.113.77', 'Mozilla/5.0 (X11)', 0),
  ('fedcba9876543210fedcba9876543210', 1, 1767225500, '203.0.113.77', 'Mozilla/5.0 (X11)', 0),
  ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 5, 1767225500, '203.0.113.77', 'Mozilla/5.0 (X11)', 1);
INSERT INTO {p}sessions_keys (key_id, user_id, last_ip, last_login) VALUES ('b64ce5b9d439392a8d2b1a2d07a89733', 4, '203.0.113.1', 1767224600);
