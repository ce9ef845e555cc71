-- Times are milliseconds since 1970. Collation "C": names are compared byte for byte.

CREATE TABLE auth_sessions (
    -- SHA-256 of the identifier of the session
    digest BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    -- the `sid` at the provider that the caller logged in with
    provider_session_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- milliseconds without a use, including the delay with which a use is written
    idle_timeout BIGINT NOT NULL,
    -- the earlier of `ends_at` and `last_seen_at` + `idle_timeout`
    timeout_at BIGINT NOT NULL,
    -- the whole session as JSON, except `digest`, `last_seen_at` and `sealed`
    data TEXT NOT NULL,
    -- a secret of the application, encrypted
    sealed BYTEA
);

-- With the digest, in the order in which several rows are locked.
CREATE INDEX auth_sessions_of_subject ON auth_sessions (issuer, subject, digest);
CREATE INDEX auth_sessions_of_provider ON auth_sessions (issuer, provider_session_id)
    WHERE provider_session_id IS NOT NULL;
CREATE INDEX auth_sessions_by_timeout ON auth_sessions (timeout_at);
