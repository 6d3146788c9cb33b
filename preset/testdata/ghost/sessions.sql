UPDATE members SET transient_id = '11111111-2222-4333-8444-555555555555' WHERE id = '000000000000000000000001';
DELETE FROM settings WHERE `key` = 'theme_session_secret';
INSERT INTO settings (id, `key`, value) VALUES ('0000000000000000000000aa', 'theme_session_secret', 'c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffee');
