-- A new Laravel application with UUID keys ($table->uuid('id')->primary()) and number keys in what its packages keep of users.
CREATE TABLE {p}migrations (
  id int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  migration varchar(255) NOT NULL,
  batch int NOT NULL
);
CREATE TABLE {p}users (
  id char(36) NOT NULL PRIMARY KEY,
  name varchar(255) NOT NULL,
  email varchar(255) NOT NULL UNIQUE,
  email_verified_at timestamp NULL DEFAULT NULL,
  password varchar(255) NOT NULL,
  remember_token varchar(100) DEFAULT NULL,
  created_at timestamp NULL DEFAULT NULL,
  updated_at timestamp NULL DEFAULT NULL
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}sessions (
  id varchar(255) NOT NULL PRIMARY KEY,
  user_id bigint unsigned DEFAULT NULL,
  ip_address varchar(45) DEFAULT NULL,
  user_agent text,
  payload longtext NOT NULL,
  last_activity int NOT NULL,
  KEY {p}sessions_user_id_index (user_id),
  KEY {p}sessions_last_activity_index (last_activity)
);
CREATE TABLE {p}roles (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL,
  guard_name varchar(255) NOT NULL
);
CREATE TABLE {p}model_has_roles (
  role_id bigint unsigned NOT NULL,
  model_type varchar(255) NOT NULL,
  model_id bigint unsigned NOT NULL,
  PRIMARY KEY (role_id, model_id, model_type),
  KEY {p}model_has_roles_model_id_model_type_index (model_id, model_type)
);
