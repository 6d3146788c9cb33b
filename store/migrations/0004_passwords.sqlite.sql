ALTER TABLE chat_identities ADD COLUMN password TEXT NOT NULL DEFAULT '';
ALTER TABLE chat_mesibo_tokens ADD COLUMN password TEXT NOT NULL DEFAULT '';
ALTER TABLE chat_mesibo_challenges ADD COLUMN password TEXT NOT NULL DEFAULT '';
