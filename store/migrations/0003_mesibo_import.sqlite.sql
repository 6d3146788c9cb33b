CREATE TABLE chat_mesibo_imports (
    kind    TEXT NOT NULL,
    ref     INTEGER NOT NULL,
    user_id INTEGER NOT NULL DEFAULT 0,
    hash    TEXT NOT NULL,
    PRIMARY KEY (kind, ref)
) WITHOUT ROWID;
CREATE INDEX chat_mesibo_imports_user ON chat_mesibo_imports (user_id);
