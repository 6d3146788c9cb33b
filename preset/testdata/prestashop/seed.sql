INSERT INTO {p}customer (id_customer, firstname, lastname, email, active, is_guest, deleted, date_add, date_upd) VALUES
  (1, 'Marie', 'Curie', 'marie@example.com', 1, 0, 0, '2022-01-01 00:00:00', '2022-01-01 00:00:00'),
  (2, 'Guest', 'Buyer', 'guest@example.com', 1, 1, 0, '2022-01-01 00:00:00', '2022-01-01 00:00:00'),
  (3, 'Switched', 'Off', 'off@example.com', 0, 0, 0, '2022-01-01 00:00:00', '2022-01-01 00:00:00'),
  (4, 'Deleted', 'One', 'deleted@example.com', 1, 0, 1, '2022-01-01 00:00:00', '2022-01-01 00:00:00'),
  (5, 'Never', 'Seen', 'never@example.com', 1, 0, 0, '2022-01-01 00:00:00', '2022-01-01 00:00:00'),
  (6, 'Zoé 🦄', '𠮷田', 'zoe@example.com', 1, 0, 0, '2022-01-01 00:00:00', '2022-01-01 00:00:00'),
  (7, 'яяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяя', 'BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB', 'long@example.com', 1, 0, 0, '2022-01-01 00:00:00', '2022-01-01 00:00:00'),
  (8, 'Jean-François', 'D''Arc & <Fils>', 'jean@example.com', 1, 0, 0, '2022-01-01 00:00:00', '2022-01-01 00:00:00'),
  (9, 'سارة', ' ', 'sara@example.com', 1, 0, 0, '2022-01-01 00:00:00', '2022-01-01 00:00:00'),
  (10, '', '', 'nameless@example.com', 1, 0, 0, '2022-01-01 00:00:00', '2022-01-01 00:00:00'),
  (4294967295, 'Last', 'Unsigned', 'last@example.com', 1, 0, 0, '2022-01-01 00:00:00', '2022-01-01 00:00:00');
INSERT INTO {p}customer_session (id_customer_session, id_customer, token, date_add, date_upd) VALUES
  (10, 1, 'not-a-token-10', '2024-07-01 08:00:00', '2024-07-20 08:00:00'),
  (11, 1, 'not-a-token-11', '2024-07-14 11:00:00', '2024-07-14 12:00:00'),
  (12, NULL, 'not-a-token-12', '2024-07-14 11:00:00', '2024-07-21 12:00:00'),
  (13, 6, 'not-a-token-13', '2024-01-14 11:00:00', '2024-01-14 12:00:00'),
  (14, 8, 'not-a-token-14', '0000-00-00 00:00:00', '0000-00-00 00:00:00'),
  (15, 3, 'not-a-token-15', '2024-07-14 11:00:00', '2024-07-14 12:00:00'),
  (16, 4294967295, 'not-a-token-16', '2024-07-14 11:00:00', '2024-07-14 12:00:01');
INSERT INTO {p}configuration (name, value, date_add, date_upd) VALUES ('PS_SHOP_NAME', 'Shop', '2022-01-01 00:00:00', '2022-01-01 00:00:00');
INSERT INTO {p}address (id_address, id_country, id_customer, alias, phone, phone_mobile, deleted) VALUES
  (1, 8, 1, 'Old', '0123456789', '', 1),
  (2, 8, 1, 'Home', '+33 1 23 45 67 89', '+33 6 12 34 56 78', 0),
  (3, 8, 1, 'Work', '+33 1 98 76 54 32', NULL, 0),
  (4, 8, 3, 'Hidden', '+33 1 11 11 11 11', NULL, 0),
  (5, 8, 9, 'Home', '+33 1 22 22 22 22', '', 0);
