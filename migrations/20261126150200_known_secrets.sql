-- Secrets that the configuration of homes gave away, so that they are hidden also in what was stored before.
CREATE TABLE known_secrets (
    -- hex HMAC-SHA-256 of the value; the key is a file beside the database
    hash       TEXT PRIMARY KEY NOT NULL,
    learned_at BIGINT NOT NULL
);
