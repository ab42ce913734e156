-- What people did of what an incident asks for; the newest row of a to-do counts. See src/domain/to_do.rs.
CREATE TABLE to_do_marks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    -- what is to be done, and at which nodes
    to_do       TEXT NOT NULL,
    -- JSON: the sentence as it was
    said        TEXT NOT NULL,
    -- 0: taken back
    done        BIGINT NOT NULL CHECK (done IN (0, 1)),
    marked_by   TEXT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX to_do_marks_incident ON to_do_marks (incident_id, id);
CREATE TRIGGER to_do_marks_no_update BEFORE UPDATE ON to_do_marks
BEGIN
    SELECT RAISE(ABORT, 'what was marked is never edited');
END;
CREATE TRIGGER to_do_marks_no_delete BEFORE DELETE ON to_do_marks
BEGIN
    SELECT RAISE(ABORT, 'what was marked is never edited');
END;
