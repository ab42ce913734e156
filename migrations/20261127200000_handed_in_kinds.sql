-- Which kinds of output there are, the program knows: a list here would have to be rewritten for each new one. SQLite cannot
-- drop a CHECK, so both tables are made anew, the referring one first.
CREATE TABLE handed_in_next (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    node        TEXT NOT NULL,
    -- archive, or what kind of output
    kind        TEXT NOT NULL,
    -- name of the uploaded file; empty for output
    file_name   TEXT NOT NULL,
    -- folder below the data folder, or the redacted output
    content     TEXT NOT NULL,
    size_bytes  BIGINT NOT NULL,
    handed_by   TEXT NOT NULL,
    at          BIGINT NOT NULL,
    -- hex SHA-256 of the archive or the pasted text as it came; NULL: handed in to a program that did not note it
    came_sha256 TEXT,
    -- when the files were dropped after the incident's review, and why; NULL: they are kept
    dropped_at  BIGINT,
    dropped_why TEXT
);
INSERT INTO handed_in_next (id, incident_id, node, kind, file_name, content, size_bytes, handed_by, at, came_sha256, dropped_at, dropped_why)
SELECT id, incident_id, node, kind, file_name, content, size_bytes, handed_by, at, came_sha256, dropped_at, dropped_why FROM handed_in;

CREATE TABLE handed_in_files_next (
    handed_in_id BIGINT NOT NULL REFERENCES handed_in_next (id),
    -- relative to the Nacos home
    path         TEXT NOT NULL,
    size_bytes   BIGINT NOT NULL,
    -- of the file as it is kept, redacted
    sha256       TEXT NOT NULL,
    -- of the file as it came
    came_sha256  TEXT NOT NULL,
    PRIMARY KEY (handed_in_id, path)
);
INSERT INTO handed_in_files_next (handed_in_id, path, size_bytes, sha256, came_sha256)
SELECT handed_in_id, path, size_bytes, sha256, came_sha256 FROM handed_in_files;

DROP TABLE handed_in_files;
DROP TABLE handed_in;
ALTER TABLE handed_in_next RENAME TO handed_in;
ALTER TABLE handed_in_files_next RENAME TO handed_in_files;
CREATE INDEX handed_in_incident ON handed_in (incident_id);
