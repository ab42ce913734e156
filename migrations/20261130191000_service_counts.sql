-- The services that each node listed last while a monitor ran. See src/domain/service_counts.rs.
CREATE TABLE service_counts (
    cluster_id BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    node       TEXT NOT NULL,
    -- JSON
    listed     TEXT NOT NULL,
    PRIMARY KEY (cluster_id, node)
);
