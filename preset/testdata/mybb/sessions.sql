UPDATE {p}users SET loginkey = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb' WHERE uid = 6;
INSERT INTO {p}users (uid, username, loginkey, usergroup) VALUES (60, 'sixty', 'jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj', 2);
