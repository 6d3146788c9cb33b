CREATE TABLE IF NOT EXISTS chat_mesibo_users (
    id           BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    site_user    VARBINARY(255) NOT NULL,
    address      VARBINARY(255) NOT NULL,
    live_address VARBINARY(255) NULL,
    phone        VARBINARY(15) NOT NULL,
    remote_uid   VARBINARY(64) NOT NULL,
    name         VARBINARY(1020) NOT NULL,
    site_name    VARBINARY(1020) NOT NULL,
    status       VARBINARY(4096) NOT NULL,
    photo        VARBINARY(190) NOT NULL,
    cc           VARBINARY(8) NOT NULL,
    changed      BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    disabled_at  BIGINT NOT NULL DEFAULT 0,
    UNIQUE KEY chat_mesibo_users_user (site_user),
    UNIQUE KEY chat_mesibo_users_address (live_address),
    KEY chat_mesibo_users_phone (phone)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_mesibo_tokens (
    id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id    BIGINT NOT NULL,
    app        VARBINARY(190) NOT NULL,
    device     VARBINARY(190) NOT NULL,
    hash       VARBINARY(64) NOT NULL,
    value      BLOB NOT NULL,
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    visitor    VARBINARY(64) NOT NULL,
    address    VARBINARY(255) NOT NULL,
    UNIQUE KEY chat_mesibo_tokens_device (user_id, app, device),
    UNIQUE KEY chat_mesibo_tokens_hash (hash),
    KEY chat_mesibo_tokens_expires (expires_at)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_mesibo_phones (
    site_user VARBINARY(255) NOT NULL PRIMARY KEY,
    phone     VARBINARY(15) NOT NULL,
    scan      BIGINT NOT NULL,
    KEY chat_mesibo_phones_phone (phone, site_user)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_mesibo_challenges (
    id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    phone_mac  VARBINARY(64) NOT NULL,
    kind       VARBINARY(8) NOT NULL,
    app        VARBINARY(190) NOT NULL,
    site_user  VARBINARY(255) NOT NULL,
    code_mac   VARBINARY(64) NOT NULL,
    tries      INT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE KEY chat_mesibo_challenges_phone (phone_mac, kind),
    KEY chat_mesibo_challenges_user (site_user),
    KEY chat_mesibo_challenges_expires (expires_at)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_mesibo_contacts (
    owner BIGINT NOT NULL,
    phone VARBINARY(15) NOT NULL,
    PRIMARY KEY (owner, phone),
    KEY chat_mesibo_contacts_phone (phone, owner)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_mesibo_groups (
    gid     BIGINT NOT NULL,
    name    VARBINARY(1020) NOT NULL,
    status  VARBINARY(4096) NOT NULL,
    photo   VARBINARY(190) NOT NULL,
    type    BIGINT NOT NULL DEFAULT 0,
    changed BIGINT NOT NULL,
    deleted INT NOT NULL DEFAULT 0,
    PRIMARY KEY (gid)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_mesibo_members (
    gid       BIGINT NOT NULL,
    user_id   BIGINT NOT NULL,
    role      INT NOT NULL,
    joined_at BIGINT NOT NULL,
    gone      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (gid, user_id),
    KEY chat_mesibo_members_user (user_id, gid)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_mesibo_files (
    id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name       VARBINARY(190) NOT NULL,
    user_id    BIGINT NOT NULL,
    mime       VARBINARY(64) NOT NULL,
    size       BIGINT NOT NULL,
    sha256     VARBINARY(64) NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE KEY chat_mesibo_files_name (name),
    KEY chat_mesibo_files_user (user_id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_mesibo_push (
    id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id    BIGINT NOT NULL,
    device     VARBINARY(190) NOT NULL,
    value      BLOB NOT NULL,
    production INT NOT NULL DEFAULT 0,
    put_at     BIGINT NOT NULL,
    UNIQUE KEY chat_mesibo_push_device (user_id, device)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS chat_limits (
    scope   VARBINARY(190) NOT NULL,
    times   BLOB NOT NULL,
    span    BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (scope),
    KEY chat_limits_ends (ends_at)
) ENGINE=InnoDB;
