-- What the own logs of clients say that people handed in. See src/domain/client_log.rs.
CREATE TABLE client_logs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    -- whose log it is, in the words of who handed it in
    client      TEXT NOT NULL,
    -- JSON: what was read of it, with its lines redacted; the text itself is not kept
    seen        TEXT NOT NULL,
    -- of what came
    size_bytes  BIGINT NOT NULL,
    sha256      TEXT NOT NULL,
    handed_by   TEXT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX client_logs_by_incident ON client_logs (incident_id, id);
