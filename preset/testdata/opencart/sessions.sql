INSERT INTO {p}session (session_id, data, expire) VALUES ('4444', '{"customer":{"customer_id":"2"}}', '2099-01-01 00:00:00'), ('guest', '{"language":"en-gb"}', '2099-01-01 00:00:00'), ('old', '{"customer_id":"1"}', '2020-01-01 00:00:00'),
  ('broken', '{"customer_id":"1"', '2099-01-01 00:00:00'), ('object', '{"customer_id":{"1":"1"}}', '2099-01-01 00:00:00'), ('off', '{"customer_id":3}', '2099-01-01 00:00:00');
INSERT INTO {p}session (session_id, data, expire) VALUES ('east', '{"customer_id":"1"}', '2026-01-01 05:00:00');
