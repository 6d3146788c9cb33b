DELETE FROM {p}config WHERE name IN ('sessiontimeout', 'siteguest', 'sessioncookie');
INSERT INTO {p}config (name, value) VALUES ('sessiontimeout', '7200'), ('siteguest', '1'), ('sessioncookie', '');
INSERT INTO {p}sessions (state, sid, userid, timecreated, timemodified) VALUES (0, 'abcdef0123456789', 3, 1, 1767225570), (0, 'guest', 0, 1, 1767225600), (0, 'guestuser', 1, 1, 1767225600), (0, 'suspended', 6, 1, 1767225600);
