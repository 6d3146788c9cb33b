CREATE TABLE IF NOT EXISTS chat_identities (
    id                BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    provider          VARBINARY(32) NOT NULL,
    app               VARBINARY(64) NOT NULL,
    site_user         VARBINARY(255) NOT NULL,
    address           VARBINARY(255) NOT NULL,
    profile_hash      VARBINARY(64) NOT NULL DEFAULT '',
    created_at        BIGINT NOT NULL,
    created_remote_at BIGINT NOT NULL DEFAULT 0,
    synced_at         BIGINT NOT NULL DEFAULT 0,
    disabled_at       BIGINT NOT NULL DEFAULT 0,
    token_until       BIGINT NOT NULL DEFAULT 0,
    UNIQUE KEY chat_identities_user (provider, app, site_user),
    UNIQUE KEY chat_identities_address (provider, app, address),
    KEY chat_identities_site_user (site_user),
    KEY chat_identities_token (provider, app, token_until)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_token_events (
    id          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    provider    VARBINARY(32) NOT NULL,
    identity_id BIGINT NOT NULL,
    issued_at   BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    visitor     VARBINARY(32) NOT NULL,
    token       VARBINARY(16) NOT NULL,
    KEY chat_token_events_identity (identity_id),
    KEY chat_token_events_issued (issued_at)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_provider_jobs (
    id            BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    provider      VARBINARY(32) NOT NULL,
    app           VARBINARY(64) NOT NULL,
    kind          VARBINARY(32) NOT NULL,
    site_user     VARBINARY(255) NOT NULL DEFAULT '',
    address       VARBINARY(255) NOT NULL DEFAULT '',
    dedupe_key    VARBINARY(64) NULL,
    payload       BLOB NOT NULL,
    version       BIGINT NOT NULL DEFAULT 1,
    attempts      INT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL,
    next_at       BIGINT NOT NULL,
    claimed_by    VARBINARY(64) NOT NULL DEFAULT '',
    claim         VARBINARY(32) NOT NULL DEFAULT '',
    claimed_until BIGINT NOT NULL DEFAULT 0,
    done_at       BIGINT NOT NULL DEFAULT 0,
    last_error    VARBINARY(64) NOT NULL DEFAULT '',
    UNIQUE KEY chat_provider_jobs_open (provider, dedupe_key),
    KEY chat_provider_jobs_next (provider, app, done_at, next_at, id),
    KEY chat_provider_jobs_done (done_at),
    KEY chat_provider_jobs_user (site_user)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_audit_log (
    id          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    at          BIGINT NOT NULL,
    actor       VARBINARY(64) NOT NULL,
    action      VARBINARY(64) NOT NULL,
    identity_id BIGINT NOT NULL DEFAULT 0,
    numbers     BLOB NOT NULL,
    KEY chat_audit_log_at (at),
    KEY chat_audit_log_identity (identity_id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_sealed (
    id          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    provider    VARBINARY(32) NOT NULL,
    name        VARBINARY(190) NOT NULL,
    identity_id BIGINT NOT NULL DEFAULT 0,
    value       BLOB NOT NULL,
    sealed_at   BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL DEFAULT 0,
    UNIQUE KEY chat_sealed_name (provider, name),
    KEY chat_sealed_identity (identity_id),
    KEY chat_sealed_expires (expires_at)
) ENGINE=InnoDB;
