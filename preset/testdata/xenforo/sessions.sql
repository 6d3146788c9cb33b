INSERT INTO {p}user (user_id, username, email, user_state, is_banned) VALUES (42, 'Forty-two', '', 'valid', 0);
INSERT INTO {p}user_remember (user_id, remember_key, start_date, expiry_date) VALUES (42, x'd4b8d8fb67e40919152d572097b42b0fc9687f6a89d64abc45063729896ca2c5', 1, 4102444800), (42, x'00', 1, 4102444800);
