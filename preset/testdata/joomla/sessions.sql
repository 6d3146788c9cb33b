INSERT INTO {p}session (session_id, client_id, guest, time, userid, username) VALUES
  ('abcdef0123456789', 0, 0, 1767225540, 43, 'grace'),
  ('guest', 0, 1, 1767225600, 0, ''),
  ('admin', 1, 0, 1767225600, 42, 'admin'),
  ('shared', NULL, 0, 1767225600, 45, 'zoe'),
  ('blocked', 0, 0, 1767225600, 46, 'blocked');
