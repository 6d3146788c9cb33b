REPLACE INTO {p}variable (name, value) VALUES ('hashed_session_ids_supported', 'b:1;');
INSERT INTO {p}sessions (uid, sid, ssid, timestamp) VALUES
  (3, 'other', 'T8OUth9O3tw_DqDrBnmKf3LMbAbbPbMxnN6IpD8dtYQ', 1767225600),
  (1, 'T8OUth9O3tw_DqDrBnmKf3LMbAbbPbMxnN6IpD8dtYQ', '', 1767225600),
  (4, 'rX2Zb9K1tQ7uVwYz0AbCdEfGhIjKlMnOpQrStUvWxYz', '', 1767225600),
  (0, 'x', 'hJg8YPfarcHLhphiH4AsDZ-aPDwpXIEHSPsEgRXBhuw', 1767225600);
