-- Records that were signed; the newest row counts while the incident is reviewed. See src/domain/signed.rs.
CREATE TABLE signatures (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    signed_by   TEXT NOT NULL,
    at          BIGINT NOT NULL,
    -- 1: by the person who led the incident
    was_lead    BIGINT NOT NULL CHECK (was_lead IN (0, 1)),
    -- why that person signs; empty where another one does
    reason      TEXT NOT NULL CHECK (was_lead = 0 OR reason <> ''),
    note        TEXT NOT NULL,
    -- canonical JSON of the record, and its hex SHA-256
    content     TEXT NOT NULL,
    sha256      TEXT NOT NULL
);
CREATE INDEX signatures_incident ON signatures (incident_id, id);
CREATE TRIGGER signatures_no_update BEFORE UPDATE ON signatures
BEGIN
    SELECT RAISE(ABORT, 'a signature is never edited');
END;
CREATE TRIGGER signatures_no_delete BEFORE DELETE ON signatures
BEGIN
    SELECT RAISE(ABORT, 'a signature is never edited');
END;
