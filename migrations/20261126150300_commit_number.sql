-- Counts what was committed: how far the database goes can be compared with what was once acknowledged.
CREATE TABLE commit_number (
    -- one row
    id     INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    number BIGINT NOT NULL
);
INSERT INTO commit_number (id, number) VALUES (1, 0);
