INSERT INTO {p}customer (customer_id, customer_group_id, language_id, firstname, lastname, email, status, safe, date_added) VALUES
  (1, 1, 1, 'Ana 🦊', 'Garc&iacute;a', 'ana@example.com', 1, 0, '2023-01-01 00:00:00'),
  (2, 1, 1, '𠮷田', '太郎', 'yoshida@example.com', 1, 0, '2023-01-01 00:00:00'),
  (3, 1, 1, 'Waits', 'For approval', 'waits@example.com', 0, 0, '2023-01-01 00:00:00'),
  (4, 1, 1, '', '', 'nameless@example.com', 1, 0, '2023-01-01 00:00:00');
INSERT INTO {p}customer_ip (customer_id, store_id, ip, country, date_added) VALUES (1, 0, '203.0.113.1', '', '2024-01-01 00:00:00');
INSERT INTO {p}session (session_id, data, expire) VALUES ('0123456789abcdef0123456789', '{"customer":{"customer_id":"1"},"customer_id":"1"}', '2099-01-01 00:00:00');
