-- Where the own logs of clients of a cluster lie on other hosts. See src/domain/client_host.rs.
CREATE TABLE client_hosts (
    cluster_id BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    position   BIGINT NOT NULL,
    -- whose log it is, in words
    client     TEXT NOT NULL,
    -- as src/domain/ssh_location.rs writes it
    place      TEXT NOT NULL,
    PRIMARY KEY (cluster_id, position)
);
-- What was read there in rounds of an incident: the newest of each client.
CREATE TABLE client_logs_read (
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    client      TEXT NOT NULL,
    -- JSON, with its lines redacted; NULL: it was never read
    seen        TEXT NULL,
    seen_at     BIGINT NULL,
    -- JSON: why it could not be read when that was tried last; NULL: it was
    failed      TEXT NULL,
    tried_at    BIGINT NOT NULL,
    PRIMARY KEY (incident_id, client),
    CHECK ((seen IS NULL) = (seen_at IS NULL))
);
