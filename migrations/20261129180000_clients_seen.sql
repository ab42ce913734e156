-- Who is connected to nodes of watched clusters. See src/domain/connected.rs.
-- Times in which looks named the clients of a node: what is in none of them is not known.
CREATE TABLE client_looks (
    cluster_id BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    node       TEXT NOT NULL,
    first_at   BIGINT NOT NULL,
    last_at    BIGINT NOT NULL,
    -- clients that were too many to be kept, at each look
    left_out   BIGINT NOT NULL,
    PRIMARY KEY (cluster_id, node, first_at)
);
CREATE TABLE clients_seen (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    cluster_id  BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    node        TEXT NOT NULL,
    ip          TEXT NOT NULL,
    -- what it does not tell is NULL
    app         TEXT NULL,
    module      TEXT NULL,
    -- JSON
    versions    TEXT NOT NULL,
    connections BIGINT NOT NULL,
    first_at    BIGINT NOT NULL,
    -- the last look that saw it and the first that did not; NULL: it is there at the newest
    last_at     BIGINT NULL,
    gone_at     BIGINT NULL
);
CREATE INDEX clients_seen_by_node ON clients_seen (cluster_id, node, gone_at);
