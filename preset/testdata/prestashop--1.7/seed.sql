INSERT INTO {p}customer (id_customer, firstname, lastname, email, active, is_guest, deleted, date_add, date_upd) VALUES
  (1, 'Marie', 'Curie', 'marie@example.com', 1, 0, 0, '2018-01-01 00:00:00', '2018-01-01 00:00:00'),
  (2, 'Guest', 'Buyer', 'guest@example.com', 1, 1, 0, '2018-01-01 00:00:00', '2018-01-01 00:00:00'),
  (3, 'Łukasz', 'Żak', 'lukasz@example.com', 1, 0, 0, '2018-01-01 00:00:00', '2018-01-01 00:00:00');
INSERT INTO {p}customer_session (id_customer_session, id_customer, token) VALUES (1, 1, 'not-a-token-1'), (2, 1, 'not-a-token-2');
