-- The cause of an incident, which stays when the newest diagnosis no longer names it; the newest row counts. See src/domain/pinned.rs.
CREATE TABLE pinned_causes (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    at          BIGINT NOT NULL,
    -- login name; NULL: the program
    chosen_by   TEXT,
    -- why a person chose it, or what it is where no diagnosis names it
    words       TEXT NOT NULL,
    -- which diagnosis of the history names it, and its place among the causes there, from 0; NULL: none does
    position    BIGINT,
    place       BIGINT CHECK ((place IS NULL) = (position IS NULL) AND place >= 0),
    FOREIGN KEY (incident_id, position) REFERENCES diagnosis_history (incident_id, position)
);
CREATE INDEX pinned_causes_incident ON pinned_causes (incident_id, id);
CREATE TRIGGER pinned_causes_no_update BEFORE UPDATE ON pinned_causes
BEGIN
    SELECT RAISE(ABORT, 'what was pinned is never edited');
END;
CREATE TRIGGER pinned_causes_no_delete BEFORE DELETE ON pinned_causes
BEGIN
    SELECT RAISE(ABORT, 'what was pinned is never edited');
END;
