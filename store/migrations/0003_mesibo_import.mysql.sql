CREATE TABLE IF NOT EXISTS chat_mesibo_imports (
    kind    VARBINARY(16) NOT NULL,
    ref     BIGINT NOT NULL,
    user_id BIGINT NOT NULL DEFAULT 0,
    hash    VARBINARY(64) NOT NULL,
    PRIMARY KEY (kind, ref),
    KEY chat_mesibo_imports_user (user_id)
) ENGINE=InnoDB;
