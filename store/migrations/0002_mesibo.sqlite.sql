CREATE TABLE chat_mesibo_users (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    site_user    TEXT NOT NULL,
    address      TEXT NOT NULL,
    live_address TEXT NULL,
    phone        TEXT NOT NULL,
    remote_uid   TEXT NOT NULL,
    name         TEXT NOT NULL,
    site_name    TEXT NOT NULL,
    status       TEXT NOT NULL,
    photo        TEXT NOT NULL,
    cc           TEXT NOT NULL,
    changed      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    disabled_at  INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX chat_mesibo_users_user ON chat_mesibo_users (site_user);
CREATE UNIQUE INDEX chat_mesibo_users_address ON chat_mesibo_users (live_address);
CREATE INDEX chat_mesibo_users_phone ON chat_mesibo_users (phone);

CREATE TABLE chat_mesibo_tokens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL,
    app        TEXT NOT NULL,
    device     TEXT NOT NULL,
    hash       TEXT NOT NULL,
    value      BLOB NOT NULL,
    issued_at  INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    visitor    TEXT NOT NULL,
    address    TEXT NOT NULL
);
CREATE UNIQUE INDEX chat_mesibo_tokens_device ON chat_mesibo_tokens (user_id, app, device);
CREATE UNIQUE INDEX chat_mesibo_tokens_hash ON chat_mesibo_tokens (hash);
CREATE INDEX chat_mesibo_tokens_expires ON chat_mesibo_tokens (expires_at);

CREATE TABLE chat_mesibo_phones (
    site_user TEXT NOT NULL PRIMARY KEY,
    phone     TEXT NOT NULL,
    scan      INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX chat_mesibo_phones_phone ON chat_mesibo_phones (phone, site_user);

CREATE TABLE chat_mesibo_challenges (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    phone_mac  TEXT NOT NULL,
    kind       TEXT NOT NULL,
    app        TEXT NOT NULL,
    site_user  TEXT NOT NULL,
    code_mac   TEXT NOT NULL,
    tries      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX chat_mesibo_challenges_phone ON chat_mesibo_challenges (phone_mac, kind);
CREATE INDEX chat_mesibo_challenges_user ON chat_mesibo_challenges (site_user);
CREATE INDEX chat_mesibo_challenges_expires ON chat_mesibo_challenges (expires_at);

CREATE TABLE chat_mesibo_contacts (
    owner INTEGER NOT NULL,
    phone TEXT NOT NULL,
    PRIMARY KEY (owner, phone)
) WITHOUT ROWID;
CREATE INDEX chat_mesibo_contacts_phone ON chat_mesibo_contacts (phone, owner);

CREATE TABLE chat_mesibo_groups (
    gid     INTEGER NOT NULL,
    name    TEXT NOT NULL,
    status  TEXT NOT NULL,
    photo   TEXT NOT NULL,
    type    INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (gid)
);

CREATE TABLE chat_mesibo_members (
    gid       INTEGER NOT NULL,
    user_id   INTEGER NOT NULL,
    role      INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    gone      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (gid, user_id)
) WITHOUT ROWID;
CREATE INDEX chat_mesibo_members_user ON chat_mesibo_members (user_id, gid);

CREATE TABLE chat_mesibo_files (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL,
    user_id    INTEGER NOT NULL,
    mime       TEXT NOT NULL,
    size       INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX chat_mesibo_files_name ON chat_mesibo_files (name);
CREATE INDEX chat_mesibo_files_user ON chat_mesibo_files (user_id);

CREATE TABLE chat_mesibo_push (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL,
    device     TEXT NOT NULL,
    value      BLOB NOT NULL,
    production INTEGER NOT NULL DEFAULT 0,
    put_at     INTEGER NOT NULL
);
CREATE UNIQUE INDEX chat_mesibo_push_device ON chat_mesibo_push (user_id, device);

CREATE TABLE chat_limits (
    scope   TEXT NOT NULL,
    times   BLOB NOT NULL,
    span    INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (scope)
);
CREATE INDEX chat_limits_ends ON chat_limits (ends_at);
