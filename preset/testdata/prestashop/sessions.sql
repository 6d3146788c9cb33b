INSERT INTO {p}customer (id_customer, firstname, lastname, email, passwd, active, date_add, date_upd) VALUES (42, 'Ada', 'Lovelace', 'ada@example.com', '$2y$10$abcdefghijklmnopqrstuuN0bZ1c2d3e4f5g6h7i8j9k0l1m2n3o4', 1, '2022-01-01 00:00:00', '2022-01-01 00:00:00');
DELETE FROM {p}customer_session WHERE id_customer_session = 9;
INSERT INTO {p}customer_session (id_customer_session, id_customer, token, date_add, date_upd) VALUES (9, 42, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '2022-01-01 00:00:00', '2022-01-01 00:00:00');
