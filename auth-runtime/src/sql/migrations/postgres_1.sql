-- Times are seconds since 1970; scopes and roles are separated by one space.
-- Collation "C": names are compared byte for byte, also when they are sorted.

CREATE TABLE auth_migrations (
    version BIGINT NOT NULL PRIMARY KEY
);

CREATE TABLE auth_api_keys (
    prefix TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- SHA-256 of the whole key
    digest BYTEA NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    owner TEXT COLLATE "C" NOT NULL,
    description TEXT NOT NULL,
    scopes TEXT NOT NULL,
    roles TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT,
    -- the prefix of the key that this one replaced; none is replaced twice
    replaces TEXT COLLATE "C" UNIQUE
);

CREATE TABLE auth_users (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- a PHC string
    password_hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    roles TEXT NOT NULL,
    locked BOOLEAN NOT NULL,
    expires_at BIGINT
);
