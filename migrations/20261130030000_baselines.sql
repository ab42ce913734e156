-- What clusters were like when all was well, in versions. See src/domain/baseline.rs.
CREATE TABLE baselines (
    cluster_id  BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    -- counted from 1, by cluster
    version     BIGINT NOT NULL CHECK (version > 0),
    -- since when all had been well, at least
    well_since  BIGINT NOT NULL,
    taken_at    BIGINT NOT NULL,
    -- when it was the same for the last time
    still_so_at BIGINT NOT NULL CHECK (still_so_at >= taken_at),
    -- JSON, per node; settings as keyed hashes
    body        TEXT NOT NULL,
    PRIMARY KEY (cluster_id, version)
);
