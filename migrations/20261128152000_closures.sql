-- How incidents were closed; the newest row counts while the state is resolved or reviewed. See src/domain/closure.rs.
CREATE TABLE closures (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    at          BIGINT NOT NULL,
    -- 0: it was closed although the cluster had not recovered
    recovered   BIGINT NOT NULL CHECK (recovered IN (0, 1)),
    -- JSON: what was measured when it was closed
    measured    TEXT NOT NULL,
    -- how a person knows that it recovered, or why it is closed without; empty where it was measured
    reason      TEXT NOT NULL CHECK (recovered = 1 OR reason <> ''),
    closed_by   TEXT NOT NULL
);
CREATE INDEX closures_incident ON closures (incident_id, id);
CREATE TRIGGER closures_no_update BEFORE UPDATE ON closures
BEGIN
    SELECT RAISE(ABORT, 'how an incident was closed is never edited');
END;
CREATE TRIGGER closures_no_delete BEFORE DELETE ON closures
BEGIN
    SELECT RAISE(ABORT, 'how an incident was closed is never edited');
END;
