-- When the silence of nodes is planned. See src/domain/maintenance.rs.
CREATE TABLE maintenances (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    cluster_id BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    -- NULL: the whole cluster
    node       TEXT,
    from_at    BIGINT NOT NULL,
    until_at   BIGINT NOT NULL CHECK (until_at > from_at),
    reason     TEXT NOT NULL,
    planned_by TEXT NOT NULL,
    planned_at BIGINT NOT NULL,
    -- NULL: nobody ended it before its time
    ended_at   BIGINT,
    ended_by   TEXT CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
CREATE INDEX maintenances_current ON maintenances (ended_at, until_at);
