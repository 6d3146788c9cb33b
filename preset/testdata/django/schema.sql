-- Django's own user model, with django-avatar and sessions in the database.
CREATE TABLE {p}auth_user (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  password varchar(128) NOT NULL,
  last_login datetime(6) DEFAULT NULL,
  is_superuser tinyint(1) NOT NULL,
  username varchar(150) NOT NULL UNIQUE,
  first_name varchar(150) NOT NULL,
  last_name varchar(150) NOT NULL,
  email varchar(254) NOT NULL,
  is_staff tinyint(1) NOT NULL,
  is_active tinyint(1) NOT NULL,
  date_joined datetime(6) NOT NULL
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE {p}avatar_avatar (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  `primary` tinyint(1) NOT NULL,
  avatar varchar(1024) NOT NULL,
  date_uploaded datetime(6) NOT NULL,
  user_id int NOT NULL,
  KEY {p}avatar_avatar_user_id (user_id)
);
CREATE TABLE django_session (
  session_key varchar(40) NOT NULL PRIMARY KEY,
  session_data longtext NOT NULL,
  expire_date datetime(6) NOT NULL
);
