INSERT INTO {p}users (id, name, email, password, remember_token) VALUES (42, 'Forty-two', 'u42@example.com', '$2y$12$hashhashhash', 'RememberTok0123456789abcdefghijRememberTok0123456789abcdefgh');
INSERT INTO {p}sessions (id, user_id, payload, last_activity) VALUES ('AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcd', 42, '', 1767225540);
