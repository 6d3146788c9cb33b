CREATE TABLE IF NOT EXISTS chat_mesibo_imports (
    kind    TEXT COLLATE "C" NOT NULL,
    ref     BIGINT NOT NULL,
    user_id BIGINT NOT NULL DEFAULT 0,
    hash    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, ref)
);
CREATE INDEX IF NOT EXISTS chat_mesibo_imports_user ON chat_mesibo_imports (user_id);
