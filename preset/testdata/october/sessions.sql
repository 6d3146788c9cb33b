INSERT INTO {p}users (id, name, email, password, persist_code, is_activated) VALUES (42, 'Forty-two', 'u42@example.com', 'x', '$2y$10$persistcodepersistcodepersistcode', 1);
