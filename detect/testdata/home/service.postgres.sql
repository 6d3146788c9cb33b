-- A young service: UUIDs, names in snake case, rows that are never removed.
CREATE TABLE accounts (
  id uuid PRIMARY KEY, handle varchar(30) NOT NULL UNIQUE, display_name text, email_address text NOT NULL UNIQUE, password_hash text NOT NULL, avatar_url text,
  profile_url text, last_seen_at timestamptz, is_active boolean NOT NULL DEFAULT true, deleted_at timestamptz, created_at timestamptz NOT NULL
);
CREATE TABLE account_settings (account_id uuid PRIMARY KEY, theme text, email_digest boolean);
CREATE TABLE refresh_tokens (id uuid PRIMARY KEY, account_id uuid NOT NULL, token_hash text NOT NULL, expires_at timestamptz);
CREATE TABLE organisations (id uuid PRIMARY KEY, name text NOT NULL, logo_url text, billing_email text);
CREATE TABLE profiles (id uuid PRIMARY KEY, account_id uuid NOT NULL, bio text, name text, avatar text, email text);
