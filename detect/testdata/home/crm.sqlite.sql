-- A large CRM: nearly every table is about people.
CREATE TABLE contacts (id INTEGER PRIMARY KEY, owner_id INTEGER, first_name TEXT, last_name TEXT, email TEXT, phone TEXT, photo TEXT, deleted INTEGER);
CREATE TABLE leads (id INTEGER PRIMARY KEY, contact_id INTEGER, name TEXT, email TEXT, source TEXT, status TEXT);
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT, customer_no TEXT UNIQUE, logo TEXT, blocked INTEGER);
CREATE TABLE employees (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, work_email TEXT, salary REAL, picture TEXT);
CREATE TABLE persons (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, birthday DATE);
CREATE TABLE app_user (
  user_id INTEGER PRIMARY KEY, user_name TEXT NOT NULL UNIQUE, full_name TEXT, user_email TEXT, user_password TEXT, user_image TEXT, user_image_id INTEGER,
  last_login DATETIME, active INTEGER NOT NULL DEFAULT 1, account_id INTEGER, api_key TEXT
);
CREATE TABLE app_user_role (user_id INTEGER, role_id INTEGER, PRIMARY KEY (user_id, role_id));
CREATE TABLE app_user_session (id INTEGER PRIMARY KEY, user_id INTEGER, user_name TEXT, session_token TEXT);
CREATE TABLE login_history (id INTEGER PRIMARY KEY, user_id INTEGER, user_name TEXT, email TEXT, password TEXT, ok INTEGER);
CREATE TABLE suppliers (id INTEGER PRIMARY KEY, name TEXT, email TEXT, contact_name TEXT);
CREATE TABLE invoices (id INTEGER PRIMARY KEY, customer_id INTEGER, email TEXT, total REAL);
CREATE TABLE mail_queue (id INTEGER PRIMARY KEY, email TEXT, name TEXT, body TEXT);
CREATE VIEW v_people AS SELECT id, first_name, last_name, email FROM contacts;
