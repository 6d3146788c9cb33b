INSERT INTO {p}customer (customer_id, customer_group_id, language_id, firstname, lastname, email, status, safe, date_added) VALUES
  (1, 1, 1, 'John', 'Doe', 'john@example.com', 1, 0, '2020-01-01 00:00:00'),
  (2, 1, 1, 'Tom &amp; Jerry', 'O&#039;Neil', 'tom@example.com', 1, 0, '2020-01-01 00:00:00'),
  (3, 1, 1, 'Switched', 'Off', 'off@example.com', 0, 0, '2020-01-01 00:00:00'),
  (4, 1, 1, '', 'Only', 'only@example.com', 1, 0, '2020-01-01 00:00:00'),
  (5, 1, 1, '', '  ', 'nameless@example.com', 1, 0, '2020-01-01 00:00:00'),
  (6, 1, 1, 'שלום', 'Ωμέγα', 'rtl@example.com', 1, 0, '2020-01-01 00:00:00'),
  (7, 2, 1, '&lt;b&gt;Bold&lt;/b&gt;', '&quot;Q&quot;', 'bold@example.com', 1, 1, '0000-00-00 00:00:00'),
  (8, 1, 1, '&amp;amp;', ' Spaced ', 'amp@example.com', 1, 0, '2020-01-01 00:00:00'),
  (9, 1, 1, 'D''Arc', 'Plain & simple', 'darc@example.com', 1, 0, '2020-01-01 00:00:00'),
  (2147483647, 1, 1, 'Last', 'Int', 'last@example.com', 1, 0, '2020-01-01 00:00:00');
INSERT INTO {p}customer_ip (customer_id, ip, date_added) VALUES (1, '203.0.113.1', '2024-01-01 00:00:00'), (1, '203.0.113.2', '2024-02-01 00:00:00');
INSERT INTO {p}session (session_id, data, expire) VALUES ('0123456789abcdef0123456789', '{"customer_id":"1"}', '2099-01-01 00:00:00');
INSERT INTO {p}setting (store_id, code, `key`, value, serialized) VALUES (0, 'config', 'config_url', 'https://www.example.com/', 0);
UPDATE {p}customer SET telephone = '+44 20 7946 0000' WHERE customer_id IN (1, 3);
UPDATE {p}customer SET telephone = ' ' WHERE customer_id = 2;
