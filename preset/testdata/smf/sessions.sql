INSERT INTO {p}members (id_member, member_name, real_name, passwd, password_salt, is_activated) VALUES (42, 'fortytwo', 'Forty-two', '$2y$10$abcdefghijklmnopqrstuuN0bZ1c2d3e4f5g6h7i8j9k0l1m2n3o4', 'a1b2c3d4', 1), (43, 'other', 'Other', 'x', 'y', 1);
INSERT INTO {p}members (id_member, member_name, real_name, passwd, password_salt, is_activated, tfa_secret, tfa_backup) VALUES (44, 'careful', 'Careful', '$2y$10$abcdefghijklmnopqrstuuN0bZ1c2d3e4f5g6h7i8j9k0l1m2n3o4', 'a1b2c3d4', 1, 'secret', 'backup');
INSERT INTO {p}settings (variable, value) VALUES ('tfa_mode', '1');
