-- Times are seconds since 1970.

CREATE TABLE auth_refresh_tokens (
    -- a login; the `sid` of its access tokens
    id TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- the number of the current token, from 0
    generation INTEGER NOT NULL,
    -- SHA-256 of the current token, and of the one before
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    previous_digest BLOB CHECK (length(previous_digest) = 32),
    started_at INTEGER NOT NULL,
    rotated_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX auth_refresh_tokens_of_subject ON auth_refresh_tokens (issuer, subject);
CREATE INDEX auth_refresh_tokens_by_expiry ON auth_refresh_tokens (expires_at);
