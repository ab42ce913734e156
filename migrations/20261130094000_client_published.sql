-- What clients of watched clusters publish. See src/domain/publishing.rs.
CREATE TABLE client_published (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    cluster_id BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    node       TEXT NOT NULL,
    ip         TEXT NOT NULL,
    -- what it does not tell is NULL
    app        TEXT NULL,
    module     TEXT NULL,
    -- JSON
    published  TEXT NOT NULL,
    first_at   BIGINT NOT NULL,
    -- the first reading that said something else; NULL: none did
    ended_at   BIGINT NULL
);
CREATE INDEX client_published_by_client ON client_published (cluster_id, node, ip, ended_at);
