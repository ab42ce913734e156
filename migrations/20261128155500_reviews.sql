-- What a lead says of a record; every save is a row of its own, the highest version counts. See src/domain/review.rs.
CREATE TABLE reviews (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    incident_id BIGINT NOT NULL REFERENCES incidents (id),
    -- from 1; a save names the one it was written on, so that two people cannot overwrite each other
    version     BIGINT NOT NULL CHECK (version > 0),
    -- JSON: what the program and people said the cause is, when this was saved
    said        TEXT NOT NULL,
    -- code that the program had named; NULL: it named none
    said_code   TEXT,
    -- NULL: not judged
    verdict     TEXT CHECK (verdict IN ('confirmed', 'corrected')),
    -- code of what it was; NULL: not judged, or in words only
    was_code    TEXT CHECK (was_code IS NULL OR verdict IS NOT NULL),
    -- JSON: verdict, factors, lessons and checklist as they were written
    texts       TEXT NOT NULL,
    saved_by    TEXT NOT NULL,
    at          BIGINT NOT NULL
);
CREATE UNIQUE INDEX reviews_version ON reviews (incident_id, version);
CREATE TRIGGER reviews_no_update BEFORE UPDATE ON reviews
BEGIN
    SELECT RAISE(ABORT, 'a review is never edited');
END;
CREATE TRIGGER reviews_no_delete BEFORE DELETE ON reviews
BEGIN
    SELECT RAISE(ABORT, 'a review is never edited');
END;
