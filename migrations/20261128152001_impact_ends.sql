-- When the impact of incidents was over, as people said; the newest row counts. See src/domain/impact.rs.
CREATE TABLE impact_ends (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    over_at     BIGINT NOT NULL,
    -- when health was seen back, as far as it was measured then; NULL: it was not
    measured_at BIGINT,
    said_by     TEXT NOT NULL,
    -- when it was said
    at          BIGINT NOT NULL
);
CREATE INDEX impact_ends_incident ON impact_ends (incident_id, id);
CREATE TRIGGER impact_ends_no_update BEFORE UPDATE ON impact_ends
BEGIN
    SELECT RAISE(ABORT, 'what was said is never edited');
END;
CREATE TRIGGER impact_ends_no_delete BEFORE DELETE ON impact_ends
BEGIN
    SELECT RAISE(ABORT, 'what was said is never edited');
END;
