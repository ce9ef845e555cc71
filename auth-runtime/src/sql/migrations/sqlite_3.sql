-- Times are milliseconds since 1970.

CREATE TABLE auth_sessions (
    -- SHA-256 of the identifier of the session
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- the `sid` at the provider that the caller logged in with
    provider_session_id TEXT,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    -- milliseconds without a use, including the delay with which a use is written
    idle_timeout INTEGER NOT NULL,
    -- the earlier of `ends_at` and `last_seen_at` + `idle_timeout`
    timeout_at INTEGER NOT NULL,
    -- the whole session as JSON, except `digest`, `last_seen_at` and `sealed`
    data TEXT NOT NULL,
    -- a secret of the application, encrypted
    sealed BLOB
) STRICT;

CREATE INDEX auth_sessions_of_subject ON auth_sessions (issuer, subject);
CREATE INDEX auth_sessions_of_provider ON auth_sessions (issuer, provider_session_id)
    WHERE provider_session_id IS NOT NULL;
CREATE INDEX auth_sessions_by_timeout ON auth_sessions (timeout_at);
