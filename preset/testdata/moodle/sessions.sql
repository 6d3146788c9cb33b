DELETE FROM {p}config WHERE name IN ('sessiontimeout', 'siteguest', 'sessioncookie');
INSERT INTO {p}config (name, value) VALUES ('sessiontimeout', '7200'), ('siteguest', '1'), ('sessioncookie', '');
INSERT INTO {p}sessions (state, sid, userid, timecreated, timemodified) VALUES (0, 'abcdef0123456789', 3, 1, 1767225570), (0, 'guest', 0, 1, 1767225600), (0, 'guestuser', 1, 1, 1767225600), (0, 'suspended', 6, 1, 1767225600);
CREATE TABLE {p}config_plugins (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, plugin varchar(100) NOT NULL DEFAULT 'core', name varchar(100) NOT NULL DEFAULT '', value longtext NOT NULL, UNIQUE KEY pluginname (plugin, name));
INSERT INTO {p}config_plugins (plugin, name, value) VALUES ('tool_mfa', 'enabled', '0'), ('theme_x', 'enabled', '1');
CREATE TABLE {p}config_plugins_on AS SELECT id, plugin, name, '1' AS value FROM {p}config_plugins;
INSERT INTO {p}sessions (state, sid, userid, timecreated, timemodified, firstip, lastip) VALUES (0, 'bound', 3, 1, 1767225600, '203.0.113.9', '198.51.100.1');
