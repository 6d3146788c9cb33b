INSERT INTO {p}sessions (uid, sid, hostname, timestamp) VALUES
  (2, 'T8OUth9O3tw_DqDrBnmKf3LMbAbbPbMxnN6IpD8dtYQ', '203.0.113.9', 1767225590),
  (0, 'hJg8YPfarcHLhphiH4AsDZ-aPDwpXIEHSPsEgRXBhuw', '', 1767225600),
  (3, 'aXPd3T75y2opMnAvMXd_qtnJvzEk0UeoTzGq220TlUY', '', 1767225600);
