-- What was copied of a node before somebody starts it again. See src/domain/capture.rs.
CREATE TABLE captures (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id  BIGINT NOT NULL REFERENCES incidents (id),
    node         TEXT NOT NULL,
    asked_by     TEXT NOT NULL,
    asked_at     BIGINT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('queued', 'running', 'ended')),
    started_at   BIGINT,
    -- one id a process start; null while queued
    engine       TEXT,
    -- what is being read; empty when nothing is
    reads        TEXT NOT NULL DEFAULT '',
    cancelled_by TEXT,
    ended_at     BIGINT,
    -- JSON: how it ended and what is missing
    ended_with   TEXT
);
CREATE INDEX captures_incident ON captures (incident_id, id);
-- A second press does not start a second one.
CREATE UNIQUE INDEX captures_under_way ON captures (incident_id, node) WHERE state <> 'ended';
CREATE TRIGGER captures_no_delete BEFORE DELETE ON captures
BEGIN
    SELECT RAISE(ABORT, 'captures are never deleted');
END;

-- One copied thing each: redacted, then packed.
CREATE TABLE captured_files (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    capture_id   BIGINT NOT NULL REFERENCES captures (id),
    part         TEXT NOT NULL,
    -- path below the home, or the name of what is no file
    name         TEXT NOT NULL,
    -- size on the node; null for what is no file there
    source_bytes BIGINT,
    -- JSON: sentences about what was left out
    notes        TEXT NOT NULL,
    -- of the text before it was packed
    size_bytes   BIGINT NOT NULL,
    -- hex SHA-256 of the text before it was packed
    sha256       TEXT NOT NULL,
    -- the text, packed with gzip
    packed       BLOB NOT NULL
);
CREATE INDEX captured_files_capture ON captured_files (capture_id, id);
CREATE TRIGGER captured_files_no_update BEFORE UPDATE ON captured_files
BEGIN
    SELECT RAISE(ABORT, 'evidence is never edited');
END;
CREATE TRIGGER captured_files_no_delete BEFORE DELETE ON captured_files
BEGIN
    SELECT RAISE(ABORT, 'evidence is never deleted');
END;
