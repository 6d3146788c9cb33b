CREATE TABLE chat_identities (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    provider          TEXT NOT NULL,
    app               TEXT NOT NULL,
    site_user         TEXT NOT NULL,
    address           TEXT NOT NULL,
    profile_hash      TEXT NOT NULL DEFAULT '',
    created_at        INTEGER NOT NULL,
    created_remote_at INTEGER NOT NULL DEFAULT 0,
    synced_at         INTEGER NOT NULL DEFAULT 0,
    disabled_at       INTEGER NOT NULL DEFAULT 0,
    token_until       INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX chat_identities_user ON chat_identities (provider, app, site_user);
CREATE UNIQUE INDEX chat_identities_address ON chat_identities (provider, app, address);
CREATE INDEX chat_identities_site_user ON chat_identities (site_user);
CREATE INDEX chat_identities_token ON chat_identities (provider, app, token_until);

CREATE TABLE chat_token_events (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    provider    TEXT NOT NULL,
    identity_id INTEGER NOT NULL,
    issued_at   INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    visitor     TEXT NOT NULL,
    token       TEXT NOT NULL
);
CREATE INDEX chat_token_events_identity ON chat_token_events (identity_id);
CREATE INDEX chat_token_events_issued ON chat_token_events (issued_at);

CREATE TABLE chat_provider_jobs (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    provider      TEXT NOT NULL,
    app           TEXT NOT NULL,
    kind          TEXT NOT NULL,
    site_user     TEXT NOT NULL DEFAULT '',
    address       TEXT NOT NULL DEFAULT '',
    dedupe_key    TEXT NULL,
    payload       BLOB NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,
    attempts      INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    next_at       INTEGER NOT NULL,
    claimed_by    TEXT NOT NULL DEFAULT '',
    claim         TEXT NOT NULL DEFAULT '',
    claimed_until INTEGER NOT NULL DEFAULT 0,
    done_at       INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX chat_provider_jobs_open ON chat_provider_jobs (provider, dedupe_key);
CREATE INDEX chat_provider_jobs_next ON chat_provider_jobs (provider, app, done_at, next_at, id);
CREATE INDEX chat_provider_jobs_done ON chat_provider_jobs (done_at);
CREATE INDEX chat_provider_jobs_user ON chat_provider_jobs (site_user);

CREATE TABLE chat_audit_log (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    action      TEXT NOT NULL,
    identity_id INTEGER NOT NULL DEFAULT 0,
    numbers     BLOB NOT NULL
);
CREATE INDEX chat_audit_log_at ON chat_audit_log (at);
CREATE INDEX chat_audit_log_identity ON chat_audit_log (identity_id);

CREATE TABLE chat_sealed (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    provider    TEXT NOT NULL,
    name        TEXT NOT NULL,
    identity_id INTEGER NOT NULL DEFAULT 0,
    value       BLOB NOT NULL,
    sealed_at   INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX chat_sealed_name ON chat_sealed (provider, name);
CREATE INDEX chat_sealed_identity ON chat_sealed (identity_id);
CREATE INDEX chat_sealed_expires ON chat_sealed (expires_at);
