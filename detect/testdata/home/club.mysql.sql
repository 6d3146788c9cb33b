-- A club's site of 2009, by hand: short names, everything may be NULL.
CREATE TABLE members (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY, login varchar(32) NOT NULL UNIQUE, pass char(32), mail varchar(80), photo varchar(100),
  city varchar(40), born date, lastvisit int unsigned, banned tinyint(1) DEFAULT 0, activation_key varchar(32)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;
CREATE TABLE members_log (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, member_id int, ip varchar(40), login varchar(32), mail varchar(80), at datetime);
CREATE TABLE news (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, title varchar(200), image varchar(100), author int, body text);
CREATE TABLE admins (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, login varchar(32), pass varchar(64), mail varchar(80)) ENGINE=MyISAM;
CREATE TABLE newsletter (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, email varchar(80), name varchar(80));
INSERT INTO members (login, pass, mail) VALUES ('ann','x','ann@example.com'), ('bob','x','bob@example.com'), ('cid','x','cid@example.com');
INSERT INTO admins (login, pass, mail) VALUES ('root','x','root@example.com');
