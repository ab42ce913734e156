-- What the watcher sees of clusters. See src/domain/look.rs.
-- What nodes said of themselves and of one another, once for as long as they go on saying the same.
CREATE TABLE look_states (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    cluster_id BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    -- JSON, per node
    body       TEXT NOT NULL,
    UNIQUE (cluster_id, body)
);
CREATE TABLE looks (
    cluster_id BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    -- 0: one look; otherwise for how many milliseconds the entry speaks
    grain_ms   BIGINT NOT NULL CHECK (grain_ms IN (0, 60000, 3600000)),
    at         BIGINT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('up', 'degraded', 'down')),
    -- looks in it
    looks      BIGINT NOT NULL,
    said_id    BIGINT NOT NULL REFERENCES look_states (id),
    -- JSON, per node
    numbers    TEXT NOT NULL,
    PRIMARY KEY (cluster_id, grain_ms, at)
);
CREATE INDEX looks_by_said ON looks (said_id);
