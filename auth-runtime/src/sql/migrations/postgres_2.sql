-- Times are seconds since 1970. Collation "C": names are compared byte for byte.

CREATE TABLE auth_refresh_tokens (
    -- a login; the `sid` of its access tokens
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    -- the number of the current token, from 0
    generation BIGINT NOT NULL,
    -- SHA-256 of the current token, and of the one before
    digest BYTEA NOT NULL CHECK (octet_length(digest) = 32),
    previous_digest BYTEA CHECK (octet_length(previous_digest) = 32),
    started_at BIGINT NOT NULL,
    rotated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX auth_refresh_tokens_of_subject ON auth_refresh_tokens (issuer, subject);
CREATE INDEX auth_refresh_tokens_by_expiry ON auth_refresh_tokens (expires_at);
