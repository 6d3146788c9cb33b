INSERT INTO {p}auth_user (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined) VALUES (42, 'pbkdf2_sha256$260000$abc$def=', false, 'fortytwo', '', '', '', false, true, '2020-01-01 00:00:00');
INSERT INTO django_session (session_key, session_data, expire_date) VALUES
  ('vectorvectorvectorvectorvector42', '.eJxVjDsOwjAQBe_iGlkbe_2jpOcM1ma9wQHkSPlUiLtDpBTQvpl5L5VpW2veFpnzWNRZoVGn37EnfkjbSblTu02ap7bOY693RR900depyPNyuH8HlZb6rcl3hYygdcYjkglkHQyc0AsMvseOQorsHIMAYIloh4BgbQKWBBHU-wPv6jcH:1r31eq:4dZOAZBflrV6I7nVU_I0RIa9uGNA-e1VkPoshaj6fr4', '2099-01-01 00:00:00'),
  ('ended', '.eJxVjDsOwjAQBe_iGlkbe_2jpOcM1ma9wQHkSPlUiLtDpBTQvpl5L5VpW2veFpnzWNRZoVGn37EnfkjbSblTu02ap7bOY693RR900depyPNyuH8HlZb6rcl3hYygdcYjkglkHQyc0AsMvseOQorsHIMAYIloh4BgbQKWBBHU-wPv6jcH:1r31eq:4dZOAZBflrV6I7nVU_I0RIa9uGNA-e1VkPoshaj6fr4', '2020-01-01 00:00:00'),
  ('guest', 'e30:1r31eq:x', '2099-01-01 00:00:00'),
  ('changed', '.eJxVjDsOwjAQBe_iGlkbe_2jpOcM1ma9wQHkSPlUiLtDpBTQvpl5L5VpW2veFpnzWNRZoVGn37EnfkjbSblTu02ap7bOY693RR900depyPNyuH8HlZb6rcl3hYygdcYjkglkHQyc0AsMvseOQorsHIMAYIloh4BgbQKWBBHU-wPv6jcH:1r31eq:4dZOAZBflrV6I7nVU_I0RIa9uGNA-e1VkPoshaj6fxx', '2099-01-01 00:00:00'),
  ('broken', 'gAJ9cQAu', '2099-01-01 00:00:00');
