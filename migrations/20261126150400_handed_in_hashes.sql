-- What came and what is kept, by hash: a file that is missing or changed is told from one that never was.
-- Hex SHA-256 of the archive or the pasted text as it came; NULL: handed in to a program that did not note it.
ALTER TABLE handed_in ADD COLUMN came_sha256 TEXT;
-- When the files were dropped after the incident's review, and why; NULL: they are kept.
ALTER TABLE handed_in ADD COLUMN dropped_at BIGINT;
ALTER TABLE handed_in ADD COLUMN dropped_why TEXT;

CREATE TABLE handed_in_files (
    handed_in_id BIGINT NOT NULL REFERENCES handed_in (id),
    -- relative to the Nacos home
    path         TEXT NOT NULL,
    size_bytes   BIGINT NOT NULL,
    -- of the file as it is kept, redacted
    sha256       TEXT NOT NULL,
    -- of the file as it came
    came_sha256  TEXT NOT NULL,
    PRIMARY KEY (handed_in_id, path)
);
