-- Times are seconds since 1970; scopes and roles are separated by one space.

CREATE TABLE auth_migrations (
    version INTEGER NOT NULL PRIMARY KEY
) STRICT;

CREATE TABLE auth_api_keys (
    prefix TEXT NOT NULL PRIMARY KEY,
    -- SHA-256 of the whole key
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    owner TEXT NOT NULL,
    description TEXT NOT NULL,
    scopes TEXT NOT NULL,
    roles TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER,
    -- the prefix of the key that this one replaced; none is replaced twice
    replaces TEXT UNIQUE
) STRICT;

CREATE TABLE auth_users (
    name TEXT NOT NULL PRIMARY KEY,
    -- a PHC string
    password_hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    roles TEXT NOT NULL,
    locked INTEGER NOT NULL CHECK (locked IN (0, 1)),
    expires_at INTEGER
) STRICT;
