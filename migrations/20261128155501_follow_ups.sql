-- What is to be done after an incident, by whom and until when; never edited. See src/domain/follow_up.rs.
CREATE TABLE follow_ups (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    what        TEXT NOT NULL,
    -- login name, or words for somebody who has no account
    owner       TEXT NOT NULL,
    has_account BIGINT NOT NULL CHECK (has_account IN (0, 1)),
    -- a day, as 2026-11-28
    due         TEXT NOT NULL,
    added_by    TEXT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE INDEX follow_ups_incident ON follow_ups (incident_id, id);
CREATE TRIGGER follow_ups_no_update BEFORE UPDATE ON follow_ups
BEGIN
    SELECT RAISE(ABORT, 'a follow-up is never edited');
END;
CREATE TRIGGER follow_ups_no_delete BEFORE DELETE ON follow_ups
BEGIN
    SELECT RAISE(ABORT, 'a follow-up is never edited');
END;
-- What became of them; the newest row of a follow-up counts.
CREATE TABLE follow_up_marks (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    follow_up_id BIGINT NOT NULL REFERENCES follow_ups (id),
    state        TEXT NOT NULL CHECK (state IN ('open', 'done', 'dropped')),
    -- why it was dropped; empty otherwise
    reason       TEXT NOT NULL,
    marked_by    TEXT NOT NULL,
    at           BIGINT NOT NULL
);
CREATE INDEX follow_up_marks_follow_up ON follow_up_marks (follow_up_id, id);
CREATE TRIGGER follow_up_marks_no_update BEFORE UPDATE ON follow_up_marks
BEGIN
    SELECT RAISE(ABORT, 'what was marked is never edited');
END;
CREATE TRIGGER follow_up_marks_no_delete BEFORE DELETE ON follow_up_marks
BEGIN
    SELECT RAISE(ABORT, 'what was marked is never edited');
END;
