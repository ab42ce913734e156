-- Whose clients of a cluster they are. See src/domain/client_owner.rs.
CREATE TABLE client_owners (
    cluster_id BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    position   BIGINT NOT NULL,
    -- JSON: an address, a range of addresses, or an application
    what       TEXT NOT NULL,
    -- whom to tell, in words
    owner      TEXT NOT NULL CHECK (owner <> ''),
    PRIMARY KEY (cluster_id, position)
);
